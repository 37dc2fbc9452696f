#include "dsl/yaml_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.hpp"

namespace pawl::dsl {

namespace {

template <std::size_t Size>
bool is_one_of(std::string_view text, const std::array<std::string_view, Size>& words) {
  return std::ranges::find(words, text) != words.end();
}

constexpr std::array<std::string_view, 4> null_words = {"~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 3> true_words = {"true", "True", "TRUE"};
constexpr std::array<std::string_view, 3> false_words = {"false", "False", "FALSE"};
constexpr std::array<std::string_view, 3> infinities = {".inf", ".Inf", ".INF"};
constexpr std::array<std::string_view, 3> not_numbers = {".nan", ".NaN", ".NAN"};

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text;
}

bool all_of_digits(std::string_view text, std::string_view digits) {
  return !text.empty() && text.find_first_not_of(digits) == text.npos;
}

bool is_integer(std::string_view text) {
  if (text.starts_with("0o")) return all_of_digits(text.substr(2), "01234567");
  if (text.starts_with("0x")) return all_of_digits(text.substr(2), "0123456789abcdefABCDEF");
  return all_of_digits(without_sign(text), "0123456789");
}

/// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_float(std::string_view text) {
  text = without_sign(text);
  const auto digits = [&text] {
    const std::size_t length = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(length);
    return length;
  };
  const std::size_t whole = digits();
  std::size_t fraction = 0;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    fraction = digits();
  }
  if (whole + fraction == 0) return false;
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  return all_of_digits(without_sign(text.substr(1)), "0123456789");
}

ValueType type_of_plain(std::string_view text) {
  if (text.empty() || is_one_of(text, null_words)) return ValueType::null;
  if (is_one_of(text, true_words) || is_one_of(text, false_words)) return ValueType::boolean;
  if (is_integer(text)) return ValueType::integer;
  if (is_float(text) || is_one_of(without_sign(text), infinities) || is_one_of(text, not_numbers)) {
    return ValueType::number;
  }
  return ValueType::text;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  int base = 10;
  if (text.starts_with("0o") || text.starts_with("0x")) {
    base = text[1] == 'o' ? 8 : 16;
    text.remove_prefix(2);
  } else if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

/// Writes nodes one behind the other; stops at the first that JSON cannot hold.
class JsonWriter {
 public:
  JsonWriter(const Tree& tree, std::string& out) : tree_(tree), out_(out) {}

  std::optional<ValueProblem> write(NodeId id) {
    switch (type_of(tree_, id)) {
      case ValueType::null:
        out_ += "null";
        return std::nullopt;
      case ValueType::boolean:
        out_ += *as_boolean(tree_, id) ? "true" : "false";
        return std::nullopt;
      case ValueType::integer:
      case ValueType::number:
        return write_number(id);
      case ValueType::text:
        append_json_string(out_, tree_.text(id));
        return std::nullopt;
      case ValueType::list:
        return write_list(id);
      case ValueType::map:
        return write_map(id);
    }
    return std::nullopt;
  }

 private:
  std::optional<ValueProblem> write_number(NodeId id) {
    if (const auto integer = as_integer(tree_, id)) {
      out_ += std::to_string(*integer);
      return std::nullopt;
    }
    const auto number = as_number(tree_, id);
    if (!number) {
      return ValueProblem{id,
                          {quoted(tree_.text(id)) + " is no number that JSON can hold",
                           "quote it, or write a number of 64 bits"}};
    }
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), *number).ptr;
    const std::string_view digits(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    out_ += digits;
    if (digits.find_first_of(".e") == digits.npos) out_ += ".0";
    return std::nullopt;
  }

  std::optional<ValueProblem> write_list(NodeId id) {
    out_ += '[';
    bool first = true;
    for (const NodeId item : tree_.items(id)) {
      if (!first) out_ += ',';
      first = false;
      if (auto problem = write(item)) return problem;
    }
    out_ += ']';
    return std::nullopt;
  }

  std::optional<ValueProblem> write_map(NodeId id) {
    out_ += '{';
    bool first = true;
    for (const Entry& entry : tree_.entries(id)) {
      if (!first) out_ += ',';
      first = false;
      append_json_string(out_, tree_.text(entry.key));
      out_ += ':';
      if (auto problem = write(entry.value)) return problem;
    }
    out_ += '}';
    return std::nullopt;
  }

  const Tree& tree_;
  std::string& out_;
};

}  // namespace

ValueType type_of(const Tree& tree, NodeId id) {
  const Node& node = tree[id];
  if (node.kind == NodeKind::list) return ValueType::list;
  if (node.kind == NodeKind::map) return ValueType::map;
  switch (node.tag) {
    case Tag::text:
      return ValueType::text;
    case Tag::integer:
      return ValueType::integer;
    case Tag::number:
      return ValueType::number;
    case Tag::boolean:
      return ValueType::boolean;
    case Tag::null:
      return ValueType::null;
    case Tag::none:
    case Tag::other:
    case Tag::foreign:
      break;
  }
  if (node.kind == NodeKind::null) return ValueType::null;
  if (node.style != ScalarStyle::plain) return ValueType::text;
  return type_of_plain(tree.text(id));
}

std::string_view name_of(ValueType type) {
  switch (type) {
    case ValueType::null:
      return "nothing";
    case ValueType::boolean:
      return "true or false";
    case ValueType::integer:
      return "a whole number";
    case ValueType::number:
      return "a number";
    case ValueType::text:
      return "a text";
    case ValueType::list:
      return "a list";
    case ValueType::map:
      return "a map";
  }
  return "a value";
}

std::optional<bool> as_boolean(const Tree& tree, NodeId id) {
  if (type_of(tree, id) != ValueType::boolean) return std::nullopt;
  return is_one_of(tree.text(id), true_words);
}

std::optional<std::int64_t> as_integer(const Tree& tree, NodeId id) {
  if (type_of(tree, id) != ValueType::integer) return std::nullopt;
  return parse_integer(tree.text(id));
}

std::optional<double> as_number(const Tree& tree, NodeId id) {
  const ValueType type = type_of(tree, id);
  if (type == ValueType::integer) {
    const auto integer = as_integer(tree, id);
    return integer ? std::optional(static_cast<double>(*integer)) : std::nullopt;
  }
  if (type != ValueType::number) return std::nullopt;
  return parse_number(tree.text(id));
}

std::optional<ValueProblem> to_json(const Tree& tree, NodeId id, JsonText& out) {
  out.text.clear();
  return JsonWriter(tree, out.text).write(id);
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += hex[static_cast<unsigned char>(c) >> 4];
      out += hex[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace pawl::dsl
