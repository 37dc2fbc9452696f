#pragma once

#include <functional>
#include <string>

#include "runtime/store_thread.hpp"
#include "store/store.hpp"

namespace pawl::runtime {

/// Writes batches on a thread and a session of its own. Answers are handed to the callbacks, which
/// must post them to the loop. A lost reply is settled, however long the database is away.
class Journal {
 public:
  struct Answers {
    std::function<void(store::CommitReply)> committed;
    std::function<void(store::Settled)> settled;
    std::function<void(std::string why)> refused;
  };
  Journal(StoreThread& thread, Answers answers);

  /// From the loop; at most one batch at a time.
  void commit(const store::Batch& batch);

 private:
  Answers answers_;
  StoreThread& thread_;
};

}  // namespace pawl::runtime
