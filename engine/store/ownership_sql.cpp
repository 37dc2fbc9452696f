#include "dsl/plan.hpp"
#include "store/postgres_store.hpp"

/// Who owns which run: workers, claims, takeover.
namespace pawl::store {

namespace {

constexpr std::int32_t sem_min = 1;

std::vector<std::string_view> views(std::span<const std::string> texts) {
  return {texts.begin(), texts.end()};
}

std::vector<std::int64_t> values(std::span<const RunId> runs) {
  std::vector<std::int64_t> ids;
  for (const RunId run : runs) ids.push_back(run.value);
  return ids;
}

std::vector<ClaimedRun> claimed(const Rows& rows) {
  std::vector<ClaimedRun> runs;
  for (int i = 0; i < rows.count(); ++i) runs.push_back({RunId{rows.int8(i, 0)}, rows.int4(i, 1)});
  return runs;
}

}  // namespace

Registered Postgres::register_worker(const WorkerCard& card, Micros lease) {
  const Rows rows = session_.run(
      R"(with w as (insert into worker(name, host, boot, build, sem_min, sem_max)
             values ($1::text, $2::text, $3::bigint, $4::text, $5::int, $6::int) returning inc)
         insert into lane(inc, lane, lease_until)
         select inc, 0, clock_timestamp() + $7::float8 * interval '1 ms' from w
         returning inc, clock_timestamp())",
      Params()
          .text(card.name)
          .text(card.host)
          .int8(card.boot)
          .text(card.build)
          .int4(sem_min)
          .int4(dsl::language_sem)
          .float8(static_cast<double>(lease.count()) / 1000.0));
  return {Incarnation{rows.int8(0, 0)}, rows.time(0, 1).value_or(TimePoint{})};
}

std::vector<ClaimedRun> Postgres::claim(Incarnation inc, std::span<const std::string> queues,
                                        int limit) {
  // FOR SHARE on the lane: a worker that is being fenced claims nothing. Definitions that this
  // build cannot run are left for one that can.
  return claimed(session_.run(
      R"(with l as materialized (
           select inc from lane where inc = $1::bigint and lane = 0 and not fenced for share),
         q as materialized (select id from queue where name = any($2::text[])),
         c as materialized (select r.run_id from l, run r join run_inbox i on i.run_id = r.run_id
           where r.owner_inc is null and r.ready_at is not null
             and r.queue in (select id from q)
             and exists (select 1 from definition d where d.def_id = r.def_id
                         and d.plan_version = $4::int and d.sem <= $5::int)
           order by r.priority desc, r.ready_at limit $3::int
           for no key update of r, i skip locked),
         u as (update run set owner_inc = $1, lane = 0, ready_at = null, wake_at = null
           from c where run.run_id = c.run_id returning run.run_id, run.version),
         p as (update run_inbox i set parked = false from c where i.run_id = c.run_id)
         select run_id, version from u)",
      Params()
          .int8(inc.value)
          .texts(views(queues))
          .int4(limit)
          .int4(dsl::plan_version)
          .int4(dsl::language_sem)));
}

std::vector<ClaimedRun> Postgres::owned(Incarnation inc) {
  return claimed(session_.run("select run_id, version from run where owner_inc = $1::bigint",
                              Params().int8(inc.value)));
}

int Postgres::promote_due(int limit) {
  return session_
      .run(
          R"(with c as materialized (select run_id from run
               where owner_inc is null and wake_at <= clock_timestamp()
               order by wake_at limit $1::int for no key update skip locked)
             update run set ready_at = clock_timestamp(), wake_at = null
             from c where run.run_id = c.run_id returning run.run_id)",
          Params().int4(limit))
      .count();
}

