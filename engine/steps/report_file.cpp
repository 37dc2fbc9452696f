#include "steps/report_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/units.hpp"
#include "steps/json_values.hpp"

namespace pawl::steps {
namespace {

using Report = std::function<void(Reported)>;

constexpr std::size_t slice_bytes = std::size_t{256} << 10;

std::string text_member(const JsonText& object, std::string_view name) {
  return text_of(member_of(object, name));
}

ReportedComment comment_of(const JsonText& value) {
  if (members_of(value)) return {text_member(value, "kind"), text_member(value, "text")};
  return {"", text_of(value)};
}

ReportedError error_of(const JsonText& value) {
  if (!members_of(value)) return {"", text_of(value), ""};
  return {text_member(value, "type"), text_member(value, "message"), text_member(value, "stack")};
}

std::string begin_of(std::string_view line) {
  constexpr std::size_t limit = 60;
  const std::string text = json_quoted(line.substr(0, limit));
  return line.size() > limit ? text + "…" : text;
}

}  // namespace

void parse_report(std::string_view line, const Report& report) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
  const auto warn = [&](const std::string& why) {
    report(ReportWarning{why + " in $PAWL_REPORT: " + begin_of(line)});
  };
  const auto parsed = compact_json(line);
  if (!parsed) return warn("a line that is not JSON (" + parsed.error().message + ")");
  const auto members = members_of(parsed.value());
  if (!members) return warn("a line that is not an object");

  std::optional<ReportedProgress> progress;
  std::string message;
  const auto number = [&](const std::string& name, const JsonText& value) {
    if (!progress) progress.emplace();
    const auto read = number_of(value);
    if (!read) warn("'" + name + "' is not a number");
    return read;
  };
  for (const auto& [name, value] : *members) {
    if (name == "progress") {
      const auto fraction = number(name, value);
      if (fraction) progress->fraction = std::clamp(*fraction, 0.0, 1.0);
    } else if (name == "done") {
      const auto done = number(name, value);
      progress->done = done;
    } else if (name == "total") {
      const auto total = number(name, value);
      progress->total = total;
    } else if (name == "message") {
      message = text_of(value);
      if (!progress) progress.emplace();
    } else if (name == "checkpoint") {
      report(ReportedCheckpoint{value});
    } else if (name == "output") {
      report(ReportedOutput{value});
    } else if (name == "comment") {
      report(comment_of(value));
    } else if (name == "error") {
      report(error_of(value));
    } else if (name != "cost" && name != "data") {
      warn("unknown member '" + name + "'");
    }
  }
  if (!progress) return;
  progress->message = message;
  report(*std::move(progress));
}

bool ReportFile::open(const Report& report) {
  // Not through links, and never waiting for the other end of a fifo.
  file_ = Fd(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file_) {
    if (errno == ENOENT) return false;
    given_up_ = true;
    const std::string why = errno == ELOOP ? "it is a symbolic link" : std::strerror(errno);
    report(ReportWarning{"$PAWL_REPORT is not read: " + why});
    return false;
  }
  struct stat about {};
  const bool ours = ::fstat(file_.get(), &about) == 0 && about.st_uid == ::geteuid();
  if (ours && S_ISREG(about.st_mode)) return true;
  given_up_ = true;
  file_.reset();
  report(ReportWarning{ours ? "$PAWL_REPORT is not read: it is no regular file"
                            : "$PAWL_REPORT is not read: it belongs to another user"});
  return false;
}

bool ReportFile::read_slice(const Report& report) {
  if (given_up_ || (!file_ && !open(report))) return false;
  std::string slice(slice_bytes, '\0');
  const ssize_t got = ::read(file_.get(), slice.data(), slice.size());
  if (got <= 0) return false;
  read_ += static_cast<std::size_t>(got);
  if (read_ > report_bytes_max) {
    given_up_ = true;
    line_.clear();
    report(ReportWarning{"$PAWL_REPORT is larger than " +
                         format_size(static_cast<std::int64_t>(report_bytes_max)) +
                         "; the rest is not read"});
    return false;
  }
  take(std::string_view(slice).substr(0, static_cast<std::size_t>(got)), report);
  return static_cast<std::size_t>(got) == slice_bytes;
}

void ReportFile::take(std::string_view bytes, const Report& report) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (!skipping_ && line_.size() + part.size() > report_line_max) {
      skipping_ = true;
      report(ReportWarning{"a line in $PAWL_REPORT is longer than " +
                           format_size(static_cast<std::int64_t>(report_line_max)) +
                           " and is left out"});
      line_.clear();
    }
    if (!skipping_) line_ += part;
    if (end == std::string_view::npos) return;
    if (!skipping_) parse_report(line_, report);
    line_.clear();
    skipping_ = false;
    bytes.remove_prefix(end + 1);
  }
}

void ReportFile::finish(const Report& report) {
  if (!given_up_ && !skipping_ && !line_.empty()) parse_report(line_, report);
  line_.clear();
}

}  // namespace pawl::steps
