#include "runtime/attempts.hpp"

#include <algorithm>

#include "base/crash_point.hpp"
#include "steps/job.hpp"

namespace pawl::runtime {

namespace {

constexpr Micros flush_after{std::chrono::seconds{1}};

}  // namespace

struct Attempts::Live {
  steps::Job job;
  std::unique_ptr<steps::Attempt> attempt;  ///< Null until its notes have come.
  std::unique_ptr<steps::LogWriter> logs;
  std::optional<core::StopWhy> stop_asked;
  bool has_logs = false, has_checkpoint = false;
};

Attempts::Attempts(Loop& loop, StoreThread& scribe, Incarnation inc, const Clock& clock,
                   steps::Services& services, std::string scratch, Ended ended)
    : loop_(loop),
      scribe_(scribe),
      inc_(inc),
      clock_(clock),
      services_(services),
      scratch_(std::move(scratch)),
      ended_(std::move(ended)),
      flush_timer_(loop.timer([this] { flush(); })) {}

Attempts::~Attempts() = default;

void Attempts::start(const core::RunState& run, const std::string& folder, InstId inst,
                     std::int32_t attempt) {
  PAWL_CRASH_POINT("attempt.before_start");
  auto live = std::make_unique<Live>();
  live->job = steps::job_of(run, folder, inst, attempt, clock_.now());
  live->job.scratch = scratch_ + "/" + std::to_string(run.id.value) + "-" +
                      std::to_string(inst.value) + "-" + std::to_string(attempt);
  const Key key{run.id, inst};
  const std::int32_t generation = live->job.generation;
  live_[key] = std::move(live);
  // The first attempt has nothing to go on from.
  if (attempt == 1) return begin(key, attempt, {});
  scribe_.add([this, key, attempt, generation](store::Store& store, bool) {
    std::vector<store::Note> notes = store.notes(key.first, key.second.value, generation);
    loop_.post([this, key, attempt, notes = std::move(notes)] { begin(key, attempt, notes); });
  });
}

void Attempts::begin(Key key, std::int32_t attempt, const std::vector<store::Note>& notes) {
  const auto found = live_.find(key);
  if (found == live_.end() || found->second->job.attempt != attempt) return;
  Live& live = *found->second;
  for (const store::Note& note : notes) {
    if (note.kind == store::NoteKind::checkpoint) {
      live.job.checkpoint = note.value;
    } else {
      live.job.memos.emplace_back(note.key, note.value);
    }
  }
  live.logs =
      std::make_unique<steps::LogWriter>(live.job.run, live.job.inst.value, attempt,
                                         [this, &live](std::vector<store::LogChunk> chunks) {
                                           live.has_logs = true;
                                           write_logs(std::move(chunks));
                                         });
  live.attempt = steps::start_attempt(live.job, *this, services_);
  PAWL_CRASH_POINT("attempt.started");
  if (live.stop_asked && live.attempt) live.attempt->stop(*live.stop_asked);
}

void Attempts::stop(RunId run, InstId inst, std::int32_t attempt, core::StopWhy why) {
  const auto found = live_.find({run, inst});
  if (found == live_.end() || found->second->job.attempt != attempt) return;
  found->second->stop_asked = why;
  if (found->second->attempt) found->second->attempt->stop(why);
}

void Attempts::kill_all() {
  for (auto& [key, live] : live_) {
    // Unheard: its processes get KILL at once, so its end is told here.
    live->attempt.reset();
    loop_.post([this, key = key, attempt = live->job.attempt] {
      finish(key, attempt, core::Stopped{.released = true});
    });
  }
}

void Attempts::forget(RunId run) {
  std::erase_if(live_, [&](const auto& entry) { return entry.first.first == run; });
}

void Attempts::forget_all() {
  while (!live_.empty()) forget(live_.begin()->first.first);
}

Attempts::Live* Attempts::find(const steps::Job& job) {
  const auto found = live_.find({job.run, job.inst});
  if (found == live_.end() || found->second->job.attempt != job.attempt) return nullptr;
  return found->second.get();
}

// ---- Reports ---------------------------------------------------------------------------------

void Attempts::log(const steps::Job& job, steps::Stream stream, std::string_view bytes) {
  Live* live = find(job);
  if (live == nullptr || !live->logs) return;
  live->logs->write(stream, clock_.now(), bytes);
  plan_flush();
}

void Attempts::plan_flush() {
  if (flush_planned_) return;
  flush_planned_ = true;
  flush_timer_.start(flush_after);
}

void Attempts::progress(const steps::Job& job, std::optional<double> fraction,
                        std::optional<double> done, std::optional<double> total,
                        const std::string& message) {
  progress_[{job.run, job.inst}] = {job.run, job.inst.value, job.attempt, fraction,
                                    done,    total,          message,     clock_.now()};
  plan_flush();
}

void Attempts::checkpoint(const steps::Job& job, JsonText value) {
  const Key key{job.run, job.inst};
  if (Live* live = find(job)) live->has_checkpoint = true;
  const bool first = !checkpoints_.contains(key);
  checkpoints_[key] = {job.run, job.inst.value,  job.generation, store::NoteKind::checkpoint,
                       "",      std::move(value)};
  if (!first) return;  // The job that is waiting takes the newest one.
  scribe_.add([this, key](store::Store& store, bool) {
    // The value is fetched on the loop, so that checkpoints that came meanwhile replace it.
    (void)store;
    loop_.post([this, key] {
      const auto found = checkpoints_.find(key);
      if (found == checkpoints_.end()) return;
      put_checkpoint(std::move(found->second));
      checkpoints_.erase(found);
    });
  });
}

void Attempts::put_checkpoint(store::Note note) {
  scribe_.add([this, note = std::move(note)](store::Store& store, bool) {
    store.put_notes(inc_, std::span(&note, 1));
    PAWL_CRASH_POINT("attempt.checkpoint_stored");
  });
}

void Attempts::memo(const steps::Job& job, const std::string& key, JsonText value,
                    std::function<void(bool)> stored) {
  const store::Note note{job.run, job.inst.value,  job.generation, store::NoteKind::memo,
                         key,     std::move(value)};
  scribe_.add([this, note, stored = std::move(stored)](store::Store& store, bool) {
    const bool good = store.put_notes(inc_, std::span(&note, 1));
    loop_.post([stored, good] { stored(good); });
  });
}

void Attempts::comment(const steps::Job& job, const std::string& kind, const std::string& text) {
  log(job, steps::Stream::err, kind.empty() ? text + "\n" : kind + ": " + text + "\n");
}

void Attempts::ended(const steps::Job& job, core::Outcome outcome) {
  const Key key{job.run, job.inst};
  const std::int32_t attempt = job.attempt;
  // Never from inside: whoever called us may hold what the end destroys.
  loop_.post([this, key, attempt, outcome = std::move(outcome)]() mutable {
    finish(key, attempt, std::move(outcome));
  });
}

void Attempts::finish(Key key, std::int32_t attempt, core::Outcome outcome) {
  const auto found = live_.find(key);
  if (found == live_.end() || found->second->job.attempt != attempt) return;
  PAWL_CRASH_POINT("attempt.ended");
  Live& live = *found->second;
  if (live.logs) live.logs->finish();
  const bool wait = live.has_logs || live.has_checkpoint;
  live_.erase(found);
  if (const auto last = checkpoints_.find(key); last != checkpoints_.end()) {
    put_checkpoint(std::move(last->second));
    checkpoints_.erase(last);
  }
  core::AttemptEnded end{key.second, attempt, std::move(outcome)};
  if (!wait) return ended_(key.first, std::move(end));
  // A step whose end is known has its output stored, and the next attempt its checkpoint.
  scribe_.add([this, run = key.first, end = std::move(end)](store::Store&, bool) {
    PAWL_CRASH_POINT("attempt.logs_stored");
    loop_.post([this, run, end] { ended_(run, end); });
  });
}

void Attempts::write_logs(std::vector<store::LogChunk> chunks) {
  scribe_.add([chunks = std::move(chunks)](store::Store& store, bool) { store.put_logs(chunks); });
}

void Attempts::flush() {
  flush_planned_ = false;
  for (const auto& [key, live] : live_) {
    if (live->logs) live->logs->flush();
  }
  std::vector<store::Progress> rows;
  for (auto& [key, row] : progress_) rows.push_back(std::move(row));
  progress_.clear();
  if (rows.empty()) return;
  scribe_.add([rows = std::move(rows)](store::Store& store, bool) { store.put_progress(rows); });
}

}  // namespace pawl::runtime
