#include "tests/sim/world.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/codec.hpp"
#include "tests/sim/worker.hpp"

namespace pawl::sim {

using namespace std::chrono_literals;
using test::below;
using test::chance;
using Fate = Database::Fate;

namespace {

constexpr std::size_t trace_lines = 400;
constexpr Micros chaos_span = 90s;
constexpr Micros patience = 20min;
constexpr std::size_t workers_max = 6;

/// Deadlines, timeouts and few lost attempts, anywhere in a plan.
void add_times(test::Random& random, std::vector<test::Draft>& drafts) {
  for (test::Draft& draft : drafts) {
    draft.lost_max = 2 + below(random, 4);
    if (chance(random, 8)) draft.deadline = Millis{1'000 + below(random, 30'000)};
    if (draft.retry.max_attempts > 1 && chance(random, 30)) {
      draft.retry.delay = Millis{below(random, 15'000)};
    }
    if (!draft.list.empty() || !draft.map.empty()) {
      if (chance(random, 10)) draft.timeout = Millis{500 + below(random, 20'000)};
      add_times(random, draft.list);
      add_times(random, draft.map);
    }
  }
}

runtime::OwnerLimits random_limits(test::Random& random) {
  const auto pick = [&](std::array<std::int32_t, 4> values) {
    return values[static_cast<std::size_t>(below(random, 4))];
  };
  runtime::OwnerLimits limits;
  limits.slots = pick({1, 2, 3, 8});
  limits.batch_events = pick({1, 2, 5, 200});
  limits.claim_runs = pick({1, 2, 10, 200});
  limits.held_runs = pick({1, 2, 10, 2'000});
  limits.turns_in_a_row = pick({1, 2, 4, 16});
  limits.lease = std::chrono::seconds{pick({2, 5, 10, 15})};
  limits.park_after = Millis{pick({0, 10, 1'000, 5'000})};
  return limits;
}

Chaos random_chaos(test::Random& random) {
  Chaos chaos;
  if (chance(random, 70)) chaos.lost = below(random, 300);
  if (chance(random, 60)) chaos.crash = below(random, 60);
  if (chance(random, 50)) chaos.late = below(random, 300);
  if (chance(random, 50)) chaos.frozen = below(random, 30);
  if (chance(random, 40)) chaos.outages = below(random, 20);
  if (chance(random, 50)) chaos.hints = below(random, 100);
  chaos.jumps = chance(random, 30);
  return chaos;
}

}  // namespace

World::World(std::uint64_t seed, store::MemoryRules rules)
    : random(seed), database([this] { return TimePoint{now + database_ahead}; }, rules) {
  limits = random_limits(random);
  chaos = random_chaos(random);
  database.gap = [](Incarnation inc) {
    throw Violation("a number was left out by incarnation " + std::to_string(inc.value));
  };
  database.lost_wake_up = [](RunId run) {
    throw Violation("run " + std::to_string(run.value) + " sleeps on a request");
  };
  database.accepted = [this](RunId run, Incarnation inc, const StoredRun& stored,
                             std::size_t events) { checker.durable(run, inc, stored, events); };
  const int workers = 1 + below(random, 3);
  for (int i = 0; i < workers; ++i) add_worker("w" + std::to_string(i), false);
  const int runs = 1 + below(random, 8);
  for (int n = 0; n < runs; ++n) {
    at(within(chaos_span / 2), [this, n] { start_run(n); });
  }
  at(1s, [this] { accident(); });
}

World::~World() = default;

void World::at(Micros later, std::function<void()> what) {
  queue_.emplace(now + std::max<Micros>(later, 0us), std::move(what));
}

void World::note(const std::string& text) {
  const auto since = std::chrono::duration_cast<Millis>(now - Micros{std::chrono::hours{500'000}});
  trace_.push_back(std::to_string(since.count()) + " ms  " + text);
  if (loud) std::fprintf(stderr, "%s\n", trace_.back().c_str());
  if (trace_.size() > trace_lines) trace_.pop_front();
}

std::string World::trace() const {
  std::string text;
  for (const std::string& line : trace_) text += line + '\n';
  return text;
}

Fate World::fate(std::string_view call) {
  if (healed) return Fate::works;
  if (now < outage_until_) return Fate::lost_before;
  const int roll = below(random, 10'000);
  int bound = chaos.lost;
  Fate fate = Fate::works;
  if (roll < bound) {
    fate = roll % 2 == 0 ? Fate::lost_before : Fate::lost_after;
  } else if (roll < (bound += chaos.crash)) {
    fate = roll % 2 == 0 ? Fate::crash_before : Fate::crash_after;
  } else if (roll < (bound += chaos.late)) {
    fate = Fate::late;
  }
  if (fate != Fate::works) {
    constexpr const char* names[] = {"works",        "lost before", "lost after",
                                     "crash before", "crash after", "late"};
    note(std::string(call) + ": " + names[static_cast<int>(fate)]);
  }
  return fate;
}

void World::racing(const store::Batch& batch) {
  for (const store::RunRow& row : batch.runs) {
    if (row.release == store::Release::keep || !chance(random, 20)) continue;
    at(within(5ms), [this, run = row.run] { user_acts(run); });
  }
}

// ---- Workers
// ---------------------------------------------------------------------------------------

void World::add_worker(const std::string& name, bool buries) {
  Incarnation dead{0};
  for (const auto& worker : workers_) {
    if (worker->name() == name && !worker->is_up()) dead = worker->inc();
  }
  workers_.push_back(std::make_unique<Worker>(*this, name));
  note(name + " starts as " + std::to_string(workers_.back()->inc().value));
  if (buries && dead.value > 0) workers_.back()->bury(dead);
}

void World::died(Worker& worker) {
  at(within(healed ? 100ms : 10s),
     [this, name = worker.name()] { add_worker(name, chance(random, 50)); });
}

void World::left(Worker& worker) {
  at(within(1s), [this, name = worker.name()] { add_worker(name, false); });
}

void World::accident() {
  if (healed) return;
  at(1s + within(2s), [this] { accident(); });
  std::vector<Worker*> up;
  for (const auto& worker : workers_) {
    if (worker->is_up()) up.push_back(worker.get());
  }
  if (!up.empty()) {
    Worker& worker = *up[static_cast<std::size_t>(below(random, static_cast<int>(up.size())))];
    if (chance(random, chaos.frozen)) {
      worker.freeze(within(2 * limits.lease));
      // A supervisor takes the stopped one for dead and starts another of its name.
      if (chance(random, 30) && up.size() < workers_max) add_worker(worker.name(), false);
    } else if (chance(random, chaos.crash / 4)) {
      worker.crash();
    } else if (chance(random, 3)) {
      worker.drain();
    }
  }
  if (now >= outage_until_ && chance(random, chaos.outages)) {
    outage_until_ = now + within(2 * limits.lease);
    note("the database is away");
  }
  if (chaos.jumps && chance(random, 10)) {
    database_ahead += within(60s) - 30s;
    note("the database's clock jumps");
  }
}

// ---- Users
// -----------------------------------------------------------------------------------------

void World::start_run(int n) {
  test::PlanDraft draft = test::random_plan(random, {.copies = chance(random, 70),
                                                     .races = true,
                                                     .signals = chance(random, 50),
                                                     .once = chance(random, 30),
                                                     .undos = chance(random, 30)});
  add_times(random, draft.list);
  add_times(random, draft.map);
  graphs_.push_back(test::a_graph(draft));
  store::Definition plan;
  plan.name = "plan" + std::to_string(graphs_.size());
  plan.plan_version = dsl::plan_version;
  plan.sem = dsl::language_sem;
  const auto works = [](std::string_view) { return Fate::works; };
  const std::int32_t definition = database.open(works)->put_definition(plan);
  store::StartRequest request;
  request.definition = definition;
  request.actor = "user:ana";
  request.key = "key" + std::to_string(n);
  request.request = core::encode_request(core::Start{JsonText{"{}"}});
  retry_start(request, definition);
  if (chance(random, 20)) retry_start(request, definition);  // Twice at once.
  const int acts = below(random, 6);
  for (int i = 0; i < acts; ++i) {
    at(within(chaos_span), [this, key = request.key] {
      const auto known = keys_.find(key);
      if (known != keys_.end()) user_acts(known->second);
    });
  }
}

void World::repeat_start(const store::StartRequest& request, std::int32_t definition) {
  ++starts_waiting_;
  at(1s, [this, request, definition] {
    --starts_waiting_;
    retry_start(request, definition);
  });
}

void World::retry_start(const store::StartRequest& request, std::int32_t definition) {
  if (now < outage_until_) {
    return repeat_start(request, definition);
  }
  const Fate fate = this->fate("start");
  if (fate == Fate::lost_before || fate == Fate::crash_before || fate == Fate::late) {
    return repeat_start(request, definition);
  }
  const auto works = [](std::string_view) { return Fate::works; };
  const store::StartReply reply = database.open(works)->start({&request, 1}).front();
  if (reply.result == store::StartReply::Result::started) {
    checker.know(reply.run, graph(definition));
    note("run " + std::to_string(reply.run.value) + " is started");
  }
  if (fate != Fate::works) {
    return repeat_start(request, definition);
  }
  const auto [known, fresh] = keys_.emplace(request.key, reply.run);
  require(fresh || known->second == reply.run, "one key, two runs");
  checker.acknowledged(reply.run, 1);
  for (const auto& worker : workers_) {
    if (chance(random, chaos.hints)) worker->hint();
  }
}

void World::user_acts(RunId run) {
  if (healed) return;
  switch (below(random, 8)) {
    case 6:
      return ask(run, core::Signal{"go", JsonText{"1"}});
    case 7:
      return answer(run);
    case 0:
      return ask(run, core::Pause{false});
    case 1:
      return ask(run, core::Pause{true});
    case 2:
      return ask(run, core::Resume{});
    case 3:
      return ask(run, core::Cancel{"by ana"});
    default:
      return ask(run, core::Repair{});
  }
}

/// Decides the approvals that wait, sends the signal that other steps wait for, and says whether
/// what is unknown was done.
void World::answer(RunId run) {
  for (const auto& [inst, row] : database.runs().at(run).steps) {
    if (!healed && row.state == static_cast<int>(core::StepState::unknown)) {
      ask(run, core::Resolve{row.path, chance(random, 50), JsonText{"1"}, ""});
    }
    if (row.state != static_cast<int>(core::StepState::waiting)) continue;
    if (row.reason == static_cast<int>(core::Reason::approval)) {
      ask(run, core::Decide{.step = row.path, .approve = healed || chance(random, 70)});
    } else if (row.reason == static_cast<int>(core::Reason::signal)) {
      ask(run, core::Signal{"go", JsonText{"1"}});
    }
  }
}

void World::ask(RunId run, const core::Happening& what) {
  ask(run, what, "ask" + std::to_string(next_ask_++));
}

void World::ask(RunId run, const core::Happening& what, const std::string& dedup) {
  const auto again = [this, run, what, dedup] {
    at(within(1s), [this, run, what, dedup] {
      if (!healed) ask(run, what, dedup);
    });
  };
  const Fate fate = this->fate("send");
  if (fate == Fate::lost_before || fate == Fate::crash_before || fate == Fate::late) return again();
  const store::InboxRow request{run, 0, static_cast<std::int16_t>(what.index()), "user:ana",
                                core::encode_request(what)};
  at(within(5ms),
     [this, request, again, fate, send = database.begin_send(request, dedup, core::reopens(what))] {
       const store::SendReply reply = send();
       if (fate != Fate::works) return again();
       if (reply.seq == 0) return;  // It had ended.
       note("run " + std::to_string(request.run.value) + " is asked " +
            std::to_string(request.kind) + " as " + std::to_string(reply.seq));
       checker.acknowledged(request.run, reply.seq);
       for (const auto& worker : workers_) {
         if (chance(random, chaos.hints)) worker->hint();
       }
     });
}

// ---- Chaos, then peace
// -------------------------------------------------------------------------------

void World::run_until(Micros end, const std::function<bool()>& done) {
  std::size_t steps = 0;
  while (!queue_.empty() && queue_.begin()->first <= end && !done()) {
    auto next = queue_.extract(queue_.begin());
    now = next.key();
    next.mapped()();
    require(++steps < 5'000'000, "the world spins without end");
  }
}

bool World::all_ended() const {
  // Who could not start a run during an outage that lasted to the end of the chaos starts it yet.
  return starts_waiting_ == 0 && std::ranges::all_of(database.runs(), [](const auto& entry) {
           return entry.second.closed && !entry.second.owner && entry.second.inbox.empty();
         });
}

void World::heal() {
  note("everything is healed");
  healed = true;
  outage_until_ = now;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->thaw();
    workers_[i]->let_endless_end();
  }
  const auto all_resume = [this](const auto& self) -> void {
    for (const auto& [id, run] : database.runs()) {
      if (run.row.phase == core::RunPhase::paused && run.inbox.empty()) ask(id, core::Resume{});
      if (run.row.phase != core::RunPhase::paused && run.inbox.empty()) answer(id);
    }
    at(5s, [self] { self(self); });
  };
  all_resume(all_resume);
}

void World::live() {
  run_until(now + chaos_span, [] { return false; });
  heal();
  run_until(now + patience, [this] { return all_ended(); });
  // What is under way at the last end comes to rest.
  run_until(now + 5s, [] { return false; });
  checker.check_end(database);
}

}  // namespace pawl::sim
