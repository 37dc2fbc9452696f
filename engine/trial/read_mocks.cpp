#include "trial/read_mocks.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.hpp"
#include "dsl/read_values.hpp"
#include "dsl/yaml_values.hpp"

namespace pawl::trial {

using dsl::Entry;
using dsl::NodeId;
using dsl::NodeKind;

std::vector<Entry> known_entries(TestFront& front, NodeId map,
                                 std::span<const std::string_view> known) {
  std::vector<Entry> entries;
  for (const Entry& entry : front.dsl.tree.entries(map)) {
    const std::string_view key = front.dsl.tree.text(entry.key);
    if (std::ranges::find(known, key) != known.end()) {
      entries.push_back(entry);
      continue;
    }
    const std::string_view near = closest(key, known);
    front.dsl.error(entry.key, "unknown-key", "unknown key " + pawl::quoted(key),
                    near.empty() ? "there are: " + dsl::list_of(known, "and")
                                 : "did you mean " + pawl::quoted(near) + "?");
  }
  return entries;
}

std::vector<Entry> known_entries(TestFront& front, Entry entry,
                                 std::span<const std::string_view> known) {
  const std::string fix = "its keys are: " + dsl::list_of(known, "and");
  if (!dsl::expect_map(front.dsl, entry, fix)) return {};
  return known_entries(front, entry.value, known);
}

std::optional<JsonText> read_json(TestFront& front, NodeId at) {
  JsonText value;
  const auto problem = dsl::to_json(front.dsl.tree, at, value);
  if (!problem) return value;
  front.dsl.error(problem->at, "wrong-type", problem->problem.message, problem->problem.fix);
  return std::nullopt;
}

StepId read_step_path(TestFront& front, NodeId at, StepPath& path) {
  const std::string text = front.dsl.text(at);
  const auto parsed = parse_step_path(text);
  if (!parsed) {
    front.dsl.error(at, "unknown-step", pawl::quoted(text) + " is no path of a step",
                    "write for example build, build.compile, sign[\"eu\"] or poll#3");
    return dsl::no_step;
  }
  path = *parsed;
  const std::string wanted = path_in_file(path);
  const auto find = [&](std::string_view step) {
    const auto found = std::find(front.paths.begin() + 1, front.paths.end(), step);
    const bool is_there = found != front.paths.end();
    return is_there ? StepId{static_cast<std::int32_t>(found - front.paths.begin())} : dsl::no_step;
  };
  if (const StepId found = find(wanted); found != dsl::no_step) return found;
  constexpr std::string_view undo = "undo.";
  if (wanted.starts_with(undo)) {
    const StepId undone = find(std::string_view(wanted).substr(undo.size()));
    if (undone != dsl::no_step && front.plan.step(undone).undo) return undone;
  }
  const std::vector<std::string_view> known(front.paths.begin() + 1, front.paths.end());
  const std::string_view near = closest(wanted, known);
  front.dsl.error(at, "unknown-step", "the workflow has no step " + pawl::quoted(wanted),
                  near.empty() ? "" : "did you mean " + pawl::quoted(near) + "?");
  return dsl::no_step;
}

std::string actor_of(const std::string& name) {
  return name.find(':') == name.npos ? "user:" + name : name;
}

std::optional<core::FailureKind> read_failure_kind(TestFront& front, Entry entry) {
  std::vector<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(core::FailureKind::cancelled); ++i) {
    words.push_back(core::name_of(static_cast<core::FailureKind>(i)));
  }
  const auto found = dsl::read_choice(front.dsl, entry, words);
  if (!found) return std::nullopt;
  return static_cast<core::FailureKind>(*found);
}

namespace {

constexpr std::array attempt_keys = {std::string_view("output"), std::string_view("error"),
                                     std::string_view("takes")};
constexpr std::array error_keys = {std::string_view("kind"), std::string_view("message"),
                                   std::string_view("exit_code")};
constexpr std::array decision_keys = {std::string_view("decision"), std::string_view("by"),
                                      std::string_view("after"), std::string_view("comment"),
                                      std::string_view("form")};
constexpr std::array reply_keys = {std::string_view("payload"), std::string_view("after")};

/// Reads what stands for one step.
class MockReader {
 public:
  MockReader(TestFront& front, Entry entry, StepId id)
      : front_(front), entry_(entry), step_(front.plan.step(id)), id_(id) {}

