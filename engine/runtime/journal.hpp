#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/loop.hpp"
#include "runtime/store_thread.hpp"
#include "store/store.hpp"

namespace pawl::runtime {

/// Writes batches on a session of its own.
///
/// As long as all is well, the loop itself sends a batch and reads the reply when it has come: two
/// changes of thread per commit would cost more than the statement. Whatever goes wrong (no session
/// yet, a broken one, a refusal to be explained) is for the thread, which may block: it connects
/// anew, settles or commits, answers, and gives the session back to the loop.
class Journal {
 public:
  /// Called on the loop thread, once for each batch.
  struct Answers {
    std::function<void(const store::CommitReply&)> committed;
    std::function<void(const store::Settled&)> settled;
    std::function<void(const std::string& why)> refused;
  };
  Journal(Loop& loop, StoreThread& thread, Answers answers);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// At most one batch at a time, which must live until its answer. Never answers from inside.
  void commit(const store::Batch& batch);

 private:
  /// How sure it is that the batch under way was not written.
  enum class Fate { not_written, unknown };
  void to_thread(Fate fate);
  void take_session(std::unique_ptr<store::Store> session);
  void drop_session();
  void flush();
  void receive();
  void on_late();

  Loop& loop_;
  StoreThread& thread_;
  Answers answers_;
  std::unique_ptr<store::Store> session_;  ///< Null while the thread works.
  store::CommitLine* line_ = nullptr;
  const store::Batch* under_way_ = nullptr;
  Loop::Timer& late_timer_;
};

}  // namespace pawl::runtime
