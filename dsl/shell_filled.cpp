#include "dsl/shell_filled.hpp"

#include <vector>

#include "dsl/shell_follow.hpp"

namespace pawl::dsl {
namespace {

/// `text` with a backslash before each of `special`.
std::string escaped(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != special.npos) out += '\\';
    out += c;
  }
  return out;
}

std::string inside_single(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out;
}

/// The shell text that gives exactly the bytes of `value` in that place.
std::string literal(const std::string& value, Quoting quoting) {
  switch (quoting) {
    case Quoting::bare:
      return "'" + inside_single(value) + "'";
    case Quoting::in_single:
      return inside_single(value);
    case Quoting::in_double:
      return escaped(value, "\\\"$`");
    case Quoting::in_here_document:
      return escaped(value, "\\$`");
  }
  return value;
}

/// Takes the references to variables out of a script, and asks the follower in which quotes they
/// had stood: what quote_script has put in, backwards.
class Filler {
 public:
  explicit Filler(const RunSpec& spec) : spec_(spec) {
    for (const Template::Piece& piece : spec.script.pieces) {
      if (piece.is_code) {
        parts_.push_back({&piece, {}});
        units_.push_back(raw_unit);
      } else {
        add_text(piece.text);
      }
    }
  }

  std::string fill(const std::function<std::optional<std::string>(const Code&)>& value_of) {
    const std::vector<Spot> spots = ShellFollower(units_, values_).run();
    std::string out;
    std::size_t number = 0;
    for (const Part& part : parts_) {
      out += part.text;
      if (part.raw != nullptr) {
        const std::optional<std::string> text = value_of({part.raw->text, part.raw->at});
        out += text ? *text : "${{ raw(" + part.raw->text + ") }}";
      } else if (part.is_value) {
        const ShellValue& value = spec_.values[number];
        const std::optional<std::string> text = value.as_file ? std::nullopt : value_of(value.code);
        out += text ? literal(*text, spots[number].quoting) : written(value);
        ++number;
      }
    }
    return out;
  }

 private:
  struct Part {
    const Template::Piece* raw = nullptr;
    std::string text;
    bool is_value = false;  ///< The next value stands behind the text.
  };

  static std::string written(const ShellValue& value) {
    return value.as_file ? "${{ file(" + value.code.text + ") }}"
                         : "${{ " + value.code.text + " }}";
  }

  void add_units(std::string_view text) {
    for (const char c : text) units_.push_back(static_cast<unsigned char>(c));
  }

  void add_text(std::string_view text) {
    while (values_ < spec_.values.size()) {
      const Found found = find(text, spec_.values[values_].variable);
      if (found.at == text.npos) break;
      add_units(text.substr(0, found.at));
      units_.push_back(value_unit + static_cast<ShellUnit>(values_++));
      parts_.push_back({nullptr, std::string(text.substr(0, found.at)), true});
      text.remove_prefix(found.at + found.size);
    }
    add_units(text);
    parts_.push_back({nullptr, std::string(text), false});
  }

  struct Found {
    std::size_t at, size;
  };
  /// The first reference to `variable`, in one of the three spellings of quote_script.
  static Found find(std::string_view text, const std::string& variable) {
    Found first{text.npos, 0};
    for (const std::string& spelling :
         {"'\"$" + variable + "\"'", "\"$" + variable + "\"", "${" + variable + "}"}) {
      const std::size_t at = text.find(spelling);
      if (at < first.at) first = {at, spelling.size()};
    }
    return first;
  }

  const RunSpec& spec_;
  std::vector<Part> parts_;
  std::vector<ShellUnit> units_;
  std::size_t values_ = 0;
};

}  // namespace

std::string filled_script(const RunSpec& spec,
                          const std::function<std::optional<std::string>(const Code&)>& value_of) {
  return Filler(spec).fill(value_of);
}

}  // namespace pawl::dsl
