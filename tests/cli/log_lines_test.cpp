#include "cli/log_lines.hpp"

#include <catch2/catch.hpp>

#include "cli/plain_text.hpp"
#include "cli/weave.hpp"
#include "cli/wording.hpp"
#include "empty_reader.hpp"
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

TEST_CASE("a sequence that is broken off takes nothing readable with it", "[cli]") {
  CHECK(harmless("a\x1b[3\x1b[31mb") == "ab");
  CHECK(harmless("a\x1b[31\xc3\xa9t\xc3\xa9") == "a\xc3\xa9t\xc3\xa9");
  CHECK(harmless("a\x1b\xc3\xa9") == "a\xc3\xa9");
  CHECK(harmless("a\x1b]0;title\x1b[31mb") == "ab");
  CHECK(harmless("\x1b(Bplain\x1b[m") == "plain");  // What `tput sgr0` prints.
  CHECK(harmless("\x1b") == "");
}

TEST_CASE("colours can be kept, and end with their line", "[cli]") {
  const auto kept = [](std::string_view text) { return harmless(text, Colours::keep); };
  CHECK(kept("\x1b[1;31mred") == "\x1b[1;31mred\x1b[0m");
  CHECK(kept("\x1b[31mred\x1b[0m plain") == "\x1b[31mred\x1b[0m plain");
  CHECK(kept("\x1b[38:2:1:2:3mtrue\x1b[m") == "\x1b[38:2:1:2:3mtrue\x1b[m");
  CHECK(kept("plain") == "plain");
  CHECK(kept("a\x1b[2Jb\x1b[?25lc\x1b[>4;1md") == "abcd");
  CHECK(kept("\x1b[3") == "");
  SECTION("a carriage return goes back over text, not over colours") {
    CHECK(kept("\x1b[31mold\rnew\r") == "\x1b[31mnew\x1b[0m");
    CHECK(kept("\x1b[31mold\x1b[0m\rnew") == "new");
  }
}

TEST_CASE("an escape sequence that was split between two chunks is still one", "[cli]") {
  LineMaker maker;
  std::vector<LogLine> lines;
  for (const std::string_view part : {"a\x1b", "[3", "1mred\n"}) {
    maker.take(1, 1, {{LogStream::out, at(1), std::string(part)}}, lines);
  }
  REQUIRE(lines.size() == 1);
  CHECK(prefixed(lines[0], "step", Colours::keep) ==
        clock_text(at(1)) + " step | a\x1b[31mred\x1b[0m");
}

/// The ends of one attempt's output, chunk by chunk.
struct Chunks : EmptyReader {
  std::vector<store::LogChunk> log_ends(RunId, const std::vector<AttemptKey>& attempts,
                                        int count) override {
    if (attempts.empty()) return {};
    const std::size_t skip = texts.size() - std::min(texts.size(), static_cast<std::size_t>(count));
    std::vector<store::LogChunk> rows;
    for (std::size_t i = skip; i < texts.size(); ++i) {
      store::LogChunk chunk;
      chunk.inst = 1;
      chunk.attempt = 1;
      chunk.n = static_cast<std::int32_t>(i);
      chunk.at = at(1);
      chunk.bytes = store::encode_log(at(1), {{LogStream::out, at(1), texts[i]}});
      rows.push_back(std::move(chunk));
    }
    return rows;
  }
  std::vector<std::string> texts;
};

TEST_CASE("a tail does not begin in the middle of a line or of an escape sequence", "[cli]") {
  Chunks reader;
  const auto tail = [&] {
    std::vector<std::string> out;
    for (const LogLine& line : last_lines(reader, RunId{1}, {{1, 1}}, 3)) out.push_back(line.text);
    return out;
  };
  using Lines = std::vector<std::string>;
  reader.texts = {"a\x1b[3", "1mred\n", "one\ntwo\n"};
  CHECK(tail() == Lines{"a\x1b[31mred", "one", "two"});

  SECTION("also when there are more chunks than one looks at") {
    reader.texts = {"a\x1b[3"};
    for (int i = 0; i < 8; ++i) reader.texts.emplace_back("1m");
    reader.texts.back() = "1m\nlast\n";
    CHECK(tail() == Lines{"last"});
  }
  SECTION("and a line that stands alone is shown as far as it goes") {
    reader.texts.assign(20, "x");
    CHECK(tail() == Lines{"xxxxxxxx"});
  }
}

}  // namespace
}  // namespace pawl::cli
