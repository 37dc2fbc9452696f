#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/style.hpp"
#include "core/run_state.hpp"
#include "dsl/plan.hpp"
#include "store/reader.hpp"

/// One run as its rows tell it, for everything that prints one: rows in, text out.
namespace pawl::cli {

struct RunView {
  store::RunSummary run;
  core::RunFacts facts;
  std::shared_ptr<const dsl::Plan> plan;  ///< With the items that have begun: see expanded_plan.
  std::shared_ptr<const dsl::Plan> own_plan{};  ///< As the file has it; null: the same.
  /// As its rows tell it, when the plan has items; null: `instances` are all there is.
  std::shared_ptr<const core::RunState> state{};
  /// How many steps the items have that have not begun, by who holds them.
  std::map<std::int32_t, std::int64_t> unseen{};
  std::vector<core::Instance> instances;  ///< By inst; steps without a row are pending.
  std::vector<store::Progress> progress;
};

/// The row as the core reads it; `row` must outlive the result.
core::StoredStep stored(const store::StepRow& row);

/// Reads the run's plan. Throws Error when the database has lost it.
std::shared_ptr<const dsl::Plan> load_plan(store::Reader& reader, const store::RunSummary& run);
RunView load_view(store::Reader& reader, const store::RunSummary& run,
                  std::shared_ptr<const dsl::Plan> plan);

/// The run's plan without its items.
std::shared_ptr<const dsl::Plan> plan_of_file(const RunView& view);

/// Where each step stands in the tree, by its number: behind its block, in the order of the file
/// and of the items.
std::vector<std::int32_t> tree_ranks(const dsl::Plan& plan);

/// The run as the core has it, before what is derived.
core::RunState state_of(const RunView& view);

/// Steps that do something themselves: no blocks, no hooks of the workflow.
std::vector<StepId> leaves_of(const dsl::Plan& plan);
bool is_block(const dsl::Plan& plan, StepId step);
/// Steps of a block that ended without having begun have no rows of their own: they share its end,
/// and are pending again when it is repaired. To be called for a block whose state has changed.
void share_end(const dsl::Plan& plan, std::vector<core::Instance>& instances, StepId block);
/// A hook of the workflow, which is nobody's child.
bool is_hook(const dsl::Plan& plan, StepId step);
/// From its first start to its end, or to `now` while it runs.
std::optional<Micros> took(const core::Instance& instance, TimePoint now);
std::optional<Micros> took(const RunView& view, TimePoint now);

/// `pawl show RUN`: head, tree, outputs, error.
std::string tree_text(const RunView& view, TimePoint now, const Style& style);
/// `pawl show RUN STEP…`: a row for each of several steps.
std::string list_text(const RunView& view, const std::vector<StepId>& steps, TimePoint now,
                      const Style& style);
/// One run as a line of `runs --json`.
std::string run_record(const store::RunSummary& run);
/// One document.
std::string view_record(const RunView& view, TimePoint now);
/// The last line of `run --json`.
std::string result_record(const RunView& view);

}  // namespace pawl::cli
