#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_text.hpp"
#include "base/time.hpp"

namespace pawl::cli {

/// One line of `--json`: members in the order of the calls. Every record begins with "v":1 and its
/// kind; fields are only ever added.
class JsonRecord {
 public:
  explicit JsonRecord(std::string_view kind);
  /// A part of a record: no "v", no kind.
  JsonRecord() = default;

  JsonRecord& text(std::string_view name, std::string_view value);
  /// null when empty.
  JsonRecord& text_or_null(std::string_view name, std::string_view value);
  JsonRecord& number(std::string_view name, std::int64_t value);
  JsonRecord& number_or_null(std::string_view name, const std::optional<int>& value);
  JsonRecord& decimal_or_null(std::string_view name, const std::optional<double>& value);
  JsonRecord& boolean(std::string_view name, bool value);
  JsonRecord& time(std::string_view name, const std::optional<TimePoint>& value);
  JsonRecord& millis(std::string_view name, const std::optional<Micros>& value);
  JsonRecord& json(std::string_view name, const JsonText& value);

  /// Without the end of the line.
  std::string str() const { return "{" + members_ + "}"; }
  JsonText value() const { return {str()}; }

 private:
  void name(std::string_view name);
  std::string members_;
};

/// The JSON string for `text`; ill-formed UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);

}  // namespace pawl::cli
