#include <algorithm>
#include <charconv>
#include <limits>

#include "store/postgres.hpp"
#include "store/postgres_store.hpp"
#include "store/runs_sql.hpp"
#include "store/statements.hpp"

/// What people read, on PostgreSQL.
namespace pawl::store {

namespace {

constexpr Statement by_number{"find_by_number", R"(
select run_id from run_info where number = $1::bigint)"};

constexpr Statement by_key{"find_by_key", R"(
select run_id from run_info where key = $1::text order by number desc limit 100)"};

constexpr Statement nth_last{"find_last", R"(
select run_id from run_info order by number desc offset $1::bigint limit 1)"};

constexpr Statement nth_last_of{"find_last_of", R"(
select run_id from run_info where workflow = $2::text
order by number desc offset $1::bigint limit 1)"};

constexpr Statement read_facts{"read_facts", R"(
select run_id, at, inst, attempt, seq, state, reason, path, body from step_instance
where run_id = any($1::bigint[]) and inst = 0)"};

constexpr Statement summarize{"summarize", R"(
select r.run_id, i.number, i.workflow, i.key, i.labels::text, i.actor, ns.name, r.state, r.version,
  r.def_id, i.folder, r.owner_inc, w.name, w.host, r.created_at, r.wake_at, r.ended_at
from unnest($1::bigint[]) with ordinality wanted(id, place) join run_info i on i.run_id = wanted.id
join run r on r.run_id = i.run_id join namespace ns on ns.id = i.namespace
left join worker w on w.inc = r.owner_inc
order by wanted.place)"};

constexpr Statement read_steps{"read_steps", R"(
select run_id, at, inst, attempt, seq, state, reason, path, body from step_instance
where run_id = $1::bigint order by inst)"};

constexpr Statement read_steps_of{"read_steps_of", R"(
select run_id, at, inst, attempt, seq, state, reason, path, body from step_instance
where run_id = $1::bigint and inst = any($2::int[]) order by inst)"};

constexpr Statement read_marks{"read_marks", R"(
select inst, attempt, seq, state, at from step_instance
where run_id = $1::bigint and seq > $2::int order by inst)"};

constexpr Statement read_log_marks{"read_log_marks", R"(
select inst, attempt, n, at, lines from log_chunk where run_id = $1::bigint
  and (cardinality($2::int[]) = 0 or inst = any($2)) order by inst, attempt, n)"};

constexpr Statement read_log_chunks{"read_log_chunks", R"(
select l.run_id, l.inst, l.attempt, l.n, l.at, l.bytes
from unnest($2::int[], $3::int[], $4::int[]) c(inst, attempt, n)
join log_chunk l on l.run_id = $1::bigint and l.inst = c.inst and l.attempt = c.attempt
  and l.n = c.n
order by l.inst, l.attempt, l.n)"};

constexpr Statement read_log_ends{"read_log_ends", R"(
select c.* from unnest($2::int[], $3::int[]) a(inst, attempt), lateral (
  select l.run_id, l.inst, l.attempt, l.n, l.at, l.bytes from log_chunk l
  where l.run_id = $1::bigint and l.inst = a.inst and l.attempt = a.attempt
  order by l.n desc limit $4::int) c
order by c.inst, c.attempt, c.n)"};

constexpr Statement read_events{"read_events", R"(
select run_id, at, seq, kind, body_v, actor, body from event
where run_id = $1::bigint and seq > $2::int order by seq limit $3::int)"};

constexpr Statement read_logs{"read_logs", R"(
select run_id, inst, attempt, n, at, bytes from log_chunk
where run_id = $1::bigint and inst between $2::int and $3::int
  and (inst, attempt, n) > ($4::int, $5::int, $6::int)
order by inst, attempt, n limit $7::int)"};

constexpr Statement read_progress{"read_progress", R"(
select run_id, inst, attempt, fraction, done, total, message, at from step_progress
where run_id = $1::bigint order by inst)"};

constexpr Statement read_progress_of{"read_progress_of", R"(
select run_id, inst, attempt, fraction, done, total, message, at from step_progress
where run_id = $1::bigint and inst = any($2::int[]) order by inst)"};

// What is wanted of a body stands in it as `"started_at":123`, and in no text inside of it, where
// quotes are escaped. To read it as JSON would fail for a damaged row, and that of a past run must
// not keep anybody from watching another one.
// The two times stand in bodies that another build may have written, so they are looked for, and
// what is no number is passed over. A pattern with a group costs twenty times as much as splitting.
constexpr Statement read_past_runs{"read_past_runs", R"(
with latest as materialized (
  select i.run_id, i.number from run_info i
  where i.workflow = (select o.workflow from run_info o where o.run_id = $1::bigint)
    and i.namespace = (select o.namespace from run_info o where o.run_id = $1)
    and i.run_id <> $1
  order by i.number desc limit 200),
timed as (
  select l.run_id, l.number,
    rtrim(split_part(split_part(text, '"started_at":', 2), ',', 1), '}') started_at,
    rtrim(split_part(split_part(text, '"ended_at":', 2), ',', 1), '}') ended_at
  from latest l join run r on r.run_id = l.run_id and r.state = 5
  join step_instance s on s.run_id = l.run_id and s.inst = 0, encode(s.body, 'escape') text
  where position('"idle_us":' in text) = 0)  -- Paused or repaired: people's time, not the work's.
select run_id, started_at::bigint, ended_at::bigint from timed
where length(started_at) between 1 and 18 and translate(started_at, '0123456789', '') = ''
  and length(ended_at) between 1 and 18 and translate(ended_at, '0123456789', '') = ''
order by number desc limit $2::int)"};

constexpr Statement read_past_steps{"read_past_steps", R"(
with timed as (
  select s.run_id, s.path,
    rtrim(split_part(split_part(text, '"started_at":', 2), ',', 1), '}') started_at,
    rtrim(split_part(split_part(text, '"ended_at":', 2), ',', 1), '}') ended_at
  from step_instance s, encode(s.body, 'escape') text
  where s.run_id = any($1::bigint[]) and s.inst > 0 and s.state = 5)
select run_id, path, started_at::bigint, ended_at::bigint from timed
where length(started_at) between 1 and 18 and translate(started_at, '0123456789', '') = ''
  and length(ended_at) between 1 and 18 and translate(ended_at, '0123456789', '') = '')"};

constexpr Statement read_notes{"read_notes_shown", R"(
select distinct on (inst, kind, key collate "C") inst, generation, kind, key, body from step_note
where run_id = $1::bigint and inst = any($2::int[])
order by inst, kind, key collate "C", generation desc)"};

constexpr Statement read_workers{"read_workers", R"(
select inc, name, host from worker where inc = any($1::bigint[]))"};

constexpr Statement read_definition{"read_definition_shown", R"(
select def_id, name, hash, bundle, file, plan, plan_version, sem from definition
where def_id = $1::int)"};

constexpr Statement count_workers{"count_workers", R"(
select count(*) from lane l join worker w on w.inc = l.inc
where l.lane = 0 and not l.fenced and l.lease_until > clock_timestamp()
  and $1::text = any(w.queues))"};

constexpr Statement read_newest{"read_newest", R"(
select coalesce(max(number), 0) from run_info)"};

constexpr std::size_t id_digits_min = 15;
/// More rows than this are never given at once, whatever a caller asks for.
constexpr int limit_max = 10'000;

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

class PostgresReader final : public Reader {
 public:
  explicit PostgresReader(const std::string& url) : session_(url, Session::Use::seldom) {}

