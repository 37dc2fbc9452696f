#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/doctor/diagnosis.hpp"
#include "cli/wording.hpp"

/// Is Pawl itself well: settings, database, workers, queues.
namespace pawl::cli {
namespace {

using namespace std::chrono_literals;

constexpr Micros transaction_patience = 1h;
constexpr Micros clock_tolerance = 2s;
constexpr std::int64_t disk_free_min = std::int64_t{1} << 30;
/// Of the connections that the server allows.
constexpr double connections_share_max = 0.9;

std::string psql(const std::string& sql) { return "pawl db psql -c " + shell_quoted(sql); }

std::string ago(TimePoint at, TimePoint now) {
  return format_duration(std::max(Micros{0}, now - at));
}

class EngineDoctor {
 public:
  explicit EngineDoctor(const EngineCase& engine) : case_(engine) {}

  Diagnosis diagnose() && {
    look_at_settings();
    if (case_.unreachable) {
      add(*case_.unreachable);
    } else if (!case_.database.empty()) {
      look_at_schema();
      if (case_.sight) look_at_database(*case_.sight);
      look_at_workers();
    }
    look_at_disk();
    const auto count = static_cast<std::int64_t>(found_.findings.size());
    std::ranges::stable_sort(found_.findings, std::ranges::greater{}, &Finding::weight);
    found_.head = count == 0 ? "nothing is wrong" : counted(count, "finding");
    return std::move(found_);
  }

 private:
  void add(Finding finding) { found_.findings.push_back(std::move(finding)); }
  void fact(std::string line) { found_.facts.push_back(std::move(line)); }
  TimePoint now() const { return case_.sight ? case_.sight->now : case_.now; }

  void look_at_settings() {
    for (const std::string& fault : case_.faults) {
      add({Weight::error, "settings", "", fault, {}, "pawl config check"});
    }
    if (case_.faults.empty()) {
      fact(case_.settings_set == 0
               ? "settings: all are defaults"
               : fmt::format("settings: {} set, no mistakes (pawl config)", case_.settings_set));
    }
  }

  void look_at_schema() {
    if (case_.applied > case_.known) {
      add({Weight::error,
           "tables",
           "",
           fmt::format("they are of a newer Pawl: migration {}, this build knows {}", case_.applied,
                       case_.known),
           {"use the newer build; this one refuses to touch them"},
           ""});
    } else if (case_.applied == 0) {
      add({Weight::stuck,
           "tables",
           "",
           "there are none yet; the first run makes them",
           {},
           "pawl db migrate"});
    } else if (case_.applied < case_.known) {
      add({Weight::error,
           "tables",
           "",
           fmt::format("they are of an older Pawl: migration {} of {}", case_.applied, case_.known),
           {},
           "pawl db migrate"});
    }
  }

  void look_at_database(const store::DatabaseSight& sight) {
    fact(fmt::format("database: {}, answers in {:.1f} ms, {}, {} of {} connections, migration {}",
                     case_.database, static_cast<double>(case_.answers_in.count()) / 1000,
                     format_size(sight.bytes), sight.connections, sight.connections_max,
                     case_.applied));
    look_at_safety(sight);
    if (!sight.autovacuum) {
      add({Weight::error,
           "database",
           "",
           "autovacuum is off: the tables grow without end",
           {},
           psql("alter system set autovacuum = on") + " -c 'select pg_reload_conf()'"});
    }
    if (static_cast<double>(sight.connections) >
        connections_share_max * static_cast<double>(sight.connections_max)) {
      add({Weight::error,
           "database",
           "",
           fmt::format("{} of {} connections are in use: workers may not get theirs",
                       sight.connections, sight.connections_max),
           {"raise max_connections, or end what holds them"},
           psql("select application_name, state, count(*) from pg_stat_activity group by 1, 2")});
    }
    if (sight.oldest_transaction && sight.now - *sight.oldest_transaction > transaction_patience) {
      add({Weight::error,
           "database",
           "",
           fmt::format("a transaction of {} is open for {}: nothing is cleaned up behind it",
                       sight.oldest_program.empty() ? "a program without a name"
                                                    : quoted(sight.oldest_program),
                       ago(*sight.oldest_transaction, sight.now)),
           {},
           psql(fmt::format("select pg_terminate_backend({})", sight.oldest_pid))});
    }
    if (const Micros skew = case_.now - sight.now;
        skew > clock_tolerance || -skew > clock_tolerance) {
      add({Weight::stuck,
           "clock",
           "",
           fmt::format("this machine is {} {} the database: times of logs are off by that",
                       format_duration(skew < Micros{0} ? -skew : skew),
                       skew < Micros{0} ? "behind" : "ahead of"),
           {"let chrony or systemd-timesyncd set both clocks"},
           ""});
    }
    if (sight.quarantined > 0) {
      add({Weight::stuck,
           "runs",
           "",
           counted(sight.quarantined, "run") + " set aside, because their rows cannot be read",
           {},
           "pawl runs state=quarantined"});
    }
  }

