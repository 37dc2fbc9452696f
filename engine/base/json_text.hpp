#pragma once

#include <string>
#include <string_view>

namespace pawl {

/// A JSON value as its text (valid UTF-8, compact). The core and the store pass values on without
/// looking inside; only the front end, scripting and the edges parse them. "null" is JSON null.
struct JsonText {
  std::string text = "null";

  bool is_null() const { return text == "null"; }
  bool operator==(const JsonText&) const = default;
};

/// What is wrong in a JSON text, from what nlohmann's parse_error says of it: "line 2, column 1:
/// unexpected end of input", "line 1, column 3: invalid literal near 'tru'". Valid UTF-8.
std::string json_mistake(std::string_view what);

}  // namespace pawl
