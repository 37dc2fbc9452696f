#include "store/postgres.hpp"

#include <array>
#include <chrono>
#include <string>

#include "base/error.hpp"
#include "store/pg.hpp"
#include "store/postgres_store.hpp"

namespace pawl::store {

namespace {

/// A plan made on empty tables and kept must not become a scan; planning anew each time costs more
/// than the statement itself.
constexpr const char* settings_sql =
    "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off;"
    "set enable_mergejoin = off; set jit = off; set statement_timeout = '60s';"
    "set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '10s'";

constexpr int days_ahead = 14;
constexpr std::array partitioned = {"event", "step_instance", "step_note", "value_chunk",
                                    "log_chunk"};

/// "20261121" of the day that is `days` after 1970-01-01.
std::string day_name(std::int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

/// The first run id of a day: milliseconds << 21.
std::int64_t first_id(std::int64_t days) { return (days * 86'400'000) << 21; }

}  // namespace

Postgres::Postgres(const std::string& url) : session_(url) { session_.script(settings_sql); }

std::unique_ptr<Store> open_postgres(const Address& address) {
  return std::make_unique<Postgres>(address.url);
}

void Postgres::ensure_partitions() {
  const Rows clock = session_.run("select clock_timestamp()");
  const auto today = std::chrono::floor<std::chrono::days>(clock.time(0, 0).value_or(TimePoint{}))
                         .time_since_epoch()
                         .count();
  for (const char* table : partitioned) {
    const std::string last = std::string(table) + "_" + day_name(today + days_ahead);
    const Rows there =
        session_.run("select to_regclass($1::text) is not null", Params().text(last));
    if (there.flag(0, 0)) continue;
    for (std::int64_t day = today; day <= today + days_ahead; ++day) {
      const std::string name = std::string(table) + "_" + day_name(day);
      // Made apart and attached: `create … partition of` would wait for every reader.
      const std::string with =
          std::string(table) == "step_instance" ? " with (fillfactor = 70)" : "";
      session_.script(
          "do $$ begin perform pg_advisory_xact_lock(7381219002);"
          " if to_regclass('" +
          name +
          "') is null then"
          " create table " +
          name + " (like " + table + " including all)" + with +
          ";"
          " alter table " +
          table + " attach partition " + name + " for values from (" +
          std::to_string(first_id(day)) + ") to (" + std::to_string(first_id(day + 1)) +
          ");"
          " end if; end $$");
    }
  }
}

}  // namespace pawl::store
