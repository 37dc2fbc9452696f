#include <algorithm>
#include <map>
#include <tuple>

#include "store/postgres_store.hpp"
#include "store/statements.hpp"

/// What steps report beside the journal: logs, progress, notes.
namespace pawl::store {

namespace {

/// `set_config(…, true)` lasts to the end of the transaction, which is this statement: one round
/// trip instead of four, and it works through a pooler.
constexpr Statement report_progress{"report_progress", R"(
with s as materialized (select set_config('synchronous_commit', 'off', true))
insert into step_progress(run_id, inst, attempt, fraction, done, total, message, at)
select x.* from s, unnest($1::bigint[], $2::int[], $3::int[], $4::float8[], $5::float8[],
  $6::float8[], $7::text[], $8::timestamptz[]) x
on conflict (run_id, inst) do update set attempt = excluded.attempt,
  fraction = excluded.fraction, done = excluded.done, total = excluded.total,
  message = excluded.message, at = excluded.at
where step_progress.attempt <= excluded.attempt)"};

constexpr Statement write_logs{"write_logs", R"(
with s as materialized (select set_config('synchronous_commit', 'off', true))
insert into log_chunk(run_id, inst, attempt, n, at, bytes, lines)
select x.* from s,
  unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::timestamptz[], $6::bytea[],
    $7::int[]) x
on conflict (run_id, inst, attempt, n)
  do update set at = excluded.at, bytes = excluded.bytes, lines = excluded.lines)"};

/// All or none: FOR SHARE keeps the lane from being fenced, and runs change owner only after that.
constexpr Statement write_notes{"write_notes", R"(
with l as materialized (
   select inc from lane where inc = $1::bigint and lane = 0 and not fenced for share),
 x as materialized (select * from unnest($2::bigint[], $3::int[], $4::int[], $5::smallint[],
   $6::text[], $7::bytea[]) x(run_id, inst, generation, kind, key, body)),
 w as (insert into step_note(run_id, inst, generation, kind, key, body)
   select x.* from l, x
   where not exists (select 1 from x as y left join run r on r.run_id = y.run_id
     where r.owner_inc is distinct from $1)
   on conflict (run_id, inst, generation, kind, key)
     do update set body = excluded.body, at = clock_timestamp()
   returning 1)
select count(*) from w)"};

constexpr Statement read_notes{"read_notes", R"(
select distinct on (kind, key collate "C") generation, kind, key, body from step_note
where run_id = $1::bigint and inst = $2::int and generation <= $3::int
order by kind, key collate "C", generation desc)"};

constexpr Statement notify{"notify", R"(
select set_config('synchronous_commit', 'off', true), pg_notify($1::text, ''))"};

/// The last row of each key, in the order of keys: a row may be written once in a statement, and
/// two sessions that write in one order never wait for each other in a circle.
template <class Key, class Row>
std::vector<Row> last_of_each(std::span<const Row> rows, Key key) {
  std::map<decltype(key(rows[0])), const Row*> last;
  for (const Row& row : rows) last[key(row)] = &row;
  std::vector<Row> result;
  result.reserve(last.size());
  for (const auto& [unused, row] : last) result.push_back(*row);
  return result;
}

const auto run_of = [](const auto& row) { return row.run.value; };

}  // namespace

void Postgres::put_progress(std::span<const Progress> progress) {
  if (progress.empty()) return;
  const auto rows =
      last_of_each(progress, [](const Progress& p) { return std::tuple(p.run, p.inst); });
  Params params;
  params.array(rows, run_of).array(rows, &Progress::inst).array(rows, &Progress::attempt);
  params.array(rows, &Progress::fraction).array(rows, &Progress::done);
  params.array(rows, &Progress::total).texts(rows, &Progress::message);
  session_.run(report_progress, params.array(rows, &Progress::at));
}

void Postgres::put_logs(std::span<const LogChunk> chunks) {
  if (chunks.empty()) return;
  const auto rows = last_of_each(
      chunks, [](const LogChunk& c) { return std::tuple(c.run, c.inst, c.attempt, c.n); });
  Params params;
  params.array(rows, run_of).array(rows, &LogChunk::inst).array(rows, &LogChunk::attempt);
  params.array(rows, &LogChunk::n).array(rows, &LogChunk::at).byteas(rows, &LogChunk::bytes);
  session_.run(write_logs, params.array(rows, &LogChunk::lines));
}

bool Postgres::put_notes(Incarnation inc, std::span<const Note> notes) {
  if (notes.empty()) return true;
  const auto rows = last_of_each(
      notes, [](const Note& n) { return std::tuple(n.run, n.inst, n.generation, n.kind, n.key); });
  Params params;
  params.int8(inc.value).array(rows, run_of).array(rows, &Note::inst);
  params.array(rows, &Note::generation);
  params.array(rows, [](const Note& note) { return static_cast<std::int16_t>(note.kind); });
  params.texts(rows, &Note::key);
  params.byteas(rows, [](const Note& note) { return std::string_view(note.value.text); });
  return session_.run(write_notes, params).int8(0, 0) > 0;
}

std::vector<Note> Postgres::notes(RunId run, std::int32_t inst, std::int32_t generation) {
  const Rows rows = session_.run(read_notes, Params().int8(run.value).int4(inst).int4(generation));
  std::vector<Note> notes;
  for (int i = 0; i < rows.count(); ++i) {
    notes.push_back({run, inst, rows.int4(i, 0), static_cast<NoteKind>(rows.int2(i, 1)),
                     rows.bytes(i, 2), JsonText{rows.bytes(i, 3)}});
  }
  return notes;
}

/// Wakes the listeners: apart from the change and after it, because a commit that notifies takes a
/// lock on the whole server.
void Postgres::hint(const char* channel) {
  try {
    session_.run(notify, Params().text(channel));
  } catch (const std::exception&) {
    // A lost connection is noticed by the next call; a full notify queue costs a poll.
  }
}

std::vector<Statement> report_statements() {
  return {report_progress, write_logs, write_notes, read_notes, notify};
}

}  // namespace pawl::store
