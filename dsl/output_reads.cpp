#include "dsl/output_reads.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "dsl/read_values.hpp"

namespace pawl::dsl {
namespace {

/// "steps.load.output.files[3]", as far as the field before `end`.
std::string text_of(const StepName& name, std::size_t end) {
  std::string text = "steps." + name.name + ".output";
  for (std::size_t i = 0; i < end; ++i) {
    const OutputField& field = name.fields[i];
    text += field.is_position ? "[" + field.name + "]" : "." + field.name;
  }
  return text;
}

}  // namespace

const Step& OutputReads::step(StepId id) const { return front_.plan.step(id); }

void OutputReads::read(const StepName& name, StepId target) {
  if (read_.insert(target).second && !may_give_output(target)) report_no_output(name.at, target);
  check_fields(name, target, 0, false);
}

void OutputReads::check_schemas() {
  for (std::int32_t i = 1; i < static_cast<std::int32_t>(front_.plan.steps.size()); ++i) {
    const StepId id{i};
    if (!step(id).output_schema || may_give_output(id) || !read_.insert(id).second) continue;
    report_no_output({step(id).at.line, step(id).at.column, 1}, id);
  }
}

/// A script without `output:` gives what it, or its hook, reports.
bool OutputReads::may_give_output(StepId target) const {
  const Step& read = step(target);
  const auto* run = std::get_if<RunSpec>(&read.spec);
  if (run == nullptr || !run->arguments.empty()) return true;
  if (!read.settings || read.settings->output != OutputFormat::reported) return true;
  if (read.hooks && (read.hooks->after || read.hooks->on_error)) return true;
  return std::ranges::any_of(run->script.pieces, [](const Template::Piece& piece) {
    return piece.text.find("PAWL_REPORT") != std::string::npos;
  });
}

void OutputReads::report_no_output(Span at, StepId target) {
  const std::string id = quoted(step(target).id);
  front_.diagnostics.push_back(
      {at, "no-output", id + " gives no output: what it prints is kept only with 'output:'",
       "write 'output: text' on " + id + ", or json, or lines", Severity::warning});
}

/// The fields from `from` on, of what `target` gives; of a `foreach`, `is_item` means one item's.
void OutputReads::check_fields(const StepName& name, StepId target, std::size_t from,
                               bool is_item) {
  if (from == name.fields.size()) return;
  const Step& read = step(target);
  const bool is_list = read.each && !is_item;
  if (check_against_schema(name, target, from, is_list)) return;
  if (is_list) {
    if (name.fields[from].is_position) check_fields(name, target, from + 1, true);
    return;
  }
  const auto* block = std::get_if<BlockSpec>(&read.spec);
  if (block == nullptr || block->rule == BlockRule::choice) return;
  if (block->rule == BlockRule::race) return check_race_field(name, from);
  if (!block->is_list) return check_step_field(name, target, from);
  if (!block->children.empty()) check_fields(name, block->children.back(), from, false);
}

/// True when a mistake was found. The schema of a `foreach` is that of one item.
bool OutputReads::check_against_schema(const StepName& name, StepId target, std::size_t from,
                                       bool is_list) {
  const auto& schema = step(target).output_schema;
  if (!schema) return false;
  if (is_list && name.fields[from].is_position) return false;
  json_schema::Lack lack{0, "a list with the output of each item", {}};
  if (!is_list) {
    std::vector<json_schema::Field> fields;
    for (std::size_t i = from; i < name.fields.size(); ++i) {
      fields.push_back({name.fields[i].name, name.fields[i].is_position});
    }
    const auto known = schemas_.try_emplace(target, *schema).first;
    auto found = known->second.lack_in(fields);
    if (!found) return false;
    lack = *std::move(found);
  }
  report_lack(name, target, from + lack.at, lack);
  return true;
}

void OutputReads::report_lack(const StepName& name, StepId target, std::size_t at,
                              const json_schema::Lack& lack) {
  const OutputField& field = name.fields[at];
  const std::string holder = text_of(name, at);
  if (!lack.holder.empty()) {
    const bool is_list = lack.holder.find("array") != std::string::npos || step(target).each;
    front_.error(field.at, "unknown-field",
                 holder + " is " + lack.holder + ": it has no field " + quoted(field.name),
                 is_list ? "read one of them: " + holder + "[1]" : "read " + holder);
    return;
  }
  const std::vector<std::string_view> known(lack.known.begin(), lack.known.end());
  const std::string_view near = ++reports_ > searches_max ? "" : closest(field.name, known);
  front_.error(field.at, "unknown-field",
               "the output_schema of " + quoted(step(target).id) + " has no field " +
                   quoted(field.name) + (at == 0 ? "" : " in " + holder),
               !near.empty()   ? "did you mean " + quoted(near) + "?"
               : known.empty() ? "add it to the schema"
                               : "it has: " + list_of(known, "and"));
}

/// The output of a map of steps is a table by step: its fields are known.
void OutputReads::check_step_field(const StepName& name, StepId target, std::size_t from) {
  const OutputField& field = name.fields[from];
  std::vector<std::string_view> ids;
  for (const StepId child : std::get<BlockSpec>(step(target).spec).children) {
    ids.push_back(step(child).id);
    if (step(child).id != field.name) continue;
    if (read_.insert(child).second && !may_give_output(child)) report_no_output(field.at, child);
    return check_fields(name, child, from + 1, false);
  }
  if (++reports_ > searches_max) return;
  const std::string_view near = closest(field.name, ids);
  front_.error(field.at, "unknown-field",
               "the block " + quoted(step(target).id) + " has no step " + quoted(field.name),
               near.empty() ? "its output has: " + list_of(ids, "and")
                            : "did you mean " + quoted(near) + "?");
}

void OutputReads::check_race_field(const StepName& name, std::size_t from) {
  const OutputField& field = name.fields[from];
  if (field.name == "winner" || field.name == "output") return;
  front_.error(field.at, "unknown-field",
               "a race gives 'winner' and 'output', and no " + quoted(field.name),
               "write " + text_of(name, from) + ".output." + field.name);
}

}  // namespace pawl::dsl
