#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "store/builders.hpp"
#include "store/pg.hpp"
#include "store/postgres.hpp"
#include "store/printing.hpp"
#include "support/postgres.hpp"

// Real sessions in real threads on a real PostgreSQL: what no order of whole calls can show.

using namespace pawl;
using namespace pawl::store;
using namespace pawl::store::test;

namespace {

struct World {
  World() : url(pawl::test::Postgres::shared().make_migrated_database()) {}
  std::unique_ptr<Store> open() const { return open_postgres({url}); }

  std::vector<RunId> start(int count) const {
    const auto session = open();
    const std::vector<StartRequest> requests(static_cast<std::size_t>(count),
                                             a_start(session->put_definition(a_definition())));
    std::vector<RunId> runs;
    for (const StartReply& reply : session->start(requests)) runs.push_back(reply.run);
    return runs;
  }
  std::int64_t number(const std::string& sql) const {
    Session session(url);
    const PgResult rows(PQexec(session.raw(), sql.c_str()));
    REQUIRE(PQntuples(rows.get()) == 1);
    return std::stoll(PQgetvalue(rows.get(), 0, 0));
  }

  std::string url;
};

using RequestId = std::pair<RunId, std::int64_t>;

/// Claims, reads everything and lets go, until told to end; knows what it read, per run, in order.
class LettingOwner {
 public:
  LettingOwner(const World& world, Release release) : owner_(world.open()), release_(release) {}

  void turn() {
    for (const ClaimedRun& run : owner_.store->claim(owner_.inc, default_queue, 10)) {
      held_[run.run] = {run.version, owner_.store->load(std::vector{run.run}).at(0).inbox_done};
    }
    Batch batch = owner_.batch();
    for (auto& [run, held] : held_) {
      add_transition(batch, run, held.version++);
      batch.runs.back().release = release_;
    }
    for (const InboxRow& row : owner_.store->read_inbox(owner_.inc, 1000)) {
      Held& held = held_.at(row.run);
      in_order = in_order && row.seq == held.done + 1;
      held.done = row.seq;
      batch.consumed.push_back({row.run, row.seq});
      consumed.insert({row.run, row.seq});
    }
    for (RunRow& row : batch.runs) row.inbox_done = held_.at(row.run).done;
    const CommitReply reply = owner_.store->commit(batch);
    all_accepted = all_accepted && reply.accepted.size() == batch.runs.size();
    for (const RunId run : reply.released) held_.erase(run);
  }
  bool idle() const { return held_.empty(); }

  std::set<RequestId> consumed;
  bool in_order = true, all_accepted = true;

 private:
  struct Held {
    std::int32_t version = 0;
    std::int64_t done = 0;
  };
  Owner owner_;
  Release release_;
  std::map<RunId, Held> held_;
};

}  // namespace

TEST_CASE("F-46 signals that race with parks are each read once, in order, and none is slept on",
          "[store]") {
  const World world;
  const std::vector<RunId> runs = world.start(12);
  constexpr int signals = 400;
  std::atomic<int> senders = 2;
  const auto send = [&](unsigned offset) {
    const auto session = world.open();
    for (unsigned i = 0; i < signals; ++i) {
      session->send(runs[(i * 7 + offset) % runs.size()], 7, "bob", "", "go", false);
    }
    --senders;
  };
  bool in_order = true, all_accepted = true;
  std::atomic<int> consumed = 0;
  const auto own = [&] {
    LettingOwner owner(world, Release::park);
    while (senders > 0 || !owner.idle()) owner.turn();
    owner.turn();  // What was sent last.
    while (!owner.idle()) owner.turn();
    consumed += static_cast<int>(owner.consumed.size());
    in_order = in_order && owner.in_order;
    all_accepted = all_accepted && owner.all_accepted;
  };
  {
    const std::jthread first(send, 0), second(send, 3);
    const std::jthread other(own);
  }
  own();  // A second owner finds what the first one left; nothing else can wake a run.
  CHECK(consumed == 2 * signals + static_cast<int>(runs.size()));
  CHECK(in_order);
  CHECK(all_accepted);
  CHECK(world.number("select count(*) from inbox") == 0);
}

TEST_CASE("requests that race with the end of their run, each sent twice, are read or refused",
          "[store]") {
  const World world;
  const std::vector<RunId> runs = world.start(60);
  // Stored, as acknowledged to the senders. A repeat is the same request while that is unread.
  std::set<RequestId> stored[2];
  std::atomic<int> refused = 0, senders = 2;
  const auto send = [&](std::size_t me) {
    const auto session = world.open();
    for (const RunId run : runs) {
      for (int n = 0;; ++n) {
        const std::string dedup = std::to_string(me) + "/" + std::to_string(n / 2);
        const SendReply reply = session->send(run, 7, "bob", dedup, "go", false);
        if (reply.seq == 0) break;
        stored[me].insert({run, reply.seq});
      }
      ++refused;
    }
    --senders;
  };
  LettingOwner owner(world, Release::close);
  {
    const std::jthread first(send, 0), second(send, 1);
    while (senders > 0 || !owner.idle()) owner.turn();
  }
  CHECK(owner.in_order);
  CHECK(owner.all_accepted);
  CHECK(refused == 2 * static_cast<int>(runs.size()));
  std::set<RequestId> sent;
  for (const RunId run : runs) sent.insert({run, 1});  // The start.
  for (const auto& mine : stored) sent.insert(mine.begin(), mine.end());
  CHECK(owner.consumed == sent);
  CHECK(world.number("select count(*) from inbox") == 0);
}

