#include "cli/request.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "cli/json_reading.hpp"
#include "cli/json_record.hpp"
#include "cli/run_ref.hpp"
#include "cli/user.hpp"
#include "core/codec.hpp"

namespace pawl::cli {
namespace {

using Steady = std::chrono::steady_clock;
constexpr auto answer_wait_max = std::chrono::seconds{10};
constexpr auto poll_interval = std::chrono::milliseconds{30};
constexpr int page = 500;

/// The answer among the events behind `seq`, which moves on.
Answer look_for(store::Reader& reader, RunId run, std::int64_t inbox_seq, std::int32_t& seq) {
  for (const store::EventRow& row : reader.events(run, seq, page)) {
    seq = row.seq;
    const EventView event = read_event(row);
    if (event.inbox_seq != inbox_seq) continue;
    if (!event.refused.empty()) return {Answer::Kind::refused, event.seq, event.refused};
    return {Answer::Kind::accepted, event.seq, ""};
  }
  return {};
}

}  // namespace

store::SendReply put_request(const Database& database, RunId run, const core::Happening& what,
                             const std::string& id) {
  core::Event event;
  event.what = what;
  return open_store(database)->send(run, static_cast<std::int16_t>(core::kind_of(event)), actor(),
                                    id.empty() ? request_id() : id, core::encode_request(what),
                                    core::reopens(what));
}

Answer send_request(const Database& database, store::Reader& reader, const store::RunSummary& run,
                    const core::Happening& what, WorkerKeeper* keeper, const std::string& id) {
  const store::SendReply reply = put_request(database, run.run, what, id);
  PAWL_CRASH_POINT("request.stored");
  if (!reply.known) {
    throw Error(ErrorKind::usage, fmt::format("run {} is not there any more", run.number),
                "somebody deleted it", "pawl runs");
  }
  if (reply.seq == 0) return {Answer::Kind::refused, 0, "the run has ended"};

  std::int32_t seq = run.version;
  const auto deadline = Steady::now() + answer_wait_max;
  while (Steady::now() < deadline) {
    Answer answer = look_for(reader, run.run, reply.seq, seq);
    if (answer.kind != Answer::Kind::queued) return answer;
    if (keeper != nullptr) {
      keeper->look(reader);
    } else if (reader.live_workers("default") == 0) {
      break;
    }
    std::this_thread::sleep_for(poll_interval);
  }
  return {};
}

int tell_answer(const CommonFlags& flags, const store::RunSummary& run, const std::string& named,
                const Answer& answer, const Effect& effect) {
  if (answer.kind == Answer::Kind::refused) {
    throw Error(ErrorKind::usage, fmt::format("run {}: {}", run.number, answer.why), "",
                fmt::format("pawl show {}", run.number));
  }
  const bool queued = answer.kind == Answer::Kind::queued;
  const bool unneeded = answer.kind == Answer::Kind::unneeded;
  if (flags.json) {
    std::cout << JsonRecord("answer")
                     .text("run", std::to_string(run.number))
                     .text("id", std::to_string(run.run.value))
                     .text("answer", queued     ? "queued"
                                     : unneeded ? "unneeded"
                                                : "accepted")
                     .number_or_null("seq",
                                     queued || unneeded ? std::nullopt : std::optional(answer.seq))
                     .str()
              << '\n';
  } else if (flags.quiet) {
    std::cout << run.number << '\n';
  } else if (queued) {
    std::cout << fmt::format(
        "run {}: queued, no worker has accepted it yet; it stays queued\n  pawl serve\n",
        said_as(run, named));
  } else if (unneeded) {
    std::cout << fmt::format("run {}: {}\n", said_as(run, named), answer.why);
  } else {
    std::cout << fmt::format("run {}: accepted, seq {}", said_as(run, named), answer.seq);
    if (!effect.what.empty()) {
      std::cout << fmt::format("; {}\n  {} {}", effect.what, effect.next, run.number);
    }
    std::cout << '\n';
  }
  return queued ? exit_stopped_waiting : exit_success;
}

}  // namespace pawl::cli
