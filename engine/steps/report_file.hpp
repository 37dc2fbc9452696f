#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/handle.hpp"
#include "base/json_text.hpp"

/// The file named by $PAWL_REPORT: JSON lines that a step appends while it runs. What a step writes
/// there is foreign text: whatever it holds becomes reports or warnings.
namespace pawl::steps {

inline constexpr std::size_t report_line_max = std::size_t{1} << 20;
inline constexpr std::size_t report_bytes_max = std::size_t{64} << 20;

struct ReportedProgress {
  std::optional<double> fraction, done, total;
  std::string message;
};
struct ReportedCheckpoint {
  JsonText value;
};
struct ReportedOutput {
  JsonText value;
};
struct ReportedComment {
  std::string kind, text;
};
struct ReportedError {
  std::string type, message, stack;
};
/// What could not be understood, for the step's log.
struct ReportWarning {
  std::string text;
};
using Reported = std::variant<ReportedProgress, ReportedCheckpoint, ReportedOutput, ReportedComment,
                              ReportedError, ReportWarning>;

/// What one line says; one line may hold several members, each a report.
void parse_report(std::string_view line, const std::function<void(Reported)>& report);

/// Follows the file. It may come into being late or never.
class ReportFile {
 public:
  explicit ReportFile(std::string path) : path_(std::move(path)) {}

  /// Reads at most one slice and reports its whole lines; true when there may be more.
  bool read_slice(const std::function<void(Reported)>& report);
  /// After the last slice: a line that the step did not end counts too.
  void finish(const std::function<void(Reported)>& report);

 private:
  bool open(const std::function<void(Reported)>& report);
  void take(std::string_view bytes, const std::function<void(Reported)>& report);

  std::string path_;
  Fd file_;
  std::string line_;       ///< The line under way.
  bool skipping_ = false;  ///< The line under way is too long; its rest is left out.
  bool given_up_ = false;  ///< Not a file to read, or over the limit.
  std::size_t read_ = 0;
};

}  // namespace pawl::steps
