#include <algorithm>
#include <string>

#include "base/error.hpp"
#include "schemas/migrations.hpp"
#include "store/pg.hpp"
#include "store/postgres.hpp"
#include "store/postgres_store.hpp"

namespace pawl::store {

namespace {

/// Any two starts of Pawl agree on this number; it means nothing else.
constexpr const char* lock_sql = "select pg_advisory_xact_lock(7381219001)";

constexpr const char* table_sql = R"(
create table if not exists pawl_migration (
  number int primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default clock_timestamp())";

int applied_in(Session& session) {
  const Rows there = session.run("select to_regclass('pawl_migration') is not null");
  if (!there.flag(0, 0)) return 0;
  return session.run("select coalesce(max(number), 0)::int from pawl_migration").int4(0, 0);
}

int known_here() {
  int known = 0;
  for (const schemas::Migration& migration : schemas::migrations()) {
    known = std::max(known, migration.number);
  }
  return known;
}

[[noreturn]] void refuse_newer(int applied, int known) {
  throw Error(
      ErrorKind::environment, "the database is of a newer version of Pawl",
      "it has migration " + std::to_string(applied) + ", this build knows " + std::to_string(known),
      "use the newer Pawl, or another database");
}

void check_unchanged(Session& session, const schemas::Migration& migration) {
  const Rows rows = session.run("select sha256 from pawl_migration where number = $1::int",
                                Params().int4(migration.number));
  if (rows.empty() || rows.bytes(0, 0) == migration.sha256) return;
  throw Error(ErrorKind::environment,
              "migration " + std::to_string(migration.number) +
                  " in the database differs from this build's",
              "it was applied as " + rows.bytes(0, 0).substr(0, 12) + ", this build has " +
                  std::string(migration.sha256).substr(0, 12),
              "use the build that made this database, or another database");
}

}  // namespace

SchemaState schema_state(const Address& address) {
  Session session(address.url);
  return {applied_in(session), known_here()};
}

int migrate(const Address& address) {
  Session session(address.url);
  const int known = known_here();
  int done = 0;
  session.script("begin");
  session.script(lock_sql);
  session.script(std::string(table_sql) + ")");
  const int applied = applied_in(session);
  if (applied > known) refuse_newer(applied, known);
  for (const schemas::Migration& migration : schemas::migrations()) {
    if (migration.number <= applied) {
      check_unchanged(session, migration);
      continue;
    }
    session.script(std::string(migration.text));
    session.run(
        "insert into pawl_migration(number, name, sha256) values ($1::int, $2::text, $3::text)",
        Params().int4(migration.number).text(migration.name).text(migration.sha256));
    ++done;
  }
  session.script("commit");
  Postgres(address.url).ensure_partitions();
  return done;
}

}  // namespace pawl::store
