#include "settings/keys.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"

namespace pawl::settings {
namespace {

constexpr std::int64_t second = 1000, minute = 60 * second;

constexpr auto table = std::to_array<Key>({
    {"home", "PAWL_HOME", Type::text, "", "where this user's private PostgreSQL and logs are", "",
     0, 0, true},
    {"database.url", "PAWL_DATABASE_URL", Type::text, "",
     "the PostgreSQL to use; the private one of this user without"},
    {"worker.slots", "PAWL_WORKER_SLOTS", Type::whole, "",
     "steps at once; four for each core without", "", 1, 100'000},
    {"worker.queues", "PAWL_WORKER_QUEUES", Type::names, "default", "queues that a worker serves"},
    {"worker.lease", "PAWL_WORKER_LEASE", Type::duration, "15s",
     "silent so long, others take over its runs", "", second, 10 * minute},
    {"worker.idle_exit", "PAWL_WORKER_IDLE_EXIT", Type::duration, "",
     "leave after so long without a run; stay without", "", second},
    {"ui.color", "PAWL_UI_COLOR", Type::choice, "auto", "colours", "auto always never"},
    {"ui.ascii", "PAWL_UI_ASCII", Type::boolean, "false", "no characters of ours outside ASCII"},
    {"ui.plain", "PAWL_UI_PLAIN", Type::boolean, "false", "lines only: nothing is drawn twice"},
    {"ui.tail", "PAWL_UI_TAIL", Type::whole, "3", "lines of output under a running step", "", 0,
     100},
    {"ui.rows", "PAWL_UI_ROWS", Type::whole, "",
     "rows of the live tree; 60 % of the terminal's without", "", 6, 200},
    {"ui.keys", "PAWL_UI_KEYS", Type::boolean, "true", "the live tree listens to keys"},
    {"ui.title", "PAWL_UI_TITLE", Type::boolean, "true", "progress in the terminal's title"},
});

constexpr std::string_view later[] = {
    "namespace",     "worker.name", "worker.labels", "worker.drain_timeout",
    "worker.run_as", "queues",      "recovery",      "durability",
    "pressure",      "retention",   "limits",        "policy",
    "llm",           "mcp",         "notify",        "secrets",
    "artifacts",     "server",      "telemetry",
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::vector<std::string_view> words_of(std::string_view text, char separator) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    words.push_back(trimmed(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string bounds_of(const Key& key) {
  const auto told = [&](std::int64_t value) {
    return key.type == Type::duration ? format_duration(Millis{value}) : std::to_string(value);
  };
  return key.most == 0 ? told(key.least) + " or more"
                       : "from " + told(key.least) + " to " + told(key.most);
}

Result<std::string> within(const Key& key, std::int64_t value, std::string text) {
  if (value >= key.least && (key.most == 0 || value <= key.most)) return text;
  return Problem{quoted(text) + " is out of bounds", "write " + bounds_of(key)};
}

Result<std::string> whole(const Key& key, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) {
    return Problem{quoted(text) + " is not a whole number", "write " + bounds_of(key)};
  }
  return within(key, value, std::to_string(value));
}

Result<std::string> duration(const Key& key, std::string_view text) {
  const Result<Millis> span = parse_duration(text);
  if (!span) return span.error();
  return within(key, span.value().count(), std::string(text));
}

Result<std::string> one_of(std::string_view choices, std::string_view text) {
  const auto words = words_of(choices, ' ');
  if (std::ranges::find(words, text) != words.end()) return std::string(text);
  std::string list;
  for (const std::string_view word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  return Problem{quoted(text) + " is none of its words", "write one of: " + list};
}

Result<std::string> names(std::string_view text) {
  std::string list;
  for (const std::string_view word : words_of(text, ',')) {
    if (word.empty()) return Problem{"a name in " + quoted(text) + " is empty", "write a,b"};
    list += (list.empty() ? "" : ",") + std::string(word);
  }
  if (list.empty()) return Problem{"there is no name", "write at least one"};
  return list;
}

}  // namespace

std::span<const Key> keys() { return table; }

const Key* find_key(std::string_view name) {
  const auto found = std::ranges::find(table, name, &Key::name);
  return found == table.end() ? nullptr : &*found;
}

bool is_for_later(std::string_view name) {
  return std::ranges::find(later, name) != std::end(later);
}

Result<std::string> normalized(const Key& key, std::string_view text) {
  text = trimmed(text);
  switch (key.type) {
    case Type::text:
      return std::string(text);
    case Type::whole:
      return whole(key, text);
    case Type::duration:
      return duration(key, text);
    case Type::boolean:
      return one_of("true false", text == "1" ? "true" : text == "0" ? "false" : text);
    case Type::choice:
      return one_of(key.choices, text);
    case Type::names:
      return names(text);
  }
  return Problem{"a setting of an unknown type", ""};
}

std::string_view nearest(std::string_view name) {
  std::vector<std::string_view> known;
  for (const Key& key : table) {
    if (key.only_variable) continue;
    known.push_back(key.name);
    // Who wrote "slots" at the top meant "worker.slots".
    if (key.name.substr(key.name.find('.') + 1) == name) return key.name;
  }
  return closest(name, known);
}

std::string without_password(std::string_view url) {
  std::string shown(url);
  if (const std::size_t scheme = shown.find("://"); scheme != std::string::npos) {
    const std::size_t begin = scheme + 3;
    const std::size_t host = shown.find('@', begin);
    const std::size_t colon = shown.find(':', begin);
    if (host != std::string::npos && colon < host) shown.replace(colon + 1, host - colon - 1, "…");
  }
  // Both forms, "…?password=x&…" and "host=db1 password=x": to the end of the word.
  for (std::size_t at = 0; (at = shown.find("password=", at)) != std::string::npos;) {
    at += std::string_view("password=").size();
    const bool is_quoted = at < shown.size() && shown[at] == '\'';
    const std::size_t end = is_quoted ? shown.find('\'', at + 1) : shown.find_first_of(" &", at);
    shown.replace(at, std::min(end, shown.size()) - at + (is_quoted && end < shown.size() ? 1 : 0),
                  "…");
  }
  return shown;
}

}  // namespace pawl::settings
