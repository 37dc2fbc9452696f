#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/run_state.hpp"

/// Which steps began in some case, and which ways there are on from a step were taken in one.
namespace pawl::trial {

/// A step that does something, or a way on from it.
struct Reach {
  StepId step;
  std::string branch;  ///< "rejected", "is tried again"; empty: the step itself.
  auto operator<=>(const Reach&) const = default;
};

class Coverage {
 public:
  explicit Coverage(std::shared_ptr<const core::Graph> graph);

  /// To be told of every apply.
  void note(const core::RunState& run, const core::Applied& applied);

  const dsl::Plan& plan() const { return graph_->plan(); }
  /// All there is, in the order of the file.
  const std::vector<Reach>& all() const { return all_; }
  bool is_reached(const Reach& one) const { return reached_.contains(one); }
  /// Of the steps, or of the branches: how many there are, and how many of them were reached.
  struct Share {
    std::size_t reached = 0, count = 0;
  };
  Share steps() const { return share(true); }
  Share branches() const { return share(false); }

 private:
  void note_end(StepId step, const core::Instance& instance);
  void reach(StepId step, std::string branch) { reached_.insert({step, std::move(branch)}); }
  Share share(bool of_steps) const;

  std::shared_ptr<const core::Graph> graph_;
  std::vector<Reach> all_;
  std::set<Reach> reached_;
};

}  // namespace pawl::trial
