#include "runtime/store_thread.hpp"

#include <catch2/catch.hpp>
#include <future>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "store/memory.hpp"

namespace pawl::runtime {
namespace {

/// A thread over a database that is away and cannot do its work as often as told, and what the
/// thread said of it.
class Waiting {
 public:
  Waiting(int opens_fail, int calls_fail)
      : thread_(
            [this, opens_fail]() mutable {
              if (opens_fail-- > 0) throw store::Unavailable("nobody listens");
              return database_.open();
            },
            [this](const std::string& why) { heard_.push_back(why); },
            [](const std::exception_ptr&) {}) {
    std::promise<void> done;
    thread_.add([this, calls_fail, &done](store::Store&, bool again) mutable {
      again_.push_back(again);
      if (calls_fail-- > 0) throw store::Unavailable("no space left");
      done.set_value();
    });
    done.get_future().wait();
    thread_.stop();
  }

  std::vector<std::string> heard() const { return heard_; }
  std::vector<bool> again() const { return again_; }

 private:
  store::MemoryDatabase database_{[] { return TimePoint{}; }};
  std::vector<std::string> heard_;
  std::vector<bool> again_;
  StoreThread thread_;
};

using Texts = std::vector<std::string>;

TEST_CASE("a connection that broke once is no trouble, but the job is told") {
  const Waiting waiting(0, 1);
  CHECK(waiting.heard() == Texts{});
  CHECK(waiting.again() == std::vector{false, true});
}

TEST_CASE("a database that is away is told once, and so is its return") {
  CHECK(Waiting(3, 0).heard() == Texts{"nobody listens", ""});
}

TEST_CASE("a database that is there and cannot do its work is told once, with its own words") {
  CHECK(Waiting(0, 4).heard() == Texts{"no space left", ""});
}

TEST_CASE("one trouble that shows itself in two ways is told once") {
  CHECK(Waiting(1, 3).heard() == Texts{"nobody listens", ""});
}

}  // namespace
}  // namespace pawl::runtime
