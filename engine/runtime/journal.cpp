#include "runtime/journal.hpp"

#include <utility>

#include "base/error.hpp"

namespace pawl::runtime {

Journal::Journal(StoreThread& thread, Answers answers)
    : answers_(std::move(answers)), thread_(thread) {}

void Journal::commit(const store::Batch& batch) {
  thread_.add([this, batch](store::Store& store, bool again) {
    if (again) return answers_.settled(store.settle(batch));
    try {
      store::CommitReply reply = store.commit(batch);
      if (reply.result == store::CommitResult::already) {
        return answers_.settled(store.settle(batch));
      }
      answers_.committed(std::move(reply));
    } catch (const Error& error) {
      answers_.refused(std::string(error.what()) + (error.why().empty() ? "" : ": ") + error.why());
    }
  });
}

}  // namespace pawl::runtime