  /// What makes a commit worth nothing.
  void look_at_safety(const store::DatabaseSight& sight) {
    const auto off = [&](const char* setting, const char* loss) {
      add({Weight::error,
           "database",
           "",
           fmt::format("{} is off: {}", setting, loss),
           {},
           psql(fmt::format("alter system set {} = on", setting)) +
               " -c 'select pg_reload_conf()'"});
    };
    if (!sight.fsync) off("fsync", "a crash of the machine loses runs");
    if (!sight.full_page_writes) off("full_page_writes", "a crash of the machine damages tables");
    if (!sight.commits_wait) off("synchronous_commit", "a crash of the database loses transitions");
  }

  void look_at_workers() {
    std::int64_t alive = 0, gone_with_runs = 0;
    for (const store::WorkerSight& worker : case_.workers) {
      if (worker.is_alive(now())) {
        ++alive;
        fact(fmt::format("worker: {} on {}, build {}, {}, queues {}, lease {}", worker.name,
                         worker.host, worker.build, counted(worker.runs, "run"),
                         fmt::join(worker.queues, ", "),
                         format_duration(worker.lease_until - now())));
      } else {
        gone_with_runs += worker.runs;
      }
    }
    if (alive == 0) fact("workers: none is alive; pawl run starts one");
    for (const store::QueueSight& queue : case_.queues) look_at_queue(queue);
    if (alive == 0 && gone_with_runs > 0) {
      add({Weight::error,
           "runs",
           "",
           counted(gone_with_runs, "run") + " of workers that are gone wait for another",
           {},
           "pawl serve"});
    }
  }

  void look_at_queue(const store::QueueSight& queue) {
    const bool is_served = std::ranges::any_of(case_.workers, [&](const auto& worker) {
      return worker.is_alive(now()) && worker.serves(queue.name);
    });
    if (queue.waiting == 0) return;
    const std::string since =
        queue.oldest ? fmt::format("{} {}", queue.waiting, "wait for " + ago(*queue.oldest, now()))
                     : "";
    if (!is_served) {
      add({Weight::error,
           "queue " + queue.name,
           since,
           "no worker serves it",
           {},
           queue.name == "default" ? "pawl serve"
                                   : "pawl serve --queue " + shell_quoted(queue.name)});
    } else {
      fact(fmt::format("queue: {}, {} waiting, {} under way", queue.name, queue.waiting,
                       queue.owned));
    }
  }

  void look_at_disk() {
    if (!case_.disk_free) return;
    if (*case_.disk_free >= disk_free_min) {
      return fact(fmt::format("disk: {} free in {}", format_size(*case_.disk_free), case_.home));
    }
    add({Weight::error,
         "disk",
         "",
         fmt::format("{} free in {}: PostgreSQL stops when it is full",
                     format_size(*case_.disk_free), case_.home),
         {},
         "du -xh " + shell_quoted(case_.home) + " | sort -h | tail"});
  }

  const EngineCase& case_;
  Diagnosis found_;
};

}  // namespace

Diagnosis diagnose(const EngineCase& engine) { return EngineDoctor(engine).diagnose(); }

}  // namespace pawl::cli
