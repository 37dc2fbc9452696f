#include "cli/new_workflow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/check.hpp"
#include "base/text.hpp"
#include "cli/json_record.hpp"
#include "dsl/compile.hpp"

namespace pawl::cli {
namespace {

constexpr std::string_view first_template = "hello";

/// hello first: it is what a first day begins with.
std::vector<workflows::Template> in_order() {
  const std::span<const workflows::Template> all = workflows::templates();
  std::vector<workflows::Template> ordered(all.begin(), all.end());
  std::stable_partition(ordered.begin(), ordered.end(),
                        [](const workflows::Template& one) { return one.name == first_template; });
  return ordered;
}

std::string description_of(const workflows::Template& from) {
  const dsl::Compiled compiled = dsl::compile(from.text, from.name);
  check(compiled.plan.has_value(), "a template that does not compile");
  return compiled.plan->description;
}

}  // namespace

Result<NewWorkflow> new_workflow(std::string_view named) {
  std::filesystem::path path(named);
  if (path.extension() == ".yaml" || path.extension() == ".yml") path.replace_extension();
  const std::string name = path.filename().string();
  // The compiler knows what a name is, and the nearest one that is.
  const std::string quoted_name = json_string(name);
  const dsl::Compiled compiled =
      dsl::compile("name: " + quoted_name + "\nsteps: {a: {run: 'true'}}\n", "");
  if (!compiled.plan) {
    const dsl::Diagnostic& why = compiled.diagnostics.front();
    return Problem{why.message, why.fix};
  }
  return NewWorkflow{path.string() + ".yaml", name};
}

Result<workflows::Template> find_template(std::string_view name) {
  if (name.empty()) name = first_template;
  std::vector<std::string_view> names;
  for (const workflows::Template& one : in_order()) {
    if (one.name == name) return one;
    names.push_back(one.name);
  }
  const std::string_view near = closest(name, names);
  return Problem{
      fmt::format("there is no template {}", pawl::quoted(name)),
      near.empty() ? "pawl new --list" : fmt::format("did you mean {}?", pawl::quoted(near))};
}

std::string text_of(const workflows::Template& from, const NewWorkflow& workflow) {
  const std::string own = fmt::format("name: {}\n", from.name);
  check(from.text.starts_with(own), "a template begins with its name");
  // A name such as 2026 would be a number without quotes, but a text is expected and read.
  return fmt::format("name: {}\n{}", workflow.name, from.text.substr(own.size()));
}

std::string written_text(const NewWorkflow& workflow) {
  const std::string file = shell_quoted(workflow.path);
  return fmt::format("wrote {}\n  pawl run {}\n  pawl check --watch {}\n", workflow.path, file,
                     file);
}

std::string written_record(const NewWorkflow& workflow, const workflows::Template& from) {
  return JsonRecord("written")
             .text("file", workflow.path)
             .text("workflow", workflow.name)
             .text("template", from.name)
             .str() +
         "\n";
}

std::string templates_text() {
  std::string out;
  for (const workflows::Template& one : in_order()) {
    out += fmt::format("{:<7} {}\n", one.name, description_of(one));
  }
  return out + "\npawl new NAME --template " + std::string(first_template) + "\n";
}

std::string templates_names() {
  std::string out;
  for (const workflows::Template& one : in_order()) out += std::string(one.name) + "\n";
  return out;
}

std::string templates_records() {
  std::string out;
  for (const workflows::Template& one : in_order()) {
    out += JsonRecord("template")
               .text("name", one.name)
               .text("description", description_of(one))
               .str();
    out += "\n";
  }
  return out;
}

}  // namespace pawl::cli
