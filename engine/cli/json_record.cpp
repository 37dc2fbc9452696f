#include "cli/json_record.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/text.hpp"

namespace pawl::cli {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : to_valid_utf8(text)) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

JsonRecord::JsonRecord(std::string_view kind) {
  number("v", 1);
  text("kind", kind);
}

void JsonRecord::name(std::string_view name) {
  if (!members_.empty()) members_ += ',';
  members_ += json_string(name);
  members_ += ':';
}

JsonRecord& JsonRecord::text(std::string_view name_of, std::string_view value) {
  name(name_of);
  members_ += json_string(value);
  return *this;
}

JsonRecord& JsonRecord::text_or_null(std::string_view name_of, std::string_view value) {
  if (value.empty()) return json(name_of, {});
  return text(name_of, value);
}

JsonRecord& JsonRecord::number(std::string_view name_of, std::int64_t value) {
  name(name_of);
  members_ += std::to_string(value);
  return *this;
}

JsonRecord& JsonRecord::number_or_null(std::string_view name_of, const std::optional<int>& value) {
  if (!value) return json(name_of, {});
  return number(name_of, *value);
}

JsonRecord& JsonRecord::decimal_or_null(std::string_view name_of,
                                        const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return json(name_of, {});
  return json(name_of, {fmt::format("{}", *value)});
}

JsonRecord& JsonRecord::boolean(std::string_view name_of, bool value) {
  name(name_of);
  members_ += value ? "true" : "false";
  return *this;
}

JsonRecord& JsonRecord::time(std::string_view name_of, const std::optional<TimePoint>& value) {
  if (!value) return json(name_of, {});
  return text(name_of, to_rfc3339(*value));
}

JsonRecord& JsonRecord::millis(std::string_view name_of, const std::optional<Micros>& value) {
  if (!value) return json(name_of, {});
  return number(name_of, std::chrono::duration_cast<Millis>(*value).count());
}

JsonRecord& JsonRecord::json(std::string_view name_of, const JsonText& value) {
  name(name_of);
  members_ += value.text;
  return *this;
}

}  // namespace pawl::cli
