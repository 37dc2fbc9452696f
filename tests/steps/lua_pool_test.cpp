#include "steps/lua_pool.hpp"

#include <atomic>

#include "world.hpp"

using namespace pawl;
using namespace pawl::steps;

TEST_CASE("work runs on the pool and its result on the loop thread", "[pool]") {
  LoopBase loop;
  LuaPool pool(loop.get(), 2);
  const auto ticket = std::make_shared<int>(0);
  std::thread::id worked_on, heard_on;
  pool.submit(
      ticket, [&] { worked_on = std::this_thread::get_id(); },
      [&] { heard_on = std::this_thread::get_id(); });
  loop.run_until([&] { return heard_on != std::thread::id(); });
  CHECK(worked_on != std::this_thread::get_id());
  CHECK(heard_on == std::this_thread::get_id());
}

TEST_CASE("what a slice posts comes before its result, in order", "[pool]") {
  LoopBase loop;
  LuaPool pool(loop.get(), 2);
  const auto ticket = std::make_shared<int>(0);
  std::vector<int> heard;
  pool.submit(
      ticket,
      [&] {
        for (int i = 0; i < 3; ++i) pool.post(ticket, [&heard, i] { heard.push_back(i); });
      },
      [&] { heard.push_back(3); });
  loop.run_until([&] { return heard.size() == 4; });
  CHECK(heard == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("who gave up the ticket hears nothing", "[pool]") {
  LoopBase loop;
  LuaPool pool(loop.get(), 1);
  auto unwanted = std::make_shared<int>(0);
  const auto wanted = std::make_shared<int>(0);
  bool heard = false;
  std::atomic<bool> over = false;
  pool.submit(
      unwanted, [] {}, [&] { heard = true; });
  unwanted.reset();
  pool.submit(
      wanted, [] {}, [&] { over = true; });
  loop.run_until([&] { return over.load(); });
  CHECK_FALSE(heard);
}

TEST_CASE("a pool that ends drops what was not begun, and waits for what was", "[pool]") {
  LoopBase loop;
  const auto ticket = std::make_shared<int>(0);
  const auto work_kept = std::make_shared<int>(0);
  std::atomic<bool> begun = false, release = false, ended = false;
  {
    LuaPool pool(loop.get(), 1);
    pool.submit(
        ticket,
        [&] {
          begun = true;
          begun.notify_one();
          release.wait(false);
          ended = true;
        },
        [] {});
    begun.wait(false);
    for (int i = 0; i < 100; ++i)
      pool.submit(
          ticket, [work_kept] {}, [] {});
    release = true;
    release.notify_one();
  }
  CHECK(ended);
  CHECK(work_kept.use_count() == 1);
}
