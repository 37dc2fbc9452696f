#pragma once

#include <memory>
#include <string>

#include "scripting/script.hpp"
#include "steps/group_table.hpp"
#include "steps/lua_pool.hpp"
#include "steps/process.hpp"
#include "steps/scratch.hpp"
#include "steps/step_kind.hpp"

namespace pawl::steps {

struct StepSettings {
  Millis grace{10'000};             ///< From TERM to KILL.
  Millis report_poll{200};          ///< How often the report file of a running step is looked at.
  Millis checkpoint_every{30'000};  ///< How often a checkpoint is due.
  int lua_threads = 2;
  scripting::Caps hook_caps{};
  scripting::Caps lua_caps{std::size_t{256} << 20, std::chrono::seconds{60}};
};

/// What attempts need of a worker; one for each loop, and longer-lived than its attempts.
struct Services {
  /// `helper` is the path of pawl-exec, `groups` that of the file for the group table.
  Services(event_base* loop, const std::string& helper, const std::string& groups_path,
           StepSettings step_settings = {})
      : base(loop),
        settings(step_settings),
        groups(groups_path),
        processes(loop, helper, groups),
        lua(loop, step_settings.lua_threads) {}

  event_base* base;
  StepSettings settings;
  GroupTable groups;
  ProcessHost processes;
  ScratchFolders scratch;
  LuaPool lua;
};

/// Begins an attempt of a `run`, `lua` or `uses` step. It reports from later turns of the loop,
/// never from inside this call. Destroying the attempt before it has ended kills its processes
/// unheard.
std::unique_ptr<Attempt> start_attempt(Job job, Reports& reports, Services& services);

}  // namespace pawl::steps
