#include <libpq-fe.h>

#include <memory>

#include "store/pg.hpp"
#include "store/postgres.hpp"
#include "store/store.hpp"

namespace pawl::store {

namespace {

/// LISTEN on a connection that does nothing else: it never opens a transaction.
class PostgresListener final : public Listener {
 public:
  explicit PostgresListener(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
      throw Unavailable(PQerrorMessage(connection_.get()));
    }
    const PgResult listening(PQexec(connection_.get(), "listen pawl"));
    if (PQresultStatus(listening.get()) != PGRES_COMMAND_OK) {
      throw Unavailable(PQerrorMessage(connection_.get()));
    }
    hears_ = hears_itself();
  }

  int descriptor() const override { return hears_ ? PQsocket(connection_.get()) : -1; }

  bool drain() override {
    if (PQconsumeInput(connection_.get()) == 0) throw Unavailable("the listener was cut off");
    bool any = false;
    while (const auto note = Handle<PGnotify, free_notify>(PQnotifies(connection_.get())))
      any = true;
    return any;
  }

 private:
  static void free_notify(PGnotify* note) noexcept { PQfreemem(note); }

  /// A pooler in transaction mode swallows LISTEN without a word: what we send ourselves must come
  /// back. It comes with the reply of the statement that sent it.
  bool hears_itself() {
    const PgResult sent(PQexec(connection_.get(), "notify pawl, 'probe'"));
    return PQresultStatus(sent.get()) == PGRES_COMMAND_OK && drain();
  }

  PgConn connection_;
  bool hears_ = false;
};

}  // namespace

std::unique_ptr<Listener> open_listener(const Address& address) {
  return std::make_unique<PostgresListener>(address.url);
}

}  // namespace pawl::store
