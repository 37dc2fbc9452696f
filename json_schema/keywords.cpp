#include "json_schema/keywords.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace pawl::json_schema {
namespace {

using namespace std::string_view_literals;
using Answer = std::pair<std::string_view, std::string_view>;

constexpr std::array keywords = {Keyword{"$anchor", Holds::anchor},
                                 Keyword{"$comment", Holds::note},
                                 Keyword{"$defs", Holds::definitions},
                                 Keyword{"$id", Holds::identity},
                                 Keyword{"$ref", Holds::reference},
                                 Keyword{"$schema", Holds::dialect},
                                 Keyword{"additionalProperties", Holds::schema},
                                 Keyword{"allOf", Holds::same_list},
                                 Keyword{"anyOf", Holds::same_list},
                                 Keyword{"const", Holds::any},
                                 Keyword{"contains", Holds::schema},
                                 Keyword{"contentEncoding", Holds::unchecked},
                                 Keyword{"contentMediaType", Holds::unchecked},
                                 Keyword{"contentSchema", Holds::unchecked},
                                 Keyword{"default", Holds::note},
                                 Keyword{"dependentRequired", Holds::name_map},
                                 Keyword{"dependentSchemas", Holds::same_map},
                                 Keyword{"deprecated", Holds::note},
                                 Keyword{"description", Holds::note},
                                 Keyword{"else", Holds::same},
                                 Keyword{"enum", Holds::values},
                                 Keyword{"examples", Holds::note},
                                 Keyword{"exclusiveMaximum", Holds::number},
                                 Keyword{"exclusiveMinimum", Holds::number},
                                 Keyword{"format", Holds::unchecked},
                                 Keyword{"if", Holds::same},
                                 Keyword{"items", Holds::schema},
                                 Keyword{"maxContains", Holds::count},
                                 Keyword{"maxItems", Holds::count},
                                 Keyword{"maxLength", Holds::count},
                                 Keyword{"maxProperties", Holds::count},
                                 Keyword{"maximum", Holds::number},
                                 Keyword{"minContains", Holds::count},
                                 Keyword{"minItems", Holds::count},
                                 Keyword{"minLength", Holds::count},
                                 Keyword{"minProperties", Holds::count},
                                 Keyword{"minimum", Holds::number},
                                 Keyword{"multipleOf", Holds::positive},
                                 Keyword{"not", Holds::same},
                                 Keyword{"oneOf", Holds::same_list},
                                 Keyword{"pattern", Holds::pattern},
                                 Keyword{"patternProperties", Holds::pattern_map},
                                 Keyword{"prefixItems", Holds::schema_list},
                                 Keyword{"properties", Holds::schema_map},
                                 Keyword{"propertyNames", Holds::schema},
                                 Keyword{"readOnly", Holds::note},
                                 Keyword{"required", Holds::names},
                                 Keyword{"then", Holds::same},
                                 Keyword{"title", Holds::note},
                                 Keyword{"type", Holds::type},
                                 Keyword{"uniqueItems", Holds::boolean},
                                 Keyword{"writeOnly", Holds::note}};

/// Of the standard and left out, of earlier drafts, of others.
constexpr std::array answers = {
    Answer{"$dynamicAnchor", "write '$anchor', or put it under '$defs'"},
    Answer{"$dynamicRef", "write '$ref'"},
    Answer{"$recursiveAnchor", "remove it: '$ref: \"#\"' names the whole schema"},
    Answer{"$recursiveRef", "write '$ref: \"#\"'"},
    Answer{"$vocabulary", "remove it"},
    Answer{"additionalItems", "write 'items', and 'prefixItems' for the first ones"},
    Answer{"definitions", "write '$defs', and '$ref: \"#/$defs/NAME\"'"},
    Answer{"dependencies", "write 'dependentRequired' or 'dependentSchemas'"},
    Answer{"id", "write '$id'; a field of that name stands under 'properties:'"},
    Answer{"nullable", "write for example 'type: [string, \"null\"]'"},
    Answer{"optional", "leave it out: only what 'required' names must be there"},
    Answer{"unevaluatedItems", "write 'items: false' beside 'prefixItems'"},
    Answer{"unevaluatedProperties",
           "write 'additionalProperties: false' beside all the 'properties'"},
    Answer{"values", "write 'additionalProperties' for what all fields hold, or 'enum'"}};

constexpr std::array types = {"array"sv,  "boolean"sv, "integer"sv, "null"sv,
                              "number"sv, "object"sv,  "string"sv};
constexpr std::array foreign_types = {
    Answer{"bool", "boolean"},   Answer{"dict", "object"}, Answer{"double", "number"},
    Answer{"float", "number"},   Answer{"int", "integer"}, Answer{"list", "array"},
    Answer{"long", "integer"},   Answer{"map", "object"},  Answer{"nil", "null"},
    Answer{"none", "null"},      Answer{"str", "string"},  Answer{"table", "object"},
    Answer{"text", "string"},    Answer{"tuple", "array"}, Answer{"date", "string"},
    Answer{"datetime", "string"}};

std::string_view answer_in(const auto& list, std::string_view name) {
  const auto found = std::ranges::find(list, name, &Answer::first);
  return found == list.end() ? std::string_view{} : found->second;
}

}  // namespace

const Keyword* find_keyword(std::string_view name) {
  const auto found = std::ranges::lower_bound(keywords, name, {}, &Keyword::name);
  return found != keywords.end() && found->name == name ? &*found : nullptr;
}

std::string instead_of(std::string_view name) {
  if (const std::string_view known = answer_in(answers, name); !known.empty()) {
    return std::string(known);
  }
  std::vector<std::string_view> words;
  for (const Keyword& keyword : keywords) words.push_back(keyword.name);
  const std::string_view near = closest(name, words);
  if (!near.empty()) return "did you mean " + quoted(near) + "?";
  return "if it is a field of the output, put it under 'properties:'";
}

std::string type_instead_of(std::string_view name) {
  std::string_view near = answer_in(foreign_types, name);
  if (near.empty()) near = closest(name, types);
  if (!near.empty()) return "write " + quoted(near);
  return "there are array, boolean, integer, null, number, object and string";
}

bool is_type(std::string_view name) { return std::ranges::find(types, name) != types.end(); }

}  // namespace pawl::json_schema
