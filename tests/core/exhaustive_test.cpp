#include <array>
#include <deque>
#include <functional>
#include <set>
#include <sstream>

#include "core/codec.hpp"
#include "core/waits.hpp"
#include "tests/core/play.hpp"
#include "tests/core/printing.hpp"

using namespace pawl;
using namespace pawl::core;
using namespace pawl::test;
using namespace std::chrono_literals;

namespace {

/// One thing that may happen to a run; `inst` is 0 where it concerns no step.
struct Move {
  std::string name;
  Happening what;
  bool request = false;
  std::int32_t slots = 1;
  Micros later{0};
};

/// Everything that may happen in this state, sensible or not.
std::vector<Move> moves_of(const RunState& run) {
  std::vector<Move> moves = {{"start", Start{JsonText{"{}"}}, true, 1, {}},
                             {"pause", Pause{false}, true, 1, {}},
                             {"pause now", Pause{true}, true, 1, {}},
                             {"resume", Resume{}, true, 1, {}},
                             {"cancel", Cancel{}, true, 1, {}},
                             {"repair all", Repair{}, true, 1, {}},
                             {"unreadable", Unreadable{"?"}, true, 1, {}},
                             {"no slot", Granted{}, false, 0, {}},
                             {"two slots", Granted{}, false, 2, {}},
                             {"later", Granted{}, false, 1, 10s},
                             {"adopted", Adopted{}, false, 1, {}},
                             {"quarantine", Quarantine{"?"}, false, 1, {}},
                             {"signal", Signal{"go", JsonText{"1"}}, true, 1, {}},
                             {"value", Resume{JsonText{"1"}}, true, 1, {}}};
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    if (run.at(inst).role == Role::unused) continue;
    const std::string id = std::to_string(i);
    if (i == 1 || waits(run, inst)) {
      moves.push_back({"approve " + id, Decide{.step = path_of(run, inst)}, true, 1, {}});
    }
    if (waits(run, inst)) {
      moves.push_back(
          {"reject " + id, Decide{.step = path_of(run, inst), .approve = false}, true, 1, {}});
    }
    const std::int32_t attempt = run.at(inst).attempt;
    const auto ends = [&](const std::string& name, Outcome outcome, std::int32_t which) {
      moves.push_back(
          {name + ' ' + id, AttemptEnded{inst, which, std::move(outcome)}, false, 1, {}});
    };
    moves.push_back({"repair " + id, Repair{{path_of(run, inst)}}, true, 1, {}});
    moves.push_back({"anew " + id, Repair{{path_of(run, inst)}, true}, true, 1, {}});
    ends("late", Succeeded{}, attempt - 1);
    ends("succeeded", Succeeded{}, attempt);
    // Where no attempt is under way, one result is as late as another.
    if (i == 1 || run.at(inst).state == StepState::unknown) {
      moves.push_back({"done " + id, Resolve{path_of(run, inst), true, {}, ""}, true, 1, {}});
      moves.push_back({"not done " + id, Resolve{path_of(run, inst), false, {}, ""}, true, 1, {}});
    }
    if (run.at(inst).state != StepState::running) continue;
    if (run.at(inst).in_doubt) {
      for (const auto what :
           {Verified::What::done, Verified::What::not_done, Verified::What::open}) {
        ends("verified " + std::to_string(static_cast<int>(what)), Verified{what, {}, ""}, attempt);
      }
    }
    ends("skipped", Skipped{"no need"}, attempt);
    ends("stopped", Stopped{}, attempt);
    ends("released", Stopped{.released = true}, attempt);
    Failed failed;
    ends("failed", failed, attempt);
    for (const auto what : {Failed::Decision::What::retry, Failed::Decision::What::ignore,
                            Failed::Decision::What::pause}) {
      failed.decision = Failed::Decision{what, {}, {}, ""};
      ends("decided " + std::to_string(static_cast<int>(what)), failed, attempt);
    }
  }
  return moves;
}

