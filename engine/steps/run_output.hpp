#pragma once

#include <string>
#include <string_view>

#include "base/json_text.hpp"
#include "base/result.hpp"
#include "dsl/plan.hpp"

namespace pawl::steps {

/// Keeps the beginning of a stdout, at most one byte more than an output may have.
class OutputCopy {
 public:
  void add(std::string_view bytes);
  /// The output that the format makes of it; not for `reported`.
  Result<JsonText> value(dsl::OutputFormat format) const;

 private:
  std::string bytes_;
};

/// Keeps the end of a stderr, for messages.
class LastLine {
 public:
  void add(std::string_view bytes);
  /// The last line that is not blank, as UTF-8, cut to a readable length.
  std::string text() const;

 private:
  std::string tail_;
};

}  // namespace pawl::steps
