#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "base/error.hpp"
#include "store/builders.hpp"
#include "store/memory.hpp"
#include "store/postgres.hpp"
#include "support/postgres.hpp"

// The model against PostgreSQL: the same calls, drawn at random, must get the same answers. Runs
// and workers go by the order in which they were made, since their ids differ.

using namespace pawl;
using namespace pawl::store;
using namespace pawl::store::test;

namespace {

/// Several sessions on one database, and the names of what was made there.
class Side {
 public:
  explicit Side(const std::function<std::unique_ptr<Store>()>& open) {
    for (int i = 0; i < 3; ++i) sessions_.push_back(open());
  }

  Store& session(std::size_t i) { return *sessions_[i % sessions_.size()]; }
  RunId run(std::size_t i) const { return i < runs.size() ? runs[i] : RunId{12345}; }
  Incarnation inc(std::size_t i) const { return i < incs.size() ? incs[i] : Incarnation{987654}; }
  std::string name(RunId run) const { return name_in(runs, run); }
  std::string name(Incarnation inc) const { return name_in(incs, inc); }

  std::string text(std::vector<ClaimedRun> claimed) const {
    std::set<std::string> parts;
    for (const ClaimedRun& run : claimed) {
      parts.insert(name(run.run) + "@" + std::to_string(run.version));
    }
    return joined(parts);
  }
  std::string text(const std::vector<RunId>& ids) const {
    std::set<std::string> parts;
    for (const RunId id : ids) parts.insert(name(id));
    return joined(parts);
  }
  std::string text(const CommitReply& reply) const {
    return std::to_string(static_cast<int>(reply.result)) + " " + text(reply.accepted) + " " +
           text(reply.released);
  }
  std::string text(const Settled& settled) const {
    std::set<std::string> parts;
    for (const auto& fate : settled.runs) {
      parts.insert(name(fate.run) + "@" + std::to_string(fate.version) + " " +
                   (fate.owner ? name(*fate.owner) : "-"));
    }
    return (settled.fenced ? "fenced " : "alive ") + joined(parts);
  }
  std::string text(const std::vector<InboxRow>& rows) const {
    std::set<std::string> parts;
    for (const InboxRow& row : rows) {
      parts.insert(name(row.run) + "#" + std::to_string(row.seq) + " " + std::to_string(row.kind) +
                   row.actor + row.body);
    }
    return joined(parts);
  }
  std::string text(const std::vector<LaneSight>& lanes) const {
    std::string all;
    for (const LaneSight& lane : lanes) {
      all += name(lane.inc) + ":" + std::to_string(lane.last_seq) + (lane.fenced ? "f" : "") +
             (lane.lease_over ? "o " : " ");
    }
    return all;
  }
  std::string text(const std::vector<LoadedRun>& loaded) const {
    std::set<std::string> parts;
    for (const LoadedRun& run : loaded) {
      std::string part = name(run.run) + " " + std::to_string(run.number) + "@" +
                         std::to_string(run.version) + " " +
                         std::to_string(static_cast<int>(run.phase)) + " read " +
                         std::to_string(run.inbox_done);
      for (const StepRow& step : run.steps) {
        part += " " + std::to_string(step.inst) + "/" + std::to_string(step.seq) + step.path;
      }
      parts.insert(part);
    }
    return joined(parts);
  }

  std::vector<RunId> runs;
  std::vector<Incarnation> incs;

 private:
  template <class Id>
  static std::string name_in(const std::vector<Id>& known, Id id) {
    const auto found = std::ranges::find(known, id);
    return found == known.end() ? "?" : std::to_string(found - known.begin());
  }
  static std::string joined(const std::set<std::string>& parts) {
    std::string all;
    for (const std::string& part : parts) all += "[" + part + "]";
    return all;
  }

  std::vector<std::unique_ptr<Store>> sessions_;
};

/// Draws calls, plays each on both sides.
class Play {
 public:
  Play(unsigned seed, Side& model, Side& real) : random_(seed), sides_{&model, &real} {
    for (Side* side : sides_) {
      side->session(0).put_definition(a_definition());
      side->session(0).put_definition(a_definition("other"));
    }
    for (int i = 0; i < 3; ++i) register_worker();
    while (sides_[0]->runs.empty()) start();
  }

