#include "store/reader.hpp"

#include <poll.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "core/codec.hpp"
#include "store/builders.hpp"
#include "store/pg.hpp"
#include "store/postgres.hpp"
#include "store/printing.hpp"
#include "support/postgres.hpp"

using namespace pawl;
using namespace pawl::store;
using namespace pawl::store::test;

namespace {

struct Shown {
  Shown() : owner(open_postgres({url}), "anvil"), reader(open_reader({url})) {}

  RunId start(const std::string& workflow, const std::string& key = "") {
    StartRequest request = a_start(owner.store->put_definition(a_definition(workflow)), key);
    request.labels = R"({"team": "blue"})";
    return owner.store->start({&request, 1})[0].run;
  }
  std::vector<RunId> found(const std::string& text) { return runs(reader->find(text)); }
  static std::vector<RunId> runs(const std::vector<RunSummary>& summaries) {
    std::vector<RunId> result;
    for (const RunSummary& run : summaries) result.push_back(run.run);
    return result;
  }

  std::string url = pawl::test::Postgres::shared().make_migrated_database();
  Owner owner;
  std::unique_ptr<Reader> reader;
};

using Runs = std::vector<RunId>;

}  // namespace

TEST_CASE("a run is found by number, id, key, and by how long ago it was started", "[store]") {
  Shown db;
  const RunId first = db.start("tour", "monday");
  const RunId second = db.start("build", "monday");
  const RunId third = db.start("tour", "17");
  CHECK(db.found("1") == Runs{first});
  CHECK(db.found(std::to_string(second.value)) == Runs{second});
  CHECK(db.found("monday") == Runs{second, first});
  CHECK(db.found("17").empty());
  CHECK(db.found("key:17") == Runs{third});
  CHECK(db.found("last") == Runs{third});
  CHECK(db.found("last~2") == Runs{first});
  CHECK(db.found("last:build") == Runs{second});
  CHECK(db.found("last:tour~1") == Runs{first});
  CHECK(db.found("last~9").empty());
  CHECK(db.found("999").empty());
  CHECK(db.found("").empty());
  CHECK(db.found("no'such\"key").empty());
  CHECK(db.reader->newest_number() == 3);
}

TEST_CASE("a run is shown with its workflow, its owner and what it was started with", "[store]") {
  Shown db;
  const RunId run = db.start("tour", "monday");
  db.owner.store->claim(db.owner.inc, default_queue, 1);
  const RunSummary shown = db.reader->find("last").at(0);
  CHECK(shown.workflow == "tour");
  CHECK(shown.key == "monday");
  CHECK(shown.labels == R"({"team": "blue"})");
  CHECK(shown.actor == "ada");
  CHECK(shown.namespace_name == "default");
  CHECK(shown.folder == "/srv/flows");
  CHECK(shown.owner_name == "anvil");
  CHECK(shown.owner_host == "host");
  CHECK(shown.owner == db.owner.inc);
  CHECK_FALSE(shown.ended_at);
  db.owner.store->commit(letting_go(db.owner, run, 0, 1, Release::close));
  CHECK(db.reader->find("last").at(0).ended_at);
  CHECK_FALSE(db.reader->find("last").at(0).owner);
}

