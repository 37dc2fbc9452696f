#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include "base/text.hpp"
#include "json_schema/compiled.hpp"
#include "json_schema/keywords.hpp"
#include "json_schema/values.hpp"

/// What a schema must be before a value is looked at.
namespace pawl::json_schema {
namespace {

using Path = std::vector<std::string>;

constexpr std::size_t depth_max = 200;
constexpr std::string_view dialect = "https://json-schema.org/draft/2020-12/schema";

std::optional<std::string> unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      plain += text[at];
      continue;
    }
    const std::string digits(text.substr(at + 1, 2));
    const bool is_hex =
        digits.size() == 2 && digits.find_first_not_of("0123456789abcdefABCDEF") == digits.npos;
    if (!is_hex) return std::nullopt;
    plain += static_cast<char>(std::stoi(digits, nullptr, 16));
    at += 2;
  }
  return plain;
}

/// "/$defs/a~1b" → {"$defs", "a/b"}.
Path path_of(std::string_view pointer) {
  Path path;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    std::string part;
    for (std::size_t at = 0; at < end; ++at) {
      const bool is_escape = pointer[at] == '~' && at + 1 < end;
      if (!is_escape) {
        part += pointer[at];
      } else {
        part += pointer[++at] == '1' ? '/' : '~';
      }
    }
    path.push_back(std::move(part));
    pointer.remove_prefix(end);
  }
  return path;
}

class Checker {
 public:
  explicit Checker(Compiled& compiled) : compiled_(compiled) {}

  void run() {
    check_schema(compiled_.root);
    for (const auto& [path, schema] : references_) resolve(path, schema);
    for (const auto& [path, schema] : schemas_) {
      if (!is_circular(schema, 0)) continue;
      path_ = path;
      wrong("it refers to itself without looking at a part of the value",
            "put '$ref' below 'properties' or 'items'");
      return;
    }
  }

 private:
  void wrong(std::string message, std::string fix) {
    compiled_.mistakes.push_back({path_, false, false, {std::move(message), std::move(fix)}});
  }
  void wrong_key(std::string message, std::string fix, bool is_warning = false) {
    compiled_.mistakes.push_back({path_, true, is_warning, {std::move(message), std::move(fix)}});
  }
  void wants(std::string_view what) {
    wrong(pawl::quoted(path_.back()) + " takes " + std::string(what), "");
  }

  void check_schema(const json& schema) {
    if (path_.size() > depth_max) return wrong("it is nested deeper than 200 levels", "");
    schemas_.emplace(path_, &schema);
    if (schema.is_boolean()) return;
    if (!schema.is_object()) {
      return wrong("a schema is a map of keywords, or true or false, not " + shown(schema),
                   "write for example '{type: integer}'");
    }
    for (const auto& [name, held] : schema.items()) {
      path_.push_back(name);
      check_keyword(schema, name, held);
      path_.pop_back();
    }
    check_company(schema);
  }

  /// Words that say something beside another one only.
  void check_company(const json& schema) {
    constexpr std::pair<const char*, const char*> pairs[] = {
        {"then", "if"}, {"else", "if"}, {"minContains", "contains"}, {"maxContains", "contains"}};
    for (const auto& [word, beside] : pairs) {
      if (!schema.contains(word) || schema.contains(beside)) continue;
      path_.emplace_back(word);
      wrong_key(pawl::quoted(word) + " means nothing without " + pawl::quoted(beside),
                "write " + pawl::quoted(beside) + " beside it, or remove it", true);
      path_.pop_back();
    }
  }

  void check_keyword(const json& schema, const std::string& name, const json& held) {
    const Keyword* keyword = find_keyword(name);
    if (keyword == nullptr) {
      return wrong_key(pawl::quoted(name) + " is no keyword that a schema may have here",
                       instead_of(name));
    }
    switch (keyword->holds) {
      case Holds::schema:
      case Holds::same:
        return check_schema(held);
      case Holds::same_list:
      case Holds::schema_list:
        return check_list(held);
      case Holds::same_map:
      case Holds::schema_map:
      case Holds::definitions:
        return check_map(held);
      case Holds::pattern_map:
        return check_pattern_map(held);
      case Holds::reference:
        return check_reference(schema, held);
      case Holds::anchor:
        return check_anchor(schema, held);
      case Holds::identity:
        return check_identity(held);
      case Holds::dialect:
        return check_dialect(held);
      case Holds::unchecked:
        return wrong_key(pawl::quoted(name) + " is a note: no value is checked for it",
                         "write 'pattern:' for what must be so", true);
      case Holds::any:
      case Holds::note:
        return;
      default:
        return check_plain(keyword->holds, held);
    }
  }

  void check_plain(Holds holds, const json& held) {
    const auto is_text = [](const json& one) { return one.is_string(); };
    const auto are_texts = [&](const json& list) {
      return list.is_array() && std::ranges::all_of(list, is_text);
    };
    switch (holds) {
      case Holds::type:
        return check_type(held);
      case Holds::pattern:
        if (!held.is_string()) return wants("a regular expression");
        return check_pattern(held.get_ref<const std::string&>(), &held);
      case Holds::values:
        if (!held.is_array() || held.empty()) wants("a list of values");
        return;
      case Holds::number:
        if (!held.is_number()) wants("a number");
        return;
      case Holds::positive:
        if (!held.is_number() || held.get<double>() <= 0) wants("a number above 0");
        return;
      case Holds::count:
        if (!has_type(held, "integer") || held.get<double>() < 0) {
          wants("a whole number from 0 on");
        }
        return;
      case Holds::boolean:
        if (!held.is_boolean()) wants("true or false");
        return;
      case Holds::names:
        if (are_texts(held)) return;
        return wrong("'required' takes a list of names, beside 'properties'",
                     "write 'required: [a, b]' on the object that has them");
      case Holds::name_map:
        if (!held.is_object() || !std::ranges::all_of(held, are_texts)) {
          wants("lists of names, by name");
        }
        return;
      default:
        return;
    }
  }

