#include "cli/step_book.hpp"

#include <algorithm>

#include "cli/run_view.hpp"

namespace pawl::cli {
namespace {

/// Where the bracket that opens at `open` is closed: keys are JSON, and may hold brackets.
std::size_t closing(std::string_view path, std::size_t open) {
  bool in_text = false;
  for (std::size_t i = open + 1; i < path.size(); ++i) {
    if (in_text && path[i] == '\\') {
      ++i;
    } else if (path[i] == '"') {
      in_text = !in_text;
    } else if (!in_text && path[i] == ']') {
      return i;
    }
  }
  return path.size();
}

/// "undo.charge" takes back what "charge" did.
constexpr std::string_view undo_prefix = "undo.";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "poll#3"
bool is_round(std::string_view path) {
  const std::size_t sign = path.find_last_not_of("0123456789");
  return sign != std::string_view::npos && sign + 1 < path.size() && path[sign] == '#';
}

}  // namespace

std::string path_in_plan(std::string_view path) {
  std::string plain;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '[') {
      i = closing(path, i);
    } else if (path[i] == '#') {
      while (i + 1 < path.size() && is_digit(path[i + 1])) ++i;
    } else {
      plain += path[i];
    }
  }
  return plain;
}

std::string item_key_of(std::string_view path) {
  if (!path.ends_with(']')) return "";
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '[') continue;
    const std::size_t end = closing(path, i);
    if (end + 1 == path.size()) return std::string(path.substr(i + 1, end - i - 1));
    i = end;
  }
  return "";
}

StepBook::StepBook(std::shared_ptr<const dsl::Plan> plan) : plan_(std::move(plan)) {
  own_.resize(plan_->steps.size());
  const bool may_grow = dsl::may_grow(*plan_);
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(own_.size()); ++i) {
    const StepId step{i};
    Entry& entry = own_[static_cast<std::size_t>(i)];
    entry.step = step;
    entry.path = dsl::path_of(*plan_, step);
    entry.holds_items = dsl::has_copies(plan_->step(step));
    entry.is_block = cli::is_block(*plan_, step) || entry.holds_items;
    entry.is_hook = cli::is_hook(*plan_, step);
    if (may_grow) steps_.emplace(own_[static_cast<std::size_t>(i)].path, step);
  }
}

const StepBook::Entry* StepBook::find(std::int32_t inst) const {
  if (inst < 0) return nullptr;
  if (static_cast<std::size_t>(inst) < own_.size()) return &own_[static_cast<std::size_t>(inst)];
  const auto found = items_.find(inst);
  return found == items_.end() ? nullptr : &found->second;
}

std::string StepBook::path(std::int32_t inst) const {
  const Entry* entry = find(inst);
  return entry == nullptr ? "#" + std::to_string(inst) : entry->path;
}

std::vector<std::int32_t> StepBook::unknown_in(const std::vector<EventView>& events) const {
  std::vector<std::int32_t> unknown;
  for (const EventView& event : events) {
    for (const EventView::Change& change : event.changes) {
      if (find(change.inst) == nullptr) unknown.push_back(change.inst);
    }
  }
  std::ranges::sort(unknown);
  unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
  return unknown;
}

void StepBook::learn(const std::vector<store::StepRow>& rows) {
  for (const store::StepRow& row : rows) {
    if (find(row.inst) != nullptr) continue;
    auto step = steps_.find(path_in_plan(row.path));
    const bool is_undo = step == steps_.end() && row.path.starts_with(undo_prefix);
    if (is_undo) step = steps_.find(path_in_plan(row.path).substr(undo_prefix.size()));
    if (step == steps_.end()) continue;
    if (is_undo) {
      items_[row.inst] = {step->second, row.path, false, false, true};
      continue;
    }
    const dsl::Step& own = plan_->step(step->second);
    const bool is_item = !item_key_of(row.path).empty();
    const bool holds_items = !is_round(row.path) && ((own.each && !is_item) ||
                                                     dsl::rule_of(own) == dsl::BlockRule::rounds);
    items_[row.inst] = {step->second, row.path, holds_items || cli::is_block(*plan_, step->second),
                        holds_items, false};
  }
}

}  // namespace pawl::cli
