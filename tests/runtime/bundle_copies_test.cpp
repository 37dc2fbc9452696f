#include "runtime/bundle_copies.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "dsl/bundle.hpp"

using namespace pawl;
using namespace pawl::runtime;
namespace fs = std::filesystem;

namespace {

struct World {
  World() {
    std::string name = (fs::temp_directory_path() / "pawl-copies-XXXXXX").string();
    root = ::mkdtemp(name.data());
  }
  ~World() { remove_copies(root); }
  std::string root;
};

store::Definition a_definition(const std::string& hash) {
  store::Definition definition;
  definition.hash = hash;
  definition.file = "flow.yaml";
  definition.bundle = dsl::encode_bundle(
      "steps: 1\n", {{"lib/clean.lua", "return 1", false}, {"run.sh", "echo", true}});
  return definition;
}

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

unsigned mode_of(const std::string& path) {
  struct stat about {};
  ::stat(path.c_str(), &about);
  return about.st_mode & 0777;
}

}  // namespace

TEST_CASE("a copy has every file of the bundle, read-only", "[bundle]") {
  const World world;
  BundleCopies copies(world.root + "/bundles");
  const auto folder = copies.copy_of(a_definition("\x01\xab"), Micros{0});
  CHECK(*folder == world.root + "/bundles/01ab");
  CHECK(contents(*folder + "/flow.yaml") == "steps: 1\n");
  CHECK(contents(*folder + "/lib/clean.lua") == "return 1");
  CHECK(mode_of(*folder + "/lib/clean.lua") == 0444);
  CHECK(mode_of(*folder + "/run.sh") == 0555);
  CHECK(mode_of(*folder + "/lib") == 0555);
  CHECK(mode_of(*folder) == 0555);
  CHECK(copies.copy_of(a_definition("\x01\xab"), Micros{0}) == folder);
}

TEST_CASE("a copy that was not finished is made anew", "[bundle]") {
  const World world;
  fs::create_directories(world.root + "/bundles/01.new/lib");
  std::ofstream(world.root + "/bundles/01.new/run.sh") << "half";
  BundleCopies copies(world.root + "/bundles");
  const auto folder = copies.copy_of(a_definition("\x01"), Micros{0});
  CHECK(contents(*folder + "/run.sh") == "echo");
}

TEST_CASE("a copy is removed an hour after its last run has left", "[bundle]") {
  const World world;
  BundleCopies copies(world.root + "/bundles");
  const Micros minute = std::chrono::minutes{1};
  auto used = copies.copy_of(a_definition("\x01"), Micros{0});
  const std::string path = *used;
  (void)copies.copy_of(a_definition("\x02"), 90 * minute);
  CHECK(fs::exists(path));
  used.reset();
  (void)copies.copy_of(a_definition("\x02"), 149 * minute);
  CHECK(fs::exists(path));
  (void)copies.copy_of(a_definition("\x02"), 150 * minute);
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("the folder of a run is here when it holds its file", "[bundle]") {
  const World world;
  CHECK(BundleCopies::is_here(world.root, "flow.yaml", false));
  CHECK_FALSE(BundleCopies::is_here(world.root, "flow.yaml", true));
  std::ofstream(world.root + "/flow.yaml") << "x";
  CHECK(BundleCopies::is_here(world.root, "flow.yaml", true));
  CHECK_FALSE(BundleCopies::is_here(world.root + "/gone", "flow.yaml", false));
}
