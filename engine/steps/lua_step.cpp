#include <atomic>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "steps/body.hpp"
#include "steps/environment.hpp"
#include "steps/json_values.hpp"
#include "steps/lua_host.hpp"
#include "steps/modules.hpp"
#include "steps/scope.hpp"

/// The kinds `lua` and `uses`: a script that waits without holding a thread.
namespace pawl::steps {
namespace {

/// Captured for one shell(…), each of stdout and stderr.
constexpr std::size_t shell_bytes_max = std::size_t{16} << 20;

/// The script and where it stands; one slice at a time works on it, on the pool.
struct Guest {
  std::shared_ptr<LuaHost> host;
  std::atomic<bool> stop = false;  ///< Ends a slice that runs.
  std::optional<scripting::Script> script;
  scripting::Step step;
  std::vector<std::pair<std::string, JsonText>> memos;
  std::string workdir;
  JsonText env;

  /// Answers what needs nobody else, and stops at what does. The interpreter of a script that has
  /// ended goes here: what it runs at its end belongs on this thread.
  void go_on() {
    while (step.await && step.await->what == "memo_get") step = script->resume(find_memo());
    if (!step.await) script.reset();
  }

 private:
  /// [] or [value].
  JsonText find_memo() const {
    const auto arguments = items_of(step.await->argument).value_or(std::vector<JsonText>{});
    const std::string key = arguments.empty() ? "" : text_of(arguments[0]);
    for (const auto& [name, value] : memos) {
      if (name == key) return {"[" + value.text + "]"};
    }
    return {"[]"};
  }
};

/// A shell(…) of a script.
class Shell : public ProcessObserver {
 public:
  using Answer = std::function<void(Result<JsonText>)>;

  Shell(Context context, Answer answer)
      : context_(std::move(context)), answer_(std::move(answer)) {}

  /// `arguments` is [command, options]. A Problem when it cannot begin; no answer then.
  std::optional<Problem> start(const std::vector<JsonText>& arguments, const Guest& guest);
  void stop(Millis grace) { process_->stop(grace); }

  void on_output(Stream stream, std::string_view bytes) override;
  void on_exit(const Exit& exit) override;

 private:
  std::optional<Problem> read_options(const JsonText& options, JsonText& env, std::string& workdir);
  std::optional<Problem> read_command(const JsonText& what);
  void on_timeout();
  Result<JsonText> result(const Exit& exit) const;

