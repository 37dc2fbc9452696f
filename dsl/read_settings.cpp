#include "dsl/read_settings.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <sstream>

#include "base/text.hpp"
#include "dsl/keys.hpp"
#include "dsl/read_code.hpp"
#include "dsl/read_values.hpp"
#include "dsl/yaml_values.hpp"

namespace pawl::dsl {

namespace {

using namespace std::string_view_literals;

constexpr std::int64_t attempts_max = 1'000'000;

constexpr std::array backoffs = {Spelled<Backoff>{"constant", Backoff::constant},
                                 Spelled<Backoff>{"linear", Backoff::linear},
                                 Spelled<Backoff>{"exponential", Backoff::exponential}};
constexpr std::array shells = {Spelled<Shell>{"sh", Shell::sh},
                               Spelled<Shell>{"bash", Shell::bash}};
constexpr std::array outputs = {Spelled<OutputFormat>{"text", OutputFormat::text},
                                Spelled<OutputFormat>{"json", OutputFormat::json},
                                Spelled<OutputFormat>{"lines", OutputFormat::lines}};
constexpr std::array answers = {Spelled<OnError>{"fail", OnError::fail},
                                Spelled<OnError>{"continue", OnError::resume},
                                Spelled<OnError>{"pause", OnError::pause}};
constexpr std::array effects_words = {Spelled<Effects>{"none", Effects::none},
                                      Spelled<Effects>{"idempotent", Effects::idempotent},
                                      Spelled<Effects>{"once", Effects::once}};
// Keys that say how a process runs, which a Lua step and an action are none.
constexpr std::array run_only = {"shell"sv, "output"sv, "success_codes"sv};

CodeScope retry_scope(StepId step, ReadMeaning steps) {
  CodeScope scope;
  scope.reader = step;
  scope.steps = steps;
  scope.error = true;
  if (step == no_step) {
    scope.steps = ReadMeaning::forbidden;
    scope.place = "'defaults'";
  }
  return scope;
}

/// Text that is equal for equal settings and no others.
std::string key_of(const Settings& settings) {
  const Retry& retry = settings.retry;
  std::ostringstream key;
  key.precision(17);
  key << retry.max_attempts << ' ' << retry.delay.count() << ' ' << static_cast<int>(retry.backoff)
      << ' ' << retry.factor << ' ' << retry.max_delay.count() << ' ' << retry.jitter << ' '
      << settings.timeout.count() << ' ' << settings.deadline.count() << ' '
      << settings.heartbeat.count() << ' ' << static_cast<int>(settings.shell) << ' '
      << static_cast<int>(settings.output) << ' ' << static_cast<int>(settings.on_error) << ' '
      << settings.lost_max << ' ' << settings.weight << ' ' << static_cast<int>(settings.effects);
  for (const std::int32_t code : settings.success_codes) key << ',' << code;
  if (retry.when) {
    key << ' ' << retry.when->at.line << ':' << retry.when->at.column << ' ' << retry.when->text;
  }
  return key.str();
}

}  // namespace

SettingsReader::SettingsReader(Front& front) : front_(front) {
  run_shared_ = plain();
  lua_shared_ = run_shared_;
}

std::shared_ptr<const Settings> SettingsReader::share(const Settings& settings) {
  auto& known = known_[key_of(settings)];
  if (!known) known = std::make_shared<const Settings>(settings);
  return known;
}

void SettingsReader::read_defaults(Entry entry) {
  if (!expect_map(front_, entry, "write 'defaults: {timeout: 10m, retry: 3}'")) return;
  const std::vector<Entry> entries = checked_entries(front_, entry.value, KeyPlace::defaults);
  read_common(run_defaults_, entries, no_step);
  lua_defaults_ = uses_defaults_ = run_defaults_;
  for (const Entry& one : entries) {
    if (front_.tree.text(one.key) != "kinds") continue;
    if (!expect_map(front_, one, "write 'kinds: {run: {timeout: 1h}}'")) continue;
    for (const Entry& kind : front_.tree.entries(one.value)) {
      const std::string_view name = front_.tree.text(kind.key);
      Settings* defaults = name == "run"    ? &run_defaults_
                           : name == "lua"  ? &lua_defaults_
                           : name == "uses" ? &uses_defaults_
                                            : nullptr;
      if (defaults == nullptr) {
        const bool later = is_later_kind(name);
        front_.error(kind.key, later ? "not-available" : "unknown-key",
                     later ? quoted(name) + " is not available in this version"
                           : "'kinds' has no kind " + quoted(name),
                     "the kinds with defaults are run, lua and uses");
        continue;
      }
      if (!expect_map(front_, kind, "write '" + std::string(name) + ": {timeout: 1h}'")) continue;
      const std::vector<Entry> own = checked_entries(front_, kind.value, KeyPlace::defaults);
      for (const Entry& it : own) {
        if (front_.tree.text(it.key) != "kinds") continue;
        front_.error(it.key, "wrong-kind", "'kinds' stands inside of 'kinds'",
                     "write 'timeout' or 'retry' for the kind " + quoted(name));
      }
      read_common(*defaults, own, no_step);
    }
  }
  run_shared_ = share(run_defaults_);
  lua_shared_ = share(lua_defaults_);
}

std::shared_ptr<const Settings> SettingsReader::read(const std::vector<Entry>& entries, Kind kind,
                                                     StepId step, ReadMeaning reads) {
  reads_ = reads;
  Settings settings;
  if (kind == Kind::run) settings = run_defaults_;
  if (kind == Kind::lua) settings = lua_defaults_;
  if (kind == Kind::uses) settings = uses_defaults_;
  bool is_plain = true;
  for (const Entry& entry : entries) {
    const std::string_view key = front_.tree.text(entry.key);
    if ((kind == Kind::lua || kind == Kind::uses) &&
        std::ranges::find(run_only, key) != run_only.end()) {
      front_.error(entry.key, "wrong-kind", quoted(key) + " belongs to steps of the kind 'run'",
                   key != "output"     ? "remove it"
                   : kind == Kind::lua ? "remove it: the output is what the block returns"
                                       : "remove it: the output is what the action returns");
      continue;
    }
    if (read_one(settings, entry, key, step)) is_plain = false;
  }
  check_once(settings, entries);
  if (is_plain && kind == Kind::run) return run_shared_;
  if (is_plain && kind == Kind::lua) return lua_shared_;
  return share(settings);
}

void SettingsReader::read_common(Settings& settings, const std::vector<Entry>& entries,
                                 StepId step) {
  for (const Entry& entry : entries) {
    read_one(settings, entry, front_.tree.text(entry.key), step);
  }
}

bool SettingsReader::read_one(Settings& settings, Entry entry, std::string_view key, StepId step) {
  if (key == "timeout" || key == "deadline" || key == "heartbeat") {
    Millis& field = key == "timeout"    ? settings.timeout
                    : key == "deadline" ? settings.deadline
                                        : settings.heartbeat;
    const auto value = read_duration(front_, entry);
    if (!value) return true;
    field = *value;
    if (field == Millis{0}) {
      front_.error(entry.value, "duration",
                   "a " + std::string(key) + " of 0 would end every attempt at once",
                   "write a longer duration");
    }
  } else if (key == "retry") {
    read_retry(settings, entry, step);
  } else if (key == "shell") {
    if (const auto value =
            read_choice(front_, entry, shells,
                        "another interpreter is a program: write 'run: [python3, file.py]'")) {
      settings.shell = *value;
    }
  } else if (key == "output") {
    if (const auto value = read_choice(front_, entry, outputs)) settings.output = *value;
  } else if (key == "on_error") {
    if (const auto value = read_choice(front_, entry, answers)) settings.on_error = *value;
  } else if (key == "success_codes") {
    read_success_codes(settings, entry);
  } else if (key == "lost_max") {
    if (const auto value = read_integer(front_, entry, 1, attempts_max)) {
      settings.lost_max = static_cast<std::int32_t>(*value);
    }
  } else if (key == "effects") {
    if (const auto value = read_choice(front_, entry, effects_words)) settings.effects = *value;
  } else if (key == "weight") {
    if (const auto value = read_number(front_, entry, 0)) settings.weight = *value;
  } else {
    return false;
  }
  return true;
}

void SettingsReader::read_retry(Settings& settings, Entry entry, StepId step) {
  Retry& retry = settings.retry;
  if (front_.tree.kind(entry.value) != NodeKind::map) {
    const auto count = as_integer(front_.tree, entry.value);
    if (count && *count >= 1 && *count <= attempts_max) {
      retry.max_attempts = static_cast<std::int32_t>(*count);
    } else {
      report_type(front_, entry, "a number of attempts from 1 on, or a map",
                  "write 'retry: 3' or 'retry: {max_attempts: 3, delay: 2s}'");
    }
    return;
  }
  for (const Entry& one : checked_entries(front_, entry.value, KeyPlace::retry)) {
    const std::string_view key = front_.tree.text(one.key);
    if (key == "max_attempts") {
      if (const auto value = read_integer(front_, one, 1, attempts_max)) {
        retry.max_attempts = static_cast<std::int32_t>(*value);
      }
    } else if (key == "delay") {
      if (const auto value = read_duration(front_, one)) retry.delay = *value;
    } else if (key == "max_delay") {
      if (const auto value = read_duration(front_, one)) retry.max_delay = *value;
    } else if (key == "backoff") {
      if (const auto value = read_choice(front_, one, backoffs)) retry.backoff = *value;
    } else if (key == "factor") {
      if (const auto value = read_number(front_, one, 1)) retry.factor = *value;
    } else if (key == "jitter") {
      if (const auto value = read_boolean(front_, one)) retry.jitter = *value;
    } else if (key == "when") {
      if (auto value = read_expression(front_, one, retry_scope(step, reads_))) {
        retry.when = std::move(*value);
      }
    }
  }
}

/// What happens once is not retried: a failed attempt may have done it.
void SettingsReader::check_once(Settings& settings, const std::vector<Entry>& entries) {
  const bool is_once = settings.effects == Effects::once;
  if (is_once) settings.retry = {};
  for (const Entry& entry : entries) {
    const std::string_view key = front_.tree.text(entry.key);
    if (is_once && key == "retry") {
      front_.error(entry.key, "effects",
                   "a step with 'effects: once' is not retried: a failed attempt may have done it",
                   "remove 'retry', or let a hook 'on_error' decide with retry{…}");
    }
    if (!is_once && key == "verify") {
      front_.error(entry.key, "effects",
                   "'verify' is asked when a step with 'effects: once' was interrupted",
                   "add 'effects: once', or remove 'verify': other steps just run again");
    }
  }
}

void SettingsReader::read_success_codes(Settings& settings, Entry entry) {
  std::vector<std::int32_t> codes;
  const bool is_list = front_.tree.kind(entry.value) == NodeKind::list;
  const std::vector<NodeId> items =
      is_list ? front_.tree.items(entry.value) : std::vector<NodeId>{entry.value};
  for (const NodeId item : items) {
    const auto code = as_integer(front_.tree, item);
    if (!code || *code < 0 || *code > 255) {
      report_type(front_, {entry.key, item}, "exit codes from 0 to 255",
                  "write 'success_codes: [0, 3]'");
      return;
    }
    codes.push_back(static_cast<std::int32_t>(*code));
  }
  if (codes.empty()) {
    report_type(front_, entry, "at least one exit code", "write 'success_codes: [0]'");
    return;
  }
  settings.success_codes = std::move(codes);
}

}  // namespace pawl::dsl