  void check_type(const json& held) {
    const auto check_one = [&](const json& one) {
      if (one.is_string() && is_type(one.get_ref<const std::string&>())) return;
      if (one.is_null())
        return wrong("'type' takes names, and null is a value", "put it in quotes: \"null\"");
      wrong(written(one) + " is no type", one.is_string()
                                              ? type_instead_of(one.get_ref<const std::string&>())
                                              : "write for example 'type: string'");
    };
    if (!held.is_array()) return check_one(held);
    if (held.empty()) return wrong("'type' is an empty list", "write for example 'type: string'");
    for (std::size_t i = 0; i < held.size(); ++i) {
      path_.push_back(std::to_string(i));
      check_one(held[i]);
      path_.pop_back();
    }
  }

  void check_pattern(const std::string& text, const json* address) {
    Result<Pattern> pattern = Pattern::compile(text);
    if (!pattern) return wrong(pattern.error().message, pattern.error().fix);
    compiled_.patterns.emplace(address, std::move(pattern).value());
  }

  void check_list(const json& held) {
    if (!held.is_array() || held.empty()) return wants("a list of schemas");
    for (std::size_t i = 0; i < held.size(); ++i) {
      path_.push_back(std::to_string(i));
      check_schema(held[i]);
      path_.pop_back();
    }
  }

  void check_map(const json& held) {
    if (!held.is_object()) return wants("schemas by name");
    for (const auto& [name, schema] : held.items()) {
      path_.push_back(name);
      check_schema(schema);
      path_.pop_back();
    }
  }

  void check_pattern_map(const json& held) {
    check_map(held);
    if (!held.is_object()) return;
    for (const auto& [name, schema] : held.items()) {
      path_.push_back(name);
      check_pattern(name, &schema);
      path_.pop_back();
    }
  }

  void check_reference(const json& schema, const json& held) {
    if (!held.is_string()) return wants("a text that begins with '#'");
    if (!held.get_ref<const std::string&>().starts_with('#')) {
      return wrong("'$ref' names something outside of this schema: " + written(held),
                   "put it under '$defs', and write '$ref: \"#/$defs/NAME\"'");
    }
    references_.emplace_back(path_, &schema);
  }

  void check_anchor(const json& schema, const json& held) {
    if (!held.is_string() || held.get_ref<const std::string&>().empty()) return wants("a name");
    if (!anchors_.emplace(held.get_ref<const std::string&>(), &schema).second) {
      wrong("the anchor " + written(held) + " stands in this schema twice", "rename one of them");
    }
  }

  void check_identity(const json& held) {
    if (!held.is_string()) return wants("a text");
    if (path_.size() > 1) {
      wrong_key("a part of a schema has no '$id' of its own here",
                "write '$anchor', or put it under '$defs'");
    }
  }

  void check_dialect(const json& held) {
    if (held == dialect || held == std::string(dialect) + "#") return;
    wrong("the schema is written in another language than draft 2020-12: " + written(held),
          "remove '$schema', and say it in the words of 2020-12");
  }

  void resolve(const Path& path, const json* schema) {
    const json& held = schema->at("$ref");
    path_ = path;
    const auto name = unescaped(std::string_view(held.get_ref<const std::string&>()).substr(1));
    const json* target = nullptr;
    if (name && (name->empty() || name->front() == '/')) {
      const auto found = schemas_.find(path_of(*name));
      if (found != schemas_.end()) target = found->second;
    } else if (name) {
      const auto found = anchors_.find(*name);
      if (found != anchors_.end()) target = found->second;
    }
    if (target != nullptr) {
      compiled_.references.emplace(schema, target);
    } else {
      wrong("'$ref' names no schema that is here: " + written(held),
            "write for example '$ref: \"#/$defs/NAME\"'");
    }
  }

  /// A schema that looks at the same value by way of itself would never end.
  bool is_circular(const json* schema, std::size_t depth) {
    if (done_.contains(schema) || !schema->is_object()) return false;
    if (depth > depth_max || !open_.insert(schema).second) return true;
    bool circular = false;
    const auto look = [&](const json& part) {
      circular = circular || is_circular(&part, depth + 1);
    };
    const auto reference = compiled_.references.find(schema);
    if (reference != compiled_.references.end()) look(*reference->second);
    for (const auto& [name, held] : schema->items()) {
      const Keyword* keyword = find_keyword(name);
      if (keyword == nullptr) continue;
      if (keyword->holds == Holds::same) look(held);
      const bool is_several =
          keyword->holds == Holds::same_list || keyword->holds == Holds::same_map;
      if (is_several && held.is_structured()) {
        for (const json& part : held) look(part);
      }
    }
    open_.erase(schema);
    done_.insert(schema);
    return circular;
  }

  Compiled& compiled_;
  Path path_;
  std::map<Path, const json*> schemas_;
  std::map<std::string, const json*> anchors_;
  std::vector<std::pair<Path, const json*>> references_;
  std::unordered_set<const json*> open_, done_;  ///< Of the search for circles.
};

}  // namespace

void check_schema(Compiled& compiled) { Checker(compiled).run(); }

}  // namespace pawl::json_schema
