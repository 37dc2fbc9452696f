#include <unistd.h>

#include <algorithm>

#include "base/units.hpp"
#include "steps/body.hpp"
#include "steps/environment.hpp"
#include "steps/json_values.hpp"
#include "steps/report_file.hpp"
#include "steps/run_output.hpp"
#include "steps/scope.hpp"

/// The kind `run`: a shell script, or an argument vector.
namespace pawl::steps {
namespace {

/// Makes the command of a step; on a thread of the pool.
class CommandMaker {
 public:
  CommandMaker(const AttemptContext& context, const scripting::Scope& scope)
      : context_(context), job_(context.job), scope_(scope) {}

  std::optional<core::Failure> make(Command& command) {
    const auto& spec = std::get<dsl::RunSpec>(context_.spec());
    const auto env = scope_.values.find("env");
    auto environment = environment_of(job_, env == scope_.values.end() ? job_.env : env->second);
    if (!environment) return refuse(environment.error());
    command.environment = std::move(environment).value();
    command.marker = marker_of(job_);
    std::string workdir;
    if (const dsl::Template* given = dsl::workdir_of(*job_.plan, job_.step)) {
      auto text = evaluate_text(*job_.plan, *given, scope_);
      if (!text) return refuse(text.error());
      workdir = std::move(text).value();
    }
    command.workdir = workdir_of(job_, workdir);
    return spec.arguments.empty() ? add_script(spec, context_.settings().shell, command)
                                  : add_arguments(spec, command);
  }

 private:
  static core::Failure refuse(const Problem& problem) {
    return failure_of(core::FailureKind::expression,
                      problem.fix.empty() ? problem.message : problem.message + "; " + problem.fix);
  }

  std::optional<core::Failure> add_arguments(const dsl::RunSpec& spec, Command& command) {
    for (const dsl::Template& argument : spec.arguments) {
      auto value = evaluate(*job_.plan, argument, scope_);
      if (!value) return refuse(value.error());
      const auto items = items_of(value.value());
      for (const JsonText& item : items ? *items : std::vector<JsonText>{value.value()}) {
        std::string text = text_of(item);
        const std::string name = "argument " + std::to_string(command.arguments.size());
        if (auto problem = check_passable(name, text)) return refuse(*problem);
        command.arguments.push_back(std::move(text));
      }
    }
    if (!command.arguments.empty()) return std::nullopt;
    return failure_of(core::FailureKind::expression, "the list `run` has no program");
  }

  std::optional<core::Failure> add_script(const dsl::RunSpec& spec, dsl::Shell shell,
                                          Command& command) {
    auto script = evaluate_text(*job_.plan, spec.script, scope_);
    if (!script) return refuse(script.error());
    for (const dsl::ShellValue& value : spec.values) {
      if (auto failure = add_value(value, command)) return failure;
    }
    command.arguments = {"/bin/sh", "-eu"};
    if (shell == dsl::Shell::bash) command.arguments = {"bash", "-eu", "-o", "pipefail"};
    if (!check_passable("script", script.value())) {
      command.arguments.insert(command.arguments.end(), {"-c", std::move(script).value()});
      return std::nullopt;
    }
    const std::string path = job_.scratch + "/.pawl-script";
    if (auto problem = write_file(path, script.value())) {
      return failure_of(*problem);
    }
    command.arguments.push_back(path);
    return std::nullopt;
  }

  std::optional<core::Failure> add_value(const dsl::ShellValue& value, Command& command) {
    auto result = evaluate(*job_.plan, value.code, scope_);
    if (!result) return refuse(result.error());
    std::string text = text_of(result.value());
    if (value.as_file) {
      const std::string path = job_.scratch + "/.pawl-value-" + value.variable;
      if (auto problem = write_file(path, text)) {
        return failure_of(*problem);
      }
      text = path;
    }
    const std::string name = job_.plan->file + ":" + std::to_string(value.code.at.line) +
                             ": the value of ${{ " + value.code.text + " }}";
    if (auto problem = check_passable(name, text)) return refuse(*problem);
    command.environment.push_back(value.variable + "=" + text);
    return std::nullopt;
  }

  const AttemptContext& context_;
  const Job& job_;
  const scripting::Scope& scope_;
};

class RunBody : public Body, public ProcessObserver {
 public:
  explicit RunBody(Context context)
      : context_(std::move(context)), report_file_(report_path(context_->job)) {}

  bool is_plain() const override;
  bool needs_scratch() const override { return true; }
  std::optional<core::Failure> prepare(const scripting::Scope& scope) override {
    return CommandMaker(*context_, scope).make(command_);
  }
  void start(BodyEvents events) override;
  void stop(Millis grace) override { process_->stop(grace); }

  void on_output(Stream stream, std::string_view bytes) override;
  void on_exit(const Exit& exit) override;

 private:
  void on_poll();
  void read_last_reports();
  void take(const Reported& reported);
  BodyEnd ending() const;
  core::Failure bad_exit() const;
  JsonText reported_output() const;

