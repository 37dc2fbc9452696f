#include <algorithm>

#include "json_schema/compiled.hpp"
#include "json_schema/values.hpp"

/// What a schema says of fields that an expression reads, before there is a value.
namespace pawl::json_schema {
namespace {

/// What one schema says of the fields from some position on.
struct Answer {
  enum class Is : std::uint8_t { open, has, lacks } is = Is::open;
  Lack lack{};
};

class FieldReader {
 public:
  FieldReader(const Compiled& compiled, std::span<const Field> fields)
      : compiled_(compiled), fields_(fields) {}

  std::optional<Lack> run() {
    Answer answer = look(compiled_.root, 0);
    if (answer.is != Answer::Is::lacks || visits_ >= visits_max) return std::nullopt;
    return std::move(answer.lack);
  }

 private:
  /// Schemas that are looked at; behind them, nothing is said.
  static constexpr int visits_max = 10'000;

  /// All that the schema says holds together: one part that has the field is enough, as the others
  /// only say more of it.
  Answer look(const json& schema, std::size_t at) {
    if (++visits_ >= visits_max || !schema.is_object()) return {};
    if (at == fields_.size()) return {Answer::Is::has, {}};
    if (auto lack = lack_by_type(schema, at)) return {Answer::Is::lacks, std::move(*lack)};
    Answer answer = fields_[at].is_position ? look_at_item(schema, at) : look_at_field(schema, at);
    const auto reference = compiled_.references.find(&schema);
    if (reference != compiled_.references.end()) add(answer, look(*reference->second, at));
    const auto all = schema.find("allOf");
    if (all != schema.end()) {
      for (const json& one : *all) add(answer, look(one, at));
    }
    for (const char* keyword : {"anyOf", "oneOf"}) {
      const auto any = schema.find(keyword);
      if (any != schema.end()) add(answer, look_at_any(*any, at));
    }
    // What holds for some values only adds fields.
    for (const char* keyword : {"then", "else"}) {
      const auto part = schema.find(keyword);
      if (part != schema.end()) add_if_has(answer, look(*part, at));
    }
    const auto dependent = schema.find("dependentSchemas");
    if (dependent != schema.end()) {
      for (const json& one : *dependent) add_if_has(answer, look(one, at));
    }
    return answer;
  }

  static void add_if_has(Answer& answer, Answer other) {
    if (other.is == Answer::Is::has) answer = std::move(other);
  }

  static void add(Answer& answer, Answer other) {
    if (answer.is == Answer::Is::has || other.is == Answer::Is::open) return;
    // Who lacks a later field has the ones before.
    if (other.is == Answer::Is::has || answer.is == Answer::Is::open ||
        other.lack.at > answer.lack.at) {
      answer = std::move(other);
    } else if (other.lack.at == answer.lack.at) {
      auto& known = answer.lack.known;
      known.insert(known.end(), other.lack.known.begin(), other.lack.known.end());
      std::ranges::sort(known);
      known.erase(std::unique(known.begin(), known.end()), known.end());
    }
  }

  /// Any of the schemas may be the one that fits.
  Answer look_at_any(const json& choices, std::size_t at) {
    Answer answer;
    bool is_open = false;
    for (const json& one : choices) {
      Answer other = look(one, at);
      if (other.is == Answer::Is::has) return other;
      is_open = is_open || other.is == Answer::Is::open;
      add(answer, std::move(other));
    }
    return is_open ? Answer{} : answer;
  }

  /// A value of these types has no fields, or no positions.
  std::optional<Lack> lack_by_type(const json& schema, std::size_t at) const {
    const auto held = schema.find("type");
    if (held == schema.end()) return std::nullopt;
    const std::string wanted = fields_[at].is_position ? "array" : "object";
    // `x[1]` may be the field of an object in Lua.
    const auto fits = [&](const json& type) {
      return type == wanted || (fields_[at].is_position && type == "object");
    };
    if (held->is_string() ? fits(*held) : std::ranges::any_of(*held, fits)) return std::nullopt;
    std::string types;
    for (const json& type : held->is_string() ? json::array({*held}) : *held) {
      types += (types.empty() ? "" : " or ") + with_article(type.get_ref<const std::string&>());
    }
    return Lack{at, types, {}};
  }

  Answer look_at_field(const json& schema, std::size_t at) {
    const auto properties = schema.find("properties");
    if (properties == schema.end()) return {};
    const auto field = properties->find(fields_[at].name);
    if (field != properties->end()) {
      Answer inner = look(*field, at + 1);
      return inner.is == Answer::Is::lacks ? inner : Answer{Answer::Is::has, {}};
    }
    const auto others = schema.find("additionalProperties");
    if (schema.contains("patternProperties") || (others != schema.end() && *others != false)) {
      return {Answer::Is::has, {}};
    }
    Lack lack{at, "", {}};
    for (const auto& [name, held] : properties->items()) lack.known.push_back(name);
    return {Answer::Is::lacks, std::move(lack)};
  }

  Answer look_at_item(const json& schema, std::size_t at) {
    const auto first = schema.find("prefixItems");
    const std::string& digits = fields_[at].name;
    const bool is_small =
        digits.size() < 9 && digits.find_first_not_of("0123456789") == digits.npos;
    if (first != schema.end() && is_small) {
      const auto position = static_cast<std::size_t>(std::stoul(digits));
      if (position >= 1 && position <= first->size()) return look((*first)[position - 1], at + 1);
    }
    const auto items = schema.find("items");
    return items == schema.end() ? Answer{} : look(*items, at + 1);
  }

  const Compiled& compiled_;
  std::span<const Field> fields_;
  int visits_ = 0;
};

}  // namespace

std::optional<Lack> lack_of(const Compiled& compiled, std::span<const Field> fields) {
  return FieldReader(compiled, fields).run();
}

}  // namespace pawl::json_schema
