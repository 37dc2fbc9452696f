#include "tests/sim/database.hpp"

#include <algorithm>

namespace pawl::sim {

Database::Database(std::function<TimePoint()> now, store::MemoryRules rules)
    : memory_(std::move(now), rules) {}

std::unique_ptr<store::Store> Database::open(Decide decide) {
  using Moment = store::MemoryDatabase::Moment;
  return memory_.open([decide = std::move(decide), fate = Fate::works](std::string_view call,
                                                                       Moment moment) mutable {
    if (moment == Moment::before) fate = decide(call);
    const bool before = moment == Moment::before;
    if (before && (fate == Fate::lost_before || fate == Fate::late)) {
      throw store::Unavailable("cut before");
    }
    if (!before && fate == Fate::lost_after) throw store::Unavailable("cut after");
    if (fate == (before ? Fate::crash_before : Fate::crash_after)) throw Crash{};
  });
}

std::function<store::CommitReply()> Database::begin_commit(const store::Batch& batch) {
  return [this, batch, finish = memory_.begin_commit(batch)] {
    store::CommitReply reply = finish();
    show(batch, reply);
    return reply;
  };
}

std::function<store::SendReply()> Database::begin_send(const store::InboxRow& request,
                                                       const std::string& dedup, bool reopen) {
  return [this, run = request.run, finish = memory_.begin_send(request, dedup, reopen)] {
    const store::SendReply reply = finish();
    if (reply.known) look_for_lost_wake_up(run);
    return reply;
  };
}

void Database::show(const store::Batch& batch, const store::CommitReply& reply) const {
  if (reply.result == store::CommitResult::gap) gap(batch.inc);
  for (const RunId run : reply.accepted) {
    const auto events = std::ranges::count(batch.events, run, &store::EventRow::run);
    accepted(run, batch.inc, runs().at(run), static_cast<std::size_t>(events));
    look_for_lost_wake_up(run);
  }
}

void Database::look_for_lost_wake_up(RunId run) const {
  if (memory_.sleeps_on_unread(run)) lost_wake_up(run);
}

}  // namespace pawl::sim
