// Any lines, as a step may write them to $PAWL_REPORT. Properties: each becomes reports and
// warnings, and nothing else; values are JSON, a fraction lies between 0 and 1, a warning says
// something and is short, whatever the line was.
#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "base/text.hpp"
#include "steps/report_file.hpp"

using namespace pawl;
using namespace pawl::steps;

namespace {

void check_value(const JsonText& value) {
  check(nlohmann::json::accept(value.text), "a value is JSON");
}
void check_text(const std::string& text) { check(to_valid_utf8(text) == text, "a text is UTF-8"); }

struct Checker {
  void operator()(const ReportedProgress& it) const {
    check(!it.fraction || (*it.fraction >= 0 && *it.fraction <= 1), "a fraction is one");
    check_text(it.message);
  }
  void operator()(const ReportedCheckpoint& it) const { check_value(it.value); }
  void operator()(const ReportedOutput& it) const { check_value(it.value); }
  void operator()(const ReportedComment& it) const {
    check_text(it.kind);
    check_text(it.text);
  }
  void operator()(const ReportedError& it) const {
    check_text(it.type);
    check_text(it.message);
    check_text(it.stack);
  }
  void operator()(const ReportWarning& it) const {
    check(!it.text.empty() && it.text.size() < 4000, "a warning says something, shortly");
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(bytes, bytes + size);
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    parse_report(std::string_view(text).substr(at, end - at),
                 [](const Reported& report) { std::visit(Checker{}, report); });
    at = end + 1;
  }
  return 0;
}
