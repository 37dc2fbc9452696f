#include "store/memory.hpp"

#include <catch2/catch.hpp>

#include "store/builders.hpp"
#include "store/conformance.hpp"
#include "store/printing.hpp"

using namespace pawl;
using namespace pawl::store;
using namespace pawl::store::test;

namespace {

std::function<TimePoint()> ticking_clock() {
  return [now = noon]() mutable { return now += Micros{1000}; };
}

const Backend memory{[] {
  const auto database = std::make_shared<MemoryDatabase>(ticking_clock());
  return [database] { return database->open(); };
}};

/// One run that is owned and has read its start, for races of a signal with a park.
struct Race {
  explicit Race(MemoryRules rules) : database(ticking_clock(), rules), owner(database.open()) {
    const StartRequest request = a_start(owner.store->put_definition(a_definition()));
    run = owner.store->start({&request, 1})[0].run;
    owner.store->claim(owner.inc, default_queue, 1);
    park = letting_go(owner, run, 0, 1, Release::park);
  }

  /// Plays both statements in the order given; true when a signal lies unread in a sleeping run.
  bool loses_a_wake_up(bool send_begins_first, bool send_ends_first) {
    std::function<SendReply()> send;
    std::function<CommitReply()> commit;
    const auto begin_send = [&] { send = database.begin_send({run, 0, 7, "", "go"}, "", false); };
    const auto begin_park = [&] { commit = database.begin_commit(park); };
    send_begins_first ? (begin_send(), begin_park()) : (begin_park(), begin_send());
    send_ends_first ? (void(send()), void(commit())) : (void(commit()), void(send()));
    return database.sleeps_on_unread(run);
  }

  MemoryDatabase database;
  Owner owner;
  RunId run;
  Batch park;
};

int lost_wake_ups(MemoryRules rules) {
  int lost = 0;
  for (const bool begins : {false, true}) {
    for (const bool ends : {false, true}) lost += Race(rules).loses_a_wake_up(begins, ends);
  }
  return lost;
}

}  // namespace

TEST_CASE("the model makes batches durable as the contract says", "[store]") {
  journal_conforms(memory);
}
TEST_CASE("in the model runs have one owner, and sleepers are woken", "[store]") {
  ownership_conforms(memory);
}
TEST_CASE("the model takes starts and requests as the contract says", "[store]") {
  intake_conforms(memory);
}
TEST_CASE("the model keeps what steps report", "[store]") { reports_conform(memory); }

TEST_CASE("no order of a park and a signal loses the wake-up", "[store]") {
  CHECK(lost_wake_ups({}) == 0);
}
TEST_CASE("a sender that asks for the owner in its snapshot loses wake-ups", "[store]") {
  CHECK(lost_wake_ups({.wake = MemoryRules::Wake::owner_in_snapshot}) > 0);
}
TEST_CASE("a park that looks for unread rows in its snapshot loses wake-ups", "[store]") {
  CHECK(lost_wake_ups({.park = MemoryRules::Park::no_unread_in_snapshot}) > 0);
}

TEST_CASE("a hook cuts a call before it is done or after", "[store]") {
  MemoryDatabase database(ticking_clock());
  Owner owner(database.open());
  MemoryDatabase::Moment cut_at = MemoryDatabase::Moment::before;
  const auto session = database.open([&](std::string_view call, MemoryDatabase::Moment moment) {
    if (call == "commit" && moment == cut_at) throw Unavailable("cut");
  });
  Batch batch = owner.batch();
  CHECK_THROWS_AS(session->commit(batch), Unavailable);
  CHECK(owner.store->commit(batch).result == CommitResult::durable);
  cut_at = MemoryDatabase::Moment::after;
  batch = owner.batch();
  CHECK_THROWS_AS(session->commit(batch), Unavailable);
  CHECK(owner.store->commit(batch).result == CommitResult::already);
}
