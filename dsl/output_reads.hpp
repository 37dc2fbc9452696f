#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <unordered_map>

#include "dsl/front.hpp"
#include "json_schema/schema.hpp"

namespace pawl::dsl {

/// What code reads of outputs, against what is known of them before the run: whether there is one,
/// the steps of a block, the fields that an `output_schema` has.
class OutputReads {
 public:
  explicit OutputReads(Front& front) : front_(front) {}

  /// `name` reads the output of `target`.
  void read(const StepName& name, StepId target);
  /// Warns where a schema waits for an output that never comes.
  void check_schemas();

 private:
  const Step& step(StepId id) const;
  bool may_give_output(StepId target) const;
  void report_no_output(Span at, StepId target);
  void check_fields(const StepName& name, StepId target, std::size_t from, bool is_item);
  bool check_against_schema(const StepName& name, StepId target, std::size_t from, bool is_list);
  void check_step_field(const StepName& name, StepId target, std::size_t from);
  void check_race_field(const StepName& name, std::size_t from);
  void report_lack(const StepName& name, StepId target, std::size_t at,
                   const json_schema::Lack& lack);

  Front& front_;
  std::set<StepId> read_;  ///< Steps whose output something reads.
  std::unordered_map<StepId, json_schema::Schema> schemas_;
  /// Only so many mistakes are compared with all that could have been meant.
  static constexpr int searches_max = 20;
  int reports_ = 0;
};

}  // namespace pawl::dsl
