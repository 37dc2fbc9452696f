#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/copies.hpp"
#include "core/failure.hpp"
#include "core/states.hpp"
#include "dsl/plan.hpp"

namespace pawl::core {

/// What an expression may see of another step.
struct StepView {
  std::string_view name;
  StepState state = StepState::pending;
  JsonText output;                 ///< null unless it succeeded.
  const Failure* error = nullptr;  ///< Also set when a failure was ignored.
};

/// What an expression may see. Borrowed: valid during the call only.
struct View {
  TimePoint now{};
  RunId run_id;
  std::string_view workflow;
  std::int64_t run_number = 0;
  TimePoint run_started{};
  const JsonText* inputs = nullptr;  ///< An object.
  const JsonText* env = nullptr;     ///< An object of texts.
  const JsonText* output = nullptr;  ///< Null where `output` is not in scope.
  const JsonText* resume_value = nullptr;
  const JsonText* outputs = nullptr;  ///< The run's outputs, for its hooks.
  const Failure* error = nullptr;
  std::vector<StepView> steps;
  /// `item`, `index` and their other names, inside of a `foreach`; a later one hides an earlier.
  std::vector<std::pair<std::string, JsonText>> names;
};

/// The one door from the core to Lua: pure functions of their arguments, bounded in time and
/// memory.
class Expressions {
 public:
  virtual ~Expressions() = default;
  /// A bare expression that must give a boolean; nil and null count as false.
  virtual Result<bool> condition(const dsl::Plan& plan, const dsl::Code& code,
                                 const View& view) = 0;
  /// The value of a template: typed when `whole`, else a JSON string.
  virtual Result<JsonText> value(const dsl::Plan& plan, const dsl::Template& text,
                                 const View& view) = 0;
  /// The items of a `foreach` with their keys, which differ.
  virtual Result<std::vector<Item>> items(const dsl::Plan& plan, const dsl::Foreach& each,
                                          const View& view) = 0;
  /// The inputs of a run: what was given, and the defaults of the others in file order.
  virtual Result<JsonText> complete_inputs(const dsl::Plan& plan, const JsonText& given,
                                           const View& view) = 0;
  /// The fields of a form, filled in and checked like inputs.
  virtual Result<JsonText> complete_form(const dsl::Plan& plan, const std::vector<dsl::Input>& form,
                                         const JsonText& given, const View& view) = 0;
  /// A JSON object of names and values (members in the order given).
  static JsonText object(const std::vector<std::pair<std::string, JsonText>>& members);
  /// A JSON array.
  static JsonText array(const std::vector<JsonText>& items);
};

}  // namespace pawl::core
