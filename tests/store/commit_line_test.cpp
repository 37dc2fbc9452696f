#include <poll.h>

#include <catch2/catch.hpp>

#include "store/builders.hpp"
#include "store/pg.hpp"
#include "store/postgres.hpp"
#include "support/postgres.hpp"

using namespace pawl;
using namespace pawl::store;
using namespace pawl::store::test;

namespace {

/// A worker on a database of its own, whose session is used without blocking.
struct World {
  std::string url = pawl::test::Postgres::shared().make_migrated_database();
  Owner owner{open_postgres({url})};
  RunId run = claimed_run();

  RunId claimed_run() {
    const StartRequest request = a_start(owner.store->put_definition(a_definition()));
    const RunId made = owner.store->start({&request, 1})[0].run;
    REQUIRE(owner.store->claim(owner.inc, default_queue, 1).size() == 1);
    return made;
  }

  CommitLine& line() { return *owner.store->commit_line(); }

  CommitLine::Answer answer() {
    while (true) {
      const bool sent = line().flush();
      pollfd ready{line().descriptor(), static_cast<short>(sent ? POLLIN : POLLIN | POLLOUT), 0};
      REQUIRE(::poll(&ready, 1, -1) == 1);
      const CommitLine::Answer answer = line().receive();
      if (answer.stage != CommitLine::Stage::waiting) return answer;
    }
  }
};

}  // namespace

TEST_CASE("a batch is committed without holding a thread", "[store]") {
  World world;
  Batch first = world.owner.batch();
  add_transition(first, world.run, 0);
  world.line().send(first);
  const CommitLine::Answer answer = world.answer();
  CHECK(answer.stage == CommitLine::Stage::durable);
  CHECK(answer.reply.accepted == std::vector{world.run});
  CHECK(world.owner.store->load(std::vector{world.run})[0].version == 1);
}

TEST_CASE("a batch larger than the socket holds is sent bit by bit", "[store]") {
  World world;
  Batch batch = world.owner.batch();
  add_transition(batch, world.run, 0);
  batch.events[0].body = std::string(std::size_t{16} << 20, 'x');
  world.line().send(batch);
  CHECK(world.answer().stage == CommitLine::Stage::durable);
}

TEST_CASE("a batch that was not written says so, and the blocking call says why", "[store]") {
  World world;
  Batch batch = world.owner.batch();
  add_transition(batch, world.run, 0);
  REQUIRE(world.owner.store->fence(world.owner.inc, std::nullopt));
  world.line().send(batch);
  CHECK(world.answer().stage == CommitLine::Stage::not_written);
  CHECK(world.owner.store->commit(batch).result == CommitResult::fenced);
}

TEST_CASE("a connection that breaks under a batch leaves its outcome open", "[store]") {
  World world;
  Session killer(world.url);
  Batch batch = world.owner.batch();
  add_transition(batch, world.run, 0);
  world.line();
  // The row that the batch needs is held, so that it is surely under way when the session dies.
  const Transaction holds(killer);
  killer.script("select 1 from lane for update");
  world.line().send(batch);
  killer.script(
      "select pg_terminate_backend(pid) from pg_stat_activity "
      "where datname = current_database() and pid <> pg_backend_pid()");
  const CommitLine& line = world.line();
  const int watched = line.descriptor();
  CHECK_THROWS_AS(world.answer(), Unavailable);
  // Who watches it must be able to stop.
  CHECK(line.descriptor() == watched);
}
