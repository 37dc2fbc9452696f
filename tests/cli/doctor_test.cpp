#include <chrono>

#include "cli/doctor/diagnosis.hpp"
#include "golden.hpp"
#include "sample_run.hpp"

using namespace pawl;
using namespace pawl::cli;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

constexpr Style wide{.width = 120, .clip = true};

store::WorkerSight a_worker(const std::string& name, double lease_until) {
  store::WorkerSight worker;
  worker.inc = Incarnation{7};
  worker.name = name;
  worker.host = "anvil";
  worker.build = "0.1.0";
  worker.queues = {"default"};
  worker.sem_min = 1;
  worker.sem_max = 1;
  worker.started_at = at(0);
  worker.lease_until = at(lease_until);
  worker.runs = 1;
  return worker;
}

/// The sample in its middle, owned by a worker that is alive.
RunCase a_case() {
  RunCase run;
  run.view = running_view();
  run.view.run.owner = Incarnation{7};
  run.view.run.owner_name = "w-7";
  run.view.run.owner_host = "anvil";
  run.sight.queue = "default";
  run.sight.sem = 1;
  run.workers = {a_worker("w-7", 195)};
  run.now = at(180);
  return run;
}

const Finding& first(const Diagnosis& diagnosis) {
  REQUIRE_FALSE(diagnosis.findings.empty());
  return diagnosis.findings.front();
}

EngineCase a_well_engine() {
  EngineCase engine;
  engine.database = "private PostgreSQL 15 in /var/lib/pawl/postgres/data";
  engine.applied = engine.known = 2;
  engine.answers_in = 800us;
  engine.home = "/var/lib/pawl";
  engine.disk_free = std::int64_t{40} << 30;
  engine.now = at(180);
  store::DatabaseSight sight;
  sight.now = at(180);
  sight.version = "15.8";
  sight.bytes = 84 << 20;
  sight.connections = 12;
  sight.connections_max = 97;
  engine.sight = sight;
  engine.workers = {a_worker("w-7", 195)};
  engine.queues = {{"default", 0, std::nullopt, 1}};
  return engine;
}

}  // namespace

TEST_CASE("doctor tells of each step that does not run what it waits for", "[doctor]") {
  use_utc();
  const Diagnosis diagnosis = diagnose(a_case(), false);
  CHECK_FALSE(diagnosis.has_errors());
  check_golden("doctor_run.txt", diagnosis_text(diagnosis, "run 4709  nightly-report", wide));
  check_golden("doctor_run_80.txt", diagnosis_text(diagnosis, "run 4709  nightly-report",
                                                   Style{.width = 80, .clip = true}));
  check_golden("doctor_run.json", diagnosis_record(diagnosis, "4709") + "\n");
}