  void read(StepMock& mock) {
    switch (step_.kind) {
      case dsl::Kind::run:
      case dsl::Kind::lua:
      case dsl::Kind::uses:
        return each([&](NodeId at) { mock.attempts.push_back(read_attempt(at)); });
      case dsl::Kind::approval:
        return each([&](NodeId at) { mock.decisions.push_back(read_decision(at)); });
      case dsl::Kind::wait:
        if (std::get<dsl::WaitSpec>(step_.spec).signal) {
          return each([&](NodeId at) { mock.replies.push_back(read_reply(at)); });
        }
        return refuse("waits for a time, which passes by itself in a test", "leave it out");
      case dsl::Kind::steps:
        return refuse("is a block of steps, which run in a test", "mock " + steps_inside());
    }
  }

 private:
  void refuse(const std::string& why, const std::string& fix) {
    front_.dsl.error(entry_.key, "wrong-type", pawl::quoted(path()) + " " + why, fix);
  }

  const std::string& path() const { return front_.paths[static_cast<std::size_t>(id_.value)]; }

  /// "a.b, a.c": what can be mocked in the block.
  std::string steps_inside() const {
    std::string names;
    for (std::size_t i = 1; i < front_.paths.size(); ++i) {
      if (front_.paths[i].starts_with(path() + ".") &&
          front_.plan.steps[i].kind != dsl::Kind::steps) {
        names += (names.empty() ? "" : ", ") + front_.paths[i];
      }
    }
    return names;
  }

  /// One map, or a list of them.
  template <class Read>
  void each(Read read) {
    const dsl::Tree& tree = front_.dsl.tree;
    if (tree.kind(entry_.value) != NodeKind::list) return read(entry_.value);
    if (tree.count(entry_.value) == 0) {
      return dsl::report_type(front_.dsl, entry_, "a map or a list of maps", "write '{}'");
    }
    for (const NodeId item : tree.items(entry_.value)) read(item);
  }

  /// The entries of a map at `at`; nothing written is an empty one.
  std::vector<Entry> entries(NodeId at, std::span<const std::string_view> known) {
    if (front_.dsl.tree.kind(at) == NodeKind::null) return {};
    return known_entries(front_, Entry{entry_.key, at}, known);
  }

  AttemptMock read_attempt(NodeId at) {
    AttemptMock mock;
    mock.at = front_.dsl.tree.span(at);
    for (const Entry& entry : entries(at, attempt_keys)) {
      const std::string_view key = front_.dsl.tree.text(entry.key);
      if (key == "output") mock.output = read_output(entry);
      if (key == "error") mock.error = read_error(entry);
      if (key == "takes") mock.takes = dsl::read_duration(front_.dsl, entry).value_or(Millis{0});
    }
    if (mock.output && mock.error) {
      front_.dsl.error(at, "wrong-type", "'output' and 'error' stand side by side",
                       "an attempt ends in one way; write a list for several attempts");
    }
    return mock;
  }

  /// Of the type that the step's `output` gives.
  std::optional<JsonText> read_output(Entry entry) {
    using Format = dsl::OutputFormat;
    const dsl::Tree& tree = front_.dsl.tree;
    const Format format = step_.kind == dsl::Kind::run ? step_.settings->output : Format::reported;
    const dsl::ValueType type = dsl::type_of(tree, entry.value);
    if (format == Format::text && type != dsl::ValueType::text) {
      dsl::report_type(front_.dsl, entry, "a text",
                       "the step says 'output: text'; put it in quotes");
    }
    const auto is_text = [&](NodeId item) {
      return dsl::type_of(tree, item) == dsl::ValueType::text;
    };
    if (format == Format::lines &&
        (type != dsl::ValueType::list || !std::ranges::all_of(tree.items(entry.value), is_text))) {
      dsl::report_type(front_.dsl, entry, "a list of texts", "the step says 'output: lines'");
    }
    return read_json(front_, entry.value);
  }

