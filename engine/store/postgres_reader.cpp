#include <algorithm>
#include <charconv>

#include "store/pg.hpp"
#include "store/postgres.hpp"
#include "store/reader.hpp"

namespace pawl::store {

namespace {

constexpr const char* find_sql = R"(
select r.run_id, i.number, i.workflow, i.key, i.labels::text, i.actor, n.name, r.state, r.version,
  r.def_id, i.folder, r.owner_inc, w.name, w.host, i.created_at, r.wake_at, r.ended_at
from run_info i join run r on r.run_id = i.run_id join namespace n on n.id = i.namespace
left join worker w on w.inc = r.owner_inc
where case $1::int when 0 then i.number = $2::bigint when 1 then i.run_id = $2 else i.key = $3::text end
order by i.run_id desc limit 10)";

constexpr const char* list_sql = R"(
select r.run_id, i.number, i.workflow, i.key, i.labels::text, i.actor, n.name, r.state, r.version,
  r.def_id, i.folder, r.owner_inc, w.name, w.host, i.created_at, r.wake_at, r.ended_at
from run_info i join run r on r.run_id = i.run_id join namespace n on n.id = i.namespace
left join worker w on w.inc = r.owner_inc
where ($1::bigint is null or i.number < $1) and ($2::smallint is null or r.state = $2)
  and ($3::text = '' or i.workflow = $3)
order by i.number desc limit $4::int offset $5::int)";

std::vector<RunSummary> summaries(const Rows& rows) {
  std::vector<RunSummary> runs;
  for (int i = 0; i < rows.count(); ++i) {
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
    run.created_at = rows.time(i, 14).value_or(TimePoint{});
    run.wake_at = rows.time(i, 15);
    run.ended_at = rows.time(i, 16);
    runs.push_back(std::move(run));
  }
  return runs;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

class PostgresReader final : public Reader {
 public:
  explicit PostgresReader(const std::string& url) : session_(url) {
    session_.script("set statement_timeout = '20s'");
  }

  std::vector<RunSummary> find(std::string_view text) override;
  std::vector<RunSummary> runs(int limit, std::optional<std::int64_t> before,
                               std::optional<core::RunPhase> phase,
                               const std::string& workflow) override {
    return list(limit, 0, before, phase, workflow);
  }
  std::vector<StepRow> steps(RunId run) override;
  std::vector<EventRow> events(RunId run, std::int32_t after, int limit) override;
  std::vector<LogChunk> logs(RunId run, std::int32_t inst, const LogPosition& after,
                             int limit) override;
  std::vector<Progress> progress(RunId run) override;
  std::optional<Definition> definition(std::int32_t id) override;
  int live_workers(const std::string& queue) override;
  std::int64_t newest_number() override {
    return session_.run("select coalesce(max(number), 0) from run_info").int8(0, 0);
  }

 private:
  std::vector<RunSummary> list(int limit, int skip, std::optional<std::int64_t> before,
                               std::optional<core::RunPhase> phase, const std::string& workflow);
  Session session_;
};

std::vector<RunSummary> PostgresReader::list(int limit, int skip,
                                             std::optional<std::int64_t> before,
                                             std::optional<core::RunPhase> phase,
                                             const std::string& workflow) {
  Params params;
  before ? params.int8(*before) : params.null();
  phase ? params.int2(static_cast<std::int16_t>(*phase)) : params.null();
  return summaries(session_.run(list_sql, params.text(workflow).int4(limit).int4(skip)));
}

std::vector<RunSummary> PostgresReader::find(std::string_view text) {
  constexpr std::size_t id_digits = 15;
  const auto last = [&](std::string_view rest) -> std::optional<std::vector<RunSummary>> {
    if (rest.empty()) return list(1, 0, {}, {}, "");
    if (rest.front() == ':') return list(1, 0, {}, {}, std::string(rest.substr(1)));
    if (rest.front() != '~') return std::nullopt;
    const auto back = number_of(rest.substr(1));
    if (!back || *back > 1'000'000) return std::nullopt;
    return list(1, static_cast<int>(*back), {}, {}, "");
  };
  if (text.substr(0, 4) == "last") {
    if (const auto found = last(text.substr(4))) return *found;
  }
  const bool is_key = text.substr(0, 4) == "key:";
  if (is_key) text.remove_prefix(4);
  const auto number = is_key ? std::nullopt : number_of(text);
  Params params;
  params.int4(!number ? 2 : text.size() >= id_digits ? 1 : 0).int8(number.value_or(0)).text(text);
  return summaries(session_.run(find_sql, params));
}

std::vector<StepRow> PostgresReader::steps(RunId run) {
  const Rows rows = session_.run(
      "select at, inst, attempt, seq, state, reason, path, body from step_instance"
      " where run_id = $1::bigint order by inst",
      Params().int8(run.value));
  std::vector<StepRow> steps;
  for (int i = 0; i < rows.count(); ++i) {
    steps.push_back({run, rows.time(i, 0).value_or(TimePoint{}), rows.int4(i, 1), rows.int4(i, 2),
                     rows.int4(i, 3), rows.int2(i, 4), rows.int2(i, 5), rows.bytes(i, 6),
                     rows.bytes(i, 7)});
  }
  return steps;
}

std::vector<EventRow> PostgresReader::events(RunId run, std::int32_t after, int limit) {
  const Rows rows = session_.run(
      "select at, seq, kind, body_v, actor, body from event"
      " where run_id = $1::bigint and seq > $2::int order by seq limit $3::int",
      Params().int8(run.value).int4(after).int4(limit));
  std::vector<EventRow> events;
  for (int i = 0; i < rows.count(); ++i) {
    events.push_back({run, rows.time(i, 0).value_or(TimePoint{}), rows.int4(i, 1), rows.int2(i, 2),
                      rows.int2(i, 3), rows.bytes(i, 4), rows.bytes(i, 5)});
  }
  return events;
}

std::vector<LogChunk> PostgresReader::logs(RunId run, std::int32_t inst, const LogPosition& after,
                                           int limit) {
  const Rows rows = session_.run(
      R"(select inst, attempt, n, at, bytes from log_chunk
         where run_id = $1::bigint and ($2::int < 0 or inst = $2)
           and (inst, attempt, n) > ($3::int, $4::int, $5::int)
         order by inst, attempt, n limit $6::int)",
      Params()
          .int8(run.value)
          .int4(inst)
          .int4(after.inst)
          .int4(after.attempt)
          .int4(after.n)
          .int4(limit));
  std::vector<LogChunk> chunks;
  for (int i = 0; i < rows.count(); ++i) {
    chunks.push_back({run, rows.int4(i, 0), rows.int4(i, 1), rows.int4(i, 2),
                      rows.time(i, 3).value_or(TimePoint{}), rows.bytes(i, 4)});
  }
  return chunks;
}