/// States that differ only in numbers that grow for ever are one state to the search.
std::string shape_of(const RunState& run) {
  std::ostringstream out;
  const RunFacts& f = run.facts;
  out << name_of(f.phase) << f.paused << f.cancelling << f.started_at.has_value()
      << (f.outcome ? name_of(*f.outcome) : "");
  out << std::min<std::size_t>(f.signals.size(), 2) << f.resume_value.is_null();
  for (const Instance& i : run.instances) {
    if (i.role == Role::unused) continue;
    out << ' ' << name_of(i.state) << i.ignored << i.stopping << static_cast<int>(i.stop_why)
        << std::min(i.tries, 2) << std::min(i.lost, 2) << i.due_at.has_value()
        << i.deadline_at.has_value() << i.in_doubt << static_cast<int>(i.role)
        << std::min(i.attempt, 1) << i.chosen << i.items.count;
  }
  return out.str();
}

bool has_reason(const RunState& run) {
  return has_ended(run.facts.phase) || !run.facts.started_at || run.facts.paused ||
         run.running > 0 || !run.ready.empty() || run.wake_at().has_value() ||
         std::ranges::any_of(run.instances,
                             [](const Instance& i) { return i.state == StepState::waiting; });
}

/// Lets everything succeed; a run that does not end then hangs.
void must_end(RunState run, TimePoint now, Expressions& expressions) {
  const auto happens = [&](Happening what, bool request = false) {
    Event event;
    event.at = now;
    event.slots = 10;
    event.inbox_seq = request ? 1 : 0;
    event.what = std::move(what);
    apply(run, event, expressions);
  };
  if (!run.facts.started_at) happens(Start{JsonText{"{}"}}, true);
  if (run.facts.phase == RunPhase::quarantined) happens(Repair{}, true);
  for (int turn = 0; turn < 100 && !has_ended(run.facts.phase); ++turn) {
    now += 10s;
    if (run.facts.paused) happens(Resume{}, true);
    happens(Granted{});
    for (std::size_t i = 1; i < run.instances.size(); ++i) {
      const InstId inst{static_cast<std::int32_t>(i)};
      if (run.at(inst).state == StepState::waiting && waits(run, inst)) {
        happens(Signal{"go", JsonText{"1"}}, true);
        happens(Decide{.step = path_of(run, inst)}, true);
      }
      if (is_block(run, inst) || run.at(inst).state != StepState::running) continue;
      happens(AttemptEnded{inst, run.at(inst).attempt, Succeeded{}});
    }
  }
  if (!has_ended(run.facts.phase)) throw std::logic_error("the run hangs:\n" + picture_of(run));
}

struct Search {
  std::size_t states = 0;
  std::size_t events = 0;
  std::set<std::pair<StepState, std::size_t>> pairs;  ///< State of a step, index of the event.
};

/// Breadth first over everything that may happen to a run of this plan.
Search search(const PlanDraft& draft, std::size_t states_max) {
  struct Seen {
    RunState run;
    TimePoint now;
    std::string trace;
  };
  ScriptedExpressions expressions;
  Search found;
  std::set<std::string> shapes;
  std::deque<Seen> todo;
  Play first(draft);
  todo.push_back({first.run, first.now, ""});
  while (!todo.empty() && found.states < states_max) {
    Seen from = std::move(todo.front());
    todo.pop_front();
    from.run.touched.clear();
    ++found.states;
    for (const Move& move : moves_of(from.run)) {
      Event event;
      event.at = from.now + move.later;
      event.slots = move.slots;
      event.inbox_seq = move.request ? 1 : 0;
      event.what = move.what;
      RunState run = from.run;
      const std::string trace = from.trace + ", " + move.name;
      try {
        run.touched.clear();
        const Applied applied = apply(run, event, expressions);
        check_consistent(run);
        note_rows(run);
        if (!has_reason(run)) throw std::logic_error("nothing will ever happen to the run again");
        if (has_ended(from.run.facts.phase) && applied.refused && !applied.transitions.empty()) {
          throw std::logic_error("a refused request changed an ended run");
        }
        RunState twin = stored_and_loaded(from.run);
        const Applied same = apply(twin, event, expressions);
        if (encode_event(event, same, twin) != encode_event(event, applied, run) ||
            picture_of(twin) != picture_of(run)) {
          throw std::logic_error("the stored twin differs");
        }
        must_end(run, event.at, expressions);
      } catch (const std::logic_error& error) {
        FAIL(trace << ": " << error.what() << '\n' << picture_of(run));
      }
      ++found.events;
      for (std::size_t i = 1; i < from.run.instances.size(); ++i) {
        if (from.run.instances[i].role == Role::unused) continue;
        found.pairs.insert({from.run.instances[i].state, event.what.index()});
      }
      if (shapes.insert(shape_of(run)).second) todo.push_back({std::move(run), event.at, trace});
    }
  }
  return found;
}

}  // namespace

