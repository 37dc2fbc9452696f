#include "base/text.hpp"
#include "dsl/link.hpp"

namespace pawl::dsl {

void check_effects(Front& front) {
  const std::vector<Step>& steps = front.plan.steps;
  for (const Step& step : steps) {
    if (step.parent == StepId{0} && step.id == "undo" &&
        front.plan.compensate != Compensate::never) {
      front.error(Span{step.at.line, step.at.column, 1}, "effects",
                  "'undo' is how the steps are called that take something back: undo.charge",
                  "give it another id");
    }
    const bool is_once = step.settings->effects == Effects::once;
    if (step.parent == no_step || (!is_once && !step.undo)) continue;
    for (StepId around = step.parent; around.value > 0;) {
      const Step& block = steps[static_cast<std::size_t>(around.value)];
      around = block.parent;
      if (block.settings->retry.max_attempts == 1) continue;
      front.error(
          Span{step.at.line, step.at.column, 1}, "effects",
          "the block " + quoted(block.id) + " is tried again as a whole, and " + quoted(step.id) +
              (is_once ? " in it happens once" : " in it is undone at the end of the run only"),
          "put 'retry' on the steps of the block instead");
    }
  }
}

}  // namespace pawl::dsl
