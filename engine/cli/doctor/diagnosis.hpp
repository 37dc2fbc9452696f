#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_view.hpp"
#include "cli/style.hpp"
#include "settings/settings.hpp"
#include "store/overview.hpp"

/// Why a run, or all of Pawl, does not move: facts in, findings out. Pure: who looks gives the
/// time.
namespace pawl::cli {

enum class Weight : std::uint8_t {
  moves,  ///< It goes on by itself; told so that nobody has to wonder.
  stuck,  ///< Somebody has to decide or do something.
  error,  ///< Something around it is broken.
};

/// One thing that does not move, and why.
struct Finding {
  Weight weight = Weight::stuck;
  std::string subject;              ///< "build.compile", "queue default", "database"
  std::string since;                ///< "ready for 12m"
  std::string cause;                ///< "no worker serves the queue"
  std::vector<std::string> more{};  ///< What else helps to understand it.
  std::string command{};            ///< What to type; empty where there is nothing to do.
};

struct Diagnosis {
  std::string head;                ///< "running; 2 steps cannot move, 8 can"
  std::vector<Finding> findings;   ///< The gravest first.
  std::vector<std::string> facts;  ///< What is well: one line each.

  bool has_errors() const;
};

/// Everything that is known of a run that does not move.
struct RunCase {
  RunView view;
  store::RunSight sight;
  std::vector<store::WorkerSight> workers;
  TimePoint now{};  ///< The database's.
};
/// `all`: also each step that moves by itself.
Diagnosis diagnose(const RunCase& run, bool all);

/// Everything that is known of the engine. What could not be looked at is absent.
struct EngineCase {
  std::string database;  ///< "private PostgreSQL 15 in /var/lib/pawl/postgres"
  bool is_private = false;
  std::optional<Finding> unreachable;  ///< Then nothing else of the database is known.
  int applied = 0, known = 0;          ///< Migrations.
  std::optional<store::DatabaseSight> sight;
  Micros answers_in{0};
  std::vector<store::WorkerSight> workers;
  std::vector<store::QueueSight> queues;
  std::vector<std::string> faults;  ///< Of the settings, as texts.
  int settings_set = 0;
  std::string home;
  std::optional<std::int64_t> disk_free;  ///< Bytes, where the private cluster is.
  TimePoint now{};                        ///< This machine's.
};
Diagnosis diagnose(const EngineCase& engine);

/// As people read it.
std::string diagnosis_text(const Diagnosis& diagnosis, const std::string& title,
                           const Style& style);
/// One JSON document; `run` may be empty.
std::string diagnosis_record(const Diagnosis& diagnosis, const std::string& run);

}  // namespace pawl::cli
