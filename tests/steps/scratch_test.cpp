#include "steps/scratch.hpp"

#include <sys/stat.h>

#include "tests/steps/world.hpp"

namespace pawl::steps {
namespace {

TEST_CASE("each attempt finds an empty scratch folder that only the worker's user may enter") {
  const TemporaryFolder home;
  ScratchFolders folders;
  const std::string first = home.file("tmp/1/first");
  const std::string second = home.file("tmp/1/second");
  REQUIRE_FALSE(folders.make(first));

  SECTION("when nothing was put into the last one") {}
  SECTION("when a file was left in it") { home.write("tmp/1/first/left", "left"); }
  SECTION("when a file was left whose folder got its old time again") {
    const auto before = std::filesystem::last_write_time(first);
    home.write("tmp/1/first/left", "left");
    std::filesystem::last_write_time(first, before + std::chrono::nanoseconds(1));
  }
  SECTION("when files came and went") {
    home.write("tmp/1/first/gone", "gone");
    std::filesystem::remove(first + "/gone");
  }
  SECTION("when a folder was left in it") { std::filesystem::create_directories(first + "/a/b"); }
  SECTION("when it was opened to everybody") { ::chmod(first.c_str(), 0777); }
  SECTION("when it was replaced by a link") {
    std::filesystem::remove(first);
    std::filesystem::create_directory(home.file("elsewhere"));
    home.write("elsewhere/kept", "kept");
    std::filesystem::create_symlink(home.file("elsewhere"), first);
  }
  SECTION("when it was removed") { std::filesystem::remove(first); }

  folders.remove(first);
  REQUIRE_FALSE(folders.make(second));
  CHECK_FALSE(std::filesystem::exists(first));
  CHECK(std::filesystem::is_empty(second));
  CHECK_FALSE(std::filesystem::is_symlink(second));
  struct stat about {};
  REQUIRE(::stat(second.c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0700);
  if (std::filesystem::exists(home.file("elsewhere"))) CHECK(home.read("elsewhere/kept") == "kept");
}

TEST_CASE("the scratch folders that were kept for later go with their owner") {
  const TemporaryFolder home;
  {
    ScratchFolders folders;
    REQUIRE_FALSE(folders.make(home.file("one")));
    folders.remove(home.file("one"));
  }
  CHECK(std::filesystem::is_empty(home.path));
}

}  // namespace
}  // namespace pawl::steps
