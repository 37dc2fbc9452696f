#include "steps/matrix_items.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "core/expressions.hpp"
#include "steps/foreach_items.hpp"
#include "steps/json_values.hpp"

namespace pawl::steps {
namespace {

using Members = std::vector<std::pair<std::string, JsonText>>;
using Combinations = std::vector<Members>;

const JsonText* find(const Members& members, const std::string& name) {
  const auto found = std::ranges::find(members, name, &Members::value_type::first);
  return found == members.end() ? nullptr : &found->second;
}

Result<Combinations> product(const dsl::Plan& plan, const dsl::Matrix& matrix,
                             const scripting::Scope& scope) {
  Combinations all{{}};
  for (const auto& [name, listing] : matrix.axes) {
    auto values = listed_items(plan, listing, scope);
    if (!values) return Problem{name + ": " + values.error().message, values.error().fix};
    if (all.size() * values.value().size() > static_cast<std::size_t>(core::items_max)) {
      return Problem{
          "the lists have more than " + std::to_string(core::items_max) + " combinations",
          "shorten them"};
    }
    Combinations longer;
    for (const Members& one : all) {
      for (const core::Item& value : values.value()) {
        longer.push_back(one);
        longer.back().emplace_back(name, value.value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

Result<Combinations> objects(const dsl::Plan& plan, const dsl::Listing& listing, const char* what,
                             const scripting::Scope& scope) {
  if (listing.expression.pieces.empty() && listing.written.empty()) return Combinations{};
  auto values = listed_items(plan, listing, scope);
  if (!values) return Problem{std::string(what) + ": " + values.error().message, ""};
  Combinations all;
  for (const core::Item& value : values.value()) {
    auto members = members_of(value.value);
    if (!members) {
      return Problem{
          std::string(what) + ": each item is an object, but here is " + shown(value.value),
          "write '{os: linux, level: 3}'"};
    }
    all.push_back(std::move(*members));
  }
  return all;
}

/// Has `one` all values of `pattern`?
bool matches(const Members& one, const Members& pattern) {
  return std::ranges::all_of(pattern, [&](const auto& wanted) {
    const JsonText* own = find(one, wanted.first);
    return own != nullptr && own->text == wanted.second.text;
  });
}

/// Would `more` change a value that comes from one of the lists?
bool agrees(const Members& one, const Members& more, const dsl::Matrix& matrix) {
  return std::ranges::all_of(matrix.axes, [&](const auto& axis) {
    const JsonText* own = find(one, axis.first);
    const JsonText* added = find(more, axis.first);
    return added == nullptr || (own != nullptr && own->text == added->text);
  });
}

void include(Combinations& all, const Members& more, const dsl::Matrix& matrix,
             std::size_t original) {
  bool has_place = false;
  for (std::size_t i = 0; i < original; ++i) {
    if (!agrees(all[i], more, matrix)) continue;
    has_place = true;
    for (const auto& [name, value] : more) {
      const auto own = std::ranges::find(all[i], name, &Members::value_type::first);
      if (own == all[i].end()) {
        all[i].emplace_back(name, value);
      } else {
        own->second = value;
      }
    }
  }
  if (!has_place) all.push_back(more);
}

/// "linux,3": its values where the lists give any, else all it has.
JsonText key_of(const Members& one, const dsl::Matrix& matrix) {
  const bool is_of_lists = std::ranges::all_of(
      matrix.axes, [&](const auto& axis) { return find(one, axis.first) != nullptr; });
  std::string key;
  for (const auto& [name, value] : one) {
    const bool is_axis =
        std::ranges::any_of(matrix.axes, [&](const auto& axis) { return axis.first == name; });
    if (is_of_lists && !is_axis) continue;
    key += (key.empty() ? "" : ",") + text_of(value);
  }
  return {json_quoted(key)};
}

/// Every item has all names that one of them has, so that reading one is no error.
void complete(Combinations& all) {
  std::vector<std::string> names;
  for (const Members& one : all) {
    for (const auto& [name, value] : one) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  for (Members& one : all) {
    for (const std::string& name : names) {
      if (find(one, name) == nullptr) one.emplace_back(name, JsonText{});
    }
  }
}

}  // namespace

Result<std::vector<core::Item>> product_items(const dsl::Plan& plan, const dsl::Matrix& matrix,
                                              const scripting::Scope& scope) {
  auto all = product(plan, matrix, scope);
  if (!all) return all.error();
  const auto excluded = objects(plan, matrix.exclude, "exclude", scope);
  if (!excluded) return excluded.error();
  const auto included = objects(plan, matrix.include, "include", scope);
  if (!included) return included.error();
  Combinations kept = std::move(all).value();
  std::erase_if(kept, [&](const Members& one) {
    return std::ranges::any_of(excluded.value(),
                               [&](const Members& pattern) { return matches(one, pattern); });
  });
  const std::size_t original = kept.size();
  for (const Members& more : included.value()) include(kept, more, matrix, original);
  std::vector<core::Item> items;
  for (const Members& one : kept) items.push_back({key_of(one, matrix), {}});
  complete(kept);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    items[i].value = core::Expressions::object(kept[i]);
  }
  return items;
}

}  // namespace pawl::steps
