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

 private:
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
      if (const auto count = read_integer(front_, entry, 1, items_most)) {
        each_.max_parallel = static_cast<std::int32_t>(*count);
      }
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

  void read_items(Entry entry) {
    if (front_.tree.kind(entry.value) == NodeKind::list) {
      for (const NodeId item : front_.tree.items(entry.value)) read_item(item);
      return;
    }
    auto code = read_expression(front_, entry, scope_);
    if (!code) return;
    each_.items.whole = true;
    each_.items.pieces.push_back({std::move(code->text), code->at, true});
  }

  void read_item(NodeId item) {
    const bool is_scalar = front_.tree.kind(item) == NodeKind::scalar;
    if (is_scalar && text(item).find("${{") != std::string_view::npos) {
      if (auto value = read_template_item(front_, item, scope_)) {
        each_.list.push_back({std::nullopt, std::move(*value)});
      }
      return;
    }
    JsonText constant;
    if (const auto problem = to_json(front_.tree, item, constant)) {
      front_.error(problem->at, "wrong-type", problem->problem.message, problem->problem.fix);
    } else if (constant.text.find("${{") != std::string::npos) {
      front_.error(item, "foreach", "an expression stands inside of an item",
                   "let one expression make the list: 'foreach: \"${{ … }}\"'");
    } else {
      each_.list.push_back({std::move(constant), {}});
    }
  }

  void read_name(Entry entry) {
    const auto name = read_text(front_, entry);
    if (!name || !check_id(front_, entry.value, "the name of an item")) return;
    if (is_global_name(*name)) {
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
};

}  // namespace

std::shared_ptr<Foreach> read_foreach(Front& front, Entry entry, StepId reader) {
  return ForeachReader(front, reader).read(entry);
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
  }
  return false;
}

}  // namespace pawl::dsl
