#include "tests/sim/worker.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace pawl::sim {

using namespace std::chrono_literals;
using runtime::Arrival;

namespace {

constexpr int inbox_rows_max = 1'000;
constexpr int adopt_max = 2;
const std::vector<std::string> queues = {"default"};
constexpr Micros margin_max = 3s;

Micros margin(Micros lease) { return std::min<Micros>(margin_max, lease / 3); }

}  // namespace

Micros Worker::SimClock::since_boot() const { return world_.now; }

Worker::Worker(World& world, std::string name)
    : world_(world), name_(std::move(name)), clock_(world), watch_(world.limits.lease) {
  expressions_.conditions["broken"] = false;
  store::WorkerCard card;
  card.name = name_;
  const auto works = [](std::string_view) { return Database::Fate::works; };
  const store::Registered registered =
      world_.database.open(works)->register_worker(card, world_.limits.lease);
  inc_ = registered.inc;
  clock_.set(registered.now);
  batch_sent_ = world_.now;
  trusted_until_ = world_.now + world_.limits.lease - margin(world_.limits.lease);
  owner_ = std::make_unique<runtime::Owner>(inc_, world_.limits, clock_, expressions_, *this);
  later(quick(), [this] { poll(); });
  later(quick(), [this] { look_around(); });
}

void Worker::later(Micros span, std::function<void()> what) {
  world_.at(span, [this, what = std::move(what)]() mutable {
    if (!up_) return;
    if (frozen_) return deferred_.push_back(std::move(what));
    what();
    if (up_) turn();
  });
}

std::unique_ptr<store::Store> Worker::session() {
  return world_.database.open([this](std::string_view call) { return world_.fate(call); });
}

// ---- The journal: one batch at a time, a lost reply is settled ---------------------------------

void Worker::commit(const store::Batch& batch) {
  batch_sent_ = clock_.since_boot();
  world_.note(name_ + " sends batch " + std::to_string(batch.seq) + " of " +
              std::to_string(batch.runs.size()) + " runs");
  later(quick(), [this, batch] { send(batch); });
}

void Worker::send(const store::Batch& batch) {
  using Fate = Database::Fate;
  const Fate fate = world_.fate("commit");
  if (fate == Fate::crash_before) return crash();
  if (fate == Fate::lost_before) return settle(batch, "cut before", world_.within(500ms));
  world_.racing(batch);
  // The server goes on whatever becomes of us.
  const Micros span = fate == Fate::late ? world_.within(3s) : quick();
  world_.at(span, [this, batch, fate, commit = world_.database.begin_commit(batch)] {
    const store::CommitReply reply = commit();
    if (fate == Fate::crash_after) return crash();
    if (fate == Fate::lost_after) return settle(batch, "cut after", world_.within(500ms));
    if (fate == Fate::works) later(quick(), [this, batch, reply] { answered(batch, reply); });
  });
  if (fate == Fate::late) settle(batch, "cut while on its way", world_.within(500ms));
}

void Worker::answered(const store::Batch& batch, const store::CommitReply& reply) {
  if (reply.result == store::CommitResult::already) return settle(batch, "already there", 0ms);
  if (reply.result == store::CommitResult::durable) {
    clock_.set(reply.now);
    trusted_until_ = batch_sent_ + world_.limits.lease - margin(world_.limits.lease);
    distrusted_ = false;
  }
  owner_->committed(reply);
  compare_with_rows();
}

void Worker::settle(const store::Batch& batch, const std::string& why, Micros span) {
  world_.note(name_ + ": batch " + std::to_string(batch.seq) + ": " + why);
  later(span, [this, batch] {
    try {
      later(quick(), [this, settled = session()->settle(batch)] { owner_->settled(settled); });
    } catch (const store::Unavailable& lost) {
      settle(batch, lost.what(), world_.within(500ms));
    } catch (const Crash&) {
      crash();
    }
  });
}

// ---- The courier: as runtime/courier.cpp, one job after the other
// --------------------------------

void Worker::add_job(Job job) {
  jobs_.push_back(std::move(job));
  if (jobs_.size() == 1) later(quick(), [this] { run_job(false); });
}

