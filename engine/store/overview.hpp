#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/postgres.hpp"

/// The engine as a whole, for who asks why something does not move, and for who watches all of it.
/// Every call is one bounded statement; counts end at `count_max`.
namespace pawl::store {

/// "10,000 or more": counting further would cost a look at each row.
inline constexpr std::int64_t count_max = 10'000;

struct WorkerSight {
  Incarnation inc;
  std::string name, host, build;
  std::vector<std::string> queues;
  int sem_min = 0, sem_max = 0;  ///< Meanings of workflows that it can run.
  TimePoint started_at{};
  TimePoint lease_until{};
  bool fenced = false;       ///< Another has taken over, or it has left.
  std::int64_t runs = 0;     ///< That it owns.
  std::int64_t commits = 0;  ///< Since its start.

  bool is_alive(TimePoint now) const { return !fenced && lease_until > now; }
  bool serves(const std::string& queue) const;
};

struct QueueSight {
  std::string name;
  std::int64_t waiting = 0;  ///< Runs that any worker of the queue may take now.
  std::optional<TimePoint> oldest;
  std::int64_t owned = 0;  ///< Runs that a worker has.
};

struct DatabaseSight {
  TimePoint now{};  ///< Its clock.
  std::string version;
  std::int64_t bytes = 0;
  std::int64_t connections = 0, connections_max = 0;
  bool fsync = true, full_page_writes = true, autovacuum = true;
  bool commits_wait = true;  ///< `synchronous_commit` is not off.
  /// The oldest open transaction: vacuum keeps all rows that it might still see.
  std::optional<TimePoint> oldest_transaction;
  std::int32_t oldest_pid = 0;
  std::string oldest_program;
  std::int64_t quarantined = 0;
};

/// What else is to be known about a run that does not move.
struct RunSight {
  std::string queue;
  int sem = 0;
  std::optional<TimePoint> ready_at;  ///< In the queue since.
  std::int64_t before_it = 0;         ///< Runs of the queue that are taken first.
  struct Request {
    TimePoint at{};
    std::int16_t kind = 0;
    std::string actor;
  };
  std::vector<Request> unread;          ///< Asked for, and not yet read by its owner.
  std::optional<Request> last_pause{};  ///< The last event of that kind.
};

class Overview {
 public:
  virtual ~Overview() = default;
  /// Alive ones and the last that were, newest lease first.
  virtual std::vector<WorkerSight> workers() = 0;
  virtual std::vector<QueueSight> queues() = 0;
  /// Looks at sizes and settings; who only wants the clock asks for `now`.
  virtual DatabaseSight database() = 0;
  virtual TimePoint now() = 0;
  virtual RunSight of_run(RunId run) = 0;
};

/// Throws like open_reader.
std::unique_ptr<Overview> open_overview(const Address& address);

}  // namespace pawl::store
