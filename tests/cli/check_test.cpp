#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "cli/checked_files.hpp"
#include "cli/folder_watch.hpp"
#include "golden.hpp"

namespace pawl::cli {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, which is the current one while the test runs: paths in reports are short.
class Workplace {
 public:
  Workplace() : before_(fs::current_path()) {
    std::string name = (fs::temp_directory_path() / "pawl-check-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    fs::current_path(folder_);
  }
  ~Workplace() {
    fs::current_path(before_);
    fs::remove_all(folder_);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  static void write(const fs::path& path, const std::string& text) {
    if (path.has_parent_path()) fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

 private:
  fs::path before_, folder_;
};

CheckedFiles check(const std::vector<std::string>& paths) {
  CheckedFiles checked(paths);
  checked.read_all([](const std::string&) {});
  return checked;
}

std::vector<std::string> paths_of(const CheckedFiles& checked) {
  std::vector<std::string> paths;
  for (const auto& [path, file] : checked.files()) paths.push_back(path);
  return paths;
}

const std::string good = "steps:\n  a: {run: echo}\n";
const std::string bad = "steps:\n  a: {run: echo, tiemout: 1m}\n  b: {rnu: echo}\n";
const std::string risky = "inputs: {x: {type: string}}\nsteps:\n  a: {run: 'rm ${{ inputs.x }}'}\n";

TEST_CASE("what makes a file a workflow is the root key 'steps'", "[cli][check]") {
  CHECK(is_workflow(good));
  CHECK(is_workflow("{\"steps\": {\"a\": {\"run\": \"echo\"}}}"));
  CHECK_FALSE(is_workflow("services: {web: {steps: 1}}\n"));
  CHECK_FALSE(is_workflow("- steps\n"));
  CHECK_FALSE(is_workflow(""));

  SECTION("also when the file is too broken to be read") {
    CHECK(is_workflow("name: x\nsteps:\n  a: {run: [\n"));
    CHECK_FALSE(is_workflow("name: x\nother: [\n"));
  }
}

TEST_CASE("a folder is searched at all depths for workflows", "[cli][check]") {
  const Workplace place;
  Workplace::write("flows/a.yaml", good);
  Workplace::write("flows/deep/er/b.yml", good);
  Workplace::write("flows/compose.yaml", "services: {}\n");
  Workplace::write("flows/notes.txt", good);
  Workplace::write("flows/.hidden.yaml", good);
  Workplace::write("flows/.git/c.yaml", good);
  fs::create_directory_symlink("..", "flows/loop");
  const std::vector<std::string> expected{"flows/a.yaml", "flows/deep/er/b.yml"};
  CHECK(paths_of(check({"flows"})) == expected);
  CHECK(paths_of(check({"./flows/"})) == expected);
  CHECK(paths_of(check({})) == expected);
  CHECK(check({}).skipped() == 1);

  SECTION("a file that is named is checked whatever it is, and once") {
    const CheckedFiles checked = check({"flows/compose.yaml", "flows", "./flows/a.yaml"});
    CHECK(paths_of(checked) ==
          std::vector<std::string>{"flows/a.yaml", "flows/compose.yaml", "flows/deep/er/b.yml"});
    CHECK(has_errors(checked));
  }
}

TEST_CASE("the report has the mistakes, the counts and where to read on", "[cli][check]") {
  const Workplace place;
  Workplace::write("bad.yaml", bad);
  Workplace::write("good.yaml", good);
  Workplace::write("risky.yaml", risky);
  Workplace::write("other.yaml", "a: 1\n");
  check_golden("check.txt", report_text(check({})));
  check_golden("check.json", report_records(check({})));
  CHECK(report_paths(check({})) == "bad.yaml\n");
  CHECK(has_errors(check({})));
}

TEST_CASE("a report without errors says so", "[cli][check]") {
  const Workplace place;
  Workplace::write("good.yaml", good);
  CHECK(report_text(check({"good.yaml"})) == "1 file, no mistakes\n");
  Workplace::write("risky.yaml", risky);
  check_golden("check_warning.txt", report_text(check({"risky.yaml"})));
  CHECK_FALSE(has_errors(check({})));
}

TEST_CASE("a file that cannot be read is an error and hides no other", "[cli][check]") {
  const Workplace place;
  Workplace::write("good.yaml", good);
  const CheckedFiles checked = check({"nowhere.yaml", "good.yaml"});
  CHECK(report_text(checked) == "2 files, 1 error\n");
  CHECK(checked.files().at("nowhere.yaml").unreadable.has_value());
}

TEST_CASE("a path that has changed is read again, and only what matters is news", "[cli][check]") {
  const Workplace place;
  Workplace::write("flows/a.yaml", good);
  Workplace::write("named.yaml", good);
  CheckedFiles checked = check({"flows", "named.yaml"});

  SECTION("the same bytes are no news") { CHECK_FALSE(checked.read_again("flows/a.yaml")); }
  SECTION("a mistake is") {
    Workplace::write("flows/a.yaml", bad);
    CHECK(checked.read_again("flows/a.yaml"));
    CHECK(has_errors(checked));
  }
  SECTION("a new file is, a hidden one and one outside are not") {
    Workplace::write("flows/new.yaml", bad);
    Workplace::write("flows/.new.yaml", bad);
    Workplace::write("outside.yaml", bad);
    CHECK(checked.read_again("flows/new.yaml"));
    CHECK_FALSE(checked.read_again("flows/.new.yaml"));
    CHECK_FALSE(checked.read_again("outside.yaml"));
    CHECK_FALSE(checked.read_again("flowsy/new.yaml"));
  }
  SECTION("one that is gone leaves the report, unless it was named") {
    fs::remove("flows/a.yaml");
    fs::remove("named.yaml");
    CHECK(checked.read_again("flows/a.yaml"));
    CHECK(checked.read_again("named.yaml"));
    CHECK(paths_of(checked) == std::vector<std::string>{"named.yaml"});
    CHECK(has_errors(checked));
  }
  SECTION("one that is no workflow any more is skipped") {
    Workplace::write("flows/a.yaml", "a: 1\n");
    CHECK(checked.read_again("flows/a.yaml"));
    CHECK(checked.skipped() == 1);
    CHECK_FALSE(checked.read_again("flows/a.yaml"));
    Workplace::write("flows/a.yaml", good);
    CHECK(checked.read_again("flows/a.yaml"));
    CHECK(checked.skipped() == 0);
  }
}

TEST_CASE("a watch tells files that are written, moved in, moved away and removed",
          "[cli][check]") {
  const Workplace place;
  FolderWatch watch;
  watch.add(".");
  const auto changed = [&] { return watch.wait().files; };
  Workplace::write("a.yaml", good);
  CHECK(changed() == std::set<std::string>{"a.yaml"});
  fs::rename("a.yaml", "b.yaml");
  CHECK(changed() == std::set<std::string>{"a.yaml", "b.yaml"});
  fs::remove("b.yaml");
  CHECK(changed() == std::set<std::string>{"b.yaml"});

  SECTION("and folders that come") {
    fs::create_directory("deep");
    CHECK(watch.wait().folders);
    watch.add("deep");
    Workplace::write("deep/c.yaml", good);
    CHECK(changed() == std::set<std::string>{"deep/c.yaml"});
  }
  SECTION("a folder that is gone is no mistake") { watch.add("nowhere"); }
}

}  // namespace
}  // namespace pawl::cli
