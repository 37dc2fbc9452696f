#include "dsl/read_inputs.hpp"

#include <algorithm>
#include <array>

#include "base/pattern.hpp"
#include "base/text.hpp"
#include "dsl/input_types.hpp"
#include "dsl/inputs.hpp"
#include "dsl/keys.hpp"
#include "dsl/read_code.hpp"
#include "dsl/read_values.hpp"
#include "dsl/yaml_values.hpp"

namespace pawl::dsl {

namespace {

using namespace std::string_view_literals;

constexpr std::array types = {Spelled<InputType>{"string", InputType::string},
                              Spelled<InputType>{"enum", InputType::string},
                              Spelled<InputType>{"integer", InputType::integer},
                              Spelled<InputType>{"number", InputType::number},
                              Spelled<InputType>{"boolean", InputType::boolean},
                              Spelled<InputType>{"list", InputType::list},
                              Spelled<InputType>{"object", InputType::object},
                              Spelled<InputType>{"date", InputType::date},
                              Spelled<InputType>{"datetime", InputType::datetime},
                              Spelled<InputType>{"duration", InputType::duration},
                              Spelled<InputType>{"file", InputType::file}};
constexpr std::array foreign_types = {
    std::pair{"str"sv, "string"sv},    std::pair{"text"sv, "string"sv},
    std::pair{"int"sv, "integer"sv},   std::pair{"float"sv, "number"sv},
    std::pair{"double"sv, "number"sv}, std::pair{"bool"sv, "boolean"sv},
    std::pair{"array"sv, "list"sv},    std::pair{"map"sv, "object"sv},
    std::pair{"dict"sv, "object"sv},   std::pair{"choice"sv, "string"sv}};

class InputReader {
 public:
  /// `defaults`: what the code of a default may name.
  InputReader(Front& front, Input& input, CodeScope defaults)
      : front_(front), input_(input), defaults_(defaults) {}

  void read(NodeId map) {
    const std::vector<Entry> entries = checked_entries(front_, map, KeyPlace::input);
    for (const Entry& entry : entries) {
      if (front_.tree.text(entry.key) == "type") read_type(entry);
    }
    for (const Entry& entry : entries) read_key(entry);
    if (is_enum_ && input_.choices.empty()) {
      front_.error(map, "enum", "an input of the type 'enum' has no choices",
                   "write 'enum: [eu, us]' beside it");
    }
    check_together(entries);
  }

 private:
  void read_type(Entry entry) {
    const std::string_view word = front_.tree.text(entry.value);
    is_enum_ = word == "enum";
    if (is_enum_) return;  // A text, of which `enum:` has the choices.
    for (const auto& [foreign, ours] : foreign_types) {
      if (word != foreign) continue;
      front_.error(entry.value, "unknown-value", "there is no type " + quoted(word),
                   "write 'type: " + std::string(ours) + "'");
      return;
    }
    if (const auto type = read_choice(front_, entry, types)) input_.type = *type;
  }

  void read_key(Entry entry) {
    const std::string_view key = front_.tree.text(entry.key);
    if (key == "description") {
      if (auto text = read_text(front_, entry)) input_.description = std::move(*text);
    } else if (key == "required") {
      if (const auto value = read_boolean(front_, entry)) input_.required = *value;
    } else if (key == "minimum" || key == "maximum") {
      read_bound(entry, key == "minimum" ? input_.minimum : input_.maximum);
    } else if (key == "pattern") {
      read_pattern(entry);
    } else if (key == "enum") {
      read_choices(entry);
    } else if (key == "default") {
      read_default(entry);
    }
  }

  void read_bound(Entry entry, std::optional<double>& bound) {
    const bool is_number = input_.type == InputType::integer || input_.type == InputType::number;
    const bool has_order = is_number || input_.type == InputType::date ||
                           input_.type == InputType::datetime || input_.type == InputType::duration;
    if (!has_order) {
      front_.error(
          entry.key, "wrong-kind",
          quoted(front_.tree.text(entry.key)) + " belongs to numbers, dates, times and durations",
          "write 'type: integer', or remove it");
      return;
    }
    bound = is_number ? as_number(front_.tree, entry.value)
                      : rank_of(input_.type, front_.tree.text(entry.value));
    if (!bound) report_type(front_, entry, is_number ? "a number" : wanted_by(input_.type));
  }

  void read_pattern(Entry entry) {
    if (input_.type != InputType::string) {
      front_.error(entry.key, "wrong-kind", "'pattern' belongs to inputs of the type string",
                   "remove it");
      return;
    }
    const auto text = read_text(front_, entry);
    if (!text) return;
    if (const auto pattern = Pattern::compile(*text); !pattern) {
      front_.error(entry.value, "pattern", pattern.error().message, pattern.error().fix);
      return;
    }
    input_.pattern = *text;
  }

