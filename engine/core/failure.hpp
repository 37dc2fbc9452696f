#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json_text.hpp"

namespace pawl::core {

/// Why a step ended without success. Spelled as in YAML (`error.kind`), SQL and the API.
enum class FailureKind : std::uint8_t {
  exit,
  signal,
  timeout,
  heartbeat,
  resource,
  lua,
  http,
  sql,
  mcp,
  llm,
  expression,
  output,
  lost,
  limit,
  rejected,
  cancelled
};

/// What expressions see as `error` and people see as the reason.
struct Failure {
  FailureKind kind = FailureKind::exit;
  std::string message;           ///< Valid UTF-8, no secrets.
  std::optional<int> exit_code;  ///< For `exit`.
  std::string stack;             ///< A traceback; may be empty.
  std::int32_t attempt = 0;
  std::string step;  ///< Path of the step that failed first.

  bool operator==(const Failure&) const = default;
};

/// The object that `error` is in expressions.
JsonText to_json(const Failure& failure);

}  // namespace pawl::core
