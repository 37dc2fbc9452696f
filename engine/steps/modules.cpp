#include "steps/modules.hpp"

namespace pawl::steps {
namespace {

/// A call of its own, no tail call, so that tracebacks name the step, too.
std::string call_of(const dsl::UsesSpec& uses) {
  return "local output = require(\"" + dsl::module_of_action(uses.action) +
         "\").run(with) return output";
}

}  // namespace

std::vector<scripting::Module> modules_of(const std::vector<dsl::Module>& modules) {
  std::vector<scripting::Module> given;
  given.reserve(modules.size());
  for (const dsl::Module& one : modules) {
    given.push_back({one.name, dsl::file_of_module(one.name), one.text});
  }
  return given;
}

scripting::Step start_block(scripting::Script& script, const dsl::Plan& plan,
                            const dsl::Code& code) {
  return script.start({code.text, plan.file, code.at.line, false, false, modules_of(plan.modules)});
}

scripting::Step start_body(scripting::Script& script, const AttemptContext& context) {
  const dsl::Plan& plan = *context.job.plan;
  const auto* uses = std::get_if<dsl::UsesSpec>(&context.spec());
  const std::string call = uses != nullptr ? call_of(*uses) : "";
  const dsl::Code* code = uses != nullptr ? nullptr : &std::get<dsl::LuaSpec>(context.spec()).code;
  const bool is_pair = context.job.task == Task::verify;
  return script.start({code != nullptr ? code->text : call, plan.file,
                       code != nullptr ? code->at.line : uses->at.line, false, is_pair,
                       modules_of(plan.modules)});
}

}  // namespace pawl::steps
