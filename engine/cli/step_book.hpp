#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/json_reading.hpp"
#include "dsl/plan.hpp"
#include "store/reader.hpp"

/// What the instances of a run are called, and which steps they are: those of the plan, and the
/// items of a `foreach`, which are known once their rows were read.
namespace pawl::cli {

class StepBook {
 public:
  explicit StepBook(std::shared_ptr<const dsl::Plan> plan);

  struct Entry {
    StepId step;  ///< Of the plan; of an item, whose copy it is.
    std::string path;
    bool is_block = false;  ///< Also one that holds items.
    bool holds_items = false;
    bool is_hook = false;
  };
  const dsl::Plan& plan() const { return *plan_; }
  bool has_items() const { return !steps_.empty(); }
  /// Null for an instance that no row has told of yet.
  const Entry* find(std::int32_t inst) const;
  /// The path, or "#12" for an instance that is not known.
  std::string path(std::int32_t inst) const;

  /// The instances in `events` that are not known.
  std::vector<std::int32_t> unknown_in(const std::vector<EventView>& events) const;
  /// Learns from rows what the instances are.
  void learn(const std::vector<store::StepRow>& rows);

 private:
  std::shared_ptr<const dsl::Plan> plan_;
  std::map<std::string, StepId, std::less<>> steps_;  ///< By path; only when there can be items.
  std::vector<Entry> own_;
  std::map<std::int32_t, Entry> items_;
};

/// "transform.clean" for `transform["eu-west"].clean`: the path in the plan.
std::string path_in_plan(std::string_view path);
/// The key at the end of an item's path, as JSON; empty when it is no item's.
std::string item_key_of(std::string_view path);

}  // namespace pawl::cli
