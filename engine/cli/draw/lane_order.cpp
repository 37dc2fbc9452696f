#include "cli/draw/lane_order.hpp"

#include <algorithm>
#include <queue>
#include <tuple>
#include <utility>

namespace pawl::cli::draw {
namespace {

/// One block, its children numbered from 0 in file order.
struct Family {
  std::vector<std::vector<int>> needs, dependents;

  std::size_t size() const { return needs.size(); }
};

std::size_t at(int number) { return static_cast<std::size_t>(number); }

Family family_of(const Graph& graph, int block) {
  const std::vector<int>& children = graph.node(block).children;
  Family family;
  family.needs.resize(children.size());
  family.dependents.resize(children.size());
  for (std::size_t i = 0; i < children.size(); ++i) {
    for (const int need : graph.node(children[i]).needs) {
      // Children stand in ascending order: steps are numbered in preorder.
      const auto found = std::ranges::lower_bound(children, need) - children.begin();
      family.needs[i].push_back(static_cast<int>(found));
      family.dependents[static_cast<std::size_t>(found)].push_back(static_cast<int>(i));
    }
  }
  return family;
}

/// How many lanes are open at once at most, and in all rows together.
std::pair<long, long> cost_of(const Family& family, const std::vector<int>& order) {
  std::vector<std::size_t> open(family.size());
  for (std::size_t i = 0; i < family.size(); ++i) open[i] = family.dependents[i].size();
  long lanes = 0, most = 0, sum = 0;
  for (const int child : order) {
    for (const int need : family.needs[at(child)]) lanes -= --open[at(need)] == 0 ? 1 : 0;
    most = std::max(most, lanes + 1);
    lanes += family.dependents[at(child)].empty() ? 0 : 1;
    sum += lanes;
  }
  return {most, sum};
}

/// The first in the file of those that may come next.
std::vector<int> by_file(const Family& family) {
  std::vector<std::size_t> open(family.size());
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (std::size_t i = 0; i < family.size(); ++i) {
    open[i] = family.needs[i].size();
    if (open[i] == 0) ready.push(static_cast<int>(i));
  }
  std::vector<int> order;
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const int next : family.dependents[at(order.back())]) {
      if (--open[at(next)] == 0) ready.push(next);
    }
  }
  return order;
}

/// What a step needs directly before it, from the last steps up.
std::vector<int> by_depth(const Family& family) {
  std::vector<int> order;
  std::vector<bool> seen(family.size(), false);
  // A stack of steps and how many of their needs have been visited: chains may be long.
  std::vector<std::pair<int, std::size_t>> path;
  for (std::size_t i = 0; i < family.size(); ++i) {
    if (!family.dependents[i].empty()) continue;
    path.emplace_back(static_cast<int>(i), 0);
    while (!path.empty()) {
      auto& [child, visited] = path.back();
      if (visited == family.needs[at(child)].size()) {
        order.push_back(child);
        path.pop_back();
        continue;
      }
      const int need = family.needs[at(child)][visited++];
      if (seen[at(need)]) continue;
      seen[at(need)] = true;
      path.emplace_back(need, 0);
    }
  }
  return order;
}

/// Who ends most lanes first; among equals who needs what was drawn last.
class Greedy {
 public:
  explicit Greedy(const Family& family)
      : family_(family),
        open_needs_(family.size()),
        open_dependents_(family.size()),
        sum_of_open_(family.size(), 0),
        ends_(family.size(), 0),
        touched_(family.size(), -1),
        done_(family.size(), false) {}

  std::vector<int> run() {
    for (std::size_t i = 0; i < family_.size(); ++i) {
      open_needs_[i] = family_.needs[i].size();
      open_dependents_[i] = family_.dependents[i].size();
      for (const int next : family_.dependents[i]) sum_of_open_[i] += next;
    }
    for (std::size_t i = 0; i < family_.size(); ++i) offer(static_cast<int>(i));
    while (!queue_.empty()) {
      const int child = std::get<3>(queue_.top());
      queue_.pop();
      if (!done_[at(child)]) take(child);
    }
    return order_;
  }

 private:
  void offer(int child) {
    if (open_needs_[at(child)] > 0 || done_[at(child)]) return;
    const int begins = family_.dependents[at(child)].empty() ? 0 : 1;
    queue_.emplace(ends_[at(child)] - begins, touched_[at(child)], -child, child);
  }

  void take(int child) {
    done_[at(child)] = true;
    order_.push_back(child);
    const int now = static_cast<int>(order_.size());
    for (const int need : family_.needs[at(child)]) {
      sum_of_open_[at(need)] -= child;
      if (--open_dependents_[at(need)] == 1) last_of(need);
    }
    for (const int next : family_.dependents[at(child)]) {
      --open_needs_[at(next)];
      touched_[at(next)] = now;
      // Who shares a dependent with what is drawn should come soon.
      for (const int sibling : family_.needs[at(next)]) {
        if (family_.needs[at(sibling)].empty() && family_.needs[at(next)].size() < siblings_max) {
          touched_[at(sibling)] = now;
          offer(sibling);
        }
      }
    }
    if (open_dependents_[at(child)] == 1) last_of(child);
    for (const int next : family_.dependents[at(child)]) offer(next);
  }

  /// One dependent is left: it will end the lane of `source`.
  void last_of(int source) {
    const int child = static_cast<int>(sum_of_open_[at(source)]);
    ++ends_[at(child)];
    offer(child);
  }

  /// Beyond it, looking at all that a step needs each time would take too long.
  static constexpr std::size_t siblings_max = 64;

  const Family& family_;
  std::vector<std::size_t> open_needs_, open_dependents_;
  std::vector<long> sum_of_open_;  ///< Of the numbers of dependents not drawn: the last is named.
  std::vector<int> ends_;          ///< Lanes that a step would end.
  std::vector<int> touched_;
  std::vector<bool> done_;
  std::priority_queue<std::tuple<int, int, int, int>> queue_;
  std::vector<int> order_;
};

std::vector<int> as_nodes(const Graph& graph, int block, std::vector<int> order) {
  for (int& child : order) child = graph.node(block).children[at(child)];
  return order;
}

}  // namespace

std::vector<int> lane_order(const Graph& graph, int block) {
  const Family family = family_of(graph, block);
  std::vector<int> best = by_file(family);
  auto least = cost_of(family, best);
  for (const std::vector<int>& order : {by_depth(family), Greedy(family).run()}) {
    const auto cost = cost_of(family, order);
    if (cost >= least) continue;
    least = cost;
    best = order;
  }
  return as_nodes(graph, block, std::move(best));
}

std::vector<int> file_order(const Graph& graph, int block) {
  return as_nodes(graph, block, by_file(family_of(graph, block)));
}

}  // namespace pawl::cli::draw
