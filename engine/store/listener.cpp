#include <poll.h>

#include <chrono>

#include "store/pg.hpp"
#include "store/postgres.hpp"
#include "store/postgres_store.hpp"

namespace pawl::store {

namespace {

/// How long the hint to ourselves may take at the start; a pooler swallows it.
constexpr std::chrono::seconds probe_max{1};
constexpr const char* probe_channel = "pawl_probe";

using Note = Handle<PGnotify, PQfreemem>;

class PostgresListener final : public Listener {
 public:
  explicit PostgresListener(const std::string& url) : session_(url) {
    session_.script(std::string("listen ") + queue_channel + "; listen " + inbox_channel +
                    "; listen " + probe_channel);
    heard_ = probe();
  }

  int descriptor() const override { return heard_ ? session_.socket() : -1; }

  bool drain() override {
    if (PQconsumeInput(session_.raw()) == 0) throw Unavailable(PQerrorMessage(session_.raw()));
    bool any = false;
    while (const Note note{PQnotifies(session_.raw())}) any = true;
    return any;
  }

 private:
  /// Sends a hint to this very session's server process and waits for it.
  bool probe() {
    session_.script(std::string("notify ") + probe_channel);
    const auto end = std::chrono::steady_clock::now() + probe_max;
    while (!drain()) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      pollfd wait{session_.socket(), POLLIN, 0};
      if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0) return false;
    }
    return true;
  }

  Session session_;
  bool heard_ = false;
};

}  // namespace

std::unique_ptr<Listener> open_listener(const Address& address) {
  return std::make_unique<PostgresListener>(address.url);
}

}  // namespace pawl::store
