#include "runtime/worker.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <map>
#include <utility>

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "dsl/plan.hpp"
#include "runtime/attempts.hpp"
#include "runtime/clock.hpp"
#include "runtime/courier.hpp"
#include "runtime/journal.hpp"
#include "runtime/loop.hpp"
#include "steps/expressions.hpp"
#include "steps/kinds.hpp"
#include "store/postgres.hpp"

namespace pawl::runtime {

namespace {

constexpr Micros poll_with_hints{std::chrono::seconds{1}};
constexpr Micros poll_alone{std::chrono::milliseconds{200}};
constexpr Micros partitions_every{std::chrono::hours{1}};
/// Children are dead that long before another worker may start their steps again.
constexpr Micros lease_margin_max{std::chrono::seconds{3}};

Micros margin_of(Micros lease) { return std::min(lease_margin_max, lease / 5); }

enum class Leave { drained, fenced };

/// One incarnation: the Owner, bound to threads, sessions and processes.
class Worker final : public Port {
 public:
  Worker(const WorkerSettings& settings, WorkerFolder& folder);
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  Leave run();

  // Port
  void commit(const store::Batch& batch) override;
  void claim(int limit) override { courier_.claim(limit); }
  void read_inbox() override { courier_.read_inbox(); }
  void reload(std::vector<RunId> runs) override { courier_.reload(std::move(runs)); }
  void start_attempt(const core::RunState& run, InstId inst, std::int32_t attempt) override;
  void stop_attempt(RunId run, InstId inst, std::int32_t attempt, core::StopWhy why) override {
    attempts_.stop(run, inst, attempt, why);
  }
  void forget(RunId run) override {
    attempts_.forget(run);
    folders_.erase(run);
  }

 private:
  Incarnation enlist();
  Courier::Settings courier_settings() const;
  void receive(Courier::Delivery delivery);
  void turn();
  void poll();
  void look_around();
  void listen();
  void heard();
  void confirmed();
  void trust_since(Micros renewed);
  bool is_trusted() const { return clock_.since_boot() < trusted_until_; }
  void check_trust();
  void leave();
  void sign_off();
  StoreThread make_thread(const char* what);

