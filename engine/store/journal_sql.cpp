#include <set>
#include <utility>

#include "store/check_batch.hpp"
#include "store/postgres_store.hpp"
#include "store/statements.hpp"

/// The statement that makes transitions durable. Why it is as it is: docs/architecture.md.
namespace pawl::store {

namespace {

/// Any number of runs: the lane row first (fence, lease, duplicate detection), then the runs that
/// are still ours, then what hangs on them. `is true` keeps a semi-join from being planned.
constexpr Statement full{"commit_full", R"(
with l as (update lane set last_seq = $3::bigint,
     lease_until = greatest(lease_until, clock_timestamp() + $4::float8 * interval '1 ms')
   where inc = $1::bigint and lane = $2::smallint and last_seq = $3::bigint - 1 and not fenced
   returning clock_timestamp() as now),
 b as materialized (select * from unnest($5::bigint[], $6::int[], $7::int[], $8::smallint[],
     $9::bigint[], $10::smallint[], $11::timestamptz[]) t(run_id, v0, v1, state, done, park, wake)),
 pk as (select i.run_id from run_inbox i, b
   where b.park > 0 and i.run_id = b.run_id and i.seq = b.done
   for no key update of i skip locked),
 r as (update run set version = b.v1, state = b.state, inbox_done = b.done,
     owner_inc = case when pk.run_id is null then run.owner_inc end,
     wake_at = case when pk.run_id is null then run.wake_at else b.wake end,
     ended_at = case when pk.run_id is not null and b.park = 2 then l.now end
   from l, b left join pk on pk.run_id = b.run_id
   where run.run_id = b.run_id and (run.owner_inc = $1) is true and run.version = b.v0
   returning run.run_id, run.owner_inc is null as parked, b.park),
 pu as (update run_inbox i set parked = true, closed = (r.park = 2)
   from r where r.parked and i.run_id = r.run_id),
 e as (insert into event(run_id, at, seq, kind, body_v, actor, body)
   select t.* from unnest($12::bigint[], $13::timestamptz[], $14::int[], $15::smallint[],
     $16::smallint[], $17::text[], $18::bytea[]) t(run_id, at, seq, kind, body_v, actor, body)
   where (t.run_id in (select run_id from r)) is true),
 s as (insert into step_instance as si(run_id, at, inst, attempt, seq, state, reason, path, body)
   select t.* from unnest($19::bigint[], $20::timestamptz[], $21::int[], $22::int[], $23::int[],
     $24::smallint[], $25::smallint[], $26::text[], $27::bytea[])
     t(run_id, at, inst, attempt, seq, state, reason, path, body)
   where (t.run_id in (select run_id from r)) is true
   on conflict (run_id, inst) do update set at = excluded.at, attempt = excluded.attempt,
     seq = excluded.seq, state = excluded.state, reason = excluded.reason, body = excluded.body),
 d as (delete from inbox i using unnest($28::bigint[], $29::bigint[]) t(run_id, seq)
   where i.run_id = t.run_id and i.seq = t.seq and (t.run_id in (select run_id from r)) is true)
select l.now, array(select run_id from r), array(select run_id from r where parked) from l)"};

/// One run, no inbox, no release: while few runs move, they pay for nothing else.
constexpr Statement one{"commit_one", R"(
with l as (update lane set last_seq = $3::bigint,
     lease_until = greatest(lease_until, clock_timestamp() + $4::float8 * interval '1 ms')
   where inc = $1::bigint and lane = $2::smallint and last_seq = $3::bigint - 1 and not fenced
   returning clock_timestamp() as now),
 r as (update run set version = $7::int, state = $8::smallint from l
   where run_id = $5::bigint and (owner_inc = $1) is true and version = $6::int returning run_id),
 e as (insert into event(run_id, at, seq, kind, body_v, actor, body)
   select $5, t.* from r, unnest($9::timestamptz[], $10::int[], $11::smallint[], $12::smallint[],
     $13::text[], $14::bytea[]) t(at, seq, kind, body_v, actor, body)),
 s as (insert into step_instance as si(run_id, at, inst, attempt, seq, state, reason, path, body)
   select $5, t.* from r, unnest($15::timestamptz[], $16::int[], $17::int[], $18::int[],
     $19::smallint[], $20::smallint[], $21::text[], $22::bytea[])
     t(at, inst, attempt, seq, state, reason, path, body)
   on conflict (run_id, inst) do update set at = excluded.at, attempt = excluded.attempt,
     seq = excluded.seq, state = excluded.state, reason = excluded.reason, body = excluded.body)
select l.now, array(select run_id from r), '{}'::bigint[] from l)"};

constexpr Statement explain_refusal{"explain_refusal", R"(
select fenced, last_seq from lane where inc = $1::bigint and lane = $2::smallint
for no key update)"};

/// Stops a batch that has not begun yet; a read, even a locking one, would not.
constexpr Statement burn_number{"burn_number", R"(
update lane set last_seq = greatest(last_seq, $3::bigint)
where inc = $1::bigint and lane = $2::smallint
returning fenced, clock_timestamp())"};

constexpr Statement read_fates{"read_fates", R"(
select run_id, version, owner_inc from run where run_id = any($1::bigint[]) order by run_id)"};

double lease_ms(const Batch& batch) { return static_cast<double>(batch.lease.count()) / 1000.0; }

std::int16_t phase_of(const RunRow& run) { return static_cast<std::int16_t>(run.phase); }
std::int16_t release_of(const RunRow& run) { return static_cast<std::int16_t>(run.release); }

std::vector<RunId> run_ids(const std::vector<std::int64_t>& values) {
  std::vector<RunId> ids;
  for (const std::int64_t value : values) ids.emplace_back(value);
  return ids;
}

CommitReply reply_of(const Rows& rows) {
  CommitReply reply;
  reply.now = rows.time(0, 0);
  reply.accepted = run_ids(rows.int8s(0, 1));
  reply.released = run_ids(rows.int8s(0, 2));
  return reply;
}

struct Call {
  const Statement& statement;
  Params params;
};

Params params_of_one(const Batch& batch) {
  const auto& [runs, events, steps] = std::tie(batch.runs, batch.events, batch.steps);
  const RunRow& run = runs[0];
  Params params;
  params.int8(batch.inc.value).int2(batch.lane).int8(batch.seq).float8(lease_ms(batch));
  params.int8(run.run.value).int4(run.version_before).int4(run.version_after);
  params.int2(phase_of(run)).array(events, &EventRow::at).array(events, &EventRow::seq);
  params.array(events, &EventRow::kind).array(events, &EventRow::body_version);
  params.texts(events, &EventRow::actor).byteas(events, &EventRow::body);
  params.array(steps, &StepRow::at).array(steps, &StepRow::inst).array(steps, &StepRow::attempt);
  params.array(steps, &StepRow::seq).array(steps, &StepRow::state);
  params.array(steps, &StepRow::reason).texts(steps, &StepRow::path);
  params.byteas(steps, &StepRow::body);
  return params;
}

Params params_of_full(const Batch& batch) {
  const auto run_of = [](const auto& row) { return row.run.value; };
  const auto& [runs, events, steps] = std::tie(batch.runs, batch.events, batch.steps);
  Params params;
  params.int8(batch.inc.value).int2(batch.lane).int8(batch.seq).float8(lease_ms(batch));
  params.array(runs, run_of).array(runs, &RunRow::version_before);
  params.array(runs, &RunRow::version_after).array(runs, phase_of);
  params.array(runs, &RunRow::inbox_done).array(runs, release_of).array(runs, &RunRow::wake_at);
  params.array(events, run_of).array(events, &EventRow::at).array(events, &EventRow::seq);
  params.array(events, &EventRow::kind).array(events, &EventRow::body_version);
  params.texts(events, &EventRow::actor).byteas(events, &EventRow::body);
  params.array(steps, run_of).array(steps, &StepRow::at).array(steps, &StepRow::inst);
  params.array(steps, &StepRow::attempt).array(steps, &StepRow::seq);
  params.array(steps, &StepRow::state).array(steps, &StepRow::reason);
  params.texts(steps, &StepRow::path).byteas(steps, &StepRow::body);
  params.array(batch.consumed, run_of).array(batch.consumed, &InboxMark::seq);
  return params;
}

Call call_of(const Batch& batch) {
  check_batch(batch);
  const bool alone =
      batch.runs.size() == 1 && batch.consumed.empty() && batch.runs[0].release == Release::keep;
  return alone ? Call{one, params_of_one(batch)} : Call{full, params_of_full(batch)};
}

}  // namespace

CommitReply Postgres::commit(const Batch& batch) {
  const Call call = call_of(batch);
  const Rows rows = session_.run(call.statement, call.params);
  return rows.empty() ? explain(batch) : reply_of(rows);
}

CommitLine* Postgres::commit_line() {
  session_.learn(one);
  session_.learn(full);
  return this;
}

void Postgres::send(const Batch& batch) {
  const Call call = call_of(batch);
  session_.send(call.statement, call.params);
}

CommitLine::Answer Postgres::receive() {
  const Session::Received received = session_.receive();
  if (received.undone) return {Stage::not_written, {}};
  if (!received.rows) return {Stage::waiting, {}};
  if (received.rows->empty()) return {Stage::not_written, {}};
  return {Stage::durable, reply_of(*received.rows)};
}

/// Nothing was written: why? Asked in a statement of its own, because one that has waited for a
/// fencer still sees the old lane row.
CommitReply Postgres::explain(const Batch& batch) {
  const Rows rows = session_.run(explain_refusal, Params().int8(batch.inc.value).int2(batch.lane));
  CommitReply reply;
  reply.result = rows.empty() || rows.flag(0, 0) ? CommitResult::fenced
                 : rows.int8(0, 1) >= batch.seq  ? CommitResult::already
                                                 : CommitResult::gap;
  return reply;
}

Settled Postgres::settle(const Batch& batch) {
  const Rows lane =
      session_.run(burn_number, Params().int8(batch.inc.value).int2(batch.lane).int8(batch.seq));
  Settled settled;
  settled.fenced = lane.empty() || lane.flag(0, 0);
  if (!lane.empty()) settled.now = lane.time(0, 1);
  const Rows rows = session_.run(
      read_fates, Params().array(batch.runs, [](const RunRow& r) { return r.run.value; }));
  for (int i = 0; i < rows.count(); ++i) {
    Settled::Fate fate{RunId{rows.int8(i, 0)}, rows.int4(i, 1), std::nullopt};
    if (!rows.is_null(i, 2)) fate.owner = Incarnation{rows.int8(i, 2)};
    settled.runs.push_back(fate);
  }
  return settled;
}

std::vector<Statement> journal_statements() {
  return {full, one, explain_refusal, burn_number, read_fates};
}

}  // namespace pawl::store
