#include "steps/job.hpp"

#include <utility>

#include "core/expressions.hpp"

namespace pawl::steps {

Job job_of(const core::RunState& run, const std::string& folder, InstId inst, std::int32_t attempt,
           TimePoint now) {
  const core::Instance& instance = run.at(inst);
  const StepId step = instance.step;
  Job job;
  job.run = run.id;
  job.run_number = run.number;
  job.workflow = run.graph->plan().name;
  job.inst = inst;
  job.attempt = attempt;
  job.generation = instance.generation;
  job.plan = run.graph->shared_plan();
  job.step = step;
  if (instance.role == core::Role::undo) {
    job.task = Task::undo;
    job.output = core::output_of(run, instance.undo_of);
  } else if (instance.in_doubt) {
    job.task = Task::verify;
  }
  job.brief = job.task == Task::work && run.graph->is_brief(step);
  job.path = core::path_of(run, inst);
  job.folder = folder;
  job.idempotency_key = core::idempotency_key(run, inst);
  job.now = now;
  job.run_started = run.facts.started_at.value_or(now);
  job.inputs = run.facts.inputs;
  job.env = run.facts.env;
  job.outputs = run.facts.outputs;
  job.resume_value = run.facts.resume_value;
  core::View view = core::view_for(run, inst, now);
  job.names = std::move(view.names);
  for (auto copy = instance.copy; copy > 0;) {
    const core::Copy& around = run.copies[static_cast<std::size_t>(copy)];
    copy = around.outer;
    if (around.is_round) continue;
    job.item_key = around.key;
    break;
  }
  for (const core::StepView& read : view.steps) {
    Job::Read copy{std::string(read.name), read.state, read.output, std::nullopt};
    if (read.error != nullptr) copy.error = *read.error;
    job.reads.push_back(std::move(copy));
  }
  if (run.facts.error) job.run_error = *run.facts.error;
  if (instance.error) job.last_error = *instance.error;
  return job;
}

}  // namespace pawl::steps
