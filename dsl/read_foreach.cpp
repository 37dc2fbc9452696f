#include "dsl/read_foreach.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "dsl/keys.hpp"
#include "dsl/lua_scan.hpp"
#include "dsl/read_code.hpp"
#include "dsl/read_values.hpp"
#include "dsl/yaml_values.hpp"

namespace pawl::dsl {
namespace {

using namespace std::string_view_literals;

constexpr std::int64_t items_most = 1'000'000;

// Keys of `matrix` that are no lists of values, besides `include` and `exclude`.
constexpr std::array matrix_options = {"max_parallel"sv, "fail_fast"sv, "tolerate"sv, "collect"sv};

class ForeachReader {
 public:
  ForeachReader(Front& front, StepId reader) : front_(front) {
    scope_.reader = reader;
    scope_.lists_items = true;
  }

  std::shared_ptr<Foreach> read(Entry entry) {
    if (front_.tree.kind(entry.value) != NodeKind::map) {
      read_items(entry);
      return std::make_shared<Foreach>(std::move(each_));
    }
    const std::vector<Entry> entries = checked_entries(front_, entry.value, KeyPlace::foreach);
    const auto find = [&](std::string_view key) {
      return std::ranges::find(entries, key, [&](const Entry& one) { return text(one.key); });
    };
    if (find("items") == entries.end()) {
      front_.error(entry.key, "foreach", "'foreach' says nothing of its items",
                   "write 'foreach: {items: \"${{ … }}\"}', or the list itself");
      return nullptr;
    }
    // The name comes first: 'key' may use it.
    if (const auto as = find("as"); as != entries.end()) read_name(*as);
    for (const Entry& one : entries) read_key(one);
    check_together(entries);
    return std::make_shared<Foreach>(std::move(each_));
  }

  /// `matrix`: a list for each axis, and beside them what a `foreach` has.
  std::shared_ptr<Foreach> read_product(Entry entry, StepId reader) {
    if (!expect_map(front_, entry, "write 'matrix: {os: [linux, mac], level: [1, 2]}'")) {
      return nullptr;
    }
    Matrix matrix;
    std::vector<std::string> names;
    const std::vector<Entry> entries = front_.tree.entries(entry.value);
    for (const Entry& one : entries) {
      const std::string_view key = text(one.key);
      if (key == "include" || key == "exclude") {
        (key == "include" ? matrix.include : matrix.exclude) = read_listing(one);
      } else if (std::ranges::find(matrix_options, key) != matrix_options.end()) {
        read_key(one);
      } else if (check_id(front_, one.key, "a list of a matrix")) {
        read_axis(one, matrix);
        names.push_back(front_.text(one.key));
      }
    }
    for (const Entry& one : entries) {
      if (text(one.key) == "include" || text(one.key) == "exclude") read_members(one, names);
    }
    if (names.empty()) {
      front_.error(entry.key, "foreach", "'matrix' has no list of values",
                   "write for example 'matrix: {os: [linux, mac]}'");
    }
    if (is_known_) front_.axes[reader] = std::move(names);
    each_.matrix = std::move(matrix);
    each_.as = "matrix";
    return std::make_shared<Foreach>(std::move(each_));
  }

 private:
  void read_axis(Entry entry, Matrix& matrix) {
    if (front_.tree.kind(entry.value) == NodeKind::map) {
      report_type(front_, entry, "a list of values, or an expression that gives one",
                  "write '" + front_.text(entry.key) + ": [a, b]'");
      return;
    }
    matrix.axes.emplace_back(front_.text(entry.key), read_listing(entry));
  }

  /// The names in `include`, which are known then, and in `exclude`, which have to be.
  void read_members(Entry entry, std::vector<std::string>& names) {
    const bool is_include = text(entry.key) == "include";
    if (front_.tree.kind(entry.value) != NodeKind::list) {
      if (is_include) is_known_ = false;
      return;
    }
    for (const NodeId item : front_.tree.items(entry.value)) {
      if (front_.tree.kind(item) != NodeKind::map) {
        front_.error(item, "wrong-type",
                     "an item of " + quoted(text(entry.key)) + " is a map of values",
                     "write '{os: linux, level: 3}'");
        continue;
      }
      for (const Entry& member : front_.tree.entries(item)) {
        const std::string name = front_.text(member.key);
        if (std::ranges::find(names, name) != names.end()) continue;
        if (is_include) {
          if (check_id(front_, member.key, "a value of a matrix")) names.push_back(name);
        } else {
          front_.error(member.key, "foreach",
                       "'exclude' names " + quoted(name) + ", and 'matrix' has no such list",
                       "write one of the lists' names");
        }
      }
    }
  }

  std::string_view text(NodeId node) const { return front_.tree.text(node); }

