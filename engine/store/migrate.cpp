#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "schemas/migrations.hpp"
#include "store/postgres.hpp"
#include "store/postgres_store.hpp"

namespace pawl::store {

namespace {

/// Not prepared in advance by a test: the table is made by `make_table`.
constexpr Statement find_table{"find_migrations", R"(
select to_regclass('pawl_migration') is not null)"};

constexpr const char* make_table = R"(
create table if not exists pawl_migration (
  number int primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default clock_timestamp()))";

constexpr Statement read_applied{"read_migrations", R"(
select number, sha256 from pawl_migration order by number)"};

constexpr Statement note_applied{"note_migration", R"(
insert into pawl_migration(number, name, sha256) values ($1::int, $2::text, $3::text))"};

constexpr Statement lock_migrations{"lock_migrations", R"(
select pg_advisory_xact_lock(hashtext('pawl migrations')))"};

using Applied = std::map<int, std::string>;

Applied applied(Session& session) {
  Applied result;
  if (!session.run(find_table).flag(0, 0)) return result;
  const Rows rows = session.run(read_applied);
  for (int i = 0; i < rows.count(); ++i) result.emplace(rows.int4(i, 0), rows.bytes(i, 1));
  return result;
}

int known() { return schemas::migrations().back().number; }

void refuse_strange(const Applied& there) {
  if (!there.empty() && there.rbegin()->first > known()) {
    throw Error(ErrorKind::environment, "the database is of a newer version of Pawl",
                "it has migration " + std::to_string(there.rbegin()->first) +
                    ", this build knows " + std::to_string(known()),
                "use the newer Pawl, or another database");
  }
  for (const schemas::Migration& migration : schemas::migrations()) {
    const auto found = there.find(migration.number);
    if (found == there.end() || found->second == migration.sha256) continue;
    throw Error(ErrorKind::environment,
                "migration " + std::to_string(migration.number) + " (" +
                    std::string(migration.name) + ") has changed since it was applied",
                "the database has " + found->second.substr(0, 12) + "…, this build " +
                    std::string(migration.sha256.substr(0, 12)) + "…",
                "use the build that made the database, or another database");
  }
}

}  // namespace

SchemaState schema_state(const Address& address) {
  Session session(address.url);
  return schema_of(session);
}

SchemaState schema_of(Session& session) {
  const Applied there = applied(session);
  return {there.empty() ? 0 : there.rbegin()->first, known()};
}

int migrate(const Address& address) {
  Session session(address.url);
  refuse_strange(applied(session));
  int count = 0;
  for (const schemas::Migration& migration : schemas::migrations()) {
    Transaction transaction(session);
    // Whoever comes second waits here, and finds the migration applied.
    session.run(lock_migrations);
    session.script(make_table);
    const Applied there = applied(session);
    refuse_strange(there);
    if (there.contains(migration.number)) continue;
    session.script(std::string(migration.text));
    Params params;
    params.int4(migration.number).text(migration.name).text(migration.sha256);
    session.run(note_applied, params);
    transaction.commit();
    ++count;
  }
  (void)ensure_partitions(session);
  return count;
}

std::unique_ptr<Store> open_postgres(const Address& address) {
  return std::make_unique<Postgres>(address.url);
}

}  // namespace pawl::store
