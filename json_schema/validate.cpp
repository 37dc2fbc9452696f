#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "json_schema/compiled.hpp"
#include "json_schema/values.hpp"

/// A value against its schema, to the first thing that does not fit.
namespace pawl::json_schema {
namespace {

/// The way to the value that is looked at, on the stack.
struct Trail {
  const Trail* up = nullptr;
  const std::string* field = nullptr;  ///< In an object.
  std::size_t position = 0;            ///< In an array, from 0.
};

std::string place_of(const Trail& trail) {
  if (trail.up == nullptr) return "";
  const std::string before = place_of(*trail.up);
  if (trail.field == nullptr) return before + "[" + std::to_string(trail.position + 1) + "]";
  const std::string& name = *trail.field;
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  const bool is_plain = !name.empty() && name.find_first_not_of(plain) == name.npos &&
                        (name.front() < '0' || name.front() > '9');
  return is_plain ? before + "." + name : before + "[" + json(name).dump() + "]";
}

using Found = std::optional<Violation>;

Violation violation(const Trail& trail, std::string found, std::string wanted) {
  return {place_of(trail), std::move(found), std::move(wanted)};
}

const json* find(const json& object, const std::string& name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::size_t count_of(const json& held) { return static_cast<std::size_t>(held.get<double>()); }

std::string count_of_words(std::size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

/// "3 items or more", when there are fewer than the one keyword says or more than the other.
Found check_count(const json& schema, const Trail& trail, std::size_t count, const char* least,
                  const char* most, const std::string& word) {
  const json* bound = find(schema, least);
  if (bound != nullptr && static_cast<double>(count) < bound->get<double>()) {
    return violation(trail, count_of_words(count, word),
                     count_of_words(count_of(*bound), word) + " or more");
  }
  bound = find(schema, most);
  if (bound != nullptr && static_cast<double>(count) > bound->get<double>()) {
    return violation(trail, count_of_words(count, word),
                     "at most " + std::to_string(count_of(*bound)));
  }
  return std::nullopt;
}

Found check_number(const json& schema, const json& value, const Trail& trail) {
  struct Bound {
    const char* keyword;
    bool (*fits)(std::partial_ordering);
    const char *before, *behind;
  };
  constexpr Bound bounds[] = {{"minimum", std::is_gteq, "", " or more"},
                              {"maximum", std::is_lteq, "at most ", ""},
                              {"exclusiveMinimum", std::is_gt, "more than ", ""},
                              {"exclusiveMaximum", std::is_lt, "less than ", ""}};
  for (const Bound& bound : bounds) {
    const json* held = find(schema, bound.keyword);
    if (held == nullptr || bound.fits(compare(value, *held))) continue;
    return violation(trail, shown(value), bound.before + held->dump() + bound.behind);
  }
  const json* factor = find(schema, "multipleOf");
  if (factor != nullptr && !is_multiple(value, *factor)) {
    return violation(trail, shown(value), "a multiple of " + factor->dump());
  }
  return std::nullopt;
}

class Validator {
 public:
  explicit Validator(const Compiled& compiled) : compiled_(compiled) {}

  Found run(const json& value) {
    const Trail root;
    Found found = check(compiled_.root, value, root);
    if (!is_exhausted()) return found;
    // What was found since then may be wrong.
    return Violation{"", "more than can be checked", "a smaller or flatter value"};
  }

 private:
  /// A schema that refers to itself goes as deep as the value; what nests deeper has no end in
  /// sight.
  static constexpr int depth_max = 1'000;

  bool is_exhausted() const { return work_ <= 0; }

  Found check(const json& schema, const json& value, const Trail& trail) {
    if (schema.is_boolean()) {
      if (schema.get<bool>()) return std::nullopt;
      return violation(trail, shown(value), "nothing there");
    }
    if (--work_ <= 0) return std::nullopt;
    if (depth_ == depth_max) {
      work_ = 0;
      return std::nullopt;
    }
    ++depth_;
    Found found = check_all(schema, value, trail);
    --depth_;
    return found;
  }

  bool fits(const json& schema, const json& value, const Trail& trail) {
    return !check(schema, value, trail);
  }

  Found check_all(const json& schema, const json& value, const Trail& trail) {
    if (Found found = check_type(schema, value, trail)) return found;
    if (Found found = check_values(schema, value, trail)) return found;
    if (value.is_number()) {
      if (Found found = check_number(schema, value, trail)) return found;
    } else if (value.is_string()) {
      if (Found found = check_string(schema, value, trail)) return found;
    } else if (value.is_array()) {
      if (Found found = check_array(schema, value, trail)) return found;
    } else if (value.is_object()) {
      if (Found found = check_object(schema, value, trail)) return found;
    }
    const auto reference = compiled_.references.find(&schema);
    if (reference != compiled_.references.end()) {
      if (Found found = check(*reference->second, value, trail)) return found;
    }
    return check_choices(schema, value, trail);
  }

  static Found check_type(const json& schema, const json& value, const Trail& trail) {
    const json* held = find(schema, "type");
    if (held == nullptr) return std::nullopt;
    if (held->is_string()) {
      const auto& type = held->get_ref<const std::string&>();
      if (has_type(value, type)) return std::nullopt;
      return violation(trail, shown(value), with_article(type));
    }
    std::string wanted;
    for (const json& type : *held) {
      if (has_type(value, type.get_ref<const std::string&>())) return std::nullopt;
      wanted += (wanted.empty() ? "" : " or ") + with_article(type.get_ref<const std::string&>());
    }
    return violation(trail, shown(value), wanted);
  }

  static Found check_values(const json& schema, const json& value, const Trail& trail) {
    const json* only = find(schema, "const");
    if (only != nullptr && *only != value) return violation(trail, shown(value), written(*only));
    const json* choices = find(schema, "enum");
    if (choices == nullptr || std::ranges::find(*choices, value) != choices->end()) {
      return std::nullopt;
    }
    constexpr std::size_t listed_max = 8;
    std::string wanted = choices->size() == 1 ? "" : "one of ";
    for (std::size_t i = 0; i < std::min(choices->size(), listed_max); ++i) {
      wanted += (i == 0 ? "" : ", ") + written((*choices)[i]);
    }
    if (choices->size() > listed_max) wanted += ", …";
    return violation(trail, shown(value), wanted);
  }

  Found check_string(const json& schema, const json& value, const Trail& trail) {
    const auto& text = value.get_ref<const std::string&>();
    if (schema.contains("minLength") || schema.contains("maxLength")) {
      Found found = check_count(schema, trail, count_code_points(text), "minLength", "maxLength",
                                "character");
      if (found) return found;
    }
    const json* pattern = find(schema, "pattern");
    if (pattern == nullptr || occurs(pattern, text)) return std::nullopt;
    return violation(trail, shown(value),
                     "a match of " + pawl::quoted(pattern->get_ref<const std::string&>()));
  }

  bool occurs(const json* pattern, const std::string& text) {
    return compiled_.patterns.at(pattern).occurs_in(text, work_);
  }

  Found check_array(const json& schema, const json& value, const Trail& trail) {
    if (Found found = check_count(schema, trail, value.size(), "minItems", "maxItems", "item")) {
      return found;
    }
    const json* first = find(schema, "prefixItems");
    const json* rest = find(schema, "items");
    const std::size_t prefix = first == nullptr ? 0 : first->size();
    for (std::size_t i = 0; i < value.size(); ++i) {
      const json* item = i < prefix ? &(*first)[i] : rest;
      if (item == nullptr) break;
      if (Found found = check(*item, value[i], {&trail, nullptr, i})) return found;
    }
    if (Found found = check_unique(schema, value, trail)) return found;
    return check_contains(schema, value, trail);
  }

  Found check_unique(const json& schema, const json& value, const Trail& trail) {
    const json* held = find(schema, "uniqueItems");
    if (held == nullptr || !held->get<bool>()) return std::nullopt;
    std::vector<std::size_t> order(value.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order,
                             [&](std::size_t a, std::size_t b) { return value[a] < value[b]; });
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (value[order[i - 1]] != value[order[i]]) continue;
      return violation(trail,
                       "items " + std::to_string(order[i - 1] + 1) + " and " +
                           std::to_string(order[i] + 1) + " are equal",
                       "items that differ");
    }
    return std::nullopt;
  }

  Found check_contains(const json& schema, const json& value, const Trail& trail) {
    const json* held = find(schema, "contains");
    if (held == nullptr) return std::nullopt;
    const json* least = find(schema, "minContains");
    const json* most = find(schema, "maxContains");
    std::size_t count = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (fits(*held, value[i], {&trail, nullptr, i})) ++count;
    }
    const double wanted = least == nullptr ? 1 : least->get<double>();
    const std::string found = count_of_words(count, "item") + " that 'contains' means";
    if (static_cast<double>(count) < wanted) {
      return violation(trail, found, std::to_string(static_cast<std::size_t>(wanted)) + " or more");
    }
    if (most != nullptr && static_cast<double>(count) > most->get<double>()) {
      return violation(trail, found, "at most " + std::to_string(count_of(*most)));
    }
    return std::nullopt;
  }

  Found check_object(const json& schema, const json& value, const Trail& trail) {
    if (const json* names = find(schema, "required")) {
      for (const json& name : *names) {
        if (value.contains(name.get_ref<const std::string&>())) continue;
        return violation(trail, "no field " + pawl::quoted(name.get_ref<const std::string&>()),
                         "it");
      }
    }
    Found found =
        check_count(schema, trail, value.size(), "minProperties", "maxProperties", "field");
    if (found) return found;
    const json* properties = find(schema, "properties");
    const json* patterns = find(schema, "patternProperties");
    const json* others = find(schema, "additionalProperties");
    const json* names = find(schema, "propertyNames");
    for (const auto& [name, held] : value.items()) {
      const Trail inner{&trail, &name, 0};
      bool is_known = false;
      if (const json* one = properties == nullptr ? nullptr : find(*properties, name)) {
        is_known = true;
        if ((found = check(*one, held, inner))) return found;
      }
      if (patterns != nullptr) {
        if ((found = check_patterns(*patterns, name, held, inner, is_known))) return found;
      }
      if (!is_known && others != nullptr) {
        if ((found = check_other(*others, properties, held, inner))) return found;
      }
      if (names != nullptr && (found = check_name(*names, name, trail))) return found;
    }
    return check_dependents(schema, value, trail);
  }

  Found check_patterns(const json& patterns, const std::string& name, const json& held,
                       const Trail& trail, bool& is_known) {
    for (const json& one : patterns) {
      if (!occurs(&one, name)) continue;
      is_known = true;
      if (Found found = check(one, held, trail)) return found;
    }
    return std::nullopt;
  }

  Found check_other(const json& others, const json* properties, const json& held,
                    const Trail& trail) {
    if (others != false) return check(others, held, trail);
    std::vector<std::string_view> known;
    if (properties != nullptr) {
      for (const auto& [name, schema] : properties->items()) known.push_back(name);
    }
    const std::string_view near = closest(*trail.field, known);
    return violation(*trail.up, "a field " + pawl::quoted(*trail.field),
                     near.empty() ? "none of that name" : pawl::quoted(near));
  }

  Found check_name(const json& names, const std::string& name, const Trail& trail) {
    Found found = check(names, json(name), trail);
    if (found) found->found = "the name of a field is " + found->found;
    return found;
  }

  Found check_dependents(const json& schema, const json& value, const Trail& trail) {
    if (const json* held = find(schema, "dependentRequired")) {
      for (const auto& [name, others] : held->items()) {
        if (!value.contains(name)) continue;
        for (const json& other : others) {
          const auto& wanted = other.get_ref<const std::string&>();
          if (value.contains(wanted)) continue;
          return violation(trail, pawl::quoted(name) + " without " + pawl::quoted(wanted), "both");
        }
      }
    }
    if (const json* held = find(schema, "dependentSchemas")) {
      for (const auto& [name, other] : held->items()) {
        if (!value.contains(name)) continue;
        if (Found found = check(other, value, trail)) return found;
      }
    }
    return std::nullopt;
  }

  Found check_choices(const json& schema, const json& value, const Trail& trail) {
    if (const json* all = find(schema, "allOf")) {
      for (const json& one : *all) {
        if (Found found = check(one, value, trail)) return found;
      }
    }
    if (const json* any = find(schema, "anyOf")) {
      if (Found found = check_any(*any, value, trail, "anyOf").second) return found;
    }
    if (const json* one = find(schema, "oneOf")) {
      const auto [fitting, found] = check_any(*one, value, trail, "oneOf");
      if (found) return found;
      if (fitting > 1) {
        return violation(trail, shown(value), "one of 'oneOf', not " + std::to_string(fitting));
      }
    }
    const json* negated = find(schema, "not");
    if (negated != nullptr && fits(*negated, value, trail)) {
      return violation(trail, shown(value), "what does not fit 'not'");
    }
    const json* condition = find(schema, "if");
    if (condition == nullptr) return std::nullopt;
    const json* then = find(schema, fits(*condition, value, trail) ? "then" : "else");
    return then == nullptr ? std::nullopt : check(*then, value, trail);
  }

  /// How many fit; when none does, why: the one that fails farthest inside was meant.
  std::pair<int, Found> check_any(const json& choices, const json& value, const Trail& trail,
                                  const std::string& keyword) {
    int fitting = 0;
    Found nearest;
    for (const json& one : choices) {
      Found found = check(one, value, trail);
      if (!found) {
        ++fitting;
      } else if (!nearest || found->place.size() > nearest->place.size()) {
        nearest = std::move(found);
      }
    }
    if (fitting > 0 || choices.size() == 1) {
      return {fitting, fitting > 0 ? std::nullopt : std::move(nearest)};
    }
    const std::string place = place_of(trail);
    std::string wanted =
        "one of the " + std::to_string(choices.size()) + " in " + pawl::quoted(keyword);
    if (nearest->place.size() > place.size()) {
      wanted += "; in the nearest of them, " + nearest->place.substr(place.size()) + " is " +
                nearest->wanted;
    } else {
      wanted += "; the first wants " + nearest->wanted;
    }
    return {0, Violation{place, shown(value), std::move(wanted)}};
  }

  const Compiled& compiled_;
  std::int64_t work_ = Schema::work_max;
  int depth_ = 0;
};

}  // namespace

std::optional<Violation> violation_of(const Compiled& compiled, const json& value) {
  return Validator(compiled).run(value);
}

}  // namespace pawl::json_schema