std::vector<LoadedRun> Postgres::load(std::span<const RunId> runs) {
  const Rows rows = session_.run(
      R"(select r.run_id, i.number, r.version, r.state, r.inbox_done, r.def_id, i.folder
         from run r join run_info i on i.run_id = r.run_id where r.run_id = any($1::bigint[])
         order by r.run_id)",
      Params().int8s(values(runs)));
  std::vector<LoadedRun> loaded;
  for (int i = 0; i < rows.count(); ++i) {
    LoadedRun run;
    run.run = RunId{rows.int8(i, 0)};
    run.number = rows.int8(i, 1);
    run.version = rows.int4(i, 2);
    run.phase = static_cast<core::RunPhase>(rows.int2(i, 3));
    run.inbox_done = rows.int8(i, 4);
    run.definition = rows.int4(i, 5);
    run.folder = rows.bytes(i, 6);
    loaded.push_back(std::move(run));
  }
  const Rows steps = session_.run(
      R"(select run_id, at, inst, attempt, seq, state, reason, path, body from step_instance
         where run_id = any($1::bigint[]) order by run_id, inst)",
      Params().int8s(values(runs)));
  std::size_t at = 0;
  for (int i = 0; i < steps.count(); ++i) {
    const RunId run{steps.int8(i, 0)};
    while (at < loaded.size() && loaded[at].run < run) ++at;
    if (at == loaded.size() || loaded[at].run != run) continue;
    loaded[at].steps.push_back({run, steps.time(i, 1).value_or(TimePoint{}), steps.int4(i, 2),
                                steps.int4(i, 3), steps.int4(i, 4), steps.int2(i, 5),
                                steps.int2(i, 6), steps.bytes(i, 7), steps.bytes(i, 8)});
  }
  return loaded;
}

std::optional<Definition> Postgres::definition(std::int32_t id) {
  const Rows rows = session_.run(
      "select def_id, name, hash, bundle, file, plan, plan_version, sem from definition"
      " where def_id = $1::int",
      Params().int4(id));
  if (rows.empty()) return std::nullopt;
  return Definition{rows.int4(0, 0),  rows.bytes(0, 1), rows.bytes(0, 2), rows.bytes(0, 3),
                    rows.bytes(0, 4), rows.bytes(0, 5), rows.int4(0, 6),  rows.int4(0, 7)};
}

std::vector<InboxRow> Postgres::read_inbox(Incarnation inc, int limit) {
  const Rows rows = session_.run(
      R"(select i.run_id, i.seq, i.kind, i.actor, i.body from inbox i
         join run r on r.run_id = i.run_id where r.owner_inc = $1::bigint
         order by i.run_id, i.seq limit $2::int)",
      Params().int8(inc.value).int4(limit));
  std::vector<InboxRow> inbox;
  for (int i = 0; i < rows.count(); ++i) {
    inbox.push_back({RunId{rows.int8(i, 0)}, rows.int8(i, 1), rows.int2(i, 2), rows.bytes(i, 3),
                     rows.bytes(i, 4)});
  }
  return inbox;
}

std::vector<LaneSight> Postgres::lanes(Incarnation me) {
  const Rows rows = session_.run(
      R"(select l.inc, l.last_seq, w.name, w.host, w.boot, l.lease_until < clock_timestamp(),
           l.fenced
         from lane l join worker w on w.inc = l.inc
         where l.inc <> $1::bigint and l.lane = 0
           and (not l.fenced or exists (select 1 from run r where r.owner_inc = l.inc))
         order by l.inc limit 1000)",
      Params().int8(me.value));
  std::vector<LaneSight> lanes;
  for (int i = 0; i < rows.count(); ++i) {
    lanes.push_back({Incarnation{rows.int8(i, 0)}, rows.int8(i, 1), rows.bytes(i, 2),
                     rows.bytes(i, 3), rows.int8(i, 4), rows.flag(i, 5), rows.flag(i, 6)});
  }
  return lanes;
}

bool Postgres::fence(Incarnation dead, std::optional<std::int64_t> last_seq) {
  Params params;
  params.int8(dead.value);
  if (last_seq) {
    params.int8(*last_seq);
  } else {
    params.null();
  }
  return !session_
              .run(
                  R"(with l as (update lane set fenced = true where inc = $1::bigint
                       and ($2::bigint is null
                            or (last_seq = $2 and lease_until < clock_timestamp()))
                       returning inc)
                     update worker w set fenced_at = clock_timestamp() from l
                     where w.inc = l.inc returning w.inc)",
                  params)
              .empty();
}

std::vector<ClaimedRun> Postgres::adopt(Incarnation dead, Incarnation me, int limit) {
  return claimed(session_.run(
      R"(with l as materialized (
           select inc from lane where inc = $2::bigint and lane = 0 and not fenced for share),
         f as materialized (select inc from lane where inc = $1::bigint and fenced limit 1),
         c as materialized (select r.run_id from run r, l, f
           where r.owner_inc = $1::bigint order by r.run_id limit $3::int
           for no key update of r skip locked)
         update run set owner_inc = $2 from c where run.run_id = c.run_id
         returning run.run_id, run.version)",
      Params().int8(dead.value).int8(me.value).int4(limit)));
}

}  // namespace pawl::store
