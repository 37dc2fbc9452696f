#include "steps/kinds.hpp"

#include "steps/step_attempt.hpp"

namespace pawl::steps {

std::unique_ptr<Attempt> start_attempt(Job job, Reports& reports, Services& services) {
  const dsl::Kind kind = job.plan->step(job.step).kind;
  check(kind == dsl::Kind::run || kind == dsl::Kind::lua || kind == dsl::Kind::uses,
        "only run, lua and uses steps have attempts");
  return std::make_unique<StepAttempt>(std::move(job), reports, services);
}

}  // namespace pawl::steps
