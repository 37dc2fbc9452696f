#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "steps/kinds.hpp"
#include "world.hpp"

/// Attempts of one step, run for real, and what they report.
namespace pawl::steps {

inline dsl::Template template_of(const std::string& text, bool is_code = false) {
  dsl::Template made;
  made.pieces = {{text, {7, 3}, is_code}};
  made.whole = is_code;
  return made;
}

/// A plan with one step, made by hand: what the compiler would make of a short file.
struct StepUnderTest {
  dsl::Plan plan;
  dsl::Settings settings;
  dsl::Hooks hooks;
  dsl::Step step;

  StepUnderTest() {
    plan.file = "nightly.yaml";
    plan.name = "nightly";
    step.parent = StepId{0};
    step.id = "work";
    step.at = {7, 3};
  }
  static StepUnderTest script(const std::string& text) {
    StepUnderTest made;
    made.step.kind = dsl::Kind::run;
    made.step.spec = dsl::RunSpec{template_of(text), {}, {}};
    return made;
  }
  static StepUnderTest arguments(const std::vector<std::string>& words) {
    StepUnderTest made;
    made.step.kind = dsl::Kind::run;
    dsl::RunSpec spec;
    for (const std::string& word : words) spec.arguments.push_back(template_of(word));
    made.step.spec = spec;
    return made;
  }
  static StepUnderTest lua(const std::string& text) {
    StepUnderTest made;
    made.step.kind = dsl::Kind::lua;
    made.step.spec = dsl::LuaSpec{{text, {7, 3}}};
    return made;
  }
  dsl::RunSpec& run_spec() { return std::get<dsl::RunSpec>(step.spec); }

  std::shared_ptr<const dsl::Plan> make() const {
    auto made = std::make_shared<dsl::Plan>(plan);
    dsl::Step root;
    root.spec = dsl::BlockSpec{{StepId{1}}, false, false};
    root.settings = std::make_shared<dsl::Settings>();
    dsl::Step copy = step;
    copy.settings = std::make_shared<dsl::Settings>(settings);
    copy.hooks = std::make_shared<dsl::Hooks>(hooks);
    const bool has_hooks = hooks.before || hooks.after || hooks.on_progress || hooks.on_retry ||
                           hooks.on_error || hooks.on_cancel;
    if (!has_hooks) copy.hooks = nullptr;
    made->steps = {root, copy};
    return made;
  }
};

struct Heard : Reports {
  std::string out, err, talk;  ///< `talk`: progress, checkpoints, memos, comments, in order.
  std::size_t bytes = 0;
  bool keep = true;
  bool store_memos = true;
  std::optional<core::Outcome> outcome;
  int ends = 0;

  void log(const Job&, Stream stream, std::string_view text) override {
    bytes += text.size();
    if (keep) (stream == Stream::out ? out : err) += text;
  }
  void progress(const Job&, std::optional<double> fraction, std::optional<double> done,
                std::optional<double> total, const std::string& message) override {
    const auto number = [](std::optional<double> value) {
      return value ? std::to_string(*value).substr(0, 4) : "-";
    };
    talk += "progress " + number(fraction) + " " + number(done) + "/" + number(total) + " " +
            message + "\n";
  }
  void checkpoint(const Job&, JsonText value) override {
    talk += "checkpoint " + value.text + "\n";
  }
  void memo(const Job&, const std::string& key, JsonText value,
            std::function<void(bool)> stored) override {
    talk += "memo " + key + "=" + value.text + "\n";
    stored(store_memos);
  }
  void comment(const Job&, const std::string& kind, const std::string& text) override {
    talk += "comment " + kind + ":" + text + "\n";
  }
  void ended(const Job&, core::Outcome what) override {
    outcome = std::move(what);
    ++ends;
  }
};

struct AttemptWorld {
  explicit AttemptWorld(StepSettings settings = {})
      : services(loop.get(), helper_path(), folder.file("groups"), settings) {
    job.run = RunId{77};
    job.run_number = 5;
    job.workflow = "nightly";
    job.inst = InstId{1};
    job.attempt = 1;
    job.step = StepId{1};
    job.path = "work";
    job.folder = folder.path;
    job.scratch = folder.file("scratch");
    job.idempotency_key = "0123456789abcdef0123456789abcdef";
    job.now = TimePoint{std::chrono::hours{12}};
    job.run_started = TimePoint{std::chrono::hours{11}};
    job.inputs = {R"({"day":"2026-11-21","rows":[1,2,"a b"]})"};
    job.env = {R"({"REGION":"eu"})"};
  }

  void start(const StepUnderTest& step) {
    job.plan = step.make();
    attempt = start_attempt(job, heard, services);
    CHECK(heard.ends == 0);
  }
  void finish() {
    loop.run_until([&] { return heard.ends > 0; });
    attempt.reset();
  }
  void run(const StepUnderTest& step) {
    start(step);
    finish();
  }
  void run_until_heard(const std::string& text) {
    loop.run_until([&] { return (heard.out + heard.err + heard.talk).find(text) != text.npos; });
  }

  /// The outcome in a line: "succeeded 5", "failed exit(3): …", "skipped: …", "cancelled".
  std::string outcome() const {
    if (!heard.outcome) return "not ended";
    if (const auto* good = std::get_if<core::Succeeded>(&*heard.outcome)) {
      return "succeeded " + good->output.text;
    }
    if (const auto* failed = std::get_if<core::Failed>(&*heard.outcome)) {
      const core::Failure& failure = failed->failure;
      return "failed " + std::string(core::name_of(failure.kind)) +
             (failure.exit_code ? "(" + std::to_string(*failure.exit_code) + ")" : "") + ": " +
             failure.message + decision_of(*failed);
    }
    if (const auto* skipped = std::get_if<core::Skipped>(&*heard.outcome)) {
      return "skipped: " + skipped->why;
    }
    return std::get<core::Stopped>(*heard.outcome).released ? "released" : "cancelled";
  }

  TemporaryFolder folder;
  LoopBase loop;
  Services services;
  Heard heard;
  Job job;
  std::unique_ptr<Attempt> attempt;

 private:
  static std::string decision_of(const core::Failed& failed) {
    using What = core::Failed::Decision::What;
    if (!failed.decision) return "";
    switch (failed.decision->what) {
      case What::retry:
        return " [retry" +
               (failed.decision->delay ? " " + std::to_string(failed.decision->delay->count())
                                       : "") +
               "]";
      case What::ignore:
        return " [ignore " + failed.decision->output.text + "]";
      case What::pause:
        return " [pause " + failed.decision->why + "]";
    }
    return "";
  }
};

}  // namespace pawl::steps
