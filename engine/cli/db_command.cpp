#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "base/error.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/json_record.hpp"
#include "cli/wording.hpp"
#include "runtime/home.hpp"
#include "runtime/private_postgres.hpp"
#include "settings/keys.hpp"

namespace pawl::cli {
namespace {

/// What `pawl db` tells: where the database is, and in which state.
struct Sight {
  Database database;
  runtime::PrivatePostgres::Status cluster;
  std::optional<store::SchemaState> schema;  ///< Nothing while it does not run.
  std::optional<int> applied;                ///< Migrations, by this command.

  bool ours() const { return database.source == Database::Source::private_cluster; }
  std::string_view state() const {
    if (schema) return "running";
    return cluster.made ? "stopped" : "not_made";
  }
};

/// Of a private cluster that does not run only what stands on the disk.
Sight look_at(Database database, const runtime::PrivatePostgres& cluster) {
  Sight sight{std::move(database), cluster.status(), std::nullopt, std::nullopt};
  if (!sight.ours() || sight.cluster.running) {
    sight.schema = store::schema_state(sight.database.address);
  }
  return sight;
}

std::string record_of(const Sight& sight, const std::string& url) {
  const auto own = [&](const std::string& text) { return sight.ours() ? text : ""; };
  const bool running = sight.ours() && sight.cluster.running;
  JsonRecord record("database");
  record.text("state", sight.state())
      .boolean("private", sight.ours())
      .text_or_null("url", url)
      .text_or_null("folder", own(sight.cluster.folder))
      .text_or_null("version", own(sight.cluster.version))
      .number_or_null("pid", running ? std::optional(sight.cluster.pid) : std::nullopt);
  if (sight.ours()) {
    record.number("bytes", sight.cluster.bytes);
  } else {
    record.json("bytes", {});
  }
  const auto migration = [&](int store::SchemaState::*member) {
    return sight.schema ? std::optional<int>((*sight.schema).*member) : std::nullopt;
  };
  return record.number_or_null("migration", migration(&store::SchemaState::applied))
      .number_or_null("migration_known", migration(&store::SchemaState::known))
      .number_or_null("applied", sight.applied)
      .str();
}

void tell_status(const CommonFlags& common, const Sight& sight) {
  const std::string url = settings::without_password(sight.database.address.url);
  if (common.json) {
    std::cout << record_of(sight, url) << '\n';
  } else if (common.quiet) {
    std::cout << url << '\n';
  } else if (!sight.schema) {
    std::cout << (sight.cluster.made ? "private PostgreSQL, stopped\n  pawl db start\n"
                                     : "private PostgreSQL, not made yet\n  pawl db start\n");
  } else {
    if (sight.ours()) {
      std::cout << fmt::format("private PostgreSQL {} in {}, running, pid {}, {}\n",
                               sight.cluster.version, sight.cluster.folder, sight.cluster.pid,
                               format_size(sight.cluster.bytes));
    } else {
      std::cout << fmt::format("{}, running\n", url);
    }
    std::cout << fmt::format("  migration {} of {}\n", sight.schema->applied, sight.schema->known);
    if (sight.schema->applied < sight.schema->known) std::cout << "  pawl db migrate\n";
  }
}

/// A line for people, or the record of what is now.
void tell(const CommonFlags& common, const Sight& sight, const std::string& text) {
  if (common.json) {
    tell_status(common, sight);
  } else if (!common.quiet) {
    std::cout << text << '\n';
  }
}

Database private_database(const runtime::PrivatePostgres& cluster) {
  Database database;
  database.address.url = cluster.url();
  return database;
}

/// Where the tools find the database; the private cluster need not run.
Database located(const CommonFlags& common, const runtime::PrivatePostgres& cluster) {
  try {
    return find_database(common, MayStart::nothing);
  } catch (const Error&) {
    // Only a private cluster that is down throws; status and url tell about that, too.
    return private_database(cluster);
  }
}

int psql(const Database& database, const Arguments& arguments) {
  std::string program = "psql";
  std::vector<std::string> words = {program, "-d", database.address.url};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  ::execvp(program.c_str(), list.data());
  throw Error(ErrorKind::environment, "cannot start psql", "it is not among the programs in PATH",
              "apt install postgresql-client");
}

int start(const CommonFlags& common, const runtime::PrivatePostgres& cluster) {
  const Database database = find_database(common, MayStart::private_cluster);
  open_store(database);
  tell_status(common, look_at(database, cluster));
  return exit_success;
}

int migrate(const CommonFlags& common, const runtime::PrivatePostgres& cluster) {
  const Database database = find_database(common, MayStart::private_cluster);
  const int done = store::migrate(database.address);
  Sight sight = look_at(database, cluster);
  sight.applied = done;
  tell(common, sight,
       done == 0 ? "the tables are up to date" : counted(done, "migration") + " applied");
  return exit_success;
}

}  // namespace

int db_command(const Command& command, const Arguments& arguments) {
  // What stands behind psql is psql's own.
  const auto psql_word = std::find(arguments.begin(), arguments.end(), "psql");
  const Arguments own(arguments.begin(), psql_word == arguments.end() ? psql_word : psql_word + 1);
  CommonFlags common;
  std::string action;
  FlagParser parser(command, common);
  parser.positional("start|stop|status|url|psql|migrate", action);
  if (!parser.parse(own)) return exit_success;

  runtime::PrivatePostgres cluster(runtime::home_folder());
  if (action == "start") return start(common, cluster);
  if (action == "stop") {
    const bool stopped = cluster.stop();
    tell(common, look_at(private_database(cluster), cluster),
         stopped ? "stopped" : "it was not running");
    return exit_success;
  }
  if (action == "status") {
    const Sight sight = look_at(located(common, cluster), cluster);
    tell_status(common, sight);
    return sight.schema ? exit_success : exit_environment;
  }
  if (action == "url") {
    const Database database = located(common, cluster);
    const std::string& url = database.address.url;
    std::cout << (common.json ? record_of(look_at(database, cluster), url) : url) << '\n';
    return exit_success;
  }
  if (action == "psql") {
    return psql(find_database(common, MayStart::private_cluster),
                Arguments(psql_word + 1, arguments.end()));
  }
  return migrate(common, cluster);
}

}  // namespace pawl::cli
