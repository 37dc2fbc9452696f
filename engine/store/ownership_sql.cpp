#include <algorithm>

#include "dsl/plan.hpp"
#include "store/postgres_store.hpp"
#include "store/statements.hpp"

/// Who owns which run: workers, claims, takeover.
namespace pawl::store {

namespace {

constexpr std::int32_t sem_min = 1;

constexpr Statement add_worker{"add_worker", R"(
with w as (insert into worker(name, host, boot, build, queues, sem_min, sem_max)
  values ($1::text, $2::text, $3::bigint, $4::text, $5::text[], $6::int, $7::int) returning inc)
insert into lane(inc, lane, lease_until)
select inc, 0, clock_timestamp() + $8::float8 * interval '1 ms' from w
returning inc, clock_timestamp())"};

/// FOR SHARE on the lane: a worker that is being fenced claims nothing. Each queue is read by its
/// own index range, so that a long queue of others costs nothing; definitions that this build
/// cannot run are left for one that can.
constexpr Statement claim_runs{"claim_runs", R"(
with l as materialized (
   select inc from lane where inc = $1::bigint and lane = 0 and not fenced for share),
 c as materialized (select run_id from (
   select near.* from l, queue q
   cross join lateral (select r.run_id, r.priority, r.ready_at
     from run r join run_inbox i on i.run_id = r.run_id join definition d on d.def_id = r.def_id
     where r.queue = q.id and r.owner_inc is null and r.ready_at is not null
       and d.plan_version <= $4::int and d.sem between $5::int and $6::int
     order by r.priority desc, r.ready_at, r.run_id limit $3::int
     for no key update of r, i skip locked) as near
   where q.name = any($2::text[])) as ready
   order by priority desc, ready_at, run_id limit $3),
 u as (update run set owner_inc = $1, lane = 0, ready_at = null, wake_at = null
   from c where run.run_id = c.run_id returning run.run_id, run.version),
 p as (update run_inbox i set parked = false from c where i.run_id = c.run_id)
select run_id, version from u order by run_id)"};

constexpr Statement read_owned{"read_owned", R"(
select run_id, version from run where owner_inc = $1::bigint order by run_id)"};

constexpr Statement promote{"promote", R"(
with c as materialized (select run_id from run
   where owner_inc is null and wake_at <= clock_timestamp()
   order by wake_at limit $1::int for no key update skip locked)
update run set ready_at = coalesce(run.ready_at, clock_timestamp()), wake_at = null
from c where run.run_id = c.run_id returning run.run_id)"};

constexpr Statement sleepers{"sleepers", R"(
select run_id from run where owner_inc is null and wake_at is not null limit 1)"};

constexpr Statement load_runs{"load_runs", R"(
select r.run_id, i.number, r.version, r.state, r.inbox_done, r.def_id, i.folder
from run r join run_info i on i.run_id = r.run_id
where r.run_id = any($1::bigint[]) order by r.run_id)"};

constexpr Statement load_steps{"load_steps", R"(
select run_id, at, inst, attempt, seq, state, reason, path, body from step_instance
where run_id = any($1::bigint[]) order by run_id, inst)"};

/// From the runs to their inbox: bounded by what this owner holds, however much lies unread for
/// runs that nobody has claimed.
constexpr Statement unread{"unread", R"(
with o as materialized (select run_id, inbox_done from run where owner_inc = $1::bigint)
select i.run_id, i.seq, i.kind, i.actor, i.body from o
join inbox i on i.run_id = o.run_id and i.seq > o.inbox_done
order by i.run_id, i.seq limit $2::int)"};

constexpr Statement unread_of{"unread_of", R"(
select i.run_id, i.seq, i.kind, i.actor, i.body from run r
join inbox i on i.run_id = r.run_id and i.seq > r.inbox_done
where r.run_id = any($1::bigint[])
order by i.run_id, i.seq limit $2::int)"};

constexpr Statement see_lanes{"see_lanes", R"(
select l.inc, l.last_seq, w.name, w.host, w.boot, l.lease_until < clock_timestamp(), l.fenced
from lane l join worker w on w.inc = l.inc
where l.inc <> $1::bigint and l.lane = 0
  and (not l.fenced or exists (select 1 from run r where r.owner_inc = l.inc))
order by l.inc limit 1000)"};

constexpr Statement fence_lane{"fence_lane", R"(
with l as (update lane set fenced = true
   where inc = $1::bigint
     and (fenced or $2::bigint is null
          or (last_seq = $2 and lease_until < clock_timestamp()))
   returning inc)
update worker w set fenced_at = coalesce(w.fenced_at, clock_timestamp())
from l where w.inc = l.inc returning w.inc)"};

constexpr Statement adopt_runs{"adopt_runs", R"(
with l as materialized (
   select inc from lane where inc = $2::bigint and lane = 0 and not fenced for share),
 f as materialized (select inc from lane where inc = $1::bigint and lane = 0 and fenced),
 c as materialized (select r.run_id from l, f, run r where r.owner_inc = $1
   order by r.run_id limit $3::int for no key update of r skip locked)
update run set owner_inc = $2, lane = 0 from c where run.run_id = c.run_id
returning run.run_id, run.version)"};

std::int64_t id_of(RunId run) { return run.value; }

std::vector<ClaimedRun> claimed(const Rows& rows) {
  std::vector<ClaimedRun> runs;
  for (int i = 0; i < rows.count(); ++i) runs.push_back({RunId{rows.int8(i, 0)}, rows.int4(i, 1)});
  std::ranges::sort(runs, {}, &ClaimedRun::run);
  return runs;
}

}  // namespace

Registered Postgres::register_worker(const WorkerCard& card, Micros lease) {
  Params params;
  params.text(card.name).text(card.host).int8(card.boot).text(card.build);
  params.texts(card.queues, [](const std::string& queue) { return std::string_view(queue); });
  params.int4(sem_min).int4(dsl::language_sem);
  params.float8(static_cast<double>(lease.count()) / 1000.0);
  const Rows rows = session_.run(add_worker, params);
  return {Incarnation{rows.int8(0, 0)}, rows.time(0, 1)};
}

std::vector<ClaimedRun> Postgres::claim(Incarnation inc, std::span<const std::string> queues,
                                        int limit) {
  Params params;
  params.int8(inc.value);
  params.texts(queues, [](const std::string& queue) { return std::string_view(queue); });
  params.int4(limit).int4(dsl::plan_version).int4(sem_min).int4(dsl::language_sem);
  return claimed(session_.run(claim_runs, params));
}

std::vector<ClaimedRun> Postgres::owned(Incarnation inc) {
  return claimed(session_.run(read_owned, Params().int8(inc.value)));
}

int Postgres::promote_due(int limit) { return session_.run(promote, Params().int4(limit)).count(); }

std::vector<LoadedRun> Postgres::load(std::span<const RunId> runs) {
  const Rows rows = session_.run(load_runs, Params().array(runs, id_of));
  std::vector<LoadedRun> loaded;
  for (int i = 0; i < rows.count(); ++i) {
    loaded.push_back({RunId{rows.int8(i, 0)},
                      rows.int8(i, 1),
                      rows.int4(i, 2),
                      static_cast<core::RunPhase>(rows.int2(i, 3)),
                      rows.int8(i, 4),
                      rows.int4(i, 5),
                      rows.bytes(i, 6),
                      {}});
  }
  const Rows steps = session_.run(load_steps, Params().array(runs, id_of));
  std::size_t at = 0;
  for (int i = 0; i < steps.count(); ++i) {
    const RunId run{steps.int8(i, 0)};
    while (at < loaded.size() && loaded[at].run < run) ++at;
    if (at == loaded.size() || loaded[at].run != run) continue;
    loaded[at].steps.push_back({run, steps.time(i, 1), steps.int4(i, 2), steps.int4(i, 3),
                                steps.int4(i, 4), steps.int2(i, 5), steps.int2(i, 6),
                                steps.bytes(i, 7), steps.bytes(i, 8)});
  }
  return loaded;
}

namespace {

std::vector<InboxRow> inbox_rows(const Rows& rows) {
  std::vector<InboxRow> inbox;
  for (int i = 0; i < rows.count(); ++i) {
    inbox.push_back({RunId{rows.int8(i, 0)}, rows.int8(i, 1), rows.int2(i, 2), rows.bytes(i, 3),
                     rows.bytes(i, 4)});
  }
  return inbox;
}

}  // namespace

std::vector<InboxRow> Postgres::read_inbox(Incarnation inc, int limit) {
  return inbox_rows(session_.run(unread, Params().int8(inc.value).int4(limit)));
}

std::vector<InboxRow> Postgres::inbox_of(std::span<const RunId> runs, int limit) {
  const auto id_of = [](RunId run) { return run.value; };
  return inbox_rows(session_.run(unread_of, Params().array(runs, id_of).int4(limit)));
}

std::vector<LaneSight> Postgres::lanes(Incarnation me) {
  const Rows rows = session_.run(see_lanes, Params().int8(me.value));
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
  last_seq ? params.int8(*last_seq) : params.null();
  return !session_.run(fence_lane, params).empty();
}

std::vector<ClaimedRun> Postgres::adopt(Incarnation dead, Incarnation me, int limit) {
  return claimed(session_.run(adopt_runs, Params().int8(dead.value).int8(me.value).int4(limit)));
}

bool Postgres::has_sleepers() { return session_.run(sleepers, Params()).count() > 0; }

std::vector<Statement> ownership_statements() {
  return {add_worker, claim_runs, read_owned, promote,   sleepers,   load_runs,
          load_steps, unread,     unread_of,  see_lanes, fence_lane, adopt_runs};
}

}  // namespace pawl::store