  SchemaState schema() override { return schema_of(session_); }

  std::vector<RunSummary> find(std::string_view text) override {
    if (take_prefix(text, "key:")) return summaries(session_.run(by_key, Params().text(text)));
    if (const auto number = number_of(text)) {
      if (text.size() >= id_digits_min) return summaries({*number});
      return summaries(session_.run(by_number, Params().int8(*number)));
    }
    if (text.substr(0, 4) == "last") {
      if (const auto runs = find_last(text.substr(4))) return *runs;
    }
    return summaries(session_.run(by_key, Params().text(text)));
  }

  std::vector<RunSummary> runs(int limit, std::optional<std::int64_t> before,
                               const RunFilter& filter) override {
    Params params;
    params.int8(before.value_or(std::numeric_limits<std::int64_t>::max()));
    params.int4(std::clamp(limit, 0, limit_max));
    const std::string sql = list_filtered(filter, params);
    return summaries(session_.run_text(sql, params));
  }

  std::vector<StepRow> facts(const std::vector<RunId>& runs) override {
    const Rows rows =
        session_.run(read_facts, Params().array(runs, [](RunId run) { return run.value; }));
    std::vector<StepRow> facts;
    for (int i = 0; i < rows.count(); ++i) {
      facts.push_back({RunId{rows.int8(i, 0)}, rows.time(i, 1), 0, rows.int4(i, 3), rows.int4(i, 4),
                       rows.int2(i, 5), rows.int2(i, 6), "", rows.bytes(i, 8)});
    }
    return facts;
  }