  core::Failure read_error(Entry entry) {
    core::Failure failure;
    std::optional<std::int64_t> code;
    if (front_.dsl.tree.kind(entry.value) == NodeKind::scalar) {
      failure.message = front_.dsl.text(entry.value);
    } else {
      for (const Entry& one : known_entries(front_, entry, error_keys)) {
        const std::string_view key = front_.dsl.tree.text(one.key);
        if (key == "kind") {
          failure.kind = read_failure_kind(front_, one).value_or(core::FailureKind::exit);
        }
        if (key == "message") failure.message = dsl::read_text(front_.dsl, one).value_or("");
        if (key == "exit_code") code = dsl::read_integer(front_.dsl, one, 0, 255);
      }
    }
    const bool is_script = step_.kind == dsl::Kind::lua || step_.kind == dsl::Kind::uses;
    if (is_script && failure.kind == core::FailureKind::exit) {
      failure.kind = core::FailureKind::lua;
    }
    if (failure.kind == core::FailureKind::exit)
      failure.exit_code = static_cast<int>(code.value_or(1));
    if (failure.message.empty()) {
      failure.message = failure.exit_code ? "exit code " + std::to_string(*failure.exit_code)
                                          : "mocked: " + std::string(core::name_of(failure.kind));
    }
    return failure;
  }

  DecisionMock read_decision(NodeId at) {
    DecisionMock mock;
    mock.at = front_.dsl.tree.span(at);
    mock.by = "user:approver";
    bool is_decided = false;
    for (const Entry& entry : entries(at, decision_keys)) {
      const std::string_view key = front_.dsl.tree.text(entry.key);
      if (key == "decision") is_decided = true, read_word(entry, mock);
      if (key == "by") mock.by = actor_of(dsl::read_text(front_.dsl, entry).value_or(""));
      if (key == "after") mock.after = dsl::read_duration(front_.dsl, entry).value_or(Millis{0});
      if (key == "comment") mock.comment = dsl::read_text(front_.dsl, entry).value_or("");
      if (key == "form" && dsl::expect_map(front_.dsl, entry, "write 'form: {FIELD: VALUE}'")) {
        mock.form = read_json(front_, entry.value).value_or(JsonText{"{}"});
      }
    }
    if (!is_decided) {
      front_.dsl.error(
          at, "wrong-type", "nothing says how " + pawl::quoted(path()) + " is decided",
          "write 'decision: " + std::string(words().front()) + "'; without a mock nobody decides");
    }
    return mock;
  }

  std::vector<std::string_view> words() const {
    const auto& options = std::get<dsl::ApprovalSpec>(step_.spec).options;
    std::vector<std::string_view> all(options.begin(), options.end());
    if (all.empty()) all.emplace_back("approve");
    all.emplace_back("reject");
    return all;
  }

  void read_word(Entry entry, DecisionMock& mock) {
    const std::vector<std::string_view> all = words();
    const auto chosen = dsl::read_choice(front_.dsl, entry, all);
    if (!chosen) return;
    mock.approve = *chosen + 1 < all.size();
    const bool has_options = !std::get<dsl::ApprovalSpec>(step_.spec).options.empty();
    if (mock.approve && has_options) mock.option = all[*chosen];
  }

  ReplyMock read_reply(NodeId at) {
    ReplyMock mock;
    mock.at = front_.dsl.tree.span(at);
    for (const Entry& entry : entries(at, reply_keys)) {
      const std::string_view key = front_.dsl.tree.text(entry.key);
      if (key == "payload") mock.payload = read_json(front_, entry.value).value_or(JsonText{});
      if (key == "after") mock.after = dsl::read_duration(front_.dsl, entry).value_or(Millis{0});
    }
    return mock;
  }

  TestFront& front_;
  Entry entry_;
  const dsl::Step& step_;
  StepId id_;
};

}  // namespace

std::vector<StepMock> read_mocks(TestFront& front, Entry entry) {
  std::vector<StepMock> mocks;
  if (!dsl::expect_map(front.dsl, entry, "write 'mock: {STEP: {output: VALUE}}'")) return mocks;
  for (const Entry& one : front.dsl.tree.entries(entry.value)) {
    StepMock& mock = mocks.emplace_back();
    const StepId step = read_step_path(front, one.key, mock.path);
    if (step != dsl::no_step) MockReader(front, one, step).read(mock);
  }
  return mocks;
}

}  // namespace pawl::trial