  void read_key(Entry entry) {
    const std::string_view key = text(entry.key);
    if (key == "items") {
      read_items(entry);
    } else if (key == "key") {
      CodeScope scope = scope_;
      scope.is_key = true;
      scope.item_name = each_.as;
      each_.key = read_expression(front_, entry, scope);
    } else if (key == "max_parallel") {
      each_.max_parallel = read_parallel(front_, entry).value_or(0);
    } else if (key == "enough") {
      if (const auto count = read_integer(front_, entry, 1, items_most)) {
        each_.enough = static_cast<std::int32_t>(*count);
      }
    } else if (key == "fail_fast") {
      each_.fail_fast = read_boolean(front_, entry).value_or(false);
    } else if (key == "collect") {
      each_.collect = read_boolean(front_, entry).value_or(true);
    } else if (key == "tolerate") {
      read_tolerate(entry);
    } else if (key == "rest") {
      constexpr std::array words = {"cancel"sv};
      each_.cancel_rest = read_choice(front_, entry, words).has_value();
    }
  }

  void read_items(Entry entry) { each_.items = read_listing(entry); }

  Listing read_listing(Entry entry) {
    Listing listing;
    if (front_.tree.kind(entry.value) == NodeKind::list) {
      for (const NodeId item : front_.tree.items(entry.value)) read_item(item, listing);
    } else if (auto code = read_expression(front_, entry, scope_)) {
      listing.expression.whole = true;
      listing.expression.pieces.push_back({std::move(code->text), code->at, true});
    }
    return listing;
  }

  void read_item(NodeId item, Listing& into) {
    const bool is_scalar = front_.tree.kind(item) == NodeKind::scalar;
    if (is_scalar && text(item).find("${{") != std::string_view::npos) {
      if (auto value = read_template_item(front_, item, scope_)) {
        into.written.push_back({std::nullopt, std::move(*value)});
      }
      return;
    }
    JsonText constant;
    if (const auto problem = to_json(front_.tree, item, constant)) {
      front_.error(problem->at, "wrong-type", problem->problem.message, problem->problem.fix);
    } else if (constant.text.find("${{") != std::string::npos) {
      front_.error(item, "foreach", "an expression stands inside of an item",
                   "let one expression make the whole list");
    } else {
      into.written.push_back({std::move(constant), {}});
    }
  }

  void read_name(Entry entry) {
    const auto name = read_text(front_, entry);
    if (!name || !check_id(front_, entry.value, "the name of an item")) return;
    if (is_global_name(*name) || *name == "file" || *name == "raw") {
      front_.error(entry.value, "id", quoted(*name) + " has a meaning of its own in expressions",
                   "choose another name; 'item' needs no 'as'");
      return;
    }
    each_.as = *name;
  }

  /// A count, or "5%".
  void read_tolerate(Entry entry) {
    const auto written = read_text(front_, entry);
    if (!written) return;
    if (!written->ends_with('%')) {
      if (const auto count = read_integer(front_, entry, 0, items_most)) {
        each_.tolerate = static_cast<std::int32_t>(*count);
      }
      return;
    }
    const std::string digits = written->substr(0, written->size() - 1);
    const bool is_number = !digits.empty() && digits.size() <= 6 &&
                           digits.find_first_not_of("0123456789.") == std::string::npos &&
                           std::ranges::count(digits, '.') <= 1 && digits != ".";
    const double percent = is_number ? std::stod(digits) : -1;
    if (percent < 0 || percent > 100) {
      report_type(front_, entry, "a count or a share of the items", "write 'tolerate: 3' or '2%'");
      return;
    }
    each_.tolerate_percent = percent;
  }

  void check_together(const std::vector<Entry>& entries) {
    for (const Entry& one : entries) {
      if (text(one.key) == "enough" && !each_.cancel_rest) {
        front_.error(one.key, "not-available",
                     "'enough' without 'rest: cancel' is not available in this version",
                     "write 'rest: cancel' beside it: the other items are stopped");
      }
      if (text(one.key) == "rest" && each_.enough == 0) {
        front_.error(one.key, "foreach", "'rest' belongs to 'enough'", "write 'enough: N', too");
      }
    }
  }

  Front& front_;
  CodeScope scope_;
  Foreach each_;
  bool is_known_ = true;  ///< Of a matrix: all names of its values.
};

}  // namespace

std::shared_ptr<Foreach> read_foreach(Front& front, Entry entry, StepId reader) {
  return ForeachReader(front, reader).read(entry);
}

std::shared_ptr<Foreach> read_matrix(Front& front, Entry entry, StepId reader) {
  return ForeachReader(front, reader).read_product(entry, reader);
}

bool reads_item(const Foreach& each, std::string_view code) {
  const LuaUses uses = scan_uses(code);
  return std::ranges::any_of(uses.globals, [&](const Use& use) {
    return use.name == "item" || use.name == "index" || (!each.as.empty() && use.name == each.as);
  });
}

bool is_item_name(const Plan& plan, StepId reader, std::string_view name) {
  for (StepId at = reader; at.value > 0; at = plan.step(at).parent) {
    const Foreach* each = plan.step(at).each.get();
    if (each != nullptr && (name == "item" || name == "index" || name == each->as)) return true;
    if (at == reader || (name != "index" && name != "previous")) continue;
    if (rule_of(plan.step(at)) == BlockRule::rounds) return true;
  }
  return false;
}

}  // namespace pawl::dsl
