#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/background_worker.hpp"
#include "cli/database.hpp"
#include "core/event.hpp"
#include "store/reader.hpp"

/// Commands that change a run: one row in its inbox, then the owner's answer.
namespace pawl::cli {

struct Answer {
  /// unneeded: nothing was asked, because it is so already.
  enum class Kind { accepted, refused, queued, unneeded } kind = Kind::queued;
  std::int32_t seq = 0;  ///< Of the event that answers.
  std::string why;       ///< Of a refusal, or why it is unneeded.
};

/// Puts `what` into the run's inbox: once this returns, it is durable. seq 0: the run has ended.
/// `id`: the sender's own; sent again with the same one, it counts once.
store::SendReply put_request(const Database& database, RunId run, const core::Happening& what,
                             const std::string& id = "");

/// Puts `what` into the run's inbox and waits at most 10 s for the event that answers it.
/// With a `keeper`, a worker is started when none is alive; without, nobody waits for none.
Answer send_request(const Database& database, store::Reader& reader, const store::RunSummary& run,
                    const core::Happening& what, WorkerKeeper* keeper, const std::string& id = "");

/// What an accepted request brings, and the command that comes next, without its RUN.
struct Effect {
  std::string_view what{}, next{};
};

/// Prints the answer to stdout ("accepted, seq 812"), or throws the refusal. Returns the exit code.
int tell_answer(const CommonFlags& flags, const store::RunSummary& run, const std::string& named,
                const Answer& answer, const Effect& effect = {});

}  // namespace pawl::cli
