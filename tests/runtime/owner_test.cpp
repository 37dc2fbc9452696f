#include "runtime/owner.hpp"

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "core/codec.hpp"
#include "core/graph.hpp"
#include "dsl/compile.hpp"

using namespace pawl;
using namespace pawl::runtime;

namespace {

class SetClock final : public Clock {
 public:
  TimePoint now() const override { return TimePoint{std::chrono::hours{500'000}} + passed; }
  Micros since_boot() const override { return passed; }
  Micros passed{0};
};

class NoExpressions final : public core::Expressions {
 public:
  Result<bool> condition(const dsl::Plan&, const dsl::Code&, const core::View&) override {
    return true;
  }
  Result<JsonText> value(const dsl::Plan&, const dsl::Template&, const core::View&) override {
    return JsonText{};
  }
  Result<std::vector<core::Item>> items(const dsl::Plan&, const dsl::Foreach&,
                                        const core::View&) override {
    return std::vector<core::Item>{};
  }
  Result<JsonText> complete_inputs(const dsl::Plan&, const JsonText& given,
                                   const core::View&) override {
    return given;
  }
  Result<JsonText> complete_form(const dsl::Plan&, const std::vector<dsl::Input>&,
                                 const JsonText& given, const core::View&) override {
    return given;
  }
};

struct Asked final : Port {
  std::vector<store::Batch> batches;
  std::vector<InstId> started;

  void commit(const store::Batch& batch) override { batches.push_back(batch); }
  void claim(int) override {}
  void read_inbox() override {}
  void reload(std::vector<RunId>) override {}
  void start_attempt(const core::RunState&, InstId inst, std::int32_t) override {
    started.push_back(inst);
  }
  void stop_attempt(RunId, InstId, std::int32_t, core::StopWhy) override {}
  void forget(RunId) override {}
};

/// An Owner with one run of a workflow, whose Start is in its inbox.
struct World {
  explicit World(const std::string& yaml, Micros gather = Micros{0})
      : owner(Incarnation{1}, limits(gather), clock, expressions, port) {
    dsl::Compiled compiled = dsl::compile(yaml, "test.yaml");
    REQUIRE(compiled.plan.has_value());
    arrival.rows.run = run;
    arrival.graph = std::make_shared<const core::Graph>(
        std::make_shared<const dsl::Plan>(*std::move(compiled.plan)));
    arrival.inbox = {{run, 1, 0, "ada", core::encode_request(core::Start{JsonText{"{}"}})}};
  }
  void succeed(InstId inst) {
    owner.attempt_ended(run, {inst, 1, core::Succeeded{JsonText{"1"}}});
    owner.pump();
  }
  /// Lets the journal answer until there is nothing to write.
  void settle() {
    owner.pump();
    while (confirmed < port.batches.size()) {
      confirm();
      owner.pump();
    }
  }
  void confirm() {
    ++confirmed;
    store::CommitReply reply;
    for (const store::RunRow& row : port.batches.back().runs) reply.accepted.push_back(row.run);
    owner.committed(reply);
  }

  RunId run{77};
  Arrival arrival;
  std::size_t confirmed = 0;
  SetClock clock;
  NoExpressions expressions;
  Asked port;
  Owner owner;

 private:
  static OwnerLimits limits(Micros gather) {
    OwnerLimits limits;
    limits.slots = 4;
    limits.gather = gather;
    return limits;
  }
};

constexpr const char* chain = R"(name: chain
steps:
  - {id: a, lua: return 1}
  - {id: b, lua: return 2}
  - {id: c, lua: 'fs.write("out", "c")'}
)";

}  // namespace

TEST_CASE("brief scripts of a claimed run need not wait for the journal", "[runtime]") {
  World world(chain);
  world.owner.claimed({world.arrival});
  world.owner.pump();
  REQUIRE(world.port.batches.size() == 1);
  world.succeed(InstId{1});
  CHECK(world.port.started == std::vector{InstId{1}, InstId{2}});

  SECTION("what they have become is in the next batch, all of it") {
    world.succeed(InstId{2});
    world.confirm();
    world.owner.pump();
    REQUIRE(world.port.batches.size() == 2);
    CHECK(world.port.batches[1].events.size() == 2);
  }
  SECTION("a script that can do something outside waits until its start is durable") {
    world.succeed(InstId{2});
    world.confirm();
    CHECK(world.port.started.size() == 2);
    world.owner.pump();
    world.confirm();
    CHECK(world.port.started.back() == InstId{3});
  }
}

TEST_CASE("a run of a dead worker waits for the journal at every step", "[runtime]") {
  // Its script may be what killed the worker: only starts that are stored are counted as lost.
  World world(chain);
  world.owner.arrived({world.arrival});
  world.owner.pump();
  CHECK(world.port.started.empty());
  world.confirm();
  CHECK(world.port.started == std::vector{InstId{1}});
}

TEST_CASE("a run does not get further ahead of its rows than the limit", "[runtime]") {
  std::string yaml = "name: long\nsteps:\n";
  for (int i = 0; i < 300; ++i) yaml += "  - {id: s" + std::to_string(i) + ", lua: return 1}\n";
  World world(yaml);
  world.owner.claimed({world.arrival});
  world.owner.pump();
  while (world.port.started.size() < 300) {
    const InstId last = world.port.started.back();
    world.succeed(last);
    if (world.port.started.back() == last) break;
  }
  const std::size_t ahead = world.port.started.size();
  CHECK(ahead <= 202);
  world.confirm();
  world.owner.pump();
  world.confirm();
  CHECK(world.port.started.size() > ahead);
}

TEST_CASE("a suspect runs alone, and no start is stored beside it", "[runtime]") {
  World world("name: suspect\nsteps:\n  a: {run: [work]}\n  b: {run: [work]}\n");
  world.owner.claimed({world.arrival});
  world.settle();
  REQUIRE(world.port.started.size() == 2);

  // A run of a dead worker, whose step was lost once before.
  const World chained("name: chained\nsteps:\n  a: {run: [work]}\n  b: {needs: a, run: [work]}\n");
  Arrival other = chained.arrival;
  other.rows.run = RunId{78};
  other.rows.phase = core::RunPhase::running;
  other.inbox.clear();
  core::RunFacts facts;
  facts.started_at = world.clock.now();
  core::Instance root;
  core::Instance lost;
  lost.lost = 1;
  const auto row = [&](std::int32_t inst, core::StepState state, std::string body) {
    store::StepRow made;
    made.run = RunId{78};
    made.inst = inst;
    made.attempt = inst == 0 ? 0 : 2;
    made.state = static_cast<std::int16_t>(state);
    made.body = std::move(body);
    return made;
  };
  other.rows.steps = {row(0, core::StepState::running, core::encode_facts(facts)),
                      row(1, core::StepState::running, core::encode_instance(lost))};
  world.owner.arrived({other});
  world.settle();
  CHECK(world.port.started.size() == 2);  // The suspect waits until the worker is idle.

  world.succeed(InstId{1});
  world.settle();
  CHECK(world.port.started.size() == 2);
  world.succeed(InstId{2});
  world.settle();
  world.settle();
  REQUIRE(world.port.started.size() == 3);
  CHECK(world.owner.find(RunId{78})->at(InstId{1}).attempt == 3);
  CHECK(world.owner.find(RunId{78})->at(InstId{2}).state != core::StepState::running);

  world.owner.attempt_ended(RunId{78}, {InstId{1}, 3, core::Succeeded{JsonText{"1"}}});
  world.settle();
  CHECK(world.port.started.size() == 4);
}

TEST_CASE("steps that only wait for a slot have no rows, and are ready again after a restart",
          "[runtime]") {
  std::string yaml = "name: fan\nsteps:\n";
  for (const char* id : {"a", "b", "c", "d", "e"})
    yaml += std::string("  ") + id + ": {run: [x]}\n";
  yaml += "  guarded: {run: [x], deadline: 1h}\n";
  World world(yaml);
  world.owner.claimed({world.arrival});
  world.owner.pump();
  REQUIRE(world.port.batches.size() == 1);
  std::vector<std::int32_t> stored;
  for (const store::StepRow& row : world.port.batches[0].steps) stored.push_back(row.inst);
  CHECK(stored == std::vector{0, 1, 2, 3, 4, 6});  // Four run; a deadline must not be forgotten.

  World next(yaml);
  next.arrival.rows.phase = core::RunPhase::running;
  next.arrival.rows.version = 1;
  next.arrival.rows.inbox_done = 1;
  next.arrival.rows.steps = world.port.batches[0].steps;
  next.arrival.inbox.clear();
  next.owner.arrived({next.arrival});
  const core::RunState& before = *world.owner.find(world.run);
  const core::RunState& after = *next.owner.find(next.run);
  CHECK(after.ready.contains(InstId{5}));
  CHECK(after.at(InstId{5}).ready_at == before.at(InstId{5}).ready_at);
}

TEST_CASE("ends are gathered while more attempts run than wait", "[runtime]") {
  World world("name: wide\nsteps:\n" +
                  std::string("  a: {run: [work]}\n  b: {run: [work]}\n  c: {run: [work]}\n") +
                  "  d: {run: [work]}\n",
              Micros{1'000});
  world.owner.claimed({world.arrival});
  world.owner.pump();
  world.confirm();
  world.owner.pump();
  REQUIRE(world.port.started.size() == 4);
  REQUIRE(world.port.batches.size() == 1);

  world.succeed(InstId{1});
  CHECK(world.port.batches.size() == 1);
  SECTION("at most for the set time") {
    world.clock.passed = Micros{1'000};
    CHECK(world.owner.next_wake() <= world.clock.now());
    world.owner.pump();
    CHECK(world.port.batches.size() == 2);
  }
  SECTION("not when nothing runs that would hide the wait") {
    world.succeed(InstId{2});
    world.succeed(InstId{3});
    CHECK(world.port.batches.size() == 1);
    world.succeed(InstId{4});
    REQUIRE(world.port.batches.size() == 2);
    CHECK(world.port.batches[1].events.size() == 4);
  }
}

TEST_CASE("a timer that falls due while its run is being let go is not lost", "[runtime]") {
  World world("name: back\nsteps:\n  a: {run: [work], retry: {max_attempts: 2, delay: 10s}}\n");
  world.owner.claimed({world.arrival});
  world.settle();
  REQUIRE(world.port.started.size() == 1);
  world.owner.attempt_ended(world.run, {InstId{1}, 1, core::Failed{}});
  world.owner.pump();
  const store::RunRow parked = world.port.batches.back().runs.at(0);
  REQUIRE(parked.release == store::Release::park);

  world.clock.passed = std::chrono::seconds{20};
  world.owner.pump();
  SECTION("when the batch did not happen") {
    store::Settled settled;
    settled.now = world.clock.now();
    settled.runs = {{world.run, parked.version_before, Incarnation{1}}};
    ++world.confirmed;
    world.owner.settled(settled);
  }
  SECTION("when a request held it back") { world.confirm(); }
  world.settle();
  CHECK(world.port.started.size() == 2);
}
