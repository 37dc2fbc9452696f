#include <algorithm>

#include "store/builders.hpp"
#include "store/conformance.hpp"
#include "store/printing.hpp"

namespace pawl::store::test {

namespace {

const TimePoint long_past{std::chrono::hours{100'000}};
const TimePoint far_future{std::chrono::hours{1'000'000}};

void parking_conforms(const Backend& backend) {
  const auto open = backend.make_database();
  Owner owner(open());
  Store& store = *owner.store;
  const StartRequest request = a_start(store.put_definition(a_definition()));
  const RunId run = store.start({&request, 1})[0].run;
  REQUIRE(ids(store.claim(owner.inc, default_queue, 10)) == std::vector{run});

  SECTION("a run that has read all is let go and sleeps until a request comes") {
    const CommitReply reply = store.commit(letting_go(owner, run, 0, 1, Release::park));
    CHECK(reply.released == std::vector{run});
    CHECK(store.owned(owner.inc).empty());
    CHECK(store.claim(owner.inc, default_queue, 10).empty());
    CHECK(store.send(run, 7, "bob", "", "go", false).seq == 2);
    REQUIRE(ids(store.claim(owner.inc, default_queue, 10)) == std::vector{run});
    const auto inbox = store.read_inbox(owner.inc, 10);
    REQUIRE(inbox.size() == 1);
    CHECK(inbox[0].seq == 2);
    CHECK(inbox[0].kind == 7);
    CHECK(inbox[0].actor == "bob");
    CHECK(inbox[0].body == "go");
  }
  SECTION("a run with an unread request is not let go, its state is written all the same") {
    store.send(run, 7, "bob", "", "go", false);
    Batch batch = letting_go(owner, run, 0, 1, Release::park);
    batch.runs[0].phase = core::RunPhase::waiting;
    const CommitReply reply = store.commit(batch);
    CHECK(reply.accepted == std::vector{run});
    CHECK(reply.released.empty());
    CHECK(store.load(std::vector{run})[0].phase == core::RunPhase::waiting);
    CHECK(store.load(std::vector{run})[0].inbox_done == 1);
    CHECK(ids(store.owned(owner.inc)) == std::vector{run});
  }
  SECTION("a sleeping run whose time has come is ready, one whose time has not is left") {
    Batch batch = letting_go(owner, run, 0, 1, Release::park);
    SECTION("due") {
      batch.runs[0].wake_at = long_past;
      store.commit(batch);
      CHECK(store.promote_due(10) == 1);
      CHECK(store.promote_due(10) == 0);
      CHECK(ids(store.claim(owner.inc, default_queue, 10)) == std::vector{run});
    }
    SECTION("not yet") {
      batch.runs[0].wake_at = far_future;
      store.commit(batch);
      CHECK(store.promote_due(10) == 0);
      CHECK(store.claim(owner.inc, default_queue, 10).empty());
    }
  }
  SECTION("an ended run takes no request but a repair, which brings it back") {
    const CommitReply reply = store.commit(letting_go(owner, run, 0, 1, Release::close));
    CHECK(reply.released == std::vector{run});
    const SendReply late = store.send(run, 7, "bob", "", "late", false);
    CHECK(late.known);
    CHECK(late.seq == 0);
    CHECK(store.claim(owner.inc, default_queue, 10).empty());
    CHECK(store.send(run, 5, "bob", "", "repair", true).seq == 2);
    CHECK(ids(store.claim(owner.inc, default_queue, 10)) == std::vector{run});
    CHECK(store.read_inbox(owner.inc, 10).at(0).body == "repair");
    CHECK(store.send(run, 7, "bob", "", "next", false).seq == 3);
  }
}

void claiming_conforms(const Backend& backend) {
  const auto open = backend.make_database();
  Owner owner(open());
  Store& store = *owner.store;
  const std::int32_t definition = store.put_definition(a_definition());
  StartRequest request = a_start(definition);

  SECTION("the oldest ready runs are claimed first, up to the limit, by one owner each") {
    const RunId first = store.start({&request, 1})[0].run;
    const RunId second = store.start({&request, 1})[0].run;
    const RunId third = store.start({&request, 1})[0].run;
    CHECK(store.claim(owner.inc, default_queue, 2).size() == 2);
    Owner other(open());
    CHECK(ids(other.store->claim(other.inc, default_queue, 5)) == std::vector{third});
    CHECK(store.owned(owner.inc).size() == 2);
    CHECK(std::ranges::count(ids(store.owned(owner.inc)), first) == 1);
    CHECK(std::ranges::count(ids(store.owned(owner.inc)), second) == 1);
  }
  SECTION("runs of queues that are not served are left alone") {
    request.queue = "gpu";
    const RunId run = store.start({&request, 1})[0].run;
    CHECK(store.claim(owner.inc, default_queue, 5).empty());
    CHECK(ids(store.claim(owner.inc, std::vector<std::string>{"default", "gpu"}, 5)) ==
          std::vector{run});
  }
  SECTION("runs whose plan another build made are left for one that understands them") {
    Definition newer = a_definition("newer");
    SECTION("a later form of plans") { newer.plan_version = dsl::plan_version + 1; }
    SECTION("a later meaning of the language") { newer.sem = dsl::language_sem + 1; }
    request.definition = store.put_definition(newer);
    store.start({&request, 1});
    CHECK(store.claim(owner.inc, default_queue, 5).empty());
  }
}

void takeover_conforms(const Backend& backend) {
  const auto open = backend.make_database();
  Owner owner(open(), "old");
  Store& store = *owner.store;
  const StartRequest request = a_start(store.put_definition(a_definition()));
  const RunId run = store.start({&request, 1})[0].run;
  REQUIRE(store.claim(owner.inc, default_queue, 5).size() == 1);
  Owner taker(open(), "new");

  SECTION("a lane is seen with its worker until it is fenced and owns nothing more") {
    const auto lanes = taker.store->lanes(taker.inc);
    REQUIRE(lanes.size() == 1);
    CHECK(lanes[0].inc == owner.inc);
    CHECK(lanes[0].name == "old");
    CHECK_FALSE(lanes[0].fenced);
    CHECK(taker.store->fence(owner.inc, std::nullopt));
    CHECK(taker.store->lanes(taker.inc).at(0).fenced);
    taker.store->adopt(owner.inc, taker.inc, 10);
    CHECK(taker.store->lanes(taker.inc).empty());
  }
  SECTION("a lane with a lease, or one that moved, is not fenced by whom it does not belong to") {
    CHECK_FALSE(taker.store->fence(owner.inc, 0));
    CHECK_FALSE(taker.store->fence(owner.inc, 5));
    CHECK_FALSE(taker.store->fence(Incarnation{987654}, std::nullopt));
  }
  SECTION("nothing is adopted from a lane that is not fenced, nor by one that is") {
    CHECK(taker.store->adopt(owner.inc, taker.inc, 10).empty());
    taker.store->fence(owner.inc, std::nullopt);
    store.fence(taker.inc, std::nullopt);
    CHECK(taker.store->adopt(owner.inc, taker.inc, 10).empty());
  }
  SECTION("adopted runs come with their version and go on under the new owner") {
    Batch batch = owner.batch();
    add_transition(batch, run, 0);
    store.commit(batch);
    taker.store->fence(owner.inc, std::nullopt);
    const auto adopted = taker.store->adopt(owner.inc, taker.inc, 10);
    REQUIRE(ids(adopted) == std::vector{run});
    CHECK(adopted[0].version == 1);
    CHECK(taker.store->adopt(owner.inc, taker.inc, 10).empty());
    Batch next = taker.batch();
    add_transition(next, run, 1);
    CHECK(taker.store->commit(next).accepted == std::vector{run});
  }
  SECTION("a fenced worker claims nothing") {
    store.start({&request, 1});
    taker.store->fence(owner.inc, std::nullopt);
    CHECK(store.claim(owner.inc, default_queue, 5).empty());
  }
}

}  // namespace

void ownership_conforms(const Backend& backend) {
  SECTION("parking") { parking_conforms(backend); }
  SECTION("claiming") { claiming_conforms(backend); }
  SECTION("takeover") { takeover_conforms(backend); }
}

}  // namespace pawl::store::test