  void read_choices(Entry entry) {
    if (front_.tree.kind(entry.value) != NodeKind::list) {
      report_type(front_, entry, "a list of values", "write 'enum: [eu, us]'");
      return;
    }
    if (front_.tree.count(entry.value) == 0) {
      front_.error(entry.value, "wrong-type", "'enum' has no value to choose from",
                   "write 'enum: [eu, us]'");
    }
    for (const NodeId item : front_.tree.items(entry.value)) {
      auto value = constant({entry.key, item});
      if (!value) continue;
      if (is_text_type(input_.type) && !fits_text(input_.type, front_.tree.text(item))) {
        report_type(front_, {entry.key, item}, wanted_by(input_.type));
      }
      input_.choices.push_back(std::move(*value));
    }
  }

  void read_default(Entry entry) {
    const NodeKind kind = front_.tree.kind(entry.value);
    const bool is_container = kind == NodeKind::list || kind == NodeKind::map;
    if (!is_container && front_.tree.text(entry.value).find("${{") != std::string_view::npos) {
      auto text = read_template(front_, entry, defaults_);
      if (!text) return;
      if (text->is_literal() && is_text_type(input_.type)) {
        JsonText json;
        json.text.clear();
        append_json_string(json.text, text->pieces.empty() ? "" : text->pieces.front().text);
        input_.constant = std::move(json);
      } else {
        input_.fallback = std::move(*text);
      }
      return;
    }
    input_.constant = constant(entry);
  }

  /// A value written in the file, of the input's type.
  std::optional<JsonText> constant(Entry entry) {
    const bool is_scalar = front_.tree.kind(entry.value) == NodeKind::scalar;
    JsonText json;
    if (is_text_type(input_.type) && is_scalar) {
      json.text.clear();
      append_json_string(json.text, front_.tree.text(entry.value));
      return json;
    }
    if (const auto problem = to_json(front_.tree, entry.value, json)) {
      front_.error(problem->at, "number", problem->problem.message, problem->problem.fix);
      return std::nullopt;
    }
    if (const std::string_view wanted = mismatch(type_of(front_.tree, entry.value));
        !wanted.empty()) {
      report_type(front_, entry, wanted);
      return std::nullopt;
    }
    return json;
  }

  /// What the input's type wants instead of a value of `type`; empty when it fits.
  std::string_view mismatch(ValueType type) const {
    if (is_text_type(input_.type)) return type == ValueType::text ? "" : wanted_by(input_.type);
    switch (input_.type) {
      case InputType::integer:
        return type == ValueType::integer ? "" : "a whole number";
      case InputType::number:
        return type == ValueType::integer || type == ValueType::number ? "" : "a number";
      case InputType::boolean:
        return type == ValueType::boolean ? "" : "true or false";
      case InputType::list:
        return type == ValueType::list ? "" : "a list";
      case InputType::object:
        return type == ValueType::map ? "" : "a map";
      default:
        return "";
    }
  }

  void check_together(const std::vector<Entry>& entries) {
    const auto default_key = std::ranges::find_if(
        entries, [&](Entry entry) { return front_.tree.text(entry.key) == "default"; });
    if (default_key == entries.end()) return;
    if (input_.required) {
      front_.error(default_key->key, "required-default",
                   "a required input has no use for a default", "remove one of the two");
    }
    if (!input_.constant) return;
    if (const auto problem = check_value(input_, *input_.constant)) {
      front_.error(default_key->value, "default", "the default does not fit: " + problem->message,
                   problem->fix);
    }
  }

  Front& front_;
  Input& input_;
  CodeScope defaults_;
  bool is_enum_ = false;
};

}  // namespace

Input read_input(Front& front, Entry entry, std::string_view what, const CodeScope& defaults) {
  check_id(front, entry.key, what);
  Input input;
  input.name = front.text(entry.key);
  if (front.tree.kind(entry.value) == NodeKind::map) {
    InputReader(front, input, defaults).read(entry.value);
  } else if (front.tree.kind(entry.value) != NodeKind::null) {
    report_type(front, entry, "a map", "write '" + input.name + ": {type: string, default: …}'");
  }
  return input;
}

void read_inputs(Front& front, Entry entry) {
  if (!expect_map(front, entry, "write 'inputs: {day: {type: string}}'")) return;
  const std::vector<Entry> entries = front.tree.entries(entry.value);
  // All names first, so that a default that reads a later input is told from an unknown name.
  for (std::size_t i = 0; i < entries.size(); ++i) {
    front.inputs.emplace(front.text(entries[i].key), i);
    front.input_places.emplace_back(front.text(entries[i].key), front.tree.span(entries[i].key));
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    CodeScope scope;
    scope.steps = ReadMeaning::forbidden;
    scope.place = "the default of an input";
    scope.inputs = i;
    front.plan.inputs.push_back(read_input(front, entries[i], "an input", scope));
  }
}

std::vector<Input> read_form(Front& front, Entry entry, const CodeScope& scope) {
  std::vector<Input> fields;
  if (!expect_map(front, entry, "write 'form: {target: {type: string}}'")) return fields;
  for (const Entry& one : front.tree.entries(entry.value)) {
    fields.push_back(read_input(front, one, "a field", scope));
  }
  return fields;
}

}  // namespace pawl::dsl
