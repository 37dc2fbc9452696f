#include "steps/json_values.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace pawl::steps {
namespace {

using Json = nlohmann::json;

/// Accepts any JSON up to the depth; keeps the parser's words about the first mistake.
class Acceptor : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return deeper(); }
  bool key(string_t&) override { return true; }
  bool end_object() override { return --depth_, true; }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_array() override { return --depth_, true; }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) override {
    mistake_ = error.what();
    return false;
  }
  std::string mistake() const {
    if (depth_ > json_depth_max) return "nested deeper than " + std::to_string(json_depth_max);
    return json_mistake(mistake_);
  }

 private:
  bool deeper() { return ++depth_ <= json_depth_max; }
  int depth_ = 0;
  std::string mistake_;
};

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Position after the string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

/// Position of the comma or bracket after the value that begins at `at`.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = end_of_string(text, at);
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']' || c == '}')) break;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    ++at;
  }
  return at;
}

bool is_surrounded(const JsonText& value, char open) {
  return !value.text.empty() && value.text.front() == open;
}

}  // namespace

Result<JsonText> compact_json(std::string_view text) {
  Acceptor acceptor;
  if (const std::size_t bad = find_invalid_utf8(text); bad != std::string_view::npos) {
    return Problem{"invalid UTF-8 at byte " + std::to_string(bad), ""};
  }
  if (!Json::sax_parse(text, &acceptor)) return Problem{acceptor.mistake(), ""};
  JsonText compact{""};
  compact.text.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (is_space(text[at])) {
      ++at;
    } else if (text[at] == '"') {
      const std::size_t end = end_of_string(text, at);
      compact.text += text.substr(at, end - at);
      at = end;
    } else {
      compact.text += text[at++];
    }
  }
  return compact;
}

std::string json_quoted(std::string_view text) {
  if (find_invalid_utf8(text) != std::string_view::npos) return json_quoted(to_valid_utf8(text));
  static constexpr char digits[] = "0123456789abcdef";
  std::string quoted = "\"";
  quoted.reserve(text.size() + 2);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += "\\u00";
      quoted += digits[byte >> 4];
      quoted += digits[byte & 15];
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string json_number(std::optional<double> number) {
  if (!number || !std::isfinite(*number)) return "null";
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, *number);
  return {text, end};
}

std::string text_of(const JsonText& value) {
  if (value.is_null()) return "";
  if (auto text = string_of(value)) return *std::move(text);
  if (value.text.ends_with(".0")) return value.text.substr(0, value.text.size() - 2);
  return value.text;
}

std::optional<std::string> string_of(const JsonText& value) {
  if (!is_surrounded(value, '"')) return std::nullopt;
  if (value.text.find('\\') == std::string::npos) {
    return value.text.substr(1, value.text.size() - 2);
  }
  return Json::parse(value.text).get<std::string>();
}

std::optional<std::vector<JsonText>> items_of(const JsonText& value) {
  if (!is_surrounded(value, '[')) return std::nullopt;
  const std::string_view text = value.text;
  std::vector<JsonText> items;
  std::size_t at = 1;
  while (at < text.size() && text[at] != ']') {
    const std::size_t end = end_of_value(text, at);
    items.push_back({std::string(text.substr(at, end - at))});
    at = end + (end < text.size() && text[end] == ',' ? 1 : 0);
  }
  return items;
}

std::optional<std::vector<std::pair<std::string, JsonText>>> members_of(const JsonText& value) {
  if (!is_surrounded(value, '{')) return std::nullopt;
  const std::string_view text = value.text;
  std::vector<std::pair<std::string, JsonText>> members;
  std::size_t at = 1;
  while (at < text.size() && text[at] == '"') {
    const std::size_t key_end = end_of_string(text, at);
    const std::size_t end = end_of_value(text, key_end + 1);
    members.emplace_back(*string_of({std::string(text.substr(at, key_end - at))}),
                         JsonText{std::string(text.substr(key_end + 1, end - key_end - 1))});
    at = end + (end < text.size() && text[end] == ',' ? 1 : 0);
  }
  return members;
}

std::optional<double> number_of(const JsonText& value) {
  double number = 0;
  const char* end = value.text.data() + value.text.size();
  const auto [rest, error] = std::from_chars(value.text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

JsonText member_of(const JsonText& object, std::string_view name) {
  if (auto members = members_of(object)) {
    for (auto& [key, value] : *members) {
      if (key == name) return std::move(value);
    }
  }
  return {};
}

std::string shown(const JsonText& value) {
  constexpr std::size_t limit = 60;
  if (value.text.size() <= limit) return value.text;
  std::size_t cut = limit;
  while (cut > 0 && (static_cast<unsigned char>(value.text[cut]) & 0xc0) == 0x80) --cut;
  return value.text.substr(0, cut) + "…";
}

}  // namespace pawl::steps
