#include "store/overview.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "store/builders.hpp"
#include "store/pg.hpp"
#include "support/postgres.hpp"

using namespace pawl;
using namespace pawl::store;
using namespace pawl::store::test;

namespace {

struct Seen {
  Seen() : owner(open_postgres({url}), "anvil"), overview(open_overview({url})) {}

  RunId start(const std::string& workflow = "tour") {
    const StartRequest request = a_start(owner.store->put_definition(a_definition(workflow)));
    return owner.store->start({&request, 1})[0].run;
  }

  std::string url = pawl::test::Postgres::shared().make_migrated_database();
  Owner owner;
  std::unique_ptr<Overview> overview;
};

}  // namespace

TEST_CASE("workers are seen with their lease, queues and runs; a fenced one is not alive",
          "[store]") {
  Seen db;
  db.start();
  REQUIRE(db.owner.store->claim(db.owner.inc, default_queue, 5).size() == 1);
  Owner silent(open_postgres({db.url}), "hammer");
  REQUIRE(db.owner.store->register_worker({"tongs", "host", "1"}, a_lease).inc.value > 0);
  Session(db.url).script("update lane set fenced = true where inc = " +
                         std::to_string(silent.inc.value));

  const TimePoint now = db.overview->database().now;
  const std::vector<WorkerSight> workers = db.overview->workers();
  REQUIRE(workers.size() == 3);
  const auto named = [&](const std::string& name) {
    return *std::ranges::find(workers, name, &WorkerSight::name);
  };
  CHECK(named("anvil").is_alive(now));
  CHECK(named("anvil").runs == 1);
  CHECK(named("anvil").serves("default"));
  CHECK_FALSE(named("anvil").serves("gpu"));
  CHECK_FALSE(named("anvil").is_alive(named("anvil").lease_until));
  CHECK_FALSE(named("hammer").is_alive(now));
  CHECK(named("tongs").runs == 0);
}

TEST_CASE("queues are seen with what waits and what is owned", "[store]") {
  Seen db;
  db.start();
  db.start();
  REQUIRE(db.owner.store->claim(db.owner.inc, default_queue, 1).size() == 1);
  const std::vector<QueueSight> queues = db.overview->queues();
  REQUIRE(queues.size() == 1);
  CHECK(queues[0].name == "default");
  CHECK(queues[0].waiting == 1);
  CHECK(queues[0].oldest.has_value());
  CHECK(queues[0].owned == 1);
}

TEST_CASE("a run is seen with its place in the queue and what was asked of it", "[store]") {
  Seen db;
  const RunId first = db.start(), second = db.start();
  CHECK(db.overview->of_run(first).before_it == 0);
  RunSight sight = db.overview->of_run(second);
  CHECK(sight.queue == "default");
  CHECK(sight.sem == dsl::language_sem);
  CHECK(sight.before_it == 1);
  CHECK(sight.ready_at.has_value());
  CHECK_FALSE(sight.last_pause.has_value());

  db.owner.store->send(second, 1, "user:ana", "once", "{}", true);
  sight = db.overview->of_run(second);
  REQUIRE_FALSE(sight.unread.empty());
  CHECK(sight.unread.back().kind == 1);
  CHECK(sight.unread.back().actor == "user:ana");
}

TEST_CASE("the database tells of itself, and of a transaction that stays open", "[store]") {
  Seen db;
  DatabaseSight sight = db.overview->database();
  CHECK(sight.fsync == false);  // the tests' own server
  CHECK(sight.bytes > 0);
  CHECK(sight.connections >= 2);
  CHECK(sight.connections_max > sight.connections);
  CHECK_FALSE(sight.version.empty());
  CHECK_FALSE(sight.oldest_transaction.has_value());

  Session idle(db.url);
  idle.script("begin; select 1");
  sight = db.overview->database();
  REQUIRE(sight.oldest_transaction.has_value());
  CHECK(sight.oldest_pid == PQbackendPID(idle.raw()));
  CHECK(sight.oldest_program == "pawl");
}
