#include "dsl/read_uses.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "dsl/input_types.hpp"
#include "dsl/inputs.hpp"
#include "dsl/keys.hpp"
#include "dsl/read_bundle.hpp"
#include "dsl/read_code.hpp"
#include "dsl/read_step.hpp"
#include "dsl/read_values.hpp"
#include "dsl/yaml_values.hpp"

namespace pawl::dsl {
namespace {

/// Writes a value as JSON, in pieces around its expressions.
class ValueWriter {
 public:
  ValueWriter(Front& front, const CodeScope& scope) : front_(front), scope_(scope) {}

  std::optional<WrittenValue> write(NodeId node) {
    add(node);
    value_.pieces.push_back({std::move(json_), std::nullopt});
    if (failed_) return std::nullopt;
    return std::move(value_);
  }

 private:
  void add(NodeId node) {
    const NodeKind kind = front_.tree.kind(node);
    if (kind == NodeKind::list) {
      char before = '[';
      for (const NodeId item : front_.tree.items(node)) {
        json_ += std::exchange(before, ',');
        add(item);
      }
      json_ += before == '[' ? "[]" : "]";
    } else if (kind == NodeKind::map) {
      char before = '{';
      for (const Entry& entry : front_.tree.entries(node)) {
        json_ += std::exchange(before, ',');
        append_json_string(json_, front_.tree.text(entry.key));
        json_ += ':';
        add(entry.value);
      }
      json_ += before == '{' ? "{}" : "}";
    } else if (kind == NodeKind::scalar &&
               front_.tree.text(node).find("${{") != std::string_view::npos) {
      add_template(node);
    } else {
      add_constant(node);
    }
  }

  void add_template(NodeId node) {
    auto text = read_template_item(front_, node, scope_);
    if (!text) {
      failed_ = true;
    } else if (text->is_literal()) {  // `$${{`
      append_json_string(json_, text->pieces.empty() ? "" : text->pieces.front().text);
    } else {
      value_.pieces.push_back({std::exchange(json_, {}), std::move(*text)});
    }
  }

  void add_constant(NodeId node) {
    JsonText constant;
    if (const auto problem = to_json(front_.tree, node, constant)) {
      front_.error(problem->at, "number", problem->problem.message, problem->problem.fix);
      failed_ = true;
    }
    json_ += constant.text;
  }

  Front& front_;
  const CodeScope& scope_;
  WrittenValue value_;
  std::string json_;
  bool failed_ = false;
};

class UsesReader {
 public:
  UsesReader(Front& front, StepId reader) : front_(front), scope_(scope_of(reader)) {}

  std::optional<Uses> read(Entry entry) {
    std::optional<Entry> action, with;
    if (front_.tree.kind(entry.value) == NodeKind::map) {
      for (const Entry& one : checked_entries(front_, entry.value, KeyPlace::uses)) {
        (front_.tree.text(one.key) == "action" ? action : with) = one;
      }
      if (!action) {
        front_.error(entry.key, "action", "'uses' names no action",
                     "write 'uses: {action: NAME}' for the file actions/NAME.lua");
        return std::nullopt;
      }
    } else {
      action = entry;
    }
    const auto name = read_text(front_, *action);
    if (!name) return std::nullopt;
    const Span at = front_.tree.span(action->value);
    if (name->find("${{") != std::string::npos) {
      front_.error(at, "action", "the action is fixed: it takes no expression",
                   "let a 'switch' choose between steps");
      return std::nullopt;
    }
    uses_.spec.action = *name;
    uses_.spec.at = front_.tree.place(entry.value);
    declared_ = front_.bundle == nullptr ? nullptr : front_.bundle->declaration(*name, at);
    if (with) read_with(*with);
    if (declared_ == nullptr) return std::nullopt;
    find_missing(action->value);
    uses_.spec.inputs = declared_->inputs;
    uses_.output_schema = declared_->output_schema;
    return std::move(uses_);
  }

 private:
  void read_with(Entry with) {
    if (!expect_map(front_, with, "write 'with: {NAME: value}'")) return;
    for (const Entry& entry : front_.tree.entries(with.value)) {
      written_.insert(front_.tree.text(entry.key));
      const Input* input = declared_ == nullptr ? nullptr : find_input(entry.key);
      auto value = read_value(entry.value, input);
      if (!value) continue;
      if (input != nullptr && value->is_constant()) check_constant(*input, *value, entry.value);
      uses_.spec.with.emplace_back(front_.text(entry.key), std::move(*value));
    }
  }

  const Input* find_input(NodeId key) {
    const std::string_view name = front_.tree.text(key);
    const auto found = std::ranges::find(declared_->inputs, name, &Input::name);
    if (found != declared_->inputs.end()) return &*found;
    std::vector<std::string_view> names;
    for (const Input& input : declared_->inputs) names.push_back(input.name);
    const std::string_view near = closest(name, names);
    front_.error(key, "with",
                 "the action " + quoted(uses_.spec.action) + " has no input " + quoted(name),
                 !near.empty()   ? "did you mean " + quoted(near) + "?"
                 : names.empty() ? "it takes no inputs: remove it"
                                 : "it has: " + list_of(names, "and"));
    return nullptr;
  }

  /// Where a text is expected, a scalar is its source text.
  std::optional<WrittenValue> read_value(NodeId node, const Input* input) {
    const std::string_view text = front_.tree.text(node);
    const bool is_text = input != nullptr && is_text_type(input->type) &&
                         front_.tree.kind(node) == NodeKind::scalar &&
                         text.find("${{") == std::string_view::npos;
    if (!is_text) return ValueWriter(front_, scope_).write(node);
    std::string json;
    append_json_string(json, text);
    return WrittenValue{{{std::move(json), std::nullopt}}};
  }

  void check_constant(const Input& input, const WrittenValue& value, NodeId at) {
    const JsonText given{value.pieces[0].json};
    if (given.is_null() && !input.required) return;  // As if it were not written.
    if (const auto problem = check_value(input, given)) {
      front_.error(at, "with", problem->message, problem->fix);
    }
  }

  void find_missing(NodeId at) {
    for (const Input& input : declared_->inputs) {
      const bool is_given = std::ranges::any_of(
          uses_.spec.with, [&](const auto& one) { return one.first == input.name; });
      if (!input.required || is_given || written_.contains(input.name)) continue;
      front_.error(at, "with",
                   "the action " + quoted(uses_.spec.action) + " needs the input " +
                       quoted(input.name) + ": " + std::string(wanted_by(input.type)),
                   "write 'with: {" + input.name + ": …}'");
    }
  }

  Front& front_;
  CodeScope scope_;
  Uses uses_;
  const Declaration* declared_ = nullptr;
  std::set<std::string_view> written_;  ///< Names in `with`, also those with a mistake.
};

}  // namespace

std::optional<Uses> read_uses(Front& front, Entry entry, StepId reader) {
  return UsesReader(front, reader).read(entry);
}

}  // namespace pawl::dsl
