#include "base/error.hpp"
#include "store/builders.hpp"
#include "store/conformance.hpp"
#include "store/printing.hpp"

namespace pawl::store::test {

void journal_conforms(const Backend& backend) {
  const auto open = backend.make_database();
  Owner owner(open());
  Store& store = *owner.store;
  const std::int32_t definition = store.put_definition(a_definition());
  const StartRequest request = a_start(definition);
  const RunId run = store.start({&request, 1})[0].run;
  REQUIRE(ids(store.claim(owner.inc, default_queue, 10)) == std::vector{run});
  const auto loaded = [&] { return store.load(std::vector{run}).at(0); };

  SECTION("a batch of one run is durable with its event, its steps and the database's time") {
    Batch batch = owner.batch();
    add_transition(batch, run, 0);
    batch.steps = {a_step_row(run, 1, 1), a_step_row(run, 2, 1)};
    const CommitReply reply = store.commit(batch);
    CHECK(reply.result == CommitResult::durable);
    CHECK(reply.accepted == std::vector{run});
    CHECK(reply.released.empty());
    CHECK(reply.now > TimePoint{});
    CHECK(loaded().version == 1);
    CHECK(loaded().phase == core::RunPhase::running);
    REQUIRE(loaded().steps.size() == 2);
    CHECK(loaded().steps[1].inst == 2);
    CHECK(loaded().steps[1].path == "build");
    CHECK(loaded().steps[1].at == noon + Micros{1});
  }
  SECTION("a step row is replaced by the next one, its path stays") {
    Batch first = owner.batch();
    add_transition(first, run, 0);
    first.steps = {a_step_row(run, 1, 1)};
    store.commit(first);
    Batch second = owner.batch();
    add_transition(second, run, 1);
    second.steps = {a_step_row(run, 1, 2)};
    second.steps[0].path = "";
    second.steps[0].state = 5;
    second.steps[0].body = std::string("\0\xff bytes", 8);
    store.commit(second);
    REQUIRE(loaded().steps.size() == 1);
    CHECK(loaded().steps[0].state == 5);
    CHECK(loaded().steps[0].seq == 2);
    CHECK(loaded().steps[0].path == "build");
    CHECK(loaded().steps[0].body == std::string("\0\xff bytes", 8));
  }
  SECTION("several events of a run travel in one batch") {
    Batch batch = owner.batch();
    add_transition(batch, run, 0);
    batch.runs[0].version_after = 3;
    batch.events.push_back(an_event(run, 2));
    batch.events.push_back(an_event(run, 3));
    CHECK(store.commit(batch).accepted == std::vector{run});
    CHECK(loaded().version == 3);
  }
  SECTION("an empty batch renews the lease and moves the lane") {
    CHECK(store.commit(owner.batch()).result == CommitResult::durable);
    CHECK(store.commit(owner.batch()).result == CommitResult::durable);
    Owner other(open());
    REQUIRE(other.store->lanes(other.inc).size() == 1);
    CHECK(other.store->lanes(other.inc)[0].last_seq == 2);
    CHECK_FALSE(other.store->lanes(other.inc)[0].lease_over);
  }
  SECTION("a number that was used is refused as already, one too far ahead as a gap") {
    Batch batch = owner.batch();
    add_transition(batch, run, 0);
    store.commit(batch);
    CHECK(store.commit(batch).result == CommitResult::already);
    batch.seq += 2;
    CHECK(store.commit(batch).result == CommitResult::gap);
    CHECK(loaded().version == 1);
  }
  SECTION("a fenced lane writes nothing, and that comes before already") {
    Batch batch = owner.batch();
    add_transition(batch, run, 0);
    store.commit(batch);
    Owner other(open());
    CHECK(other.store->fence(owner.inc, std::nullopt));
    CHECK(store.commit(batch).result == CommitResult::fenced);
    Batch next = owner.batch();
    add_transition(next, run, 1);
    CHECK(store.commit(next).result == CommitResult::fenced);
    CHECK(loaded().version == 1);
  }
  SECTION("a lane that is not there is fenced") {
    Batch batch = owner.batch();
    batch.inc = Incarnation{987654};
    CHECK(store.commit(batch).result == CommitResult::fenced);
    CHECK(store.settle(batch).fenced);
  }
  SECTION("a run of another version is left out, the rest of the batch stands") {
    const RunId other = store.start({&request, 1})[0].run;
    REQUIRE(ids(store.claim(owner.inc, default_queue, 10)) == std::vector{other});
    Batch batch = owner.batch();
    add_transition(batch, run, 7);
    add_transition(batch, other, 0);
    batch.steps = {a_step_row(run, 1, 8), a_step_row(other, 1, 1)};
    CHECK(store.commit(batch).accepted == std::vector{other});
    CHECK(loaded().version == 0);
    CHECK(loaded().steps.empty());
    CHECK(store.load(std::vector{other})[0].steps.size() == 1);
  }
  SECTION("a run with another owner is left out") {
    Owner other(open());
    Batch batch = other.batch();
    add_transition(batch, run, 0);
    CHECK(other.store->commit(batch).result == CommitResult::durable);
    Batch two = other.batch();
    add_transition(two, run, 0);
    CHECK(other.store->commit(two).accepted.empty());
    CHECK(loaded().version == 0);
  }
  SECTION("read inbox rows go with the batch that read them") {
    CHECK(store.read_inbox(owner.inc, 10).size() == 1);
    Batch batch = owner.batch();
    add_transition(batch, run, 0);
    batch.runs[0].inbox_done = 1;
    batch.consumed = {{run, 1}};
    store.commit(batch);
    CHECK(store.read_inbox(owner.inc, 10).empty());
    CHECK(loaded().inbox_done == 1);
  }
  SECTION("burning tells that an accepted batch was accepted") {
    Batch batch = owner.batch();
    add_transition(batch, run, 0);
    store.commit(batch);
    const Settled settled = store.settle(batch);
    CHECK_FALSE(settled.fenced);
    REQUIRE(settled.runs.size() == 1);
    CHECK(settled.runs[0].version == 1);
    CHECK(settled.runs[0].owner == owner.inc);
  }
  SECTION("a burnt number cannot be used by the batch that comes late") {
    Batch batch = owner.batch();
    add_transition(batch, run, 0);
    CHECK(store.settle(batch).runs.at(0).version == 0);
    CHECK(store.settle(batch).runs.at(0).version == 0);
    CHECK(store.commit(batch).result == CommitResult::already);
    Batch again = owner.batch();
    add_transition(again, run, 0);
    CHECK(store.commit(again).accepted == std::vector{run});
  }
  SECTION("a row that the database refuses refuses the batch, the number stays free") {
    Batch batch = owner.batch();
    add_transition(batch, run, 0);
    batch.events[0].actor = "\xff";
    CHECK_THROWS_AS(store.commit(batch), Error);
    batch.events[0].actor = "ada";
    CHECK(store.commit(batch).accepted == std::vector{run});
  }
}

}  // namespace pawl::store::test