TEST_CASE("runs are listed newest first, page by page, by what a filter says", "[store]") {
  Shown db;
  const RunId first = db.start("tour", "monday");
  const RunId second = db.start("build");
  const RunId third = db.start("tour");
  const auto list = [&](const std::string& text, int limit = 10,
                        std::optional<std::int64_t> before = std::nullopt) {
    const auto parsed = parse_run_filter(
        text, std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now()),
        [](const std::string&) { return std::nullopt; });
    REQUIRE(std::holds_alternative<RunFilter>(parsed));
    return Shown::runs(db.reader->runs(limit, before, std::get<RunFilter>(parsed)));
  };
  CHECK(list("") == Runs{third, second, first});
  CHECK(list("", 2) == Runs{third, second});
  CHECK(list("", 2, 2) == Runs{first});
  CHECK(list("", -1).empty());
  CHECK(list("workflow=tour") == Runs{third, first});
  CHECK(list("workflow=tour", 10, 3) == Runs{first});
  CHECK(list("workflow=t*,build") == Runs{third, second, first});
  CHECK(list("workflow!=tour") == Runs{second});
  CHECK(list("state=queued").size() == 3);
  CHECK(list("state!=queued").empty());
  CHECK(list("state=failed,succeeded").empty());
  CHECK(list("key=mon*") == Runs{first});
  CHECK(list("key!=monday") == Runs{third, second});
  CHECK(list("label.team=blue") == Runs{third, second, first});
  CHECK(list("label.team=red,green").empty());
  CHECK(list("label.team!=red") == Runs{third, second, first});
  CHECK(list("label.team=b*") == Runs{third, second, first});
  CHECK(list("by=ada").size() == 3);
  CHECK(list("queue=default").size() == 3);
  CHECK(list("queue=gpu").empty());
  CHECK(list("run=2..") == Runs{third, second});
  CHECK(list("since=1h").size() == 3);
  CHECK(list("until=1h").empty());
  CHECK(list("took=..1h").size() == 3);
  CHECK(list("took=1h..").empty());
  CHECK(list("error=exit").empty());
  CHECK(list("input.day=1").empty());
  CHECK(list("worker=anvil").empty());
  CHECK(list("buil") == Runs{second});
  CHECK(list("MONDAY tour") == Runs{first});
  CHECK(list("100%").empty());
  CHECK(list("'; drop table run; --").empty());
}

TEST_CASE("pages of a list hold each run once, also of runs started in the same millisecond",
          "[store]") {
  Shown db;
  constexpr int count = 20;
  // Ids of one millisecond order as chance has it; here, against the numbers.
  const RunId first = db.start("tour");
  Session session(db.url);
  const std::string id = "((1900000000000::bigint << 21) | (1000 - n))";
  session.script("insert into run(run_id, def_id, namespace, queue) select " + id +
                 ", def_id, namespace, queue from run, generate_series(2, 20) n");
  session.script("insert into run_info(run_id, namespace, workflow) select " + id +
                 ", 1, 'tour' from generate_series(2, 20) n order by n");
  REQUIRE(db.reader->runs(1, std::nullopt, {}).at(0).number == count);
  REQUIRE(first.value > 0);
  RunFilter queued;
  queued.terms.push_back({RunKey::state, "", false, std::vector{core::RunPhase::queued}});
  for (const RunFilter& filter : {RunFilter{}, queued}) {
    std::vector<RunId> listed;
    std::optional<std::int64_t> before;
    while (true) {
      const std::vector<RunSummary> page = db.reader->runs(7, before, filter);
      for (const RunSummary& run : page) listed.push_back(run.run);
      if (page.size() < 7) break;
      before = page.back().number;
    }
    CHECK(listed.size() == count);
    CHECK(std::set<RunId>(listed.begin(), listed.end()).size() == count);
  }
}

TEST_CASE("runs are listed in another order when one is asked for", "[store]") {
  Shown db;
  const RunId tour = db.start("tour", "monday");
  const RunId build = db.start("build");
  const RunId again = db.start("tour", "friday");
  const auto list = [&](const std::string& order, int limit = 10) {
    RunFilter filter;
    filter.order = parse_run_order(order).value();
    return Shown::runs(db.reader->runs(limit, std::nullopt, filter));
  };
  CHECK(list("run") == Runs{tour, build, again});
  CHECK(list("-run") == Runs{again, build, tour});
  CHECK(list("workflow") == Runs{build, again, tour});
  CHECK(list("-workflow", 2) == Runs{again, tour});
  CHECK(list("key") == Runs{again, tour, build});  // Without a key: last, in both directions.
  CHECK(list("-key") == Runs{tour, again, build});
  CHECK(list("started") == Runs{tour, build, again});
  CHECK(list("-took") == Runs{tour, build, again});
  for (const std::string name : {"state", "ended", "priority"}) CHECK(list(name).size() == 3);
  RunFilter open;
  open.terms = {{RunKey::state, "", false, std::vector{core::RunPhase::queued}}};
  open.order = RunOrder{RunKey::workflow, false};
  CHECK(Shown::runs(db.reader->runs(1, std::nullopt, open)) == Runs{build});
}

