#pragma once

#include <memory>
#include <string>

#include "store/reader.hpp"
#include "store/store.hpp"

namespace pawl::store {

/// How to reach a database: a URL or a libpq connection string. Empty: libpq's own settings
/// (PGHOST, PGSERVICE, PGPASSFILE, …).
struct Address {
  std::string url;
};

/// Opens a session. Throws Unavailable when the server cannot be reached, Error when it refuses us
/// for a reason that waiting does not mend (no such database, wrong password, version below 15).
std::unique_ptr<Store> open_postgres(const Address& address);
std::unique_ptr<Reader> open_reader(const Address& address);

SchemaState schema_state(const Address& address);

/// Applies missing migrations under an advisory lock; returns how many. Idempotent, safe beside
/// running workers. Throws Error for a database of a newer version or with a changed migration,
/// naming both numbers and what to do.
int migrate(const Address& address);

/// Waits for hints that something was put into the database for `inc` or for the queues: LISTEN on
/// a connection of its own. A hint may be missing or doubled; polling always stands behind it.
class Listener {
 public:
  virtual ~Listener() = default;
  /// To watch for reading; -1 when hints are not to be had (a pooler swallows them).
  virtual int descriptor() const = 0;
  /// Reads what has come. True: there was a hint. Throws Unavailable when the connection is gone.
  virtual bool drain() = 0;
};
std::unique_ptr<Listener> open_listener(const Address& address);

}  // namespace pawl::store
