#include "steps/report_file.hpp"

#include <sys/stat.h>

#include "world.hpp"

using namespace pawl;
using namespace pawl::steps;

namespace {

std::string told(const Reported& reported) {
  const auto number = [](std::optional<double> value) {
    return value ? std::to_string(*value).substr(0, 4) : "-";
  };
  if (const auto* p = std::get_if<ReportedProgress>(&reported)) {
    return "progress " + number(p->fraction) + " " + number(p->done) + "/" + number(p->total) +
           " " + p->message;
  }
  if (const auto* c = std::get_if<ReportedCheckpoint>(&reported)) {
    return "checkpoint " + c->value.text;
  }
  if (const auto* o = std::get_if<ReportedOutput>(&reported)) return "output " + o->value.text;
  if (const auto* c = std::get_if<ReportedComment>(&reported)) {
    return "comment " + c->kind + ":" + c->text;
  }
  if (const auto* e = std::get_if<ReportedError>(&reported)) {
    return "error " + e->type + ":" + e->message + ":" + e->stack;
  }
  return "warning " + std::get<ReportWarning>(reported).text;
}

struct Told {
  std::vector<std::string> lines;
  void operator()(const Reported& reported) { lines.push_back(told(reported)); }
};

std::vector<std::string> parsed(std::string_view line) {
  Told all;
  parse_report(line, std::ref(all));
  return all.lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("each kind of record is understood", "[report]") {
  CHECK(parsed(R"({"progress":0.4,"message":"half way"})") == Lines{"progress 0.40 -/- half way"});
  CHECK(parsed(R"({"done":3,"total":10})") == Lines{"progress - 3.00/10.0 "});
  CHECK(parsed(R"({"progress":7})") == Lines{"progress 1.00 -/- "});
  CHECK(parsed(R"({"checkpoint":{"at":[1]}})") == Lines{"checkpoint {\"at\":[1]}"});
  CHECK(parsed(R"({"output":{"k":"v"}})") == Lines{"output {\"k\":\"v\"}"});
  CHECK(parsed(R"({"comment":"hello"})") == Lines{"comment :hello"});
  CHECK(parsed(R"({"comment":{"kind":"note","text":"hello"}})") == Lines{"comment note:hello"});
  CHECK(parsed(R"({"error":{"type":"T","message":"m","stack":"s"}})") == Lines{"error T:m:s"});
  CHECK(parsed(R"({"cost":{"usd":0.01}})").empty());
  CHECK(parsed(" \r").empty());
}

TEST_CASE("a broken line is a warning", "[report]") {
  CHECK_THAT(parsed("{oops").at(0), Catch::StartsWith("warning a line that is not JSON (line 1, "));
  CHECK(parsed("[1]") == Lines{"warning a line that is not an object in $PAWL_REPORT: \"[1]\""});
  CHECK(parsed(R"({"progres":1})") ==
        Lines{"warning unknown member 'progres' in $PAWL_REPORT: \"{\\\"progres\\\":1}\""});
  CHECK(parsed(R"({"done":"x"})").at(0) ==
        "warning 'done' is not a number in $PAWL_REPORT: \"{\\\"done\\\":\\\"x\\\"}\"");
}

TEST_CASE("the file is followed while it grows", "[report]") {
  TemporaryFolder folder;
  ReportFile file(folder.file("report"));
  Told all;
  CHECK_FALSE(file.read_slice(std::ref(all)));
  std::ofstream out(folder.file("report"));
  out << "{\"progress\":0.1}\n{\"prog" << std::flush;
  CHECK_FALSE(file.read_slice(std::ref(all)));
  CHECK(all.lines == Lines{"progress 0.10 -/- "});
  out << "ress\":0.2}\n{\"progress\":0.3}" << std::flush;
  file.read_slice(std::ref(all));
  CHECK(all.lines.back() == "progress 0.20 -/- ");
  file.finish(std::ref(all));
  CHECK(all.lines.back() == "progress 0.30 -/- ");
}

TEST_CASE("only a regular file is read", "[report]") {
  TemporaryFolder folder;
  Told all;
  SECTION("not a link, wherever it leads") {
    folder.write("target", "{\"progress\":0.1}\n");
    std::filesystem::create_symlink(folder.file("target"), folder.file("report"));
    ReportFile file(folder.file("report"));
    file.read_slice(std::ref(all));
    CHECK(all.lines == Lines{"warning $PAWL_REPORT is not read: it is a symbolic link"});
  }
  SECTION("not a fifo, which would block") {
    REQUIRE(::mkfifo(folder.file("report").c_str(), 0600) == 0);
    ReportFile file(folder.file("report"));
    file.read_slice(std::ref(all));
    file.read_slice(std::ref(all));
    CHECK(all.lines == Lines{"warning $PAWL_REPORT is not read: it is no regular file"});
  }
  SECTION("not a folder") {
    std::filesystem::create_directory(folder.file("report"));
    ReportFile file(folder.file("report"));
    file.read_slice(std::ref(all));
    CHECK(all.lines == Lines{"warning $PAWL_REPORT is not read: it is no regular file"});
  }
}

TEST_CASE("lines and files have limits", "[report]") {
  TemporaryFolder folder;
  Told all;
  SECTION("a line of one mebibyte is read, a longer one is left out, the next one counts") {
    const std::string head = "{\"comment\":\"";
    const std::string fits = head + std::string(report_line_max - head.size() - 2, 'x') + "\"}";
    folder.write("report", fits + "\n" + fits + " \n{\"progress\":1}\n");
    ReportFile file(folder.file("report"));
    while (file.read_slice(std::ref(all))) {
    }
    REQUIRE(all.lines.size() == 3);
    CHECK(all.lines[0].size() == report_line_max - head.size() - 2 + 9);
    CHECK(all.lines[1] == "warning a line in $PAWL_REPORT is longer than 1.0 MiB and is left out");
    CHECK(all.lines[2] == "progress 1.00 -/- ");
  }
  SECTION("of a file over 64 MiB the rest is not read") {
    folder.write("report", "{\"progress\":1}\n");
    std::filesystem::resize_file(folder.file("report"), report_bytes_max + 1);
    ReportFile file(folder.file("report"));
    while (file.read_slice(std::ref(all))) {
    }
    file.finish(std::ref(all));
    CHECK(all.lines.front() == "progress 1.00 -/- ");
    CHECK(all.lines.back() == "warning $PAWL_REPORT is larger than 64 MiB; the rest is not read");
  }
}