  void step() {
    switch (below(16)) {
      case 0:
        return start();
      case 1:
      case 2:
        return send();
      case 3:
        return once_in(8) ? register_worker() : commit();
      case 4:
      case 5:
        return claim();
      case 6:
        return fence_and_adopt();
      case 7:
        return same("promote",
                    [](Side& s, Store& db) { return (void)s, number(db.promote_due(100)); });
      case 8:
        return settle();
      case 9:
        return look();
      case 10:
        return notes();
      default:
        return commit();
    }
  }

 private:
  static std::string number(std::int64_t value) { return std::to_string(value); }
  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool once_in(std::size_t times) { return below(times) == 0; }
  std::size_t some_run() { return below(sides_[0]->runs.size() + (once_in(20) ? 1 : 0)); }
  std::size_t some_worker() { return below(sides_[0]->incs.size() + (once_in(20) ? 1 : 0)); }

  template <class Call>
  void same(const std::string& what, Call call) {
    const std::size_t session = below(3);
    std::string answers[2];
    for (int i = 0; i < 2; ++i) {
      try {
        answers[i] = call(*sides_[i], sides_[i]->session(session));
      } catch (const Error& error) {
        answers[i] = "error";
      }
    }
    INFO(what);
    REQUIRE(answers[0] == answers[1]);
  }

  void register_worker() {
    const Micros lease = once_in(3) ? Micros{0} : std::chrono::hours{1};
    same("register", [&](Side& side, Store& db) {
      side.incs.push_back(db.register_worker({"w", "host", "1"}, lease).inc);
      return std::string();
    });
    next_seq_.push_back(1);
  }

  void start() {
    StartRequest request = a_start(once_in(20) ? 99 : static_cast<std::int32_t>(1 + below(2)));
    if (once_in(2)) request.key = once_in(2) ? "k1" : "k2";
    if (once_in(2)) request.request = "other";
    if (once_in(4)) request.queue = "gpu";
    same("start", [&](Side& side, Store& db) {
      const StartReply reply = db.start({&request, 1}).at(0);
      if (reply.result == StartReply::Result::started) side.runs.push_back(reply.run);
      return side.name(reply.run) + " " + number(reply.number) + " " +
             number(static_cast<int>(reply.result));
    });
  }

  void send() {
    const std::size_t run = some_run();
    const std::string dedup = once_in(3) ? "d" : "";
    const bool reopen = once_in(4);
    same("send", [&](Side& side, Store& db) {
      const SendReply reply = db.send(side.run(run), 7, "ada", dedup, "go", reopen);
      return number(reply.seq) + (reply.known ? " known" : " unknown");
    });
  }

  void claim() {
    const std::size_t worker = some_worker();
    const int limit = static_cast<int>(1 + below(4));
    const std::vector<std::string> queues =
        once_in(3) ? std::vector<std::string>{"default", "gpu"} : default_queue;
    same("claim", [&](Side& side, Store& db) {
      return side.text(db.claim(side.inc(worker), queues, limit));
    });
  }

  void fence_and_adopt() {
    const std::size_t dead = some_worker();
    const std::size_t taker = some_worker();
    const std::size_t way = below(5);
    if (way == 0) {
      same("fence",
           [&](Side& side, Store& db) { return number(db.fence(side.inc(dead), std::nullopt)); });
    } else if (way < 3) {
      const std::int64_t seen =
          dead < next_seq_.size() ? next_seq_[dead] - (once_in(4) ? 0 : 1) : 0;
      same("fence", [&](Side& side, Store& db) { return number(db.fence(side.inc(dead), seen)); });
    }
    same("adopt", [&](Side& side, Store& db) {
      return side.text(db.adopt(side.inc(dead), side.inc(taker), 100));
    });
  }

  void look() {
    const std::size_t worker = some_worker();
    same("look", [&](Side& side, Store& db) {
      return side.text(db.load(side.runs)) + side.text(db.read_inbox(side.inc(worker), 1000)) +
             side.text(db.lanes(side.inc(worker))) + side.text(db.owned(side.inc(worker)));
    });
  }