TEST_CASE("a takeover under load loses no acknowledged transition and leaves no gap", "[store]") {
  const World world;
  const std::vector<RunId> runs = world.start(8);
  Owner taker(world.open(), "taker");
  for (int round = 0; round < 6; ++round) {
    Owner owner(world.open());
    std::map<RunId, std::int32_t> versions;
    // The runs of the round before belong to the taker: let it hand them over in the same way.
    const Incarnation before = taker.inc;
    if (round == 0) {
      for (const auto& run : owner.store->claim(owner.inc, default_queue, 100)) {
        versions[run.run] = run.version;
      }
    } else {
      owner.store->fence(before, std::nullopt);
      for (const auto& run : owner.store->adopt(before, owner.inc, 100)) {
        versions[run.run] = run.version;
      }
    }
    REQUIRE(versions.size() == runs.size());
    std::map<RunId, std::int32_t> acknowledged;
    std::atomic<int> batches = 0;
    std::jthread load([&] {
      for (;;) {
        Batch batch = owner.batch();
        for (auto& [run, version] : versions) add_transition(batch, run, version++);
        if (owner.store->commit(batch).result != CommitResult::durable) return;
        acknowledged = versions;
        ++batches;
      }
    });
    Owner next(world.open(), "next");
    while (batches < 20 + round) std::this_thread::yield();
    REQUIRE(next.store->fence(owner.inc, std::nullopt));
    const auto adopted = next.store->adopt(owner.inc, next.inc, 100);
    load.join();
    REQUIRE(adopted.size() == runs.size());
    for (const ClaimedRun& run : adopted) CHECK(run.version == acknowledged.at(run.run));
    taker = std::move(next);
  }
  CHECK(world.number("select count(*) from run r where version <> (select count(*) from event e "
                     "where e.run_id = r.run_id)") == 0);
  CHECK(world.number("select count(*) from run r where version <> (select max(seq) from event e "
                     "where e.run_id = r.run_id)") == 0);
}

TEST_CASE("a client that holds an inbox counter stalls nobody: its run only is not let go",
          "[store]") {
  const World world;
  const std::vector<RunId> runs = world.start(2);
  Owner owner(world.open());
  REQUIRE(owner.store->claim(owner.inc, default_queue, 10).size() == 2);
  Session client(world.url);
  client.script("begin; update run_inbox set seq = seq where run_id = " +
                std::to_string(runs[0].value));
  Batch batch = letting_go(owner, runs[0], 0, 1, Release::park);
  const Batch second = letting_go(owner, runs[1], 0, 1, Release::park);
  batch.runs.push_back(second.runs[0]);
  batch.events.push_back(second.events[0]);
  const CommitReply reply = owner.store->commit(batch);
  CHECK(reply.accepted.size() == 2);
  CHECK(reply.released == std::vector{runs[1]});
  client.script("rollback");
}

TEST_CASE("a worker that is being fenced claims nothing", "[store]") {
  const World world;
  world.start(3);
  Owner owner(world.open());
  Session fencer(world.url);
  fencer.script("begin; update lane set fenced = true where inc = " +
                std::to_string(owner.inc.value));
  std::vector<ClaimedRun> claimed;
  std::jthread claiming([&] { claimed = owner.store->claim(owner.inc, default_queue, 10); });
  fencer.script("commit");
  claiming.join();
  // Either it waited for the fencer or came after; both ways it has nothing.
  CHECK(claimed.empty());
}

TEST_CASE("a batch that waited for its fencer writes nothing and learns why", "[store]") {
  const World world;
  const RunId run = world.start(1)[0];
  Owner owner(world.open());
  owner.store->claim(owner.inc, default_queue, 10);
  Session fencer(world.url);
  fencer.script("begin; update lane set fenced = true where inc = " +
                std::to_string(owner.inc.value));
  Batch batch = owner.batch();
  add_transition(batch, run, 0);
  CommitReply reply;
  std::jthread committing([&] { reply = owner.store->commit(batch); });
  fencer.script("commit");
  committing.join();
  CHECK(reply.result == CommitResult::fenced);
  CHECK(world.number("select count(*) from event") == 0);
}

TEST_CASE("sessions that migrate at once apply each migration once", "[store]") {
  const std::string url = pawl::test::Postgres::shared().make_database();
  std::atomic<int> applied = 0;
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < 3; ++i) all.emplace_back([&] { applied += migrate({url}); });
  }
  CHECK(applied == schema_state({url}).known);
}

TEST_CASE("a server that was killed makes calls unavailable, and keeps what it acknowledged",
          "[store]") {
  pawl::test::Postgres cluster;
  const std::string url = cluster.make_migrated_database();
  Owner owner(open_postgres({url}));
  const StartRequest request = a_start(owner.store->put_definition(a_definition()));
  const RunId run = owner.store->start({&request, 1})[0].run;
  owner.store->claim(owner.inc, default_queue, 1);
  Batch batch = owner.batch();
  add_transition(batch, run, 0);
  owner.store->commit(batch);

  cluster.crash();
  Batch next = owner.batch();
  add_transition(next, run, 1);
  CHECK_THROWS_AS(owner.store->commit(next), Unavailable);
  CHECK_THROWS_AS(open_postgres({url}), Unavailable);

  cluster.start();
  const auto session = open_postgres({url});
  const Settled settled = session->settle(next);
  CHECK_FALSE(settled.fenced);
  CHECK(settled.runs.at(0).version == 1);
  CHECK(session->commit(next).result == CommitResult::already);
}
