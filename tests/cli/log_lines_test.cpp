#include "cli/log_lines.hpp"

#include <catch2/catch.hpp>

#include "cli/plain_text.hpp"
#include "sample_run.hpp"

template <>
struct Catch::StringMaker<pawl::cli::LogLine> {
  static std::string convert(const pawl::cli::LogLine& line) {
    return line.text + (line.ended ? "\\n" : "") + " at " + std::to_string(line.attempt);
  }
};

namespace pawl::cli {
namespace {

using store::LogStream;

std::vector<std::string> texts(const std::vector<LogLine>& lines) {
  std::vector<std::string> out;
  for (const LogLine& line : lines) out.push_back(line.text + (line.ended ? "\n" : ""));
  return out;
}

TEST_CASE("pieces become lines, each stream for itself", "[cli]") {
  LineMaker maker;
  std::vector<LogLine> lines;
  maker.take(1, 1, {{LogStream::out, at(1), "one\ntw"}, {LogStream::err, at(2), "bad\n"}}, lines);
  CHECK(texts(lines) == std::vector<std::string>{"one\n", "bad\n"});
  lines.clear();
  maker.take(1, 1, {{LogStream::out, at(3), "o\n\nrest"}}, lines);
  CHECK(texts(lines) == std::vector<std::string>{"two\n", "\n"});
  CHECK(lines[0].at == at(3));

  SECTION("a line without an end is given when the step is over") {
    lines.clear();
    maker.finish(lines);
    CHECK(texts(lines) == std::vector<std::string>{"rest"});
  }
  SECTION("the next attempt does not go on with a line of the one before") {
    lines.clear();
    maker.take(1, 2, {{LogStream::out, at(4), "new\n"}}, lines);
    CHECK(texts(lines) == std::vector<std::string>{"rest", "new\n"});
  }
}

TEST_CASE("a line without end is given in parts", "[cli]") {
  LineMaker maker;
  std::vector<LogLine> lines;
  maker.take(1, 1, {{LogStream::out, at(1), std::string(std::size_t{1} << 20, 'x')}}, lines);
  REQUIRE(lines.size() == 1);
  CHECK_FALSE(lines[0].ended);
}

TEST_CASE("lines are told with clock, step and stream", "[cli]") {
  use_utc();
  LogLine line{at(15.5), 4, 1, LogStream::err, true, "ld: \x1b[31mout\x1b[0m of memory"};
  CHECK(prefixed(line, "build.compile") == "13:00:15 build.compile ! ld: out of memory");
  CHECK(log_record(line, "build.compile", 4709) ==
        R"({"v":1,"kind":"log","run":"4709","step":"build.compile","attempt":1,)"
        R"("at":"2026-11-20T13:00:15.500Z","stream":"err",)"
        R"("text":"ld: \u001b[31mout\u001b[0m of memory"})");
}

TEST_CASE("output cannot steer a terminal", "[cli]") {
  CHECK(harmless("a\x1b]0;title\x07"
                 "b") == "ab");
  CHECK(harmless("a\x1b]0;title\x1b\\b") == "ab");
  CHECK(harmless("\x1b[1;31mred\x1b[0m") == "red");
  CHECK(harmless("50 %\r100 %\r") == "100 %");
  CHECK(harmless(std::string("a\0b\tc", 5)) == "ab\tc");
  CHECK(harmless("\xff") == "\xEF\xBF\xBD");
  CHECK(harmless("a\xc2\x9b"
                 "31mb") == "a31mb");
  CHECK(harmless("a\xe2\x80\xae"
                 "b") == "a<U+202E>b");
  CHECK(harmless("half \x1b[3") == "half ");
}

}  // namespace
}  // namespace pawl::cli