  void notes() {
    const std::size_t worker = some_worker();
    const std::size_t run = some_run();
    const auto generation = static_cast<std::int32_t>(below(3));
    same("notes", [&](Side& side, Store& db) {
      const Note note{side.run(run), 1, generation, NoteKind::memo, "k", JsonText{"1"}};
      std::string answer = number(db.put_notes(side.inc(worker), {&note, 1}));
      for (const Note& there : db.notes(side.run(run), 1, 1)) answer += number(there.generation);
      return answer;
    });
  }

  /// A batch of `worker` over some runs, mostly its own and at their versions. What is in it is
  /// drawn once; each side fills in its own ids.
  struct Part {
    std::size_t run = 0;
    std::int32_t version = 0;
    std::int64_t done = 0;
    bool reads = false;
    Release release = Release::keep;
    std::optional<TimePoint> wake_at;
    std::int64_t read_before = 0;
  };

  std::vector<Part> draw_parts(std::size_t worker) {
    Side& model = *sides_[0];
    std::set<std::size_t> chosen;
    for (const ClaimedRun& run : model.session(0).owned(model.inc(worker))) {
      if (!once_in(3)) chosen.insert(std::stoul(model.name(run.run)));
    }
    if (once_in(4)) chosen.insert(below(model.runs.size()));
    std::vector<Part> parts;
    for (const std::size_t run : chosen) {
      const LoadedRun row = model.session(0).load(std::vector{model.run(run)}).at(0);
      Part part;
      part.run = run;
      part.version = row.version + (once_in(15) ? 1 : 0);
      part.read_before = part.done = row.inbox_done;
      if (once_in(2)) {
        part.done += static_cast<std::int64_t>(below(3));
        part.release = once_in(4) ? Release::close : once_in(3) ? Release::keep : Release::park;
        part.reads = true;
      }
      if (once_in(3)) part.wake_at = TimePoint{std::chrono::hours{once_in(2) ? 100'000 : 999'999}};
      parts.push_back(part);
    }
    return parts;
  }

  Batch fill(const Side& side, std::size_t worker, std::int64_t seq,
             const std::vector<Part>& parts) const {
    Batch batch;
    batch.inc = side.inc(worker);
    batch.seq = seq;
    for (const Part& part : parts) {
      const RunId run = side.run(part.run);
      add_transition(batch, run, part.version);
      RunRow& row = batch.runs.back();
      row.inbox_done = part.done;
      row.release = part.release;
      row.wake_at = part.wake_at;
      for (std::int64_t i = part.read_before + 1; i <= part.done; ++i) {
        batch.consumed.push_back({run, i});
      }
      batch.steps.push_back(a_step_row(run, part.version % 3, part.version + 1));
    }
    return batch;
  }

  void commit() {
    const std::size_t worker = some_worker();
    const bool known = worker < next_seq_.size();
    const std::int64_t seq =
        std::max<std::int64_t>(1, (known ? next_seq_[worker] : 1) +
                                      (once_in(12) ? static_cast<std::int64_t>(below(3)) - 1 : 0));
    const std::vector<Part> parts = draw_parts(worker);
    bool durable = false;
    same("commit", [&](Side& side, Store& db) {
      const CommitReply reply = db.commit(fill(side, worker, seq, parts));
      durable = reply.result == CommitResult::durable;
      return side.text(reply);
    });
    if (durable && known) next_seq_[worker] = seq + 1;
  }

  void settle() {
    const std::size_t worker = some_worker();
    const bool known = worker < next_seq_.size();
    const std::int64_t seq = known ? next_seq_[worker] : 1;
    const std::vector<Part> parts = draw_parts(worker);
    same("settle", [&](Side& side, Store& db) {
      return side.text(db.settle(fill(side, worker, seq, parts)));
    });
    if (known) next_seq_[worker] = seq + 1;
  }

  std::mt19937 random_;
  Side* sides_[2];
  std::vector<std::int64_t> next_seq_;
};

}  // namespace

TEST_CASE("the model answers as PostgreSQL does, whatever is asked in which order", "[store]") {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    MemoryDatabase database([now = noon]() mutable { return now += Micros{1000}; });
    const std::string url = pawl::test::Postgres::shared().make_migrated_database();
    Side model([&] { return database.open(); });
    Side real([&] { return open_postgres({url}); });
    INFO("seed " << seed);
    Play play(seed, model, real);
    for (int i = 0; i < 600; ++i) play.step();
  }
}
