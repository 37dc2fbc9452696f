#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "workflows/templates.hpp"

/// What `pawl new` writes and says.
namespace pawl::cli {

/// A workflow that is to be: where, and under which name.
struct NewWorkflow {
  std::string path;  ///< "flows/nightly.yaml"
  std::string name;  ///< "nightly"
};

/// "flows/nightly" and "flows/nightly.yaml" mean the same. A Problem when the last part is no name
/// of a workflow.
Result<NewWorkflow> new_workflow(std::string_view named);

/// The template called `name`, or a Problem with the nearest one. Empty: hello.
Result<workflows::Template> find_template(std::string_view name);

/// The template's text with the workflow's own name in it.
std::string text_of(const workflows::Template& from, const NewWorkflow& workflow);

/// What has been done, and what to type next.
std::string written_text(const NewWorkflow& workflow);
std::string written_record(const NewWorkflow& workflow, const workflows::Template& from);

/// Every template with its description.
std::string templates_text();
std::string templates_names();
std::string templates_records();

}  // namespace pawl::cli