TEST_CASE("whatever happens in whatever state, the run stays whole and can end", "[core]") {
  const std::size_t states_max = 100;  // Of each plan: enough for every pair below.
  std::vector<PlanDraft> plans;
  plans.push_back({.list = {{.id = "a", .retry = retries(2, 5s), .deadline = 20s, .lost_max = 2},
                            {.id = "b", .when = "false"}},
                   .hooks = {"on_start", "on_cancel", "finally"}});
  plans.push_back(
      {.map = {{.id = "a"}, {.id = "b", .needs = {"a"}, .join = {dsl::JoinRule::failed}}},
       .fail_fast = true});
  plans.push_back({.list = {{.id = "block",
                             .retry = retries(2, 5s),
                             .timeout = 15s,
                             .map = {{.id = "x"}, {.id = "y", .needs = {"x"}}}},
                            {.id = "after", .on_error = dsl::OnError::pause}}});
  plans.push_back(
      {.map = {{.id = "fast"},
               {.id = "slow", .list = {{.id = "x", .retry = retries(2)}}},
               {.id = "next", .needs = {"fast", "slow"}, .join = {dsl::JoinRule::any, 1, true}}}});
  plans.push_back({.map = {{.id = "charge", .deadline = 20s, .once = true, .verify = true},
                           {.id = "blind", .once = true}}});
  plans.push_back({.list = {{.id = "a", .undo = true, .undo_retry = retries(2, 5s)},
                            {.id = "b", .map = {{.id = "x", .undo = true}}, .undo = true},
                            {.id = "c"}},
                   .compensate = dsl::Compensate::both,
                   .hooks = {"on_failure"}});
  dsl::ApprovalSpec ask;
  ask.expires = test::text("\"20s\"");
  dsl::WaitSpec go = test::for_signal("go");
  go.timeout = test::text("\"15s\"");
  plans.push_back({.list = {{.id = "w", .retry = retries(2, 5s), .deadline = 30s, .wait = go},
                            {.id = "ask", .approval = ask}}});
  plans.push_back({.map = {{.id = "first",
                            .map = {{.id = "a"}, {.id = "late", .wait = test::for_time("10s")}},
                            .race = true},
                           {.id = "region", .map = {{.id = "x"}}, .cancel_signal = "go"}}});
  plans.push_back({.list = {{.id = "poll",
                             .retry = retries(2, 5s),
                             .map = {{.id = "x"}},
                             .rounds = test::until("false", 2, 10s)},
                            {.id = "route",
                             .needs = {"poll"},
                             .join = {dsl::JoinRule::failed},
                             .map = {{.id = "eu"}, {.id = "us"}},
                             .choice = test::by("\"us\"", {"eu", "us"})}}});
  dsl::Foreach each = test::over("[1,2]");
  each.max_parallel = 1;
  plans.push_back({.list = {{.id = "t", .retry = retries(2, 5s), .each = each}, {.id = "after"}}});
  Search all;
  for (const PlanDraft& plan : plans) {
    const Search found = search(plan, states_max);
    all.states += found.states;
    all.events += found.events;
    all.pairs.insert(found.pairs.begin(), found.pairs.end());
  }
  CAPTURE(all.states, all.events);
  // Every state of a step that exists yet has met every event.
  for (const StepState state :
       {StepState::pending, StepState::ready, StepState::running, StepState::waiting,
        StepState::retrying, StepState::succeeded, StepState::failed, StepState::skipped,
        StepState::cancelled, StepState::not_run}) {
    for (std::size_t kind = 0; kind < std::variant_size_v<Happening>; ++kind) {
      CAPTURE(state, kind);
      CHECK(all.pairs.contains({state, kind}));
    }
  }
}
