#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "base/error.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/database.hpp"
#include "cli/json_record.hpp"
#include "runtime/home.hpp"
#include "runtime/private_postgres.hpp"

namespace pawl::cli {
namespace {

std::string without_password(std::string url) {
  const std::size_t host = url.find("://");
  const std::size_t at = url.rfind('@');
  if (host == std::string::npos || at == std::string::npos || at < host) return url;
  const std::size_t colon = url.find(':', host + 3);
  if (colon < at) url.replace(colon + 1, at - colon - 1, "…");
  return url;
}

int tell_status(const CommonFlags& common, const Database& database,
                const runtime::PrivatePostgres::Status& cluster) {
  const bool ours = database.source == Database::Source::private_cluster;
  if (ours && !cluster.running) {
    std::cout << (cluster.made ? "private PostgreSQL, stopped\n  pawl db start\n"
                               : "private PostgreSQL, not made yet\n  pawl db start\n");
    return exit_environment;
  }
  const store::SchemaState schema = store::schema_state(database.address);
  if (common.json) {
    std::cout << JsonRecord("database")
                     .boolean("private", ours)
                     .text("folder", ours ? cluster.folder : "")
                     .number("migration", schema.applied)
                     .number("migration_known", schema.known)
                     .str()
              << '\n';
    return exit_success;
  }
  if (ours) {
    std::cout << fmt::format("private PostgreSQL {} in {}, running, pid {}, {}\n", cluster.version,
                             cluster.folder, cluster.pid, format_size(cluster.bytes));
  } else {
    std::cout << fmt::format("{}, running\n", without_password(database.address.url));
  }
  std::cout << fmt::format("  migration {} of {}\n", schema.applied, schema.known);
  if (schema.applied < schema.known) std::cout << "  pawl db migrate\n";
  return exit_success;
}

/// Where the tools find the database; the private cluster need not run.
Database located(const CommonFlags& common, runtime::PrivatePostgres& cluster) {
  try {
    return find_database(common, MayStart::nothing);
  } catch (const Error&) {
    // Only a private cluster that is down throws; status and url tell about that, too.
    Database database;
    database.address.url = cluster.url();
    return database;
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
  if (action == "start") {
    const Database database = find_database(common, MayStart::private_cluster);
    open_store(database);
    return tell_status(common, database, cluster.status());
  }
  if (action == "stop") {
    std::cout << (cluster.stop() ? "stopped\n" : "it was not running\n");
    return exit_success;
  }
  if (action == "status") return tell_status(common, located(common, cluster), cluster.status());
  if (action == "url") {
    std::cout << located(common, cluster).address.url << '\n';
    return exit_success;
  }
  if (action == "psql") {
    return psql(find_database(common, MayStart::private_cluster),
                Arguments(psql_word + 1, arguments.end()));
  }
  const Database database = find_database(common, MayStart::private_cluster);
  const int done = store::migrate(database.address);
  std::cout << (done == 0 ? "the tables are up to date\n"
                          : fmt::format("{} migrations applied\n", done));
  return exit_success;
}

}  // namespace pawl::cli
