#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

/// A PostgreSQL of a test program's own: a cluster in a temporary folder, reached by a Unix socket
/// only, gone with the program. As root it runs as the user `postgres`.
namespace pawl::test {

struct ClusterSettings {
  bool fsync = false;  ///< On for benchmarks; a killed server loses nothing either way.
  std::vector<std::string> options;  ///< "name=value", as in postgresql.conf.
};

class Postgres {
 public:
  explicit Postgres(ClusterSettings settings = {});
  ~Postgres();
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

  /// One cluster for the whole test program, made at the first call.
  static Postgres& shared();

  /// The URL of a new database without tables.
  std::string make_database();
  /// The URL of a new database with all migrations, copied from one that was migrated once.
  std::string make_migrated_database();

  /// kill -9 of the server and of all its processes.
  void crash();
  /// Stops as on a shutdown of the machine: sessions are cut, nothing is lost.
  void stop();
  /// Starts after `crash` or `stop`; returns when it takes connections.
  void start();

 private:
  std::string url_of(const std::string& database) const;
  void run_sql(const std::string& database, const std::string& sql);

  ClusterSettings settings_;
  std::string folder_, programs_;
  pid_t server_ = -1;
  int databases_ = 0;
  bool has_template_ = false;
};

}  // namespace pawl::test
