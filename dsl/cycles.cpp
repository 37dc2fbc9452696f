#include <algorithm>

#include "base/text.hpp"
#include "dsl/link.hpp"

namespace pawl::dsl {

namespace {

constexpr int reports_max = 50;  // each is searched for among all names

enum class Mark : std::uint8_t { fresh, open, closed };

/// Depth first over needs, without recursion: a chain may have 200,000 steps.
class CycleFinder {
 public:
  explicit CycleFinder(Front& front)
      : front_(front), steps_(front.plan.steps), marks_(steps_.size(), Mark::fresh) {}

  void find() {
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(steps_.size()); ++i) {
      if (mark(StepId{i}) == Mark::fresh) walk(StepId{i});
    }
  }

 private:
  struct Visit {
    StepId step;
    std::size_t next = 0;  ///< Of its needs.
  };

  Mark& mark(StepId id) { return marks_[static_cast<std::size_t>(id.value)]; }
  const Step& step(StepId id) const { return steps_[static_cast<std::size_t>(id.value)]; }

  void walk(StepId start) {
    std::vector<Visit> path = {{start}};
    mark(start) = Mark::open;
    while (!path.empty()) {
      Visit& top = path.back();
      const std::vector<Need>& needs = step(top.step).needs;
      if (top.next == needs.size()) {
        mark(top.step) = Mark::closed;
        path.pop_back();
        continue;
      }
      const StepId to = needs[top.next++].step;
      if (mark(to) == Mark::open) {
        report(path, to);
      } else if (mark(to) == Mark::fresh) {
        mark(to) = Mark::open;
        path.push_back({to});
      }
    }
  }

  void report(const std::vector<Visit>& path, StepId to) {
    const auto first = std::ranges::find(path, to, &Visit::step);
    std::vector<StepId> cycle;
    for (auto one = first; one != path.end(); ++one) cycle.push_back(one->step);
    if (++reports_ > reports_max) return;
    // One message for each knot, not one for each way round it.
    if (std::ranges::any_of(cycle, [&](StepId id) { return is_reported(id); })) return;
    reported_.insert(reported_.end(), cycle.begin(), cycle.end());

    constexpr std::size_t named_max = 8;
    std::string round;
    for (std::size_t i = 0; i < cycle.size() && i < named_max; ++i) {
      round += step(cycle[i]).id + " needs ";
    }
    if (cycle.size() > named_max) {
      round += "… (" + std::to_string(cycle.size() - named_max) + " more) needs ";
    }
    round += step(to).id;
    const StepId last = cycle.back();
    front_.error(place_of(last, to), "cycle", "these steps wait for each other: " + round,
                 advice(last, to));
  }

  bool is_reported(StepId id) const { return std::ranges::find(reported_, id) != reported_.end(); }

  /// The name of `to` in `reader`, or in a step inside it.
  const StepName* name_of(StepId reader, StepId to) const {
    for (const StepName& name : front_.names) {
      if (name.reader == outputs_reader || name.meaning != ReadMeaning::need) continue;
      StepId at = name.reader;
      while (at != no_step && at != reader) at = step(at).parent;
      if (at == reader && name.name == step(to).id) return &name;
    }
    return nullptr;
  }

  Span place_of(StepId reader, StepId to) const {
    if (const StepName* name = name_of(reader, to)) return name->at;
    return {step(reader).at.line, step(reader).at.column, 1};
  }

  std::string advice(StepId reader, StepId to) const {
    const StepName* name = name_of(reader, to);
    if (name == nullptr) {
      return "a step in a list needs the one before it; write 'needs:' for another order";
    }
    return name->written ? "remove one of the needs"
                         : "reading " + quoted("steps." + name->name) + " makes this need";
  }

  Front& front_;
  const std::vector<Step>& steps_;
  std::vector<Mark> marks_;
  std::vector<StepId> reported_;
  int reports_ = 0;
};

}  // namespace

void check_cycles(Front& front) { CycleFinder(front).find(); }

}  // namespace pawl::dsl
