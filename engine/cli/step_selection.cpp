#include "cli/step_selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/expanded_plan.hpp"
#include "cli/step_ref.hpp"

namespace pawl::cli {
namespace {

std::int32_t step_count(const dsl::Plan& plan) {
  return static_cast<std::int32_t>(plan.steps.size());
}

/// `*` in `pattern` is any text.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = pattern.npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

/// The parts of "a,b["x,y"].c": commas in brackets belong to the name of an item.
std::vector<std::string> parts_of(const std::string& word) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : word) {
    depth += c == '[' ? 1 : c == ']' && depth > 0 ? -1 : 0;
    if (c == ',' && depth == 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  std::erase(parts, "");
  return parts;
}

class Selection {
 public:
  explicit Selection(const RunView& view) : view_(view), plan_(*view.plan) {}

  void add(const std::string& part) {
    const bool upstream = part.starts_with('+');
    const bool downstream = part.size() > 1 && part.ends_with('+');
    const std::string name = part.substr(upstream, part.size() - upstream - downstream);
    const std::vector<StepId> named = named_by(name);
    chosen_.insert(named.begin(), named.end());
    if (upstream) spread(named, [this](StepId step, auto visit) { needs_of(step, visit); });
    if (downstream) spread(named, [this](StepId step, auto visit) { dependents_of(step, visit); });
  }

  std::vector<StepId> steps() const { return {chosen_.begin(), chosen_.end()}; }

 private:
  std::vector<StepId> named_by(const std::string& name) const {
    if (name.starts_with('@')) return in_state(name.substr(1));
    if (name.find('*') == name.npos) return {find_step(plan_, name, view_.run.number)};
    std::vector<StepId> found;
    for (std::int32_t i = 1; i < step_count(plan_); ++i) {
      if (plan_.step(StepId{i}).parent == nowhere) continue;
      if (matches(plain_path(name), plain_path(dsl::path_of(plan_, StepId{i})))) {
        found.push_back(StepId{i});
      }
    }
    if (!found.empty()) return found;
    throw Error(ErrorKind::usage,
                fmt::format("run {} has no step like {}", view_.run.number, pawl::quoted(name)),
                "'*' is any text: 'build.*' is all that block build holds",
                fmt::format("pawl show {}", view_.run.number));
  }

  std::vector<StepId> in_state(const std::string& word) const {
    const auto state = core::step_state_of(word);
    if (!state) {
      std::vector<std::string_view> known;
      for (int i = 0; i <= static_cast<int>(core::StepState::interrupted); ++i) {
        known.push_back(name_of(static_cast<core::StepState>(i)));
      }
      throw Error(ErrorKind::usage, fmt::format("no step can be {}", pawl::quoted(word)),
                  fmt::format("behind @ stands a state: {}", fmt::join(known, ", ")),
                  fmt::format("pawl show {} @failed", view_.run.number));
    }
    std::vector<StepId> found;
    std::set<StepId> holders;  // Blocks around what was found, which are so because of that.
    for (std::int32_t i = step_count(plan_) - 1; i > 0; --i) {
      const StepId step{i};
      if (plan_.step(step).parent == nowhere) continue;
      const bool waits_for_its_way = is_hook(plan_, step) && *state == core::StepState::pending;
      if (view_.instances[static_cast<std::size_t>(i)].state != *state || waits_for_its_way) {
        continue;
      }
      if (holders.contains(step)) continue;
      found.push_back(step);
      for (StepId at = plan_.step(step).parent; at.value > 0; at = plan_.step(at).parent) {
        holders.insert(at);
      }
    }
    return found;
  }

  /// Adds all that can be reached from `from` by `next`, and what the reached blocks hold.
  template <class Next>
  void spread(const std::vector<StepId>& from, Next next) {
    std::deque<StepId> todo(from.begin(), from.end());
    std::set<StepId> seen(from.begin(), from.end());
    const auto visit = [&](StepId step) {
      if (seen.insert(step).second) todo.push_back(step);
    };
    while (!todo.empty()) {
      const StepId step = todo.front();
      todo.pop_front();
      for (StepId at = step; at.value > 0; at = plan_.step(at).parent) next(at, visit);
      if (!is_block(plan_, step)) continue;
      for (const StepId child : std::get<dsl::BlockSpec>(plan_.step(step).spec).children) {
        visit(child);
      }
    }
    chosen_.insert(seen.begin(), seen.end());
  }

  template <class Visit>
  void needs_of(StepId step, Visit visit) const {
    for (const dsl::Need& need : plan_.step(step).needs) visit(need.step);
  }

  template <class Visit>
  void dependents_of(StepId step, Visit visit) {
    if (!graph_) graph_.emplace(view_.plan);
    for (const core::Graph::Dependent& dependent : graph_->dependents(step)) visit(dependent.step);
  }

  const RunView& view_;
  const dsl::Plan& plan_;
  std::optional<core::Graph> graph_;  ///< Made when dependents are asked for.
  std::set<StepId> chosen_;
};

}  // namespace

std::vector<StepId> select_steps(const RunView& view, const std::vector<std::string>& words) {
  Selection selection(view);
  for (const std::string& word : words) {
    for (const std::string& part : parts_of(word)) selection.add(part);
  }
  return selection.steps();
}

bool is_within(const dsl::Plan& plan, StepId step, StepId block) {
  while (step != block && step.value > 0) step = plan.step(step).parent;
  return step == block;
}

std::vector<StepId> leaves_in(const dsl::Plan& plan, const std::vector<StepId>& steps) {
  std::vector<bool> inside(plan.steps.size());
  for (const StepId step : steps) inside[static_cast<std::size_t>(step.value)] = true;
  std::vector<StepId> leaves;
  for (std::int32_t i = 1; i < step_count(plan); ++i) {  // A block stands before its children.
    const StepId parent = plan.step(StepId{i}).parent;
    const auto index = static_cast<std::size_t>(i);
    inside[index] =
        inside[index] || (parent.value > 0 && inside[static_cast<std::size_t>(parent.value)]);
    if (inside[index] && !is_block(plan, StepId{i})) leaves.push_back(StepId{i});
  }
  return leaves;
}

bool is_selection(const std::string& word) {
  return parts_of(word).size() > 1 || word.find('*') != word.npos || word.starts_with('@') ||
         word.starts_with('+') || word.ends_with('+');
}

}  // namespace pawl::cli