  Context context_;
  Command command_;
  BodyEvents events_;
  std::unique_ptr<Process> process_;
  OutputCopy stdout_copy_;
  LastLine stderr_end_;
  ReportFile report_file_;
  JsonText output_;  ///< What was reported as a whole, if it was no object.
  std::vector<std::pair<std::string, JsonText>> members_;  ///< What was reported by name.
  std::optional<ReportedError> error_;
  Exit exit_;
  LoopEvent poll_, read_rest_;
};

bool RunBody::is_plain() const {
  const auto& spec = std::get<dsl::RunSpec>(context_->spec());
  const dsl::Template* workdir = dsl::workdir_of(*context_->job.plan, context_->job.step);
  const auto is_literal = [](const dsl::Template& text) {
    return std::ranges::none_of(text.pieces, [](const auto& piece) { return piece.is_code; });
  };
  return spec.values.empty() && is_literal(spec.script) &&
         (workdir == nullptr || is_literal(*workdir)) &&
         std::ranges::all_of(spec.arguments, is_literal);
}

void RunBody::start(BodyEvents events) {
  events_ = std::move(events);
  auto started = Process::start(context_->services().processes, command_, *this);
  if (!started) {
    return events_.ended(failure_of(started.error()));
  }
  process_ = std::move(started).value();
  poll_ = new_event<&RunBody::on_poll>(context_->services().base, -1, 0, this);
  arm(poll_, context_->worker.report_poll);
}

void RunBody::on_output(Stream stream, std::string_view bytes) {
  context_->reports.log(context_->job, stream, bytes);
  if (stream == Stream::err) {
    stderr_end_.add(bytes);
  } else if (context_->settings().output != dsl::OutputFormat::reported) {
    stdout_copy_.add(bytes);
  }
}

/// One slice a turn, here and after the end: a large file must not hold up the loop.
void RunBody::on_poll() {
  const bool more = report_file_.read_slice([this](const Reported& report) { take(report); });
  arm(poll_, more ? Millis{0} : context_->worker.report_poll);
}

void RunBody::on_exit(const Exit& exit) {
  exit_ = exit;
  poll_.reset();
  read_last_reports();
}

void RunBody::read_last_reports() {
  if (report_file_.read_slice([this](const Reported& report) { take(report); })) {
    if (!read_rest_) {
      read_rest_ = new_event<&RunBody::read_last_reports>(context_->services().base, -1, 0, this);
    }
    return arm(read_rest_, Millis{0});
  }
  report_file_.finish([this](const Reported& report) { take(report); });
  events_.ended(ending());
}

void RunBody::take(const Reported& reported) {
  Reports& reports = context_->reports;
  const Job& job = context_->job;
  if (const auto* progress = std::get_if<ReportedProgress>(&reported)) {
    events_.progress(progress->fraction, progress->done, progress->total, progress->message);
  } else if (const auto* checkpoint = std::get_if<ReportedCheckpoint>(&reported)) {
    (void)::unlink(checkpoint_due_path(job).c_str());
    context_->checkpoint_due = false;
    reports.checkpoint(job, checkpoint->value);
  } else if (const auto* output = std::get_if<ReportedOutput>(&reported)) {
    const auto members = members_of(output->value);
    if (!members) {
      output_ = output->value;
      members_.clear();
      return;
    }
    for (const auto& member : *members) {
      std::erase_if(members_, [&](const auto& known) { return known.first == member.first; });
      members_.push_back(member);
    }
  } else if (const auto* comment = std::get_if<ReportedComment>(&reported)) {
    reports.comment(job, comment->kind, comment->text);
  } else if (const auto* error = std::get_if<ReportedError>(&reported)) {
    error_ = *error;
  } else if (const auto* warning = std::get_if<ReportWarning>(&reported)) {
    reports.log(job, Stream::err, "pawl: " + warning->text + "\n");
  }
}

JsonText RunBody::reported_output() const {
  if (members_.empty()) return output_;
  std::string text = "{";
  for (const auto& [name, value] : members_) {
    text += (text.size() > 1 ? "," : "") + json_quoted(name) + ":" + value.text;
  }
  return {text + "}"};
}

BodyEnd RunBody::ending() const {
  const dsl::Settings& settings = context_->settings();
  const bool good =
      exit_.how == Exit::How::exited &&
      std::ranges::find(settings.success_codes, exit_.number) != settings.success_codes.end();
  if (!good) return bad_exit();
  if (settings.output == dsl::OutputFormat::reported) return reported_output();
  auto value = stdout_copy_.value(settings.output);
  if (value) return std::move(value).value();
  return failure_of(core::FailureKind::output, value.error().message + "; " + value.error().fix);
}

core::Failure RunBody::bad_exit() const {
  core::Failure failure;
  switch (exit_.how) {
    case Exit::How::refused:
      return failure_of(core::FailureKind::resource, exit_.why);
    case Exit::How::not_started:
      failure = failure_of(core::FailureKind::exit, exit_.why);
      failure.exit_code = exit_.number == ENOENT ? 127 : 126;  // As a shell would say it.
      return failure;
    case Exit::How::signalled:
      failure = failure_of(core::FailureKind::signal, "ended by " + signal_name(exit_.number));
      break;
    case Exit::How::exited:
      failure = failure_of(core::FailureKind::exit, "exit code " + std::to_string(exit_.number));
      failure.exit_code = exit_.number;
      break;
  }
  if (error_) {
    failure.message += ": " + (error_->type.empty() ? "" : error_->type + ": ") + error_->message;
    failure.stack = error_->stack;
  } else if (const std::string last = stderr_end_.text(); !last.empty()) {
    failure.message += ": " + last;
  }
  return failure;
}

}  // namespace

std::shared_ptr<Body> make_run_body(const Context& context) {
  return std::make_shared<RunBody>(context);
}

}  // namespace pawl::steps
