#include "steps/foreach_items.hpp"

#include <algorithm>
#include <unordered_map>

#include "steps/json_values.hpp"
#include "steps/matrix_items.hpp"
#include "steps/scope.hpp"

namespace pawl::steps {
namespace {

using Items = std::vector<core::Item>;

Result<Items> items_in(const JsonText& value) {
  Items items;
  if (auto list = items_of(value)) {
    for (JsonText& item : *list) {
      items.push_back({JsonText{std::to_string(items.size() + 1)}, std::move(item)});
    }
    return items;
  }
  if (auto table = members_of(value)) {
    std::ranges::sort(*table, {}, [](const auto& member) { return member.first; });
    for (const auto& [key, member] : *table) {
      JsonText quoted{json_quoted(key)};
      items.push_back({quoted, {"{\"key\":" + quoted.text + ",\"value\":" + member.text + "}"}});
    }
    return items;
  }
  return Problem{"the items must be a list or a table, but are " + shown(value),
                 "a script gives a list with 'output: lines' or 'output: json'"};
}

Result<Items> written_items(const dsl::Plan& plan, const dsl::Listing& listing,
                            const scripting::Scope& scope) {
  Items items;
  for (const dsl::Value& written : listing.written) {
    JsonText value;
    if (written.constant) {
      value = *written.constant;
    } else {
      auto result = evaluate(plan, written.text, scope);
      if (!result) return result.error();
      value = std::move(result).value();
    }
    items.push_back({JsonText{std::to_string(items.size() + 1)}, std::move(value)});
  }
  return items;
}

bool is_key(const JsonText& key) {
  return key.text.starts_with('"') ||
         (number_of(key) && key.text.find_first_of(".eE") == std::string::npos);
}

/// The author's own key of each, as `key:` computes it.
std::optional<Problem> give_keys(const dsl::Plan& plan, const dsl::Foreach& each,
                                 scripting::Scope& scope, Items& items) {
  const bool is_item = each.key->text == "item";
  for (std::size_t i = 0; i < items.size(); ++i) {
    JsonText key = items[i].value;
    if (!is_item) {
      scope.values["item"] = items[i].value;
      scope.values["index"] = JsonText{std::to_string(i + 1)};
      if (!each.as.empty()) scope.values[each.as] = items[i].value;
      auto result = evaluate(plan, *each.key, scope);
      if (!result) return result.error();
      key = std::move(result).value();
    }
    if (!is_key(key)) {
      return Problem{"the key of item " + std::to_string(i + 1) +
                         " must be a text or a whole number, but is " + shown(key),
                     "write one that names the item, like 'key: item.id'"};
    }
    items[i].key = std::move(key);
  }
  return std::nullopt;
}

std::optional<Problem> find_doubles(const Items& items) {
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto [known, is_new] = seen.try_emplace(items[i].key.text, i);
    if (is_new) continue;
    return Problem{"the items " + std::to_string(known->second + 1) + " and " +
                       std::to_string(i + 1) + " have the same key " + shown(items[i].key),
                   "write a 'key:' that differs, or leave it out: then it is the index"};
  }
  return std::nullopt;
}

}  // namespace

Result<Items> listed_items(const dsl::Plan& plan, const dsl::Listing& listing,
                           const scripting::Scope& scope) {
  if (listing.expression.pieces.empty()) return written_items(plan, listing, scope);
  auto value = evaluate(plan, listing.expression, scope);
  if (!value) return value.error();
  return items_in(value.value());
}

Result<Items> list_items(const dsl::Plan& plan, const dsl::Foreach& each, scripting::Scope scope) {
  Result<Items> items = each.matrix ? product_items(plan, *each.matrix, scope)
                                    : listed_items(plan, each.items, scope);
  if (!items) return items;
  if (items.value().size() > static_cast<std::size_t>(core::items_max)) {
    return Problem{"there are " + std::to_string(items.value().size()) + " items; the limit is " +
                       std::to_string(core::items_max),
                   "let each item be a batch"};
  }
  if (!each.key && !each.matrix) return items;
  Items keyed = std::move(items).value();
  if (each.key) {
    if (auto problem = give_keys(plan, each, scope, keyed)) return *std::move(problem);
  }
  if (auto problem = find_doubles(keyed)) return *std::move(problem);
  return keyed;
}

}  // namespace pawl::steps
