#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <chrono>
#include <iostream>

#include "base/error.hpp"
#include "cli/clock.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/doctor/diagnosis.hpp"
#include "cli/run_ref.hpp"
#include "cli/settings_for.hpp"
#include "cli/style_for.hpp"
#include "runtime/home.hpp"
#include "runtime/private_postgres.hpp"
#include "store/overview.hpp"

namespace pawl::cli {
namespace {

/// What find_database says when there is none to talk to, as a finding.
Finding unreachable(const Error& error) {
  Finding finding{Weight::error, "database", "", error.what(), {}, error.fix()};
  if (!error.why().empty()) finding.more.push_back(error.why());
  return finding;
}

std::string name_of(const Database& database) {
  if (database.source == Database::Source::private_cluster) {
    const auto status = runtime::PrivatePostgres(database.home).status();
    return fmt::format("private PostgreSQL {} in {}", status.version, status.folder);
  }
  if (database.address.url.empty()) return "PostgreSQL " + database.said_by;
  return settings::without_password(database.address.url) + ", " + database.said_by;
}

void look_at_database(const Database& database, EngineCase& engine) {
  using Steady = std::chrono::steady_clock;
  engine.database = name_of(database);
  engine.is_private = database.source == Database::Source::private_cluster;
  const store::SchemaState schema = store::schema_state(database.address);
  engine.applied = schema.applied;
  engine.known = schema.known;
  if (schema.applied != schema.known) return;  // its tables are not those that we know
  const auto overview = store::open_overview(database.address);
  engine.workers = overview->workers();
  engine.queues = overview->queues();
  const auto asked = Steady::now();
  engine.sight = overview->database();
  engine.answers_in = std::chrono::duration_cast<Micros>(Steady::now() - asked);
  engine.now = now_here();
}

std::optional<std::int64_t> disk_free(const std::string& folder) {
  struct statvfs facts {};
  if (::statvfs(folder.c_str(), &facts) != 0) return std::nullopt;
  return static_cast<std::int64_t>(facts.f_bavail) * static_cast<std::int64_t>(facts.f_frsize);
}

EngineCase look_at_engine(const CommonFlags& flags) {
  EngineCase engine;
  engine.now = now_here();
  engine.home = runtime::home_folder();
  const settings::Settings& settings = settings_found(flags);
  for (const settings::Fault& fault : settings.faults()) engine.faults.push_back(fault.text());
  for (const settings::Key& key : settings::keys()) {
    if (!settings.place(key.name).empty()) ++engine.settings_set;
  }
  try {
    look_at_database(find_database(flags, MayStart::nothing), engine);
  } catch (const Error& error) {
    // With mistakes in the settings it is not known which database is meant.
    if (engine.faults.empty()) engine.unreachable = unreachable(error);
  } catch (const store::Unavailable& gone) {
    engine.unreachable = Finding{
        Weight::error,     "database",      "", std::string("it cannot be reached: ") + gone.what(),
        {engine.database}, "pawl db status"};
  }
  if (engine.is_private) engine.disk_free = disk_free(engine.home);
  return engine;
}

RunCase look_at_run(const CommonFlags& flags, const std::string& named) {
  const Database database = find_database(flags, MayStart::nothing);
  const std::unique_ptr<store::Reader> reader = open_reader(database);
  const store::RunSummary run = find_run(*reader, named);
  const auto overview = store::open_overview(database.address);
  RunCase found;
  found.view = load_view(*reader, run, load_plan(*reader, run));
  found.sight = overview->of_run(run.run);
  found.workers = overview->workers();
  found.now = overview->now();
  return found;
}

int tell(const CommonFlags& flags, const Diagnosis& diagnosis, const std::string& title,
         const std::string& run) {
  const Style style = style_for(flags, STDOUT_FILENO);
  if (flags.json) {
    std::cout << diagnosis_record(diagnosis, run) << '\n';
  } else if (!flags.quiet) {
    write_out(diagnosis_text(diagnosis, title, style), style);
  } else {
    for (const Finding& finding : diagnosis.findings) {
      if (finding.weight != Weight::moves) std::cout << finding.subject << '\n';
    }
  }
  return diagnosis.has_errors() ? exit_environment : exit_success;
}

}  // namespace

int doctor_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string named;
  bool all = false;
  FlagParser parser(command, common);
  parser.positional("RUN", named, false).flag("--all", all, "Also every step that moves by itself");
  if (!parser.parse(arguments)) return exit_success;

  if (named.empty()) return tell(common, diagnose(look_at_engine(common)), "pawl", "");
  const RunCase found = look_at_run(common, named);
  const std::string number = std::to_string(found.view.run.number);
  return tell(common, diagnose(found, all),
              fmt::format("run {}  {}", number, found.view.run.workflow), number);
}

}  // namespace pawl::cli
