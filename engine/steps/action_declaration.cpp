#include "steps/action_declaration.hpp"

#include "steps/modules.hpp"

namespace pawl::steps {
namespace {

/// What stands behind the words that load the action.
constexpr const char* tell = R"lua(
if type(action) ~= "table" then
  error("the file of an action returns a table: return {run = function(with) … end}", 0)
end
local others = list{}
local known = {description = true, inputs = true, output_schema = true, run = true}
for key in pairs(action) do
  if not known[key] then others[#others + 1] = tostring(key) end
end
table.sort(others)
return {description = action.description or null, inputs = action.inputs or null,
        output_schema = action.output_schema or null, has_run = type(action.run) == "function",
        others = others}
)lua";

}  // namespace

Result<JsonText> declaration_of(const std::string& action,
                                const std::vector<dsl::Module>& modules) {
  const std::string module = dsl::module_of_action(action);
  const std::string text = "local action = require(\"" + module + "\")" + tell;
  scripting::Script script(scripting::Caps{}, {}, {}, nullptr);
  const std::string file = dsl::file_of_module(module);
  const scripting::Step step = script.start({text, file, 1, false, false, modules_of(modules)});
  if (step.value) return *step.value;
  const std::string& message = step.error->message;
  const bool reaches_out = message.find(" is not defined here") != std::string::npos;
  return Problem{message, reaches_out ? "outside of its function 'run', the file of an action has "
                                        "the pure library only"
                                      : ""};
}

}  // namespace pawl::steps