namespace {

/// A run that ended as `phase` after so many seconds, with the step "build" that took as long.
RunId a_past_run(Shown& db, const std::string& workflow, core::RunPhase phase, int seconds) {
  const RunId run = db.start(workflow);
  db.owner.store->claim(db.owner.inc, default_queue, 1);
  Batch batch = letting_go(db.owner, run, 0, 1, Release::close);
  batch.runs[0].phase = phase;
  core::RunFacts facts;
  core::Instance step;
  facts.started_at = step.started_at = noon;
  facts.ended_at = step.ended_at = noon + std::chrono::seconds(seconds);
  step.output = {R"({"started_at":5,"ended_at":6})"};  // Is not what is looked for.
  batch.steps = {a_step_row(run, 0, 1), a_step_row(run, 1, 1), a_step_row(run, 2, 1)};
  batch.steps[0].body = core::encode_facts(facts);
  batch.steps[1].state = static_cast<std::int16_t>(core::StepState::succeeded);
  batch.steps[1].body = core::encode_instance(step);
  batch.steps[2].state = static_cast<std::int16_t>(core::StepState::failed);
  batch.steps[2].body = core::encode_instance(step);
  CHECK(db.owner.store->commit(batch).result == CommitResult::durable);
  return run;
}

Runs runs_of(const std::vector<PastRun>& past) {
  Runs runs;
  for (const PastRun& run : past) runs.push_back(run.run);
  return runs;
}

}  // namespace

TEST_CASE("past runs are the good ones of the same workflow, newest first", "[store]") {
  using core::RunPhase;
  Shown db;
  const RunId first = a_past_run(db, "tour", RunPhase::succeeded, 60);
  a_past_run(db, "tour", RunPhase::failed, 1);
  a_past_run(db, "build", RunPhase::succeeded, 2);
  const RunId damaged = db.start("tour");
  db.owner.store->claim(db.owner.inc, default_queue, 1);
  Batch batch = letting_go(db.owner, damaged, 0, 1, Release::close);
  batch.runs[0].phase = RunPhase::succeeded;
  batch.steps = {a_step_row(damaged, 0, 1)};  // Its body is no JSON.
  db.owner.store->commit(batch);
  const RunId second = a_past_run(db, "tour", RunPhase::succeeded, 90);
  const RunId now = db.start("tour");
  CHECK(runs_of(db.reader->past_runs(now, 20)) == Runs{second, first});
  CHECK(runs_of(db.reader->past_runs(now, 1)) == Runs{second});
  CHECK(runs_of(db.reader->past_runs(second, 20)) == Runs{first});
  CHECK(db.reader->past_runs(RunId{1}, 20).empty());
  const PastRun past = db.reader->past_runs(now, 1)[0];
  CHECK(past.started_at == noon);
  CHECK(past.ended_at == noon + std::chrono::seconds(90));

  const std::vector<PastStep> steps = db.reader->past_steps({first, second});
  REQUIRE(steps.size() == 2);  // Those that succeeded.
  CHECK(steps[0].path == "build");
  CHECK(steps[0].ended_at - steps[0].started_at + (steps[1].ended_at - steps[1].started_at) ==
        std::chrono::seconds(150));
  CHECK(db.reader->past_steps({}).empty());
}