void Worker::run_job(bool again) {
  try {
    const auto store = session();
    jobs_.front()(*store, again);
  } catch (const store::Unavailable&) {
    return later(world_.within(500ms), [this] { run_job(true); });
  } catch (const Crash&) {
    return crash();
  }
  jobs_.pop_front();
  if (!jobs_.empty()) later(quick(), [this] { run_job(false); });
}

void Worker::claim(int limit) {
  add_job([this, limit](store::Store& store, bool) {
    store.promote_due(500);
    hand_over(store, store.claim(inc_, queues, limit), true);
  });
}

void Worker::hand_over(store::Store& store, const std::vector<store::ClaimedRun>& runs,
                       bool claim) {
  std::vector<RunId> ids;
  for (const store::ClaimedRun& run : runs) ids.push_back(run.run);
  std::vector<Arrival> arrivals;
  if (!ids.empty()) {
    for (store::LoadedRun& rows : store.load(ids)) {
      Arrival arrival;
      arrival.graph = world_.graph(rows.definition);
      arrival.rows = std::move(rows);
      arrivals.push_back(std::move(arrival));
    }
    const std::vector<store::InboxRow> rows = store.read_inbox(inc_, inbox_rows_max);
    for (Arrival& arrival : arrivals) {
      std::ranges::copy_if(rows, std::back_inserter(arrival.inbox),
                           [&](const auto& row) { return row.run == arrival.rows.run; });
      world_.note(name_ + " gets run " + std::to_string(arrival.rows.run.value));
    }
  }
  later(quick(), [this, claim, arrivals = std::move(arrivals)]() mutable {
    claim ? owner_->claimed(std::move(arrivals)) : owner_->arrived(std::move(arrivals));
  });
}

void Worker::read_inbox() {
  add_job([this](store::Store& store, bool) {
    later(quick(), [this, rows = store.read_inbox(inc_, inbox_rows_max)] { owner_->inbox(rows); });
  });
}

void Worker::reload(std::vector<RunId> runs) {
  add_job([this, runs = std::move(runs)](store::Store& store, bool) {
    std::vector<store::ClaimedRun> mine = store.owned(inc_);
    std::erase_if(mine, [&](const store::ClaimedRun& run) {
      return std::ranges::find(runs, run.run) == runs.end();
    });
    hand_over(store, mine, false);
  });
}

void Worker::look_around() {
  later(world_.limits.lease / 3, [this] { look_around(); });
  add_job([this](store::Store& store, bool again) {
    if (again) watch_.interrupted();
    std::vector<store::LaneSight> lanes = store.lanes(inc_);
    for (const store::LaneSight& lane : lanes) {
      if (lane.fenced) take_over(store, lane.inc);
    }
    std::erase_if(lanes, [](const auto& lane) { return lane.fenced; });
    for (const auto& dead : watch_.see(lanes, clock_.since_boot())) {
      if (store.fence(dead.inc, dead.last_seq)) take_over(store, dead.inc);
    }
  });
  add_job([this](store::Store& store, bool) {
    std::vector<RunId> owned;
    for (const store::ClaimedRun& run : store.owned(inc_)) owned.push_back(run.run);
    later(quick(), [this, owned = std::move(owned)] { owner_->owned(owned); });
  });
}

void Worker::take_over(store::Store& store, Incarnation dead) {
  while (true) {
    const std::vector<store::ClaimedRun> runs = store.adopt(dead, inc_, adopt_max);
    if (runs.empty()) return;
    hand_over(store, runs, false);
  }
}

void Worker::bury(Incarnation dead) {
  add_job([this, dead](store::Store& store, bool) {
    if (store.fence(dead, std::nullopt)) take_over(store, dead);
  });
}

void Worker::poll() {
  owner_->hint_queue();
  owner_->hint_inbox();
  later(500ms, [this] { poll(); });
}

void Worker::hint() {
  later(quick(), [this] {
    owner_->hint_queue();
    owner_->hint_inbox();
  });
}

// ---- One turn of its loop
// ------------------------------------------------------------------------