  Context context_;
  Answer answer_;
  Command command_;
  bool check_ = false, timed_out_ = false, too_large_ = false;
  Millis timeout_{0};
  LoopEvent timeout_event_;
  std::string out_, err_;
  std::unique_ptr<Process> process_;
};

std::optional<Problem> Shell::read_command(const JsonText& what) {
  if (const auto script = string_of(what)) {
    command_.arguments = {"/bin/sh", "-eu", "-c", *script};
  } else if (const auto items = items_of(what); items && !items->empty()) {
    for (const JsonText& item : *items) command_.arguments.push_back(text_of(item));
  } else {
    return Problem{"it needs a command (a string) or a list of a program and its arguments", ""};
  }
  for (const std::string& argument : command_.arguments) {
    if (auto problem = check_passable("an argument", argument)) {
      return Problem{problem->message, "write it to a file with fs.write and pass the path"};
    }
  }
  return std::nullopt;
}

std::optional<Problem> Shell::read_options(const JsonText& options, JsonText& env,
                                           std::string& workdir) {
  const auto members = members_of(options);
  if (!members) {
    if (options.is_null() || options.text == "[]") return std::nullopt;
    return Problem{"the options must be a table, but are " + shown(options), ""};
  }
  for (const auto& [name, value] : *members) {
    if (name == "env") {
      auto all = members_of(env).value_or(std::vector<std::pair<std::string, JsonText>>{});
      const auto added = members_of(value);
      if (!added) return Problem{"env must be a table of variables", ""};
      for (const auto& variable : *added) {
        std::erase_if(all, [&](const auto& known) { return known.first == variable.first; });
        all.push_back(variable);
      }
      env = {"{"};
      for (const auto& [key, text] : all) {
        env.text += (env.text.size() > 1 ? "," : "") + json_quoted(key) + ":" + text.text;
      }
      env.text += "}";
    } else if (name == "workdir") {
      workdir = workdir_of(context_->job, text_of(value));
    } else if (name == "check") {
      check_ = value.text == "true";
    } else if (name == "timeout") {
      const auto span = parse_duration(text_of(value));
      if (!span) return Problem{"timeout: " + span.error().message, span.error().fix};
      timeout_ = span.value();
    } else {
      return Problem{"there is no option " + pawl::quoted(name),
                     "it has env, workdir, timeout, check"};
    }
  }
  return std::nullopt;
}

std::optional<Problem> Shell::start(const std::vector<JsonText>& arguments, const Guest& guest) {
  JsonText env = guest.env;
  command_.workdir = guest.workdir;
  command_.marker = marker_of(context_->job);
  if (auto problem = make_scratch(*context_)) return problem;
  if (auto problem = read_command(arguments.empty() ? JsonText{} : arguments[0])) return problem;
  if (arguments.size() > 1) {
    if (auto problem = read_options(arguments[1], env, command_.workdir)) return problem;
  }
  auto environment = environment_of(context_->job, env);
  if (!environment) return environment.error();
  command_.environment = std::move(environment).value();
  auto started = Process::start(context_->services().processes, command_, *this);
  if (!started) return started.error();
  process_ = std::move(started).value();
  if (timeout_.count() > 0) {
    timeout_event_ = new_event<&Shell::on_timeout>(context_->services().base, -1, 0, this);
    arm(timeout_event_, timeout_);
  }
  return std::nullopt;
}

void Shell::on_timeout() {
  timed_out_ = true;
  process_->stop(context_->worker.grace);
}

void Shell::on_output(Stream stream, std::string_view bytes) {
  if (stream == Stream::err) context_->reports.log(context_->job, stream, bytes);
  std::string& kept = stream == Stream::out ? out_ : err_;
  if (kept.size() + bytes.size() > shell_bytes_max) {
    too_large_ = true;
    process_->stop(context_->worker.grace);
  } else {
    kept += bytes;
  }
}

void Shell::on_exit(const Exit& exit) {
  timeout_event_.reset();
  answer_(result(exit));
}

Result<JsonText> Shell::result(const Exit& exit) const {
  if (timed_out_) return Problem{"timed out after " + format_duration(timeout_), ""};
  if (too_large_) {
    return Problem{"the command wrote more than " + format_size(shell_bytes_max),
                   "let it write to a file"};
  }
  if (exit.how == Exit::How::not_started || exit.how == Exit::How::refused) {
    return Problem{exit.why, ""};
  }
  if (exit.how == Exit::How::signalled) {
    return Problem{"the command was ended by " + signal_name(exit.number), ""};
  }
  if (check_ && exit.number != 0) {
    return Problem{"exit code " + std::to_string(exit.number) + ": " + err_.substr(0, 500), ""};
  }
  return JsonText{R"({"exit_code":)" + std::to_string(exit.number) + R"(,"stdout":)" +
                  json_quoted(out_) + R"(,"stderr":)" + json_quoted(err_) + "}"};
}

class LuaBody : public Body {
 public:
  explicit LuaBody(Context context) : context_(std::move(context)) {}
  ~LuaBody() override;
  LuaBody(const LuaBody&) = delete;
  LuaBody& operator=(const LuaBody&) = delete;

  std::optional<core::Failure> prepare(const scripting::Scope& scope) override;
  void start(BodyEvents events) override;
  void interrupt() override { guest_->stop = true; }
  void stop(Millis grace) override;

 private:
  void look();
  void resume(Result<JsonText> answer);
  void begin_shell();
  void begin_sleep();
  void begin_memo();
  void on_sleep_end() { resume(JsonText{}); }
  void abandon();
  void finish(BodyEnd end);

