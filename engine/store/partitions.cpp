#include <array>
#include <set>
#include <utility>

#include "store/postgres_store.hpp"
#include "store/statements.hpp"

/// History lives in one partition a day of the run's id. They are made ahead, because making one
/// waits for nobody only when it is made as a table of its own and attached.
namespace pawl::store {

namespace {

using Days = std::chrono::time_point<std::chrono::system_clock, std::chrono::days>;

constexpr std::chrono::days ahead{14};
constexpr int id_random_bits = 21;

struct Parent {
  const char* name;
  const char* storage;
};
/// Step rows are updated; storage parameters are refused on a partitioned parent.
constexpr std::array<Parent, 5> parents{{{"event", ""},
                                         {"step_instance", "with (fillfactor = 70)"},
                                         {"step_note", ""},
                                         {"value_chunk", ""},
                                         {"log_chunk", ""}}};

constexpr Statement read_partitions{"read_partitions", R"(
select clock_timestamp(), c.relname::text
from (values ('event'::regclass), ('step_instance'), ('step_note'), ('value_chunk'), ('log_chunk'))
  as p(parent)
left join pg_inherits i on i.inhparent = p.parent
left join pg_class c on c.oid = i.inhrelid)"};

constexpr Statement lock_partitions{"lock_partitions", R"(
select pg_advisory_xact_lock(hashtext('pawl partitions')))"};

std::int64_t first_id(Days day) {
  return std::chrono::duration_cast<Millis>(day.time_since_epoch()).count() << id_random_bits;
}

std::string name_of(const Parent& parent, Days day) {
  std::string text = to_rfc3339(day);  // 2026-11-21T…
  return std::string(parent.name) + "_" + text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2);
}

struct Sight {
  Days today{};
  std::set<std::string> names;
};

Sight look(Session& session) {
  const Rows rows = session.run(read_partitions);
  Sight sight{std::chrono::floor<std::chrono::days>(rows.time(0, 0)), {}};
  for (int i = 0; i < rows.count(); ++i) sight.names.insert(rows.bytes(i, 1));
  return sight;
}

bool has_day(const Sight& sight, Days day) {
  for (const Parent& parent : parents) {
    if (!sight.names.contains(name_of(parent, day))) return false;
  }
  return true;
}

/// The first day from today on that has not all its partitions.
Days end_of(const Sight& sight) {
  Days day = sight.today;
  while (has_day(sight, day)) day += std::chrono::days{1};
  return day;
}

void make_day(Session& session, const Sight& sight, Days day) {
  std::string sql;
  for (const Parent& parent : parents) {
    const std::string name = name_of(parent, day);
    if (sight.names.contains(name)) continue;
    const std::string of = parent.name;
    sql += "create table " + name + " (like " + of + " including all) " + parent.storage + ";";
    sql += "alter table " + of + " attach partition " + name + " for values from (" +
           std::to_string(first_id(day)) + ") to (" +
           std::to_string(first_id(day + std::chrono::days{1})) + ");";
  }
  session.script(sql);
}

}  // namespace

TimePoint ensure_partitions(Session& session) {
  const Sight sight = look(session);
  if (end_of(sight) > sight.today + ahead) return end_of(sight);
  Transaction transaction(session);
  session.run(lock_partitions);
  // Somebody else may have made them while we waited.
  const Sight locked = look(session);
  for (Days day = locked.today; day <= locked.today + ahead; day += std::chrono::days{1}) {
    if (!has_day(locked, day)) make_day(session, locked, day);
  }
  transaction.commit();
  return end_of(look(session));
}

void Postgres::ensure_partitions() { partitions_until_ = store::ensure_partitions(session_); }

std::vector<Statement> partition_statements() { return {read_partitions, lock_partitions}; }

}  // namespace pawl::store