TEST_CASE("doctor knows why a run does not move, and what to type", "[doctor]") {
  use_utc();
  RunCase run = a_case();
  SECTION("its worker is gone, and nobody else serves the queue") {
    run.workers[0].lease_until = at(100);
    const Diagnosis diagnosis = diagnose(run, false);
    CHECK(diagnosis.has_errors());
    CHECK(first(diagnosis).cause == "no worker serves the queue 'default'");
    CHECK(first(diagnosis).command == "pawl serve");
    CHECK(diagnosis.head == "running; it cannot move");
  }
  SECTION("its worker is gone, and another will take over") {
    run.workers[0].lease_until = at(100);
    run.workers.push_back(a_worker("w-8", 195));
    run.workers[1].inc = Incarnation{8};
    const Diagnosis diagnosis = diagnose(run, false);
    CHECK_FALSE(diagnosis.has_errors());
    CHECK_THAT(first(diagnosis).cause, Contains("w-7 is gone for 1m20s; another takes it over"));
  }
  SECTION("it waits in a queue that nobody serves") {
    run.view.run.owner.reset();
    run.view.run.phase = run.view.facts.phase = core::RunPhase::queued;
    run.sight.queue = "gpu";
    run.sight.ready_at = at(60);
    const Diagnosis diagnosis = diagnose(run, false);
    CHECK(first(diagnosis).since == "queued for 2m00s");
    CHECK(first(diagnosis).command == "pawl serve --queue gpu");
  }
  SECTION("it waits behind others") {
    run.view.run.owner.reset();
    run.sight.ready_at = at(60);
    run.sight.before_it = 3;
    CHECK(first(diagnose(run, false)).cause == "3 runs before it in the queue");
  }
  SECTION("no worker of the queue knows its language") {
    run.view.run.owner.reset();
    run.sight.ready_at = at(60);
    run.sight.sem = 9;
    CHECK_THAT(first(diagnose(run, false)).cause, Contains("version 9 of the language"));
  }
  SECTION("somebody has paused it") {
    run.view.facts.paused = true;
    run.view.facts.paused_at = at(120);
    run.sight.last_pause = {at(120), 1, "user:ana"};
    const Diagnosis diagnosis = diagnose(run, false);
    CHECK(first(diagnosis).cause == "paused by user:ana: no step starts");
    CHECK(first(diagnosis).since == "for 1m00s");
    CHECK(first(diagnosis).command == "pawl resume 4709");
    CHECK_FALSE(diagnosis.has_errors());
  }
  SECTION("a command is not read") {
    run.sight.unread = {{at(170), 3, "user:ana"}, {at(179), 2, "user:ben"}};
    const Diagnosis diagnosis = diagnose(run, false);
    CHECK(first(diagnosis).subject == "cancel");
    CHECK_THAT(first(diagnosis).cause, Contains("asked for by user:ana"));
  }
  SECTION("all slots are taken") {
    run.view.instances[0].state = core::StepState::running;
    run.view.instances[1] = {};
    const Diagnosis diagnosis = diagnose(run, false);
    const auto ready =
        std::ranges::find(diagnosis.findings, "extract and 1 more", &Finding::subject);
    REQUIRE(ready != diagnosis.findings.end());
    CHECK(ready->cause == "all slots of w-7 are taken; 0 steps of this run");
  }
  SECTION("it has ended") {
    run.view = failed_view();
    const Diagnosis diagnosis = diagnose(run, false);
    CHECK(diagnosis.head == "failed");
    CHECK(first(diagnosis).command == "pawl retry 4709");
    CHECK_THAT(first(diagnosis).cause, Contains("it has failed: exit 2"));
  }
}

TEST_CASE("doctor says that Pawl is well", "[doctor]") {
  const Diagnosis diagnosis = diagnose(a_well_engine());
  CHECK_FALSE(diagnosis.has_errors());
  check_golden("doctor_well.txt", diagnosis_text(diagnosis, "pawl", wide));
}

TEST_CASE("doctor finds what is wrong around the runs", "[doctor]") {
  EngineCase engine = a_well_engine();
  store::DatabaseSight& sight = *engine.sight;
  sight.fsync = sight.autovacuum = false;
  sight.connections = 96;
  sight.oldest_transaction = at(180 - 3 * 3600);
  sight.oldest_pid = 812;
  sight.oldest_program = "psql";
  sight.quarantined = 2;
  engine.now = at(150);
  engine.workers[0].lease_until = at(100);
  engine.queues = {{"default", 3, at(0), 0}, {"gpu", 1, at(90), 0}};
  engine.disk_free = 200 << 20;
  engine.faults = {
      "pawl.yaml:1:10  error[setting-unknown]  there is no setting 'worker.slotz'\n"
      "  1 | worker: {slotz: 4}\n"};
  const Diagnosis diagnosis = diagnose(engine);
  CHECK(diagnosis.has_errors());
  check_golden("doctor_ill.txt", diagnosis_text(diagnosis, "pawl", wide));
}

TEST_CASE("doctor without a database says how to get one", "[doctor]") {
  EngineCase engine;
  engine.database = "private PostgreSQL";
  engine.unreachable = Finding{
      Weight::error, "database", "", "the private PostgreSQL is stopped", {}, "pawl db start"};
  const Diagnosis diagnosis = diagnose(engine);
  CHECK(diagnosis.head == "1 finding");
  CHECK(first(diagnosis).command == "pawl db start");
  CHECK(diagnosis_text(diagnosis, "pawl", wide) ==
        "pawl  1 finding\n"
        "  1 database  the private PostgreSQL is stopped\n"
        "      pawl db start\n"
        "  settings: all are defaults\n");
}