std::vector<Progress> PostgresReader::progress(RunId run) {
  const Rows rows = session_.run(
      "select inst, attempt, fraction, done, total, message, at from step_progress"
      " where run_id = $1::bigint order by inst",
      Params().int8(run.value));
  std::vector<Progress> progress;
  const auto number = [&](int row, int column) -> std::optional<double> {
    if (rows.is_null(row, column)) return std::nullopt;
    return rows.float8(row, column);
  };
  for (int i = 0; i < rows.count(); ++i) {
    progress.push_back({run, rows.int4(i, 0), rows.int4(i, 1), number(i, 2), number(i, 3),
                        number(i, 4), rows.bytes(i, 5), rows.time(i, 6).value_or(TimePoint{})});
  }
  return progress;
}

std::optional<Definition> PostgresReader::definition(std::int32_t id) {
  const Rows rows = session_.run(
      "select def_id, name, hash, bundle, file, plan, plan_version, sem from definition"
      " where def_id = $1::int",
      Params().int4(id));
  if (rows.empty()) return std::nullopt;
  return Definition{rows.int4(0, 0),  rows.bytes(0, 1), rows.bytes(0, 2), rows.bytes(0, 3),
                    rows.bytes(0, 4), rows.bytes(0, 5), rows.int4(0, 6),  rows.int4(0, 7)};
}

int PostgresReader::live_workers(const std::string& queue) {
  return session_
      .run(
          R"(select count(*)::int from lane l join worker w on w.inc = l.inc
             where not l.fenced and l.lease_until > clock_timestamp()
               and $1::text = any(w.queues))",
          Params().text(queue))
      .int4(0, 0);
}

}  // namespace

std::unique_ptr<Reader> open_reader(const Address& address) {
  return std::make_unique<PostgresReader>(address.url);
}

}  // namespace pawl::store
