#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/run_state.hpp"
#include "runtime/loop.hpp"
#include "runtime/store_thread.hpp"
#include "steps/kinds.hpp"
#include "steps/log_writer.hpp"
#include "steps/step_kind.hpp"

namespace pawl::runtime {

/// The attempts under way on a worker, and where their reports go: logs, progress and checkpoints
/// beside the journal, the end to the Owner. All of it on the loop thread.
class Attempts final : public steps::Reports {
 public:
  using Ended = std::function<void(RunId, core::AttemptEnded)>;

  /// `scribe` stores reports; `ended` hears each end once, never from inside `start` or `stop`.
  Attempts(Loop& loop, StoreThread& scribe, Incarnation inc, const Clock& clock,
           steps::Services& services, std::string scratch, Ended ended);
  ~Attempts() override;

  void start(const core::RunState& run, const std::string& folder, InstId inst,
             std::int32_t attempt);
  void stop(RunId run, InstId inst, std::int32_t attempt, core::StopWhy why);
  /// Kills the attempts of a run; nobody hears of them.
  void forget(RunId run);
  void forget_all();
  /// Kills every attempt at once; each reports that it was released. For the end of a lease: there
  /// is no time left for a grace.
  void kill_all();
  bool empty() const { return live_.empty(); }

  // steps::Reports
  void log(const steps::Job& job, steps::Stream stream, std::string_view bytes) override;
  void progress(const steps::Job& job, std::optional<double> fraction, std::optional<double> done,
                std::optional<double> total, const std::string& message) override;
  void checkpoint(const steps::Job& job, JsonText value) override;
  void memo(const steps::Job& job, const std::string& key, JsonText value,
            std::function<void(bool)> stored) override;
  void comment(const steps::Job& job, const std::string& kind, const std::string& text) override;
  void ended(const steps::Job& job, core::Outcome outcome) override;

 private:
  using Key = std::pair<RunId, InstId>;
  struct Live;

  void begin(Key key, std::int32_t attempt, const std::vector<store::Note>& notes);
  void finish(Key key, std::int32_t attempt, core::Outcome outcome);
  void write_logs(std::vector<store::LogChunk> chunks);
  void plan_flush();
  void put_checkpoint(store::Note note);
  void flush();
  Live* find(const steps::Job& job);

  Loop& loop_;
  StoreThread& scribe_;
  Incarnation inc_;
  const Clock& clock_;
  steps::Services& services_;
  std::string scratch_;
  Ended ended_;
  Loop::Timer& flush_timer_;
  bool flush_planned_ = false;
  std::map<Key, std::unique_ptr<Live>> live_;
  std::map<Key, store::Progress> progress_;
  std::map<Key, store::Note> checkpoints_;
};

}  // namespace pawl::runtime
