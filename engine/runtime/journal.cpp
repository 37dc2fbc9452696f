#include "runtime/journal.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/crash_point.hpp"
#include "base/error.hpp"

namespace pawl::runtime {

namespace {

/// A server that has not answered by then hangs: its own limit for a statement is shorter.
constexpr Micros answer_within{std::chrono::seconds{70}};

std::string text_of(const Error& error) {
  return std::string(error.what()) + (error.why().empty() ? "" : ": ") + error.why();
}

void pass_before_commit(const store::Batch& batch) {
  PAWL_CRASH_POINT("journal.before_commit");
  const bool lets_go = std::ranges::any_of(
      batch.runs, [](const store::RunRow& run) { return run.release != store::Release::keep; });
  if (lets_go) PAWL_CRASH_POINT("journal.before_release");
}

void pass_committed(const store::CommitReply& reply) {
  if (reply.result == store::CommitResult::durable) PAWL_CRASH_POINT("journal.committed");
  if (!reply.released.empty()) PAWL_CRASH_POINT("journal.released");
}

}  // namespace

Journal::Journal(Loop& loop, StoreThread& thread, Answers answers)
    : loop_(loop),
      thread_(thread),
      answers_(std::move(answers)),
      late_timer_(loop.timer([this] { on_late(); })) {}

Journal::~Journal() { drop_session(); }

void Journal::commit(const store::Batch& batch) {
  check(under_way_ == nullptr, "one batch at a time");
  under_way_ = &batch;
  pass_before_commit(batch);
  if (line_ == nullptr) return to_thread(Fate::not_written);
  try {
    line_->send(batch);
    late_timer_.start(answer_within);
    flush();
    PAWL_CRASH_POINT("journal.sent");
  } catch (const store::Unavailable&) {
    to_thread(Fate::unknown);
  }
}

void Journal::flush() {
  const int fd = line_->descriptor();
  loop_.unwatch(fd, Loop::Ready::to_write);
  if (line_->flush()) return;
  loop_.watch(
      fd,
      [this] {
        try {
          flush();
        } catch (const store::Unavailable&) {
          to_thread(Fate::unknown);
        }
      },
      Loop::Ready::to_write);
}

void Journal::receive() {
  try {
    const store::CommitLine::Answer answer = line_->receive();
    // A server that says something unasked is about to close the connection.
    if (under_way_ == nullptr) return;
    if (answer.stage == store::CommitLine::Stage::waiting) return flush();
    late_timer_.stop();
    if (answer.stage == store::CommitLine::Stage::not_written) {
      return to_thread(Fate::not_written);
    }
    under_way_ = nullptr;
    pass_committed(answer.reply);
    answers_.committed(answer.reply);
  } catch (const store::Unavailable&) {
    if (under_way_ != nullptr) return to_thread(Fate::unknown);
    drop_session();
  } catch (const Error& error) {
    under_way_ = nullptr;
    late_timer_.stop();
    answers_.refused(text_of(error));
  }
}

void Journal::on_late() {
  if (under_way_ != nullptr && line_ != nullptr) to_thread(Fate::unknown);
}

void Journal::to_thread(Fate fate) {
  drop_session();
  thread_.add_taking(
      [this, batch = *under_way_, fate](std::unique_ptr<store::Store>& store, bool again) {
        std::function<void()> answer;
        if (again || fate == Fate::unknown) {
          answer = [this, settled = store->settle(batch)] { answers_.settled(settled); };
          PAWL_CRASH_POINT("journal.settled");
        } else {
          try {
            store::CommitReply reply = store->commit(batch);
            pass_committed(reply);
            if (reply.result == store::CommitResult::already) {
              answer = [this, settled = store->settle(batch)] { answers_.settled(settled); };
            } else {
              answer = [this, reply = std::move(reply)] { answers_.committed(reply); };
            }
          } catch (const Error& error) {
            answer = [this, why = text_of(error)] { answers_.refused(why); };
          }
        }
        (void)store->commit_line();  // Prepares what the loop must not wait for.
        loop_.post([this, answer = std::move(answer),
                    session = std::make_shared<std::unique_ptr<store::Store>>(std::move(store))] {
          under_way_ = nullptr;
          take_session(std::move(*session));
          answer();
        });
      });
}

void Journal::take_session(std::unique_ptr<store::Store> session) {
  session_ = std::move(session);
  line_ = session_->commit_line();
  if (line_ == nullptr) return session_.reset();
  loop_.watch(line_->descriptor(), [this] { receive(); });
}

void Journal::drop_session() {
  late_timer_.stop();
  if (line_ == nullptr) return;
  loop_.unwatch(line_->descriptor(), Loop::Ready::to_read);
  loop_.unwatch(line_->descriptor(), Loop::Ready::to_write);
  line_ = nullptr;
  session_.reset();
}

}  // namespace pawl::runtime
