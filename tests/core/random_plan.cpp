#include "tests/core/random_plan.hpp"

#include <array>

namespace pawl::test {

int below(Random& random, int bound) {
  return static_cast<int>(random() % static_cast<std::uint64_t>(bound));
}
bool chance(Random& random, int percent) { return below(random, 100) < percent; }

namespace {

class Drawer {
 public:
  Drawer(Random& random, Mix mix) : random_(random), mix_(mix) {}

  std::vector<Draft> steps(int depth, bool in_list, bool retried) {
    std::vector<Draft> drafts;
    const int count = 1 + below(random_, depth == 0 ? 6 : 4);
    for (int i = 0; i < count; ++i) {
      Draft draft;
      draft.id = "s" + std::to_string(serial_++);
      add_needs(draft, drafts, in_list);
      add_settings(draft);
      if (mix_.copies && chance(random_, 12)) add_items(draft);
      if (depth < 3 && chance(random_, 25)) {
        add_block(draft, depth, retried);
      } else {
        add_wait(draft);
        if (!retried) add_effects(draft);
      }
      draft.undo = mix_.undos && !retried && !draft.wait && !draft.approval && chance(random_, 40);
      if (draft.undo) draft.undo_retry = retries(1 + below(random_, 2));
      drafts.push_back(std::move(draft));
    }
    return drafts;
  }

 private:
  void add_needs(Draft& draft, const std::vector<Draft>& drafts, bool in_list) {
    for (const Draft& earlier : drafts) {
      if (chance(random_, in_list ? 10 : 30)) draft.needs.push_back(earlier.id);
      if (chance(random_, 15)) draft.data.push_back(earlier.id);
    }
    if (chance(random_, 50)) {
      draft.join.rule = static_cast<dsl::JoinRule>(below(random_, 6));
      draft.join.at_least = 1 + below(random_, 2);
    }
    // What an author cannot write: such a join over nothing.
    if (draft.needs.empty() && draft.data.empty() && (!in_list || drafts.empty())) draft.join = {};
  }

  void add_settings(Draft& draft) {
    if (chance(random_, 15)) draft.when = chance(random_, 50) ? "true" : "false";
    if (chance(random_, 5)) draft.when = "broken";
    if (chance(random_, 40)) {
      draft.retry = retries(1 + below(random_, 3), Millis{below(random_, 2) * 7});
    }
    if (chance(random_, 15)) draft.on_error = dsl::OnError::resume;
    if (chance(random_, 5)) draft.on_error = dsl::OnError::pause;
    draft.lost_max = 1'000;
  }

  void add_items(Draft& draft) {
    constexpr std::array lists = {"[]", "[1]", "[1,2]", "[1,2,3]"};
    dsl::Foreach each = over(lists[static_cast<std::size_t>(below(random_, 4))]);
    each.max_parallel = below(random_, 3);
    draft.each = std::move(each);
  }

  void add_block(Draft& draft, int depth, bool retried) {
    const bool list = chance(random_, 50);
    const bool again = retried || draft.retry.max_attempts > 1;
    draft.fail_fast = !again && chance(random_, 25);
    std::vector<Draft> inside = steps(depth + 1, list, again);
    if (mix_.copies && chance(random_, 25)) {
      const int last = 1 + below(random_, 3);
      draft.rounds = until("index == " + std::to_string(last), 1 + below(random_, 3),
                           Millis{below(random_, 2) * 5});
    } else if (mix_.copies && chance(random_, 20)) {
      set_apart(draft, inside, true);
    } else if (mix_.races && chance(random_, 25)) {
      set_apart(draft, inside, false);
    }
    const bool is_map = draft.choice || draft.race || !list;
    if (mix_.copies && !draft.choice && !draft.race && chance(random_, 20)) {
      draft.max_parallel = 1 + below(random_, 2);
    }
    (is_map ? draft.map : draft.list) = std::move(inside);
  }

  /// Steps that need nothing of each other: the cases of a switch, the branches of a race.
  void set_apart(Draft& draft, std::vector<Draft>& inside, bool is_switch) {
    std::vector<std::string> cases;
    for (Draft& step : inside) {
      step.needs.clear();
      step.data.clear();
      step.join = {};
      if (is_switch) step.when.clear();
      if (is_switch) step.each.reset();
      cases.push_back(step.id);
    }
    draft.fail_fast = false;
    draft.race = !is_switch;
    if (!is_switch) return;
    const int chosen = below(random_, static_cast<int>(cases.size()) + 1);
    const bool is_known = chosen < static_cast<int>(cases.size());
    const std::string value = is_known ? cases[static_cast<std::size_t>(chosen)] : "none";
    draft.choice = by('"' + value + '"', std::move(cases));
  }

  void add_wait(Draft& draft) {
    if (mix_.copies && chance(random_, 10))
      draft.wait = for_time(chance(random_, 50) ? "0s" : "5ms");
    if (mix_.signals && chance(random_, 5)) draft.wait = for_signal("go");
    if (mix_.signals && !draft.wait && chance(random_, 5)) {
      draft.approval.emplace().title = text("\"?\"");
      if (chance(random_, 30)) draft.approval->expires = text("\"10s\"");
    }
  }

  void add_effects(Draft& draft) {
    if (!mix_.once || draft.wait || draft.approval || !chance(random_, 40)) return;
    draft.once = true;
    draft.verify = chance(random_, 50);
    draft.retry = {};
  }

  Random& random_;
  Mix mix_;
  int serial_ = 0;
};

}  // namespace

PlanDraft random_plan(Random& random, Mix mix) {
  PlanDraft plan;
  const bool list = chance(random, 40);
  plan.fail_fast = chance(random, 15);
  if (mix.undos) plan.compensate = static_cast<dsl::Compensate>(1 + below(random, 3));
  (list ? plan.list : plan.map) = Drawer(random, mix).steps(0, list, false);
  for (const char* hook : {"on_start", "on_success", "on_failure", "finally"}) {
    if (chance(random, 20)) plan.hooks.emplace_back(hook);
  }
  return plan;
}

}  // namespace pawl::test
