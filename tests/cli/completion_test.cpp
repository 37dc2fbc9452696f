#include "cli/completion.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/completion_shells.hpp"
#include "cli/sample_commands.hpp"

namespace pawl::cli {
namespace {

using Words = std::vector<std::string>;

store::RunSummary summary(std::int64_t number, std::string workflow, core::RunPhase phase,
                          std::string key = "") {
  store::RunSummary run;
  run.number = number;
  run.workflow = std::move(workflow);
  run.phase = phase;
  run.key = std::move(key);
  return run;
}

CompletionSources sample_sources() {
  CompletionSources sources;
  sources.runs = [] {
    return std::vector<store::RunSummary>{
        summary(4711, "nightly", core::RunPhase::running, "daily"),
        summary(4710, "report", core::RunPhase::failed)};
  };
  sources.steps = [](const std::string& run) {
    return run == "4711" ? Words{"extract", "build", "build.compile"} : Words{"other"};
  };
  sources.inputs = [](const std::string& file) {
    dsl::Input region, fast;
    region.name = "region";
    region.description = "Where";
    region.choices = {{R"("eu")"}, {R"("us")"}};
    fast.name = "fast";
    fast.type = dsl::InputType::boolean;
    return file == "nightly.yaml" ? std::vector<dsl::Input>{region, fast}
                                  : std::vector<dsl::Input>();
  };
  return sources;
}

std::vector<Candidate> candidates(const Words& words) {
  return complete(sample_commands, read_typed(sample_commands, words), sample_sources());
}

Words values(const Words& words) {
  Words found;
  for (const Candidate& candidate : candidates(words)) {
    found.push_back(candidate.value + (candidate.is_open ? "…" : ""));
  }
  return found;
}

TEST_CASE("commands are completed, with what they do", "[cli]") {
  CHECK(values({""}) == Words{"run", "runs", "logs", "explain", "help"});
  CHECK(values({"ru"}) == Words{"run", "runs"});
  CHECK(candidates({"lo"})[0].description == "Output of steps, merged by time");
  CHECK(values({"help", "ex"}) == Words{"explain"});
  CHECK(values({}) == values({""}));
  CHECK(values({"nothing", ""}).empty());
}

TEST_CASE("own flags come before those of every command", "[cli]") {
  const Words flags = values({"logs", "-"});
  REQUIRE(flags.size() > 5);
  CHECK(flags[0] == "--stream");
  CHECK(values({"logs", "--st"}) == Words{"--stream"});
  CHECK(values({"logs", "--", "--st"}).empty());
}

TEST_CASE("values of flags are completed, behind a blank and behind =", "[cli]") {
  CHECK(values({"logs", "--stream", ""}) == Words{"out", "err"});
  CHECK(values({"logs", "--stream=e"}) == Words{"--stream=err"});
  CHECK(values({"logs", "--color", "a"}) == Words{"always"});
  CHECK(values({"logs", "--nothing=e"}).empty());
  CHECK(values({"run", "f.yaml", "--label", ""}).empty());
}

TEST_CASE("runs are numbers, newest first, with workflow and state", "[cli]") {
  CHECK(values({"logs", ""}) == Words{"4711", "4710", "last"});
  CHECK(candidates({"logs", ""})[1].description == "report, failed");
  CHECK(values({"logs", "--stream", "out", "471"}) == Words{"4711", "4710"});
}

TEST_CASE("who begins a word is told keys and newest runs of workflows", "[cli]") {
  CHECK(values({"logs", "d"}) == Words{"daily"});
  CHECK(values({"logs", "last:"}) == Words{"last:nightly", "last:report"});
}

TEST_CASE("steps are those of the run that stands before them", "[cli]") {
  CHECK(values({"logs", "4711", "b"}) == Words{"build", "build.compile"});
  CHECK(values({"logs", "last", ""}) == Words{"other"});
  CHECK(values({"logs", "4711", "build", ""}).empty());
}

TEST_CASE("inputs are those of the file that stands before them", "[cli]") {
  CHECK(values({"run", "nightly.yaml", "-i", ""}) == Words{"region=…", "fast=…"});
  CHECK(values({"run", "nightly.yaml", "--input", "r"}) == Words{"region=…"});
  CHECK(candidates({"run", "nightly.yaml", "-i", "r"})[0].description == "Where");
  CHECK(values({"run", "nightly.yaml", "-i", "region="}) == Words{"region=eu", "region=us"});
  CHECK(values({"run", "nightly.yaml", "-i", "fast=t"}) == Words{"fast=true"});
  CHECK(values({"run", "nightly.yaml", "-i", "nothing="}).empty());
  CHECK(values({"run", "-i", ""}).empty());
}

TEST_CASE("filters are keys, and behind the sign their values", "[cli]") {
  CHECK(values({"runs", "st"}) == Words{"state=…", "started=…"});
  CHECK(values({"runs", "lab"}) == Words{"label.…"});
  CHECK(values({"runs", "state=fa"}) == Words{"state=failed"});
  CHECK(values({"runs", "state!=failed,ca"}) == Words{"state!=failed,cancelled"});
  CHECK(values({"runs", "state=failed", "workflow:n"}) == Words{"workflow:nightly"});
  CHECK(values({"runs", "error=tim"}) == Words{"error=timeout"});
}

TEST_CASE("columns of a list and what it can be sorted by are completed", "[cli]") {
  CHECK(values({"runs", "--sort", "st"}) == Words{"state", "started"});
  CHECK(values({"runs", "--sort", "-to"}) == Words{"-took"});
  CHECK(values({"runs", "--sort=-st"}) == Words{"--sort=-state", "--sort=-started"});
  CHECK(values({"runs", "--columns", "w"}) == Words{"workflow", "worker", "what"});
  CHECK(values({"runs", "--columns", "run,la"}) == Words{"run,label.…"});
}

TEST_CASE("codes of explain are completed", "[cli]") {
  CHECK(values({"explain", "unknown-k"}) == Words{"unknown-key"});
}

TEST_CASE("there are never more than 200", "[cli]") {
  CompletionSources sources;
  sources.runs = [] {
    std::vector<store::RunSummary> runs;
    for (std::int64_t i = 1; i <= 1000; ++i) {
      runs.push_back(summary(i, "w", core::RunPhase::queued));
    }
    return runs;
  };
  const Typed typed = read_typed(sample_commands, {"logs", ""});
  CHECK(complete(sample_commands, typed, sources).size() == candidates_max);
}

/// A folder that is gone with the test.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "pawl-files-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void file(const std::string& name) const { std::ofstream(path / name) << "x"; }