  std::vector<StepRow> steps(RunId run) override {
    return step_rows(run, session_.run(read_steps, Params().int8(run.value)));
  }

  std::vector<StepRow> steps_of(RunId run, const std::vector<std::int32_t>& insts) override {
    if (insts.empty()) return {};
    const auto same = [](std::int32_t inst) { return inst; };
    return step_rows(run, session_.run(read_steps_of, Params().int8(run.value).array(insts, same)));
  }

  std::vector<StepMark> marks(RunId run, std::int32_t after) override {
    const Rows rows = session_.run(read_marks, Params().int8(run.value).int4(after));
    std::vector<StepMark> marks;
    for (int i = 0; i < rows.count(); ++i) {
      marks.push_back(
          {rows.int4(i, 0), rows.int4(i, 1), rows.int4(i, 2), rows.int2(i, 3), rows.time(i, 4)});
    }
    return marks;
  }

  std::vector<LogMark> log_marks(RunId run, const std::vector<std::int32_t>& insts) override {
    const auto same = [](std::int32_t inst) { return inst; };
    const Rows rows = session_.run(read_log_marks, Params().int8(run.value).array(insts, same));
    std::vector<LogMark> marks;
    for (int i = 0; i < rows.count(); ++i) {
      marks.push_back({rows.int4(i, 0), rows.int4(i, 1), rows.int4(i, 2), rows.time(i, 3), {}});
      if (!rows.is_null(i, 4)) marks.back().lines = rows.int4(i, 4);
    }
    return marks;
  }

  std::vector<LogChunk> log_chunks(RunId run, const std::vector<LogPosition>& chunks) override {
    if (chunks.empty()) return {};
    Params params;
    params.int8(run.value).array(chunks, &LogPosition::inst);
    params.array(chunks, &LogPosition::attempt).array(chunks, &LogPosition::n);
    return log_rows(run, session_.run(read_log_chunks, params));
  }

  std::vector<LogChunk> log_ends(RunId run,
                                 const std::vector<std::pair<std::int32_t, std::int32_t>>& attempts,
                                 int chunks) override {
    if (attempts.empty()) return {};
    Params params;
    params.int8(run.value);
    params.array(attempts, [](const auto& attempt) { return attempt.first; });
    params.array(attempts, [](const auto& attempt) { return attempt.second; });
    return log_rows(run,
                    session_.run(read_log_ends, params.int4(std::clamp(chunks, 1, limit_max))));
  }

  std::vector<EventRow> events(RunId run, std::int32_t after, int limit) override {
    const Rows rows = session_.run(
        read_events, Params().int8(run.value).int4(after).int4(std::clamp(limit, 0, limit_max)));
    std::vector<EventRow> events;
    for (int i = 0; i < rows.count(); ++i) {
      events.push_back({run, rows.time(i, 1), rows.int4(i, 2), rows.int2(i, 3), rows.int2(i, 4),
                        rows.bytes(i, 5), rows.bytes(i, 6)});
    }
    return events;
  }

