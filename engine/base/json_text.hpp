#pragma once

#include <string>

namespace pawl {

/// A JSON value as its text (valid UTF-8, compact). The core and the store pass values on without
/// looking inside; only the front end, scripting and the edges parse them. "null" is JSON null.
struct JsonText {
  std::string text = "null";

  bool is_null() const { return text == "null"; }
  bool operator==(const JsonText&) const = default;
};

}  // namespace pawl