  Context context_;
  std::shared_ptr<Guest> guest_ = std::make_shared<Guest>();
  BodyEvents events_;
  bool stopping_ = false, slice_runs_ = false, over_ = false;
  std::unique_ptr<Shell> shell_;
  LoopEvent sleep_;
};

LuaBody::~LuaBody() {
  // Without a ticket nothing is run, but the last owner of the script is the pool.
  if (slice_runs_ || guest_->script) {
    context_->services().lua.submit(
        nullptr, [guest = std::move(guest_)] {}, nullptr);
  }
}

/// Runs the first slice at once: a script that never waits costs one hop to the pool and one back.
std::optional<core::Failure> LuaBody::prepare(const scripting::Scope& scope) {
  const Job& job = context_->job;
  Guest& guest = *guest_;
  if (const dsl::Template* given = dsl::workdir_of(*job.plan, job.step)) {
    auto workdir = evaluate_text(*job.plan, *given, scope);
    if (!workdir) return failure_of(core::FailureKind::expression, workdir.error().message);
    guest.workdir = workdir_of(job, workdir.value());
  } else {
    guest.workdir = job.folder;
  }
  guest.env = scope.values.at("env");
  guest.memos = job.memos;
  // Reported on the loop thread, where the events are set by then.
  const auto progress = [this](std::optional<double> fraction, std::optional<double> done,
                               std::optional<double> total, const std::string& message) {
    if (events_.progress) {
      events_.progress(fraction, done, total, message);
    } else {
      context_->reports.progress(context_->job, fraction, done, total, message);
    }
  };
  guest.host = std::make_shared<LuaHost>(context_, progress, guest.workdir);
  scripting::Caps caps = context_->worker.lua_caps;
  caps.stop = &guest.stop;
  const scripting::Script::Functions functions{
      {"shell", "sleep", "memo"}, LuaHost::step_calls(), {"fail"}};
  guest.script.emplace(caps, scope, functions, guest.host.get());
  guest.step = start_body(*guest.script, *context_);
  guest.go_on();
  return std::nullopt;
}

void LuaBody::start(BodyEvents events) {
  events_ = std::move(events);
  look();
}

/// What the slice that ended wants next.
void LuaBody::look() {
  scripting::Step& step = guest_->step;
  if (step.value) return finish(*std::move(step.value));
  if (step.error) return finish(failure_of(*step.error));
  if (step.decision) {
    const std::string why = text_of(step.decision->argument);
    return finish(failure_of(core::FailureKind::lua, why.empty() ? "fail() was called" : why));
  }
  if (stopping_) return abandon();
  if (step.await->what == "shell") return begin_shell();
  if (step.await->what == "sleep") return begin_sleep();
  begin_memo();
}

void LuaBody::resume(Result<JsonText> answer) {
  shell_.reset();
  if (stopping_) return abandon();
  slice_runs_ = true;
  context_->services().lua.submit(
      context_->ticket.lock(),
      [guest = guest_, answer = std::move(answer)] {
        guest->step = guest->script->resume(answer);
        guest->go_on();
      },
      [this] {
        slice_runs_ = false;
        look();
      });
}

void LuaBody::begin_shell() {
  const auto arguments = items_of(guest_->step.await->argument);
  shell_ = std::make_unique<Shell>(context_,
                                   [this](Result<JsonText> answer) { resume(std::move(answer)); });
  if (auto problem = shell_->start(arguments.value_or(std::vector<JsonText>{}), *guest_)) {
    resume(*std::move(problem));
  }
}

void LuaBody::begin_sleep() {
  const auto arguments = items_of(guest_->step.await->argument).value_or(std::vector<JsonText>{});
  const auto span = parse_duration(arguments.empty() ? "" : text_of(arguments[0]));
  if (!span) return resume(Problem{span.error().message, span.error().fix});
  if (!sleep_) sleep_ = new_event<&LuaBody::on_sleep_end>(context_->services().base, -1, 0, this);
  arm(sleep_, span.value());
}

/// The script goes on once the value is durable.
void LuaBody::begin_memo() {
  const auto arguments = items_of(guest_->step.await->argument).value_or(std::vector<JsonText>{});
  if (arguments.size() < 2) return resume(Problem{"it needs a key and a function", ""});
  const std::string key = text_of(arguments[0]);
  guest_->memos.emplace_back(key, arguments[1]);
  context_->reports.memo(context_->job, key, arguments[1],
                         [this, ticket = context_->ticket](bool stored) {
                           const auto wanted = ticket.lock();
                           if (!wanted || over_) return;
                           if (stored) return resume(JsonText{});
                           resume(Problem{"the value cannot be stored any more", ""});
                         });
}

void LuaBody::stop(Millis grace) {
  stopping_ = true;
  if (slice_runs_) return interrupt();
  if (over_) return;
  if (shell_) return shell_->stop(grace);
  sleep_.reset();
  abandon();
}

/// Ends a script that waits; its to-be-closed variables run on the pool.
void LuaBody::abandon() {
  slice_runs_ = true;
  guest_->stop = false;
  context_->services().lua.submit(
      context_->ticket.lock(),
      [guest = guest_] {
        guest->script->cancel();
        guest->script.reset();
      },
      [this] { finish(JsonText{}); });
}

void LuaBody::finish(BodyEnd end) {
  if (over_) return;
  over_ = true;
  events_.ended(std::move(end));
}

}  // namespace

std::shared_ptr<Body> make_lua_body(const Context& context) {
  return std::make_shared<LuaBody>(context);
}

}  // namespace pawl::steps