  std::vector<LogChunk> logs(RunId run, std::int32_t inst, const LogPosition& after,
                             int limit) override {
    Params params;
    params.int8(run.value).int4(std::max(inst, 0));
    params.int4(inst < 0 ? std::numeric_limits<std::int32_t>::max() : inst);
    params.int4(after.inst).int4(after.attempt).int4(after.n);
    return log_rows(run, session_.run(read_logs, params.int4(std::clamp(limit, 0, limit_max))));
  }

  std::vector<Progress> progress(RunId run) override {
    return progress_rows(run, session_.run(read_progress, Params().int8(run.value)));
  }

  std::vector<Progress> progress_of(RunId run, const std::vector<std::int32_t>& insts) override {
    if (insts.empty()) return {};
    const auto same = [](std::int32_t inst) { return inst; };
    return progress_rows(
        run, session_.run(read_progress_of, Params().int8(run.value).array(insts, same)));
  }

  std::vector<PastRun> past_runs(RunId run, int limit) override {
    const Rows rows = session_.run(read_past_runs,
                                   Params().int8(run.value).int4(std::clamp(limit, 0, limit_max)));
    std::vector<PastRun> past;
    for (int i = 0; i < rows.count(); ++i) {
      past.push_back({RunId{rows.int8(i, 0)}, TimePoint{Micros{rows.int8(i, 1)}},
                      TimePoint{Micros{rows.int8(i, 2)}}});
    }
    return past;
  }

  std::vector<PastStep> past_steps(const std::vector<RunId>& runs) override {
    if (runs.empty()) return {};
    const Rows rows =
        session_.run(read_past_steps, Params().array(runs, [](RunId run) { return run.value; }));
    std::vector<PastStep> past;
    for (int i = 0; i < rows.count(); ++i) {
      past.push_back({RunId{rows.int8(i, 0)}, rows.bytes(i, 1), TimePoint{Micros{rows.int8(i, 2)}},
                      TimePoint{Micros{rows.int8(i, 3)}}});
    }
    return past;
  }

  std::vector<Note> notes(RunId run, const std::vector<std::int32_t>& insts) override {
    if (insts.empty()) return {};
    const auto same = [](std::int32_t inst) { return inst; };
    const Rows rows = session_.run(read_notes, Params().int8(run.value).array(insts, same));
    std::vector<Note> notes;
    for (int i = 0; i < rows.count(); ++i) {
      notes.push_back({run, rows.int4(i, 0), rows.int4(i, 1),
                       static_cast<NoteKind>(rows.int2(i, 2)), rows.bytes(i, 3),
                       JsonText{rows.bytes(i, 4)}});
    }
    return notes;
  }

  std::vector<WorkerName> workers(const std::vector<std::int64_t>& incs) override {
    if (incs.empty()) return {};
    const auto same = [](std::int64_t inc) { return inc; };
    const Rows rows = session_.run(read_workers, Params().array(incs, same));
    std::vector<WorkerName> names;
    for (int i = 0; i < rows.count(); ++i) {
      names.push_back({Incarnation{rows.int8(i, 0)}, rows.bytes(i, 1), rows.bytes(i, 2)});
    }
    return names;
  }

  std::optional<Definition> definition(std::int32_t id) override {
    return definition_of(session_.run(read_definition, Params().int4(id)));
  }

  int live_workers(const std::string& queue) override {
    return static_cast<int>(session_.run(count_workers, Params().text(queue)).int8(0, 0));
  }

  std::int64_t newest_number() override { return session_.run(read_newest).int8(0, 0); }

 private:
  static std::vector<StepRow> step_rows(RunId run, const Rows& rows) {
    std::vector<StepRow> steps;
    for (int i = 0; i < rows.count(); ++i) {
      steps.push_back({run, rows.time(i, 1), rows.int4(i, 2), rows.int4(i, 3), rows.int4(i, 4),
                       rows.int2(i, 5), rows.int2(i, 6), rows.bytes(i, 7), rows.bytes(i, 8)});
    }
    return steps;
  }

