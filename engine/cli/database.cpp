#include "cli/database.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "base/error.hpp"
#include "cli/plain_text.hpp"
#include "cli/settings_for.hpp"
#include "runtime/home.hpp"
#include "runtime/private_postgres.hpp"

namespace pawl::cli {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool libpq_is_set() {
  for (const char* name : {"PGSERVICE", "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE"}) {
    if (!variable(name).empty()) return true;
  }
  return false;
}

/// What waiting may mend, told to who does not want to wait.
template <class Open>
auto reached(const Database& database, Open open) {
  try {
    return open();
  } catch (const store::Unavailable& away) {
    throw Error(ErrorKind::environment,
                fmt::format("cannot reach the database: {}", one_line(away.what())),
                database.said_by, "pawl db status");
  }
}

std::string private_url(const std::string& home, MayStart may_start, bool says_so) {
  runtime::PrivatePostgres cluster(home);
  if (may_start == MayStart::private_cluster) {
    if (says_so && !cluster.status().made) {
      std::cerr << "making a private PostgreSQL in " << home << ", once\n";
    }
    return cluster.ensure_running();
  }
  if (cluster.server()) return cluster.url();
  if (!cluster.status().made) {
    throw Error(ErrorKind::environment, "there is no database yet, and so there are no runs",
                "none is set by --database or PAWL_DATABASE_URL, and the private PostgreSQL in " +
                    home + " is made by the first run",
                "pawl run FILE");
  }
  throw Error(ErrorKind::environment, "the private PostgreSQL is stopped",
              "commands that only read start nothing", "pawl db start");
}

std::vector<std::string> worker_variables(const settings::Settings& settings) {
  std::vector<std::string> variables;
  for (const settings::Key& key : settings::keys()) {
    if (!key.name.starts_with("worker.") || settings.place(key.name).empty()) continue;
    variables.push_back(fmt::format("{}={}", key.variable, settings.text(key.name)));
  }
  return variables;
}

}  // namespace

Database find_database(const CommonFlags& flags, MayStart may_start) {
  const settings::Settings& settings = settings_for(flags);
  Database database;
  database.home = runtime::home_folder();
  database.worker_variables = worker_variables(settings);
  if (!flags.database.empty()) {
    database.source = Database::Source::flag;
    database.said_by = "set by --database";
    database.address.url = flags.database;
  } else if (std::string url = settings.text("database.url"); !url.empty()) {
    const bool by_file =
        settings.said(*settings::find_key("database.url")).front().source == settings::Source::file;
    database.source = by_file ? Database::Source::file : Database::Source::environment;
    database.said_by = "set by " + settings.place("database.url");
    database.address.url = std::move(url);
  } else if (libpq_is_set()) {
    database.source = Database::Source::libpq;
    database.said_by = "set by PGHOST, PGSERVICE or their like";
  } else {
    database.said_by = "it is the private PostgreSQL of this user";
    database.address.url = private_url(database.home, may_start, !flags.quiet && !flags.json);
  }
  if (flags.debug) {
    std::cerr << fmt::format("pawl: database {}, home {}\n", database.said_by, database.home);
  }
  return database;
}

std::unique_ptr<store::Reader> open_reader(const Database& database) {
  return reached(database, [&] {
    // On the same connection: making one costs more than most questions.
    std::unique_ptr<store::Reader> reader = store::open_reader(database.address);
    const store::SchemaState schema = reader->schema();
    if (schema.applied == 0) {
      throw Error(ErrorKind::environment, "this database has not been used by Pawl yet",
                  database.said_by, "pawl run FILE");
    }
    if (schema.applied > schema.known) {
      throw Error(
          ErrorKind::environment, "the database is of a newer version of Pawl",
          fmt::format("it has migration {}, this build knows {}", schema.applied, schema.known),
          "upgrade this Pawl");
    }
    if (schema.applied < schema.known) {
      throw Error(
          ErrorKind::environment, "the database is of an older version of Pawl",
          fmt::format("it has migration {}, this build needs {}", schema.applied, schema.known),
          "pawl db migrate");
    }
    return reader;
  });
}

std::unique_ptr<store::Store> open_store(const Database& database) {
  return reached(database, [&] {
    store::migrate(database.address);
    return store::open_postgres(database.address);
  });
}

std::function<std::unique_ptr<store::Store>()> session_opener(const Database& database) {
  if (database.source != Database::Source::private_cluster) {
    return [address = database.address] { return store::open_postgres(address); };
  }
  return [home = database.home] {
    return store::open_postgres({runtime::PrivatePostgres(home).revive()});
  };
}

}  // namespace pawl::cli