TEST_CASE("steps, events, logs and progress of a run are given in order, after a place",
          "[store]") {
  Shown db;
  Store& store = *db.owner.store;
  const RunId run = db.start("tour");
  store.claim(db.owner.inc, default_queue, 1);
  for (std::int32_t version = 0; version < 5; ++version) {
    Batch batch = db.owner.batch();
    add_transition(batch, run, version);
    batch.steps = {a_step_row(run, 5 - version, version + 1)};
    store.commit(batch);
  }
  CHECK(db.reader->steps(run).size() == 5);
  CHECK(db.reader->steps(run)[0].inst == 1);
  CHECK(db.reader->steps(run)[0].seq == 5);
  const auto events = db.reader->events(run, 2, 2);
  REQUIRE(events.size() == 2);
  CHECK(events[0].seq == 3);
  CHECK(events[0].actor == "ada");
  CHECK(events[0].body == "body");
  CHECK(events[0].at == noon + Micros{3});

  std::vector<LogChunk> chunks;
  for (const auto& [inst, attempt, n] :
       {std::tuple(2, 1, 1), std::tuple(1, 2, 1), std::tuple(1, 1, 2), std::tuple(1, 1, 1)}) {
    chunks.push_back({run, inst, attempt, n, noon, "bytes"});
  }
  store.put_logs(chunks);
  CHECK(db.reader->logs(run, -1, {}, 10).size() == 4);
  CHECK(db.reader->logs(run, 1, {}, 10).size() == 3);
  CHECK(db.reader->logs(run, 1, {1, 1, 2}, 10).at(0).attempt == 2);
  CHECK(db.reader->logs(run, -1, {1, 2, 1}, 10).at(0).inst == 2);
  CHECK(db.reader->logs(run, -1, {}, 1).at(0).n == 1);

  const Progress half{run, 1, 2, 0.5, std::nullopt, 10.0, "half", noon};
  const Progress late{run, 1, 1, 0.1, std::nullopt, std::nullopt, "old attempt", noon};
  store.put_progress({&half, 1});
  store.put_progress({&late, 1});
  REQUIRE(db.reader->progress(run).size() == 1);
  CHECK(db.reader->progress(run)[0].message == "half");
  CHECK(db.reader->progress(run)[0].fraction == 0.5);
  CHECK_FALSE(db.reader->progress(run)[0].done);
}

TEST_CASE("workers count as alive while their lease holds and they serve the queue", "[store]") {
  Shown db;
  CHECK(db.reader->live_workers("default") == 1);
  CHECK(db.reader->live_workers("gpu") == 0);
  WorkerCard card{"smith", "host", "1"};
  card.queues = {"gpu"};
  const Incarnation smith = db.owner.store->register_worker(card, a_lease).inc;
  db.owner.store->register_worker(card, Micros{0});
  CHECK(db.reader->live_workers("gpu") == 1);
  db.owner.store->fence(smith, std::nullopt);
  CHECK(db.reader->live_workers("gpu") == 0);
}

TEST_CASE(
    "history has a partition for each of the next fourteen days, and a start makes the "
    "missing ones",
    "[store]") {
  Shown db;
  Session session(db.url);
  const auto count = [&](const char* sql) {
    const PgResult rows(PQexec(session.raw(), sql));
    return std::string(PQgetvalue(rows.get(), 0, 0));
  };
  const char* partitions = "select count(*) from pg_inherits where inhparent = 'event'::regclass";
  CHECK(count(partitions) == "15");
  CHECK(count("select count(*) from pg_class where relname like 'step_instance_2%' "
              "and relkind = 'r' and 'fillfactor=70' = any(reloptions)") == "15");
  session.script(
      "do $$ declare t text; begin for t in select inhrelid::regclass from pg_inherits "
      "where inhparent in ('event'::regclass, 'log_chunk'::regclass) loop "
      "execute 'drop table ' || t; end loop; end $$");
  CHECK(count(partitions) == "0");
  const auto other = open_postgres({db.url});
  const StartRequest request = a_start(other->put_definition(a_definition()));
  CHECK(other->start({&request, 1}).size() == 1);
  CHECK(count(partitions) == "15");
  other->ensure_partitions();
  CHECK(count(partitions) == "15");
}

TEST_CASE("a listener hears a start and a request", "[store]") {
  Shown db;
  const auto listener = open_listener({db.url});
  REQUIRE(listener->descriptor() >= 0);
  listener->drain();
  const auto hears = [&] {
    pollfd wait{listener->descriptor(), POLLIN, 0};
    return ::poll(&wait, 1, 10'000) == 1 && listener->drain();
  };
  const RunId run = db.start("tour");
  CHECK(hears());
  CHECK_FALSE(listener->drain());
  db.owner.store->send(run, 7, "bob", "", "go", false);
  CHECK(hears());
}
