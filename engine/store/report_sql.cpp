#include <algorithm>

#include "store/postgres_store.hpp"

/// What steps report beside the journal: logs, progress, notes.
namespace pawl::store {

void Postgres::put_progress(std::span<const Progress> progress) {
  for (const Progress& row : progress) {
    Params params;
    params.int8(row.run.value).int4(row.inst).int4(row.attempt);
    for (const auto& number : {row.fraction, row.done, row.total}) {
      number ? params.float8(*number) : params.null();
    }
    params.text(row.message).time(row.at);
    session_.run(
        R"(insert into step_progress(run_id, inst, attempt, fraction, done, total, message, at)
           values ($1::bigint, $2::int, $3::int, $4::float8, $5::float8, $6::float8, $7::text,
             $8::timestamptz)
           on conflict (run_id, inst) do update set attempt = excluded.attempt,
             fraction = excluded.fraction, done = excluded.done, total = excluded.total,
             message = excluded.message, at = excluded.at)",
        params);
  }
}

void Postgres::put_logs(std::span<const LogChunk> chunks) {
  for (const LogChunk& chunk : chunks) {
    session_.run(
        R"(insert into log_chunk(run_id, inst, attempt, n, at, bytes)
           values ($1::bigint, $2::int, $3::int, $4::int, $5::timestamptz, $6::bytea)
           on conflict (run_id, inst, attempt, n) do update set at = excluded.at,
             bytes = excluded.bytes)",
        Params()
            .int8(chunk.run.value)
            .int4(chunk.inst)
            .int4(chunk.attempt)
            .int4(chunk.n)
            .time(chunk.at)
            .bytes(chunk.bytes));
  }
}

bool Postgres::put_notes(Incarnation inc, std::span<const Note> notes) {
  return std::ranges::all_of(notes, [&](const Note& note) {
    return !session_
                .run(
                    R"(with l as materialized (select inc from lane
                         where inc = $1::bigint and lane = 0 and not fenced for share)
                       insert into step_note(run_id, inst, generation, kind, key, body)
                       select $2::bigint, $3::int, $4::int, $5::smallint, $6::text, $7::bytea
                       from l where exists (select 1 from run
                         where run_id = $2 and owner_inc = $1)
                       on conflict (run_id, inst, generation, kind, key)
                         do update set body = excluded.body, at = clock_timestamp()
                       returning run_id)",
                    Params()
                        .int8(inc.value)
                        .int8(note.run.value)
                        .int4(note.inst)
                        .int4(note.generation)
                        .int2(static_cast<std::int16_t>(note.kind))
                        .text(note.key)
                        .bytes(note.value.text))
                .empty();
  });
}

std::vector<Note> Postgres::notes(RunId run, std::int32_t inst, std::int32_t generation) {
  const Rows rows = session_.run(
      R"(select distinct on (kind, key) generation, kind, key, body from step_note
         where run_id = $1::bigint and inst = $2::int and generation <= $3::int
         order by kind, key, generation desc)",
      Params().int8(run.value).int4(inst).int4(generation));
  std::vector<Note> notes;
  for (int i = 0; i < rows.count(); ++i) {
    notes.push_back({run, inst, rows.int4(i, 0), static_cast<NoteKind>(rows.int2(i, 1)),
                     rows.bytes(i, 2), JsonText{rows.bytes(i, 3)}});
  }
  return notes;
}

}  // namespace pawl::store
