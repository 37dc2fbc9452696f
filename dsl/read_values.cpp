#include "dsl/read_values.hpp"

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "base/units.hpp"
#include "dsl/yaml_values.hpp"

namespace pawl::dsl {

namespace {

constexpr std::array<std::string_view, 22> reserved_words = {
    "and",      "break",  "do",   "else", "elseif", "end",  "false", "for",
    "function", "goto",   "if",   "in",   "local",  "nil",  "not",   "or",
    "repeat",   "return", "then", "true", "until",  "while"};
constexpr std::size_t id_size_max = 63;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What stands there, for messages: "the text 'x'", "a list".
std::string seen(const Tree& tree, NodeId id) {
  const ValueType type = type_of(tree, id);
  if (type == ValueType::list || type == ValueType::map || type == ValueType::null) {
    return std::string(name_of(type));
  }
  const std::string_view text = tree.text(id);
  if (text.size() > 40 || text.find('\n') != text.npos) return std::string(name_of(type));
  return quoted(text);
}

bool is_reported(const Front& front, NodeId id) { return front.tree[id].tag == Tag::foreign; }

}  // namespace

void report_type(Front& front, Entry entry, std::string_view wanted, std::string fix) {
  if (is_reported(front, entry.value)) return;
  const bool is_empty = front.tree[entry.value].kind == NodeKind::null;
  front.error(is_empty ? entry.key : entry.value, "wrong-type",
              quoted(front.tree.text(entry.key)) + " takes " + std::string(wanted) + ", not " +
                  seen(front.tree, entry.value),
              std::move(fix));
}

std::optional<std::string> read_text(Front& front, Entry entry) {
  const NodeKind kind = front.tree.kind(entry.value);
  if (kind == NodeKind::list || kind == NodeKind::map) {
    report_type(front, entry, "a text");
    return std::nullopt;
  }
  return front.text(entry.value);
}

std::optional<bool> read_boolean(Front& front, Entry entry) {
  if (const auto value = as_boolean(front.tree, entry.value)) return value;
  report_type(front, entry, "true or false",
              "write '" + front.text(entry.key) + ": true' or leave it out");
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(Front& front, Entry entry, std::int64_t least,
                                         std::int64_t most) {
  const auto value = as_integer(front.tree, entry.value);
  if (value && *value >= least && *value <= most) return value;
  report_type(front, entry,
              "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<std::int32_t> read_parallel(Front& front, Entry entry) {
  constexpr std::int64_t most = 1'000'000;
  const auto count = read_integer(front, entry, 1, most);
  if (!count) return std::nullopt;
  return static_cast<std::int32_t>(*count);
}

std::optional<double> read_number(Front& front, Entry entry, double least) {
  const auto value = as_number(front.tree, entry.value);
  if (value && *value >= least) return value;
  std::string bound = std::to_string(least);
  bound.erase(bound.find_last_not_of('0') + 1);
  if (bound.back() == '.') bound.pop_back();
  report_type(front, entry, "a number from " + bound + " on");
  return std::nullopt;
}

std::optional<Millis> read_duration(Front& front, Entry entry) {
  const ValueType type = type_of(front.tree, entry.value);
  if (type == ValueType::list || type == ValueType::map || type == ValueType::null) {
    report_type(front, entry, "a duration", "write for example 500ms, 30s, 10m, 2h or 1h30m");
    return std::nullopt;
  }
  const std::string text = front.text(entry.value);
  if (text.find("${{") != text.npos) {
    front.error(entry.value, "wrong-type",
                quoted(front.tree.text(entry.key)) + " takes a fixed duration, not an expression",
                "write for example 30s, 10m or 1h30m");
    return std::nullopt;
  }
  const Result<Millis> value = parse_duration(text);
  if (value.has_value()) return value.value();
  front.error(entry.value, "duration", value.error().message, value.error().fix);
  return std::nullopt;
}

std::optional<std::size_t> read_choice(Front& front, Entry entry,
                                       std::span<const std::string_view> words,
                                       std::string_view otherwise) {
  const NodeKind kind = front.tree.kind(entry.value);
  if (kind != NodeKind::scalar) {
    report_type(front, entry, list_of(words));
    return std::nullopt;
  }
  const std::string_view text = front.tree.text(entry.value);
  const auto found = std::ranges::find(words, text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string_view near = closest(text, words);
  front.error(
      entry.value, "unknown-value",
      quoted(front.tree.text(entry.key)) + " takes " + list_of(words) + ", not " + quoted(text),
      near.empty() ? std::string(otherwise) : "did you mean " + quoted(near) + "?");
  return std::nullopt;
}

bool expect_map(Front& front, Entry entry, std::string_view fix) {
  if (front.tree.kind(entry.value) == NodeKind::map) return true;
  report_type(front, entry, "a map", std::string(fix));
  return false;
}

std::string id_from(std::string_view text) {
  std::string id;
  for (const char c : text) {
    if (is_letter(c) || is_digit(c)) {
      id += c;
    } else if (!id.empty() && id.back() != '_') {
      id += '_';
    }
  }
  while (!id.empty() && id.back() == '_') id.pop_back();
  if (id.empty()) return "";
  if (is_digit(id.front())) id.insert(0, 1, '_');
  if (std::ranges::find(reserved_words, id) != reserved_words.end()) id += '_';
  return id.substr(0, id_size_max);
}

bool check_id(Front& front, NodeId at, std::string_view what) {
  const std::string_view id = front.tree.text(at);
  const bool fits = !id.empty() && id.size() <= id_size_max && is_letter(id.front()) &&
                    std::ranges::all_of(id, [](char c) { return is_letter(c) || is_digit(c); });
  if (fits && std::ranges::find(reserved_words, id) == reserved_words.end()) return true;
  const std::string offered = id_from(id);
  const std::string why = fits ? " is a reserved word of Lua"
                          : id.size() > id_size_max
                              ? " is longer than 63 characters"
                              : " is not made of letters, digits and '_', with no digit in front";
  front.error(at, "id", "the id " + quoted(id) + " of " + std::string(what) + why,
              offered.empty() || offered == id ? "" : "write " + quoted(offered));
  return false;
}

std::string list_of(std::span<const std::string_view> words, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " " + std::string(last) + " " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace pawl::dsl
