// The journal against the plainest durable write: pairs of rounds in turn on one PostgreSQL, a loop
// of one-row INSERTs and batches of k transitions; the ratio of their rates, pair by pair.
//
// bench_journal [URL]: without a URL on a cluster of its own with fsync on.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <vector>

#include "dsl/plan.hpp"
#include "store/pg.hpp"
#include "store/postgres.hpp"
#include "support/postgres.hpp"

namespace {

using namespace pawl;
using namespace pawl::store;

constexpr int pairs = 12;
constexpr std::chrono::milliseconds round_length{300};
constexpr int runs_in_turn = 2'000;
const std::string body(150, 'b');

constexpr Statement insert_one{"insert_one", R"(
insert into event(run_id, at, seq, kind, body_v, actor, body)
values ($1::bigint, $2::timestamptz, $3::int, $4::smallint, $5::smallint, $6::text, $7::bytea))"};

struct Subject {
  RunId run;
  std::int32_t version = 0;
};

class Bench {
 public:
  explicit Bench(const std::string& url)
      : plain_(url), store_(open_postgres({url})), now_(std::chrono::hours{495'000}) {
    inc_ = store_->register_worker({"bench", "host", "1"}, std::chrono::hours{1}).inc;
    Definition definition;
    definition.name = "bench";
    definition.hash = "bench";
    definition.plan_version = dsl::plan_version;
    definition.sem = dsl::language_sem;
    StartRequest request;
    request.definition = store_->put_definition(definition);
    request.queue = "bench";
    const std::vector<StartRequest> requests(runs_in_turn, request);
    first_ = store_->start(requests)[0].run;
    const std::vector<std::string> queues = {"bench"};
    for (const ClaimedRun& run : store_->claim(inc_, queues, runs_in_turn)) {
      subjects_.push_back({run.run, run.version});
    }
    std::ranges::shuffle(subjects_, random_);
  }

  /// Rows a second.
  double insert_round() {
    return rate([&] {
      Params params;
      params.int8(first_.value).time(now_).int4(--inserted_).int2(3).int2(1);
      plain_.run(insert_one, params.text("").bytes(body));
      return 1;
    });
  }

  /// Transitions a second, `k` in a batch: each one event, one step that ends, one that begins.
  double batch_round(int k) {
    return rate([&] {
      Batch batch;
      batch.inc = inc_;
      batch.seq = ++seq_;
      batch.lease = std::chrono::hours{1};
      for (int i = 0; i < k; ++i) {
        Subject& subject = subjects_[next_++ % subjects_.size()];
        const std::int32_t version = subject.version++;
        batch.runs.push_back({subject.run, version, version + 1, core::RunPhase::running, 0,
                              Release::keep, std::nullopt});
        batch.events.push_back({subject.run, now_, version + 1, 3, 1, "", body});
        for (const std::int32_t inst : {version, version + 1}) {
          batch.steps.push_back(
              {subject.run, now_, inst + 1, 1, version + 1, 2, 0, "build.clean", "output"});
        }
      }
      const CommitReply reply = store_->commit(batch);
      if (reply.accepted.size() != static_cast<std::size_t>(k)) throw Unavailable("not accepted");
      return k;
    });
  }

 private:
  template <class Work>
  double rate(Work work) {
    const auto begin = std::chrono::steady_clock::now();
    std::chrono::duration<double> spent{};
    double done = 0;
    while (spent < round_length) {
      done += work();
      spent = std::chrono::steady_clock::now() - begin;
    }
    return done / spent.count();
  }

  Session plain_;
  std::unique_ptr<Store> store_;
  TimePoint now_;
  Incarnation inc_;
  RunId first_;
  std::int32_t inserted_ = 0;
  std::int64_t seq_ = 0;
  std::vector<Subject> subjects_;
  std::size_t next_ = 0;
  std::mt19937 random_{1};
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void compare(Bench& bench, int k) {
  std::vector<double> ratios, inserts, batches;
  bench.insert_round();
  bench.batch_round(k);  // Both warm.
  for (int pair = 0; pair < pairs; ++pair) {
    const bool first = pair % 2 == 0;
    if (first) inserts.push_back(bench.insert_round());
    batches.push_back(bench.batch_round(k));
    if (!first) inserts.push_back(bench.insert_round());
    ratios.push_back(batches.back() / inserts.back());
  }
  std::ranges::sort(ratios);
  // The third from both ends of twelve: holds the median with 96 % (binomial distribution).
  fmt::print("{:>4} {:>12.0f} {:>14.0f} {:>8.2f} [{:.2f}, {:.2f}]\n", k, median(inserts),
             median(batches), median(ratios), ratios[2], ratios[ratios.size() - 3]);
}

}  // namespace

int main(int argc, char** argv) {
  std::unique_ptr<test::Postgres> cluster;
  std::string url = argc > 1 ? argv[1] : "";
  if (url.empty()) {
    cluster = std::make_unique<test::Postgres>(
        test::ClusterSettings{.fsync = true, .options = {"shared_buffers=256MB"}});
    url = cluster->make_migrated_database();
  }
  migrate({url});
  Bench bench(url);
  fmt::print("{:>4} {:>12} {:>14} {:>8} interval of the median\n", "k", "INSERTs/s",
             "transitions/s", "ratio");
  for (const int k : {1, 10, 100}) compare(bench, k);
}