  std::filesystem::path path;
};

TEST_CASE("files are workflows where there are any, and folders", "[cli]") {
  const Folder folder;
  for (const char* name : {"b.yaml", "a.yml", "notes.txt", ".hidden"}) folder.file(name);
  std::filesystem::create_directory(folder.path / "flows");
  const std::string front = folder.path.string() + "/";
  const auto names = [&](const std::string& begin, bool only_workflows) {
    Words found;
    for (const Candidate& file : file_candidates(front + begin, only_workflows)) {
      CHECK(file.is_open == (file.value.back() == '/'));
      found.push_back(file.value.substr(front.size()));
    }
    return found;
  };
  CHECK(names("", true) == Words{"a.yml", "b.yaml", "flows/"});
  CHECK(names("n", true) == Words{"notes.txt"});
  CHECK(names("", false) == Words{"a.yml", "b.yaml", "notes.txt", "flows/"});
  CHECK(names(".", false) == Words{".hidden"});
  CHECK(file_candidates("/nowhere/at/all/", false).empty());
}

// ---- shells ------------------------------------------------------------------------------------

constexpr std::string_view breaks = " \t\n\"'@><=;|&(:";

std::string in_bash(const std::string& typed, const std::vector<Candidate>& found,
                    bool described = true) {
  return for_bash(found, read_bash_line(typed, breaks), described);
}

TEST_CASE("bash's line is read as bash reads it", "[cli]") {
  const BashLine line = read_bash_line(R"(pawl  run 'a b.yaml' c\ d "x=\"y" e)", breaks);
  CHECK(line.words == Words{"pawl", "run", "a b.yaml", "c d", "x=\"y", "e"});
  CHECK(line.quote == 0);
  CHECK(read_bash_line("pawl run ", breaks).words == Words{"pawl", "run", ""});
  CHECK(read_bash_line("pawl run 'a b", breaks).quote == '\'');
  CHECK(read_bash_line("", breaks).words == Words{""});
  CHECK(read_bash_line("pawl \\", breaks).words == Words{"pawl", "\\"});
}

TEST_CASE("bash gets what stands behind the last place where it breaks words", "[cli]") {
  CHECK(in_bash("pawl runs state=fa", {{"state=failed", "", false}}) == "failed \n");
  CHECK(in_bash("pawl runs sta", {{"state=", "", true}}) == "state=\n");
  CHECK(in_bash("pawl logs last:", {{"last:a", "", false}, {"last:b", "", false}}) == "a\nb\n");
  CHECK(for_bash({{"state=failed", "", false}}, read_bash_line("pawl runs state=fa", " "), true) ==
        "state=failed \n");
}

TEST_CASE("bash shows descriptions when there is a choice, and inserts none", "[cli]") {
  const std::vector<Candidate> found{{"run", "Start", false}, {"logs", "Output", false}};
  CHECK(in_bash("pawl ", found) == "run   Start\nlogs  Output\n");
  CHECK(in_bash("pawl ", found, false) == "run\nlogs\n");
  CHECK(in_bash("pawl r", {found[0]}) == "run \n");
}

TEST_CASE("what bash would read otherwise is quoted, as the word was begun", "[cli]") {
  const std::vector<Candidate> found{{"it's 1$.yaml", "", false}};
  CHECK(in_bash("pawl run it", found) == "it\\'s\\ 1\\$.yaml \n");
  CHECK(in_bash("pawl run \"it", found) == "it's 1\\$.yaml\n");
  CHECK(in_bash("pawl run 'it", found) == "it'\\''s 1$.yaml\n");
}

TEST_CASE("zsh and fish get whole words and what is shown for them", "[cli]") {
  const std::vector<Candidate> found{{"state=", "", true}, {"4711", "nightly, failed", false}};
  CHECK(for_zsh(found) == "=state=\tstate=\n 4711\t4711    nightly, failed\n");
  CHECK(for_fish(found) == "state=\n4711\tnightly, failed\n");
}

TEST_CASE("what others wrote cannot steer the terminal", "[cli]") {
  const std::vector<Candidate> found{{"1", "\x1b[2Jgone\nline", false}, {"2", "b", false}};
  CHECK(for_fish(found) == "1\tgone\n2\tb\n");
  CHECK(in_bash("pawl ", found) == "1  gone\n2  b\n");
}

TEST_CASE("there is a script for bash, zsh and fish", "[cli]") {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    CHECK(completion_script(shell).find("__complete " + shell) != std::string_view::npos);
  }
  CHECK(completion_script("tcsh").empty());
}

}  // namespace
}  // namespace pawl::cli
