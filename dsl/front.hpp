#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dsl/diagnostic.hpp"
#include "dsl/limits.hpp"
#include "dsl/plan.hpp"
#include "dsl/yaml_tree.hpp"

/// What the parts of the compiler share: the tree they read, the list they append mistakes to, and
/// the names that are resolved once every step is known.
namespace pawl::dsl {

/// What reading a step means at the place where it is read.
enum class ReadMeaning : std::uint8_t {
  need,      ///< It makes a need.
  needed,    ///< It makes none, and the step has to be a need already (`on_progress`, …).
  absent,    ///< It makes none; a step that did not run reads as nil (`outputs`, workflow hooks).
  forbidden  ///< Nothing of a step is known here (root `env`, defaults of inputs).
};

/// "rows" of `steps.NAME.output.rows`, or "3" of `steps.NAME.output[3]`.
struct OutputField {
  std::string name;
  bool is_position = false;
  Span at;
};

/// `steps.NAME` in some code, or a name in `needs:`.
struct StepName {
  StepId reader;
  std::string name;
  Span at;
  ReadMeaning meaning = ReadMeaning::need;
  bool written = false;               ///< Stands in `needs:`.
  bool reads_output = false;          ///< `steps.NAME.output`
  std::vector<OutputField> fields{};  ///< Behind `output`, as far as they are constant.
};

/// A name that has found its step.
struct StepRead {
  const StepName* name;
  StepId inside;  ///< The sibling of `target` in which the reader stands; no_step: outside of all.
  StepId target;
};

/// An alias of `steps`, or steps[x].
struct DynamicRead {
  StepId reader;
  Span at;
  ReadMeaning meaning = ReadMeaning::need;
};

/// `env.NAME` in some code.
struct VariableRead {
  StepId reader;
  std::string name;
  Span at;
};

class BundleReader;

/// The reader of `outputs`, which is no step.
inline constexpr StepId outputs_reader{-2};

struct Front {
  const Tree& tree;
  const Limits& limits;
  Diagnostics& diagnostics;
  Plan& plan;

  std::vector<StepName> names{};                          ///< By reader, in file order.
  std::vector<DynamicRead> dynamic{};                     ///< By reader.
  std::vector<VariableRead> variables{};                  ///< By reader.
  std::vector<bool> has_needs{};                          ///< By step: `needs:` is written.
  std::unordered_map<std::string, std::size_t> inputs{};  ///< Name → position.
  std::vector<std::pair<std::string, Span>> input_places{};
  std::unordered_set<std::string> read_inputs{};  ///< Those that some code names.
  bool reads_all_inputs = false;                  ///< Some code passes all of them on.
  std::vector<StepRead> reads{};                  ///< Filled by the linker.
  /// By step: what `matrix` has, where the file tells.
  std::unordered_map<StepId, std::vector<std::string>> axes{};
  BundleReader* bundle = nullptr;  ///< Reads the other files; null where there can be none.

  void error(Span at, std::string rule, std::string message, std::string fix = "") {
    diagnostics.push_back({at, std::move(rule), std::move(message), std::move(fix)});
  }
  void error(NodeId at, std::string rule, std::string message, std::string fix = "") {
    error(tree.span(at), std::move(rule), std::move(message), std::move(fix));
  }
  std::string text(NodeId id) const { return std::string(tree.text(id)); }
};

}  // namespace pawl::dsl