void Worker::turn() {
  if (owner_->is_fenced()) {
    world_.note(name_ + " is fenced");
    kill_all();
    up_ = false;
    return world_.left(*this);
  }
  owner_->pump();
  check_trust();
  if (draining_ && owner_->is_drained() && attempts_.empty()) {
    world_.note(name_ + " has drained");
    up_ = false;
    return world_.left(*this);
  }
  const std::uint64_t wake = ++wake_;
  const Micros span = std::max<Micros>(owner_->next_wake() - clock_.now(), 1ms);
  world_.at(span, [this, wake] {
    if (up_ && !frozen_ && wake == wake_) turn();
  });
}

void Worker::check_trust() {
  if (distrusted_ || world_.now < trusted_until_) return;
  distrusted_ = true;
  world_.note(name_ + " could not renew its lease");
  for (const auto& [key, attempt] : attempts_) {
    stop_attempt(attempt.run, attempt.inst, attempt.attempt, core::StopWhy::pause);
  }
}

/// What it believes to be stored must be what is stored.
void Worker::compare_with_rows() {
  for (const auto& [id, stored] : world_.database.runs()) {
    const core::RunState* held = owner_->find(id);
    if (held == nullptr || stored.owner != inc_ || held->version != stored.row.version) continue;
    if (held->graph == nullptr) continue;
    core::RunState loaded = core::new_run(id, held->number, held->graph);
    for (const auto& [inst, row] : stored.steps) {
      core::load_step(loaded, {inst, row.attempt, row.state, row.reason, row.body});
    }
    loaded.version = held->version;
    loaded.facts.phase = held->facts.phase;
    core::restore_derived(loaded);
    core::restore_ready(loaded);
    require(test::picture_of(loaded) == test::picture_of(*held),
            "what is held differs from the stored:\n" + test::picture_of(*held) + "and\n" +
                test::picture_of(loaded));
    for (std::size_t i = 0; i < held->instances.size(); ++i) {
      if (held->instances[i].role == core::Role::unused) continue;
      const bool is_stored = stored.steps.contains(static_cast<std::int32_t>(i));
      require(held->instances[i].has_row == is_stored, "it does not know which steps have rows");
    }
    for (const auto& [inst, row] : stored.steps) {
      // Rows of items and rounds that are forgotten stay.
      if (static_cast<std::size_t>(inst) >= held->instances.size()) continue;
      const core::Instance& instance = held->at(InstId{inst});
      if (instance.role == core::Role::unused) continue;
      require(row.state == static_cast<int>(instance.state) && row.attempt == instance.attempt,
              "memory differs from the rows of run " + std::to_string(id.value));
    }
  }
}

// ---- Attempts
// ------------------------------------------------------------------------------------

void Worker::start_attempt(const core::RunState& run, InstId inst, std::int32_t attempt) {
  if (world_.now >= trusted_until_) {
    // As runtime/worker.cpp: it has slept on the answer that says "start it".
    return later(0ms, [this, id = run.id, inst, attempt] {
      owner_->attempt_ended(id, {inst, attempt, core::Stopped{.released = true}});
    });
  }
  world_.note(name_ + " begins " + std::to_string(run.id.value) + '/' + std::to_string(inst.value) +
              '#' + std::to_string(attempt));
  world_.checker.begins(run.id, inst, attempt, inc_);
  Attempt mine{run.id, inst, attempt, next_token_++};
  mine.verifies = run.at(inst).in_doubt;
  mine.endless = !world_.healed && test::chance(world_.random, 2);
  attempts_[{run.id, inst}] = mine;
  require(static_cast<int>(attempts_.size()) <= world_.limits.slots,
          "more attempts than slots on " + name_);
  if (!world_.healed && test::chance(world_.random, 1)) {
    later(world_.within(1s), [this] { crash(); });  // A poison step.
  }
  const bool quick_one = test::chance(world_.random, 70);
  const Micros span = mine.endless ? Micros{1h} : world_.within(quick_one ? 50ms : 20s);
  later(span, [this, id = run.id, inst, token = mine.token] { finish(id, inst, token); });
}

