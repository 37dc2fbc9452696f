#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/front.hpp"
#include "trial/case.hpp"

/// What the parts of the reader of test files share.
namespace pawl::trial {

/// The file that is read, and what its cases may name.
struct TestFront {
  dsl::Front& dsl;
  const dsl::Plan& plan;
  std::vector<std::string> paths;  ///< Of the plan's steps, by StepId; that of the root is empty.
};

/// The entries of a map; others than the `known` ones are reported, with the nearest that is. What
/// is no map is reported, too.
std::vector<dsl::Entry> known_entries(TestFront& front, dsl::Entry entry,
                                      std::span<const std::string_view> known);
std::vector<dsl::Entry> known_entries(TestFront& front, dsl::NodeId map,
                                      std::span<const std::string_view> known);
/// The value as JSON.
std::optional<JsonText> read_json(TestFront& front, dsl::NodeId at);
/// The step of the file that a path means; `no_step` after a report.
StepId read_step_path(TestFront& front, dsl::NodeId at, StepPath& path);
/// Somebody's name as the engine writes it: "ann" is "user:ann".
std::string actor_of(const std::string& name);
std::optional<core::FailureKind> read_failure_kind(TestFront& front, dsl::Entry entry);

/// `mock`: its steps and what becomes of each.
std::vector<StepMock> read_mocks(TestFront& front, dsl::Entry entry);

}  // namespace pawl::trial
