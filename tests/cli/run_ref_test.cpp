#include "cli/run_ref.hpp"

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "cli/errors.hpp"
#include "cli/step_ref.hpp"
#include "empty_reader.hpp"
#include "sample_run.hpp"

namespace pawl::cli {
namespace {

/// Knows the runs it is given and nothing else about them.
class KnownRuns : public EmptyReader {
 public:
  explicit KnownRuns(std::vector<store::RunSummary> runs) : runs_(std::move(runs)) {}
  std::vector<store::RunSummary> find(std::string_view text) override {
    std::vector<store::RunSummary> found;
    for (const store::RunSummary& run : runs_) {
      if (run.key == text || std::to_string(run.number) == text) found.push_back(run);
    }
    return found;
  }
  std::int64_t newest_number() override { return runs_.empty() ? 0 : runs_.back().number; }

 private:
  std::vector<store::RunSummary> runs_;
};

store::RunSummary a_run(std::int64_t number, std::string workflow, std::string key) {
  store::RunSummary run;
  run.number = number;
  run.workflow = std::move(workflow);
  run.key = std::move(key);
  return run;
}

std::string refusal(store::Reader& reader, const std::string& text) {
  try {
    find_run(reader, text);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error_text(error);
  }
  return "found";
}

TEST_CASE("RUN names one run", "[cli]") {
  KnownRuns reader({a_run(4690, "report", "daily"), a_run(4711, "ingest", "daily")});
  CHECK(find_run(reader, "4690").workflow == "report");

  SECTION("an unknown run is answered with the newest one") {
    CHECK(refusal(reader, "4811") ==
          "error: no run 4811 in namespace default; the newest is 4711\n"
          "  RUN is a number, an id, a key (or key:K), last, last:WORKFLOW or last~N\n"
          "  pawl runs\n");
  }
  SECTION("a key of several workflows is not guessed at") {
    CHECK(refusal(reader, "daily") ==
          "error: the key 'daily' belongs to runs of 2 workflows: 4690 (report), 4711 (ingest)\n"
          "  give the number\n");
  }
}

TEST_CASE("RUN.N is a run as it stood after repair N, which can only be looked at", "[cli]") {
  using Parts = std::pair<std::string, std::optional<int>>;
  CHECK(split_repair("4711.1") == Parts{"4711", 1});
  CHECK(split_repair("4711.0") == Parts{"4711", 0});
  for (const char* text : {"4711", "4711.", ".1", "4711.x", "v4711.1", "4711.1.2", "last.1"}) {
    CHECK(split_repair(text) == Parts{text, std::nullopt});
  }
  KnownRuns reader({a_run(4711, "ingest", "2026.11")});
  CHECK(find_run(reader, "2026.11").number == 4711);  // A key may look so.
  CHECK(refusal(reader, "4711.1") ==
        "error: 4711.1 is run 4711 after repair 1, which can be looked at only\n"
        "  pawl show 4711.1\n");
}

TEST_CASE("a database without runs says so", "[cli]") {
  KnownRuns reader({});
  CHECK(refusal(reader, "last").rfind("error: no run last: there are no runs yet\n", 0) == 0);
}

TEST_CASE("STEP is a path; a slip is answered with the nearest one", "[cli]") {
  CHECK(find_step(*sample_plan(), "build.compile", 4709) == StepId{4});
  CHECK_THROWS_WITH(find_step(*sample_plan(), "build.compiel", 4709),
                    "run 4709 has no step 'build.compiel'");
}

}  // namespace
}  // namespace pawl::cli

template <>
struct Catch::StringMaker<pawl::StepId> {
  static std::string convert(const pawl::StepId& id) { return std::to_string(id.value); }
};