  const WorkerSettings& settings_;
  WorkerFolder& folder_;
  DatabaseClock clock_;
  Incarnation inc_;
  Loop loop_;
  steps::LuaExpressions expressions_;
  steps::Services services_;
  StoreThread journal_thread_;
  StoreThread courier_thread_;
  StoreThread scribe_thread_;
  Journal journal_;
  Courier courier_;
  Owner owner_;
  Attempts attempts_;
  /// Where the steps of the held runs begin; copies of bundles stay while they are here.
  std::map<RunId, std::shared_ptr<const std::string>> folders_;
  std::shared_ptr<store::Listener> listener_;
  Loop::Timer& poll_timer_;
  Loop::Timer& wake_timer_;
  Loop::Timer& around_timer_;
  Micros batch_sent_{};
  Micros trusted_until_{};
  Micros idle_since_{};
  std::optional<bool> sleepers_;  ///< Parked runs that will have to be woken; null: not known.
  bool wants_sleepers_ = true;
  bool has_claimed_ = false;        ///< What waited at the start has been asked for, and
  bool has_looked_around_ = false;  ///< what dead workers have left: only then it can be idle.
  Micros partitions_at_{};
  bool distrusted_ = false;
  bool leaving_ = false;
};

StoreThread Worker::make_thread(const char* what) {
  return StoreThread(
      settings_.open_store,
      [what](const std::string& why) {
        if (why.empty()) {
          std::fprintf(stderr, "pawl: the database works again (%s)\n", what);
        } else {
          std::fprintf(stderr, "pawl: the database cannot be used (%s); trying again: %s\n", what,
                       why.c_str());
        }
      },
      [this](const std::exception_ptr& failure) {
        loop_.post([failure] { std::rethrow_exception(failure); });
      });
}

Incarnation Worker::enlist() {
  const std::unique_ptr<store::Store> store = settings_.open_store();
  const store::WorkerCard card{folder_.name(), host_name(), "pawl " PAWL_VERSION, host_boot()};
  const store::Registered registered = store->register_worker(card, settings_.limits.lease);
  PAWL_CRASH_POINT("worker.enlisted");
  clock_.set(registered.now);
  store->ensure_partitions();
  return registered.inc;
}

Courier::Settings Worker::courier_settings() const {
  Courier::Settings settings;
  settings.me = inc_;
  settings.home = settings_.home;
  settings.bundles = folder_.path() + "/bundles";
  settings.queues = settings_.queues;
  settings.lease = settings_.limits.lease;
  settings.clock = &clock_;
  return settings;
}

Worker::Worker(const WorkerSettings& settings, WorkerFolder& folder)
    : settings_(settings),
      folder_(folder),
      inc_(enlist()),
      services_(loop_.base(), settings.exec_helper, folder.group_table()),
      journal_thread_(make_thread("journal")),
      courier_thread_(make_thread("claims")),
      scribe_thread_(make_thread("reports")),
      journal_(loop_, journal_thread_,
               {[this](const store::CommitReply& reply) {
                  if (reply.result == store::CommitResult::durable) {
                    clock_.set(reply.now);
                    confirmed();
                  }
                  owner_.committed(reply);
                },
                [this](const store::Settled& settled) { owner_.settled(settled); },
                [this](const std::string& why) {
                  std::fprintf(stderr, "pawl: the database refused a row: %s\n", why.c_str());
                  owner_.commit_refused(why);
                }}),
      courier_(courier_settings(), courier_thread_,
               [this](Courier::Delivery delivery) {
                 loop_.post([this, delivery = std::move(delivery)]() mutable {
                   receive(std::move(delivery));
                 });
               }),
      owner_(inc_, settings.limits, clock_, expressions_, *this),
      attempts_(loop_, scribe_thread_, inc_, clock_, services_,
                scratch_of(settings.home, folder.name(), inc_),
                [this](RunId run, core::AttemptEnded ended) {
                  // What has failed now may have been ended by the guard.
                  const bool failed = std::holds_alternative<core::Failed>(ended.outcome);
                  if (failed && !is_trusted()) ended.outcome = core::Stopped{.released = true};
                  owner_.attempt_ended(run, std::move(ended));
                }),
      poll_timer_(loop_.timer([this] { poll(); })),
      wake_timer_(loop_.timer([] {})),
      around_timer_(loop_.timer([this] { look_around(); })),
      idle_since_(clock_.since_boot()),
      partitions_at_(clock_.since_boot() + partitions_every) {
  trust_since(clock_.since_boot());
}

Worker::~Worker() {
  // Their jobs use what is declared behind them.
  for (StoreThread* thread : {&journal_thread_, &courier_thread_, &scribe_thread_}) thread->stop();
}

void Worker::commit(const store::Batch& batch) {
  batch_sent_ = clock_.since_boot();
  journal_.commit(batch);
}

void Worker::confirmed() {
  trust_since(batch_sent_);
  distrusted_ = false;
}

void Worker::trust_since(Micros renewed) {
  const Micros margin = margin_of(settings_.limits.lease);
  trusted_until_ = renewed + settings_.limits.lease - margin;
  // The guard acts only if we do not: a little later.
  if (settings_.steps_deadline) settings_.steps_deadline->set(trusted_until_ + margin / 2);
}

/// Past this moment another worker may start our steps: none of ours may run any more.
void Worker::check_trust() {
  if (distrusted_ || is_trusted()) return;
  distrusted_ = true;
  if (attempts_.empty()) return;
  std::fprintf(stderr, "pawl: the lease could not be renewed; stopping the running steps\n");
  attempts_.kill_all();
}

void Worker::start_attempt(const core::RunState& run, InstId inst, std::int32_t attempt) {
  if (is_trusted()) return attempts_.start(run, *folders_.at(run.id), inst, attempt);
  // We have slept on the answer that says "start it": somebody else may have started it again.
  loop_.post([this, id = run.id, inst, attempt] {
    owner_.attempt_ended(id, {inst, attempt, core::Stopped{.released = true}});
  });
}

void Worker::receive(Courier::Delivery delivery) {
  for (const Arrival& arrival : delivery.arrivals) {
    folders_[arrival.rows.run] =
        arrival.copy ? arrival.copy : std::make_shared<const std::string>(arrival.rows.folder);
  }
  has_claimed_ |= delivery.answers_claim;
  has_looked_around_ |= delivery.owned.has_value();
  if (delivery.answers_claim) {
    owner_.claimed(std::move(delivery.arrivals));
  } else if (!delivery.arrivals.empty()) {
    owner_.arrived(std::move(delivery.arrivals));
  }
  if (delivery.sleepers) sleepers_ = delivery.sleepers;
  if (delivery.answers_inbox) owner_.inbox(delivery.inbox);
  if (delivery.more_inbox) owner_.hint_inbox();
  if (delivery.owned) owner_.owned(*delivery.owned);
}

void Worker::turn() {
  if (owner_.is_fenced()) return leave();
  owner_.pump();
  check_trust();
  if (leaving_) {
    // Without a database nothing can be let go; the rows say all that the next owner needs.
    if (attempts_.empty() && (owner_.is_drained() || distrusted_)) loop_.stop();
    return;
  }
  const Micros now = clock_.since_boot();
  const bool has_nothing =
      has_claimed_ && has_looked_around_ && owner_.held_runs() == 0 && attempts_.empty();
  if (!has_nothing) {
    sleepers_.reset();
    wants_sleepers_ = true;
  }
  // It stays for parked runs: they may have nobody else to wake them.
  const bool is_idle = has_nothing && sleepers_ == false;
  if (has_nothing && wants_sleepers_ && settings_.idle_exit.count() > 0) {
    wants_sleepers_ = false;
    courier_.ask_sleepers();
  }
  if (!is_idle) idle_since_ = now;
  if (settings_.idle_exit.count() > 0 && now - idle_since_ >= settings_.idle_exit) leave();
  Micros wait = owner_.next_wake() - clock_.now();
  if (!distrusted_) wait = std::min(wait, trusted_until_ - now);
  wake_timer_.start(std::max(wait, Micros{100}));
}

void Worker::poll() {
  owner_.hint_queue();
  owner_.hint_inbox();
  poll_timer_.start(listener_ ? poll_with_hints : poll_alone);
}

void Worker::look_around() {
  around_timer_.start(settings_.limits.lease / 3);
  wants_sleepers_ = true;  // Another worker may have parked one meanwhile.
  courier_.look_around();
  courier_.sweep();
  if (!listener_) listen();
  if (clock_.since_boot() < partitions_at_) return;
  partitions_at_ = clock_.since_boot() + partitions_every;
  courier_.ensure_partitions();
}

void Worker::listen() {
  courier_thread_.add([this](store::Store&, bool) {
    std::shared_ptr<store::Listener> fresh;
    try {
      fresh = store::open_listener({settings_.database_url});
    } catch (const std::exception&) {
      return;  // Polling stands behind it; the next look around tries again.
    }
    if (!fresh || fresh->descriptor() < 0) return;
    loop_.post([this, fresh] {
      if (listener_) return;
      listener_ = fresh;
      loop_.watch(listener_->descriptor(), [this] { heard(); });
      poll();
    });
  });
}

void Worker::heard() {
  try {
    if (!listener_->drain()) return;
    owner_.hint_queue();
    owner_.hint_inbox();
  } catch (const store::Unavailable&) {
    loop_.unwatch(listener_->descriptor());
    listener_.reset();
    poll();
  }
}

void Worker::leave() {
  if (leaving_) return;
  leaving_ = true;
  if (owner_.is_fenced()) {
    std::fprintf(stderr, "pawl: another worker has taken over; starting anew\n");
    attempts_.forget_all();
    return loop_.stop();
  }
  owner_.drain();
}

/// So that nobody waits for the lease of a worker that has left.
void Worker::sign_off() {
  try {
    settings_.open_store()->fence(inc_, std::nullopt);
    folder_.remove();
  } catch (const store::Unavailable&) {
    std::fprintf(stderr, "pawl: the database is away; the lease ends by itself\n");
  }
}

Leave Worker::run() {
  loop_.on_turn([this] { turn(); });
  const auto asked = [this] {
    if (leaving_) loop_.stop();
    leave();
  };
  loop_.on_signal(SIGTERM, asked);
  loop_.on_signal(SIGINT, asked);
  around_timer_.start(Micros{0});
  poll_timer_.start(Micros{0});
  loop_.run();
  if (owner_.is_fenced()) return Leave::fenced;
  PAWL_CRASH_POINT("worker.drained");
  sign_off();
  return Leave::drained;
}

}  // namespace

int run_worker(const WorkerSettings& settings, WorkerFolder& folder) {
  while (true) {
    Worker worker(settings, folder);
    if (worker.run() == Leave::drained) return 0;
  }
}

}  // namespace pawl::runtime
