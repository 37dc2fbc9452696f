#include "tests/core/random_plan.hpp"

namespace pawl::test {

int below(Random& random, int bound) {
  return static_cast<int>(random() % static_cast<std::uint64_t>(bound));
}
bool chance(Random& random, int percent) { return below(random, 100) < percent; }

namespace {

std::vector<Draft> random_steps(Random& random, int depth, bool in_list, bool retried,
                                int& serial) {
  std::vector<Draft> drafts;
  const int count = 1 + below(random, depth == 0 ? 6 : 4);
  for (int i = 0; i < count; ++i) {
    Draft draft;
    draft.id = "s" + std::to_string(serial++);
    for (const Draft& earlier : drafts) {
      if (chance(random, in_list ? 10 : 30)) draft.needs.push_back(earlier.id);
      if (chance(random, 15)) draft.data.push_back(earlier.id);
    }
    if (chance(random, 50)) {
      draft.join.rule = static_cast<dsl::JoinRule>(below(random, 6));
      draft.join.at_least = 1 + below(random, 2);
    }
    // What an author cannot write: such a join over nothing.
    if (draft.needs.empty() && draft.data.empty() && (!in_list || drafts.empty())) draft.join = {};
    if (chance(random, 15)) draft.when = chance(random, 50) ? "true" : "false";
    if (chance(random, 5)) draft.when = "broken";
    if (chance(random, 40))
      draft.retry = retries(1 + below(random, 3), Millis{below(random, 2) * 7});
    if (chance(random, 15)) draft.on_error = dsl::OnError::resume;
    if (chance(random, 5)) draft.on_error = dsl::OnError::pause;
    draft.lost_max = 1'000;
    if (depth < 3 && chance(random, 25)) {
      const bool list = chance(random, 50);
      const bool again = retried || draft.retry.max_attempts > 1;
      draft.fail_fast = !again && chance(random, 25);
      (list ? draft.list : draft.map) = random_steps(random, depth + 1, list, again, serial);
    }
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

}  // namespace

PlanDraft random_plan(Random& random) {
  PlanDraft plan;
  int serial = 0;
  const bool list = chance(random, 40);
  plan.fail_fast = chance(random, 15);
  (list ? plan.list : plan.map) = random_steps(random, 0, list, false, serial);
  for (const char* hook : {"on_start", "on_success", "on_failure", "finally"}) {
    if (chance(random, 20)) plan.hooks.emplace_back(hook);
  }
  return plan;
}

}  // namespace pawl::test