void Worker::stop_attempt(RunId run, InstId inst, std::int32_t attempt, core::StopWhy why) {
  const auto found = attempts_.find({run, inst});
  if (found == attempts_.end() || found->second.attempt != attempt) return;
  Attempt& mine = found->second;
  mine.stopping = true;
  mine.why = why;
  const Micros grace = margin(world_.limits.lease) / 2;
  later(world_.within(grace), [this, run, inst, token = mine.token] { finish(run, inst, token); });
}

void Worker::finish(RunId run, InstId inst, std::uint64_t token) {
  const auto found = attempts_.find({run, inst});
  if (found == attempts_.end() || found->second.token != token) return;
  const Attempt mine = found->second;
  attempts_.erase(found);
  if (!mine.killed) world_.checker.ends(run, inst);
  core::AttemptEnded ended{inst, mine.attempt, core::Succeeded{JsonText{"1"}}};
  const int roll = test::below(world_.random, 100);
  if (mine.killed || (mine.stopping && roll < 80)) {
    if (mine.why == core::StopWhy::deadline && !mine.killed) {
      core::Failed failed;
      failed.failure.kind = core::FailureKind::timeout;
      ended.outcome = failed;
    } else {
      ended.outcome = core::Stopped{.released = mine.killed || mine.why == core::StopWhy::pause};
    }
  } else if (mine.verifies) {
    ended.outcome = core::Verified{static_cast<core::Verified::What>(roll % 3), {}, ""};
  } else if (!world_.healed && roll < 12) {
    ended.outcome = core::Failed{};
  } else if (roll < 15) {
    ended.outcome = core::Skipped{"by the world"};
  }
  world_.note(name_ + " ends " + std::to_string(run.value) + '/' + std::to_string(inst.value) +
              '#' + std::to_string(mine.attempt) + " outcome " +
              std::to_string(ended.outcome.index()));
  owner_->attempt_ended(run, std::move(ended));
}

void Worker::forget(RunId run) {
  std::erase_if(attempts_, [&](const auto& entry) {
    if (entry.first.first != run) return false;
    if (!entry.second.killed) world_.checker.ends(run, entry.first.second);
    return true;
  });
}

void Worker::kill_all() {
  for (const auto& [key, attempt] : attempts_) {
    if (!attempt.killed) world_.checker.ends(key.first, key.second);
  }
  attempts_.clear();
}

// ---- What the world does to it
// ---------------------------------------------------------------------

void Worker::freeze(Micros span) {
  if (!up_ || frozen_) return;
  world_.note(name_ + " freezes");
  frozen_ = true;
  world_.at(std::max<Micros>(trusted_until_ - world_.now, 0ms), [this] { guard(); });
  world_.at(span, [this] { thaw(); });
}

/// The guard process outlives a stopped worker: no child lives longer than the lease is trusted.
void Worker::guard() {
  if (!up_ || !frozen_ || world_.now < trusted_until_) return;
  for (auto& [key, attempt] : attempts_) {
    if (attempt.killed) continue;
    attempt.killed = true;
    world_.checker.ends(key.first, key.second);
    later(quick(),
          [this, key = key, token = attempt.token] { finish(key.first, key.second, token); });
  }
}

void Worker::thaw() {
  if (!up_ || !frozen_) return;
  world_.note(name_ + " thaws");
  frozen_ = false;
  // What came meanwhile is read in order, in one go.
  const auto waiting = std::move(deferred_);
  deferred_.clear();
  for (const auto& what : waiting) {
    if (!up_) return;
    what();
    if (up_) turn();
  }
  if (up_) turn();
}

void Worker::let_endless_end() {
  for (const auto& [key, attempt] : attempts_) {
    if (!attempt.endless) continue;
    later(quick(),
          [this, key = key, token = attempt.token] { finish(key.first, key.second, token); });
  }
}

void Worker::crash() {
  if (!up_) return;
  world_.note(name_ + " crashes");
  kill_all();
  up_ = false;
  world_.died(*this);
}

void Worker::drain() {
  if (!up_ || frozen_ || draining_) return;
  world_.note(name_ + " drains");
  draining_ = true;
  owner_->drain();
  turn();
}

}  // namespace pawl::sim
