#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/flags.hpp"
#include "store/postgres.hpp"

namespace pawl::cli {

/// Which database a command talks to, and how it was found.
struct Database {
  enum class Source { flag, environment, file, libpq, private_cluster };
  Source source = Source::private_cluster;
  std::string said_by;  ///< "set by PAWL_DATABASE_URL": for messages.
  store::Address address;
  std::string home;  ///< Where this machine keeps what is not in the database; absolute.
  /// "PAWL_WORKER_SLOTS=8": what was set for workers, for one that is started elsewhere.
  std::vector<std::string> worker_variables{};
};

/// Commands that only read start nothing.
enum class MayStart { nothing, private_cluster };

/// --database, else PAWL_DATABASE_URL, else pawl.yaml, else libpq's own settings when there are
/// any, else the private PostgreSQL. Throws Error when that is down and may not be started, and for
/// mistakes in the settings.
Database find_database(const CommonFlags& flags, MayStart may_start);

/// A session for reading. Throws Error when the database has no tables of ours, or newer ones.
std::unique_ptr<store::Reader> open_reader(const Database& database);
/// A session for changing; brings the tables up to date first.
std::unique_ptr<store::Store> open_store(const Database& database);
/// Opens sessions again and again, from any thread, and starts the private PostgreSQL each time
/// that it is down. Throws Unavailable when that may mend itself.
std::function<std::unique_ptr<store::Store>()> session_opener(const Database& database);

}  // namespace pawl::cli
