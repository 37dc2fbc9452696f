#include "trial/coverage.hpp"

#include "steps/json_values.hpp"

namespace pawl::trial {
namespace {

using core::StepState;

constexpr const char* when_holds = "`when` holds";
constexpr const char* when_not = "`when` does not hold";
constexpr const char* tried_again = "is tried again";
constexpr const char* fails = "fails";
constexpr const char* expires = "expires";
constexpr const char* times_out = "times out";
constexpr const char* signal_comes = "the signal comes";
constexpr const char* no_case = "no case fits";

/// Something is said about what a failure of the step means.
bool answers_failures(const dsl::Step& step) {
  return step.settings->on_error != dsl::OnError::fail || (step.hooks && step.hooks->on_error);
}

std::vector<std::string> branches_of(const dsl::Step& step) {
  std::vector<std::string> all;
  if (step.when) all = {when_holds, when_not};
  if (step.settings->retry.max_attempts > 1) all.emplace_back(tried_again);
  if (answers_failures(step)) all.emplace_back(fails);
  if (const auto* approval = std::get_if<dsl::ApprovalSpec>(&step.spec)) {
    all.insert(all.end(), approval->options.begin(), approval->options.end());
    if (approval->options.empty()) all.emplace_back("approved");
    all.emplace_back("rejected");
    if (approval->expires) all.emplace_back(expires);
  }
  if (const auto* wait = std::get_if<dsl::WaitSpec>(&step.spec); wait != nullptr && wait->timeout) {
    all.insert(all.end(), {signal_comes, times_out});
  }
  const auto* block = std::get_if<dsl::BlockSpec>(&step.spec);
  if (block != nullptr && block->choice && block->choice->cases.size() == block->children.size()) {
    all.emplace_back(no_case);
  }
  return all;
}

/// How an approval was decided: "approved", an option, "rejected", "expires".
std::string decision_in(const core::Instance& instance) {
  const bool is_of_nobody =
      (instance.error && instance.error->kind == core::FailureKind::timeout) ||
      (instance.waiting && !instance.waiting->votes.empty() &&
       instance.waiting->votes.back().by == "system") ||
      steps::text_of(steps::member_of(instance.output, "by")) == "system";
  if (is_of_nobody) return expires;
  if (instance.state == StepState::failed) return "rejected";
  return steps::text_of(steps::member_of(instance.output, "decision"));
}

}  // namespace

Coverage::Coverage(std::shared_ptr<const core::Graph> graph) : graph_(std::move(graph)) {
  for (std::size_t i = 1; i < plan().steps.size(); ++i) {
    const StepId step{static_cast<std::int32_t>(i)};
    if (plan().step(step).kind != dsl::Kind::steps) all_.push_back({step, ""});
    for (std::string& branch : branches_of(plan().step(step))) {
      all_.push_back({step, std::move(branch)});
    }
  }
}

void Coverage::note(const core::RunState& run, const core::Applied& applied) {
  for (const core::Transition& change : applied.transitions) {
    if (change.inst.value == 0) continue;
    const core::Instance& instance = run.at(change.inst);
    const StepId step = instance.step;
    if (change.to == StepState::running || change.to == StepState::waiting) {
      if (instance.role == core::Role::step) reach(step, "");
      reach(step, when_holds);
    }
    if (change.to == StepState::skipped && change.note.starts_with("when: ")) reach(step, when_not);
    if (change.to == StepState::skipped && change.note.starts_with("no case "))
      reach(step, no_case);
    if (change.to == StepState::retrying) reach(step, tried_again);
    if (change.to == StepState::retrying || change.to == StepState::failed) reach(step, fails);
    if (change.from == StepState::waiting || change.to == StepState::succeeded) {
      note_end(step, instance);
    }
  }
}

void Coverage::note_end(StepId step, const core::Instance& instance) {
  const dsl::Step& about = plan().step(step);
  const bool is_over =
      instance.state == StepState::succeeded || instance.state == StepState::failed;
  if (!is_over || instance.role != core::Role::step) return;
  // What comes at once is never seen waiting.
  reach(step, "");
  if (about.kind == dsl::Kind::approval) reach(step, decision_in(instance));
  if (about.kind == dsl::Kind::wait) {
    reach(step, instance.state == StepState::failed ? times_out : signal_comes);
  }
}

Coverage::Share Coverage::share(bool of_steps) const {
  Share share;
  for (const Reach& one : all_) {
    if (one.branch.empty() != of_steps) continue;
    ++share.count;
    if (is_reached(one)) ++share.reached;
  }
  return share;
}

}  // namespace pawl::trial