  static std::vector<LogChunk> log_rows(RunId run, const Rows& rows) {
    std::vector<LogChunk> chunks;
    for (int i = 0; i < rows.count(); ++i) {
      chunks.push_back({run, rows.int4(i, 1), rows.int4(i, 2), rows.int4(i, 3), rows.time(i, 4),
                        rows.bytes(i, 5), 0});
    }
    return chunks;
  }

  static std::vector<Progress> progress_rows(RunId run, const Rows& rows) {
    std::vector<Progress> progress;
    for (int i = 0; i < rows.count(); ++i) {
      progress.push_back({run, rows.int4(i, 1), rows.int4(i, 2), rows.float8(i, 3),
                          rows.float8(i, 4), rows.float8(i, 5), rows.bytes(i, 6), rows.time(i, 7)});
    }
    return progress;
  }

  /// What follows "last": "", ":WORKFLOW", "~N", ":WORKFLOW~N". Nothing when it is something else.
  std::optional<std::vector<RunSummary>> find_last(std::string_view rest) {
    std::int64_t skip = 0;
    if (const std::size_t tilde = rest.rfind('~'); tilde != std::string_view::npos) {
      const auto number = number_of(rest.substr(tilde + 1));
      if (!number) return std::nullopt;
      skip = *number;
      rest = rest.substr(0, tilde);
    }
    if (rest.empty()) return summaries(session_.run(nth_last, Params().int8(skip)));
    if (!take_prefix(rest, ":")) return std::nullopt;
    return summaries(session_.run(nth_last_of, Params().int8(skip).text(rest)));
  }

  std::vector<RunSummary> summaries(const Rows& ids) {
    std::vector<std::int64_t> runs;
    for (int i = 0; i < ids.count(); ++i) runs.push_back(ids.int8(i, 0));
    return summaries(runs);
  }

  /// In the order of `runs`: who pages goes on behind the last of them.
  std::vector<RunSummary> summaries(const std::vector<std::int64_t>& runs) {
    if (runs.empty()) return {};
    const Rows rows =
        session_.run(summarize, Params().array(runs, [](std::int64_t run) { return run; }));
    std::vector<RunSummary> result;
    for (int i = 0; i < rows.count(); ++i) result.push_back(summary_of(rows, i));
    return result;
  }

  static RunSummary summary_of(const Rows& rows, int i) {
    RunSummary run;
    run.run = RunId{rows.int8(i, 0)};
    run.number = rows.int8(i, 1);
    run.workflow = rows.bytes(i, 2);
    run.key = rows.bytes(i, 3);
    run.labels = rows.bytes(i, 4);
    run.actor = rows.bytes(i, 5);
    run.namespace_name = rows.bytes(i, 6);
    run.phase = static_cast<core::RunPhase>(rows.int2(i, 7));
    run.version = rows.int4(i, 8);
    run.definition = rows.int4(i, 9);
    run.folder = rows.bytes(i, 10);
    if (!rows.is_null(i, 11)) run.owner = Incarnation{rows.int8(i, 11)};
    run.owner_name = rows.bytes(i, 12);
    run.owner_host = rows.bytes(i, 13);
    run.created_at = rows.time(i, 14);
    run.wake_at = rows.maybe_time(i, 15);
    run.ended_at = rows.maybe_time(i, 16);
    return run;
  }

  Session session_;
};

}  // namespace

std::unique_ptr<Reader> open_reader(const Address& address) {
  return std::make_unique<PostgresReader>(address.url);
}

std::vector<Statement> reader_statements() {
  return {by_number,        by_key,         nth_last,       nth_last_of,     read_facts,
          summarize,        read_steps,     read_steps_of,  read_marks,      read_events,
          read_logs,        read_log_ends,  read_log_marks, read_log_chunks, read_progress,
          read_progress_of, read_notes,     read_workers,   read_definition, count_workers,
          read_newest,      read_past_runs, read_past_steps};
}

}  // namespace pawl::store
