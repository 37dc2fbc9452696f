/// Our lines for the workloads W1 to W6 of a comparison of durable engines, each as one JSON line.
///
///     bench_engine W1|W2|W3|W4|W5|W6
///
/// and what they are held against: INSERT (one row a commit on one prepared connection), SPAWN (a
/// posix_spawn loop of `true`), CHAIN (W1 of scripts that the checker cannot prove brief, so that
/// each start is durable before the script runs: one commit a step).
///
/// Runs a real `pawl serve` against the database of BENCH_PG (else PAWL_DATABASE_URL) and submits
/// through the store. A workload ends when the last result is stored. Sizes: CHAIN, RUNS, STEPS,
/// FAN, STARTS, SHELL_STEPS, CRASH_RUNS; slots: PAWL_BENCH_SLOTS. PAWL_BENCH_PROGRAM measures
/// another `pawl` than that of this build.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "bench/bare_spawn.hpp"
#include "bench/usage.hpp"
#include "core/codec.hpp"
#include "dsl/compile.hpp"
#include "store/pg.hpp"
#include "store/postgres.hpp"

namespace {

using namespace pawl;
using Clock = std::chrono::steady_clock;

constexpr store::Statement state_of_run{"state_of_run",
                                        "select state from run where run_id = $1::bigint"};
constexpr int poll_ms = 4;

int number(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

std::string variable(const char* name, const std::string& otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : text;
}

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// A `pawl serve` with its home in a folder of ours.
class Server {
 public:
  Server(const std::string& url, const std::string& home, int slots) {
    const std::string program = variable("PAWL_BENCH_PROGRAM", PAWL_BINARY_DIR "/pawl");
    std::vector<std::string> words = {program, "serve", "-q", "--slots", std::to_string(slots)};
    std::vector<std::string> variables = {"PAWL_DATABASE_URL=" + url, "PAWL_HOME=" + home,
                                          "PATH=" + variable("PATH", "/usr/bin:/bin")};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::vector<char*> env;
    for (std::string& entry : variables) env.push_back(entry.data());
    env.push_back(nullptr);
    if (::posix_spawn(&pid_, program.c_str(), nullptr, nullptr, argv.data(), env.data()) != 0) {
      throw Error(ErrorKind::environment, "cannot start " + program);
    }
  }
  ~Server() { end(SIGTERM); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void end(int signal) {
    if (pid_ == 0) return;
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

/// What a workload costs, from its making until `fields`: the server and this process, the whole
/// machine, and PostgreSQL when BENCH_PG_PID names its postmaster.
class Cost {
 public:
  explicit Cost(const Server& server)
      : server_(server.pid()), cpu_(ours()), postgres_(number("BENCH_PG_PID", 0)) {
    if (postgres_ > 0) postgres_cpu_ = bench::cpu_of(postgres_);
    machine_cpu_ = bench::cpu_of_machine();
  }
  std::string fields() const {
    const double machine = bench::cpu_of_machine() - machine_cpu_;
    std::string text = fmt::format("\"cpu_s\":{:.2f},\"machine_cpu_s\":{:.2f},\"rss_mb\":{:.1f}",
                                   ours() - cpu_, machine, bench::peak_memory_of(server_));
    if (postgres_ > 0) {
      text += fmt::format(",\"pg_cpu_s\":{:.2f}", bench::cpu_of(postgres_) - postgres_cpu_);
    }
    return text;
  }

 private:
  double ours() const {
    return bench::cpu_of(server_) + static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  }

  int server_;
  double cpu_;
  int postgres_;
  double postgres_cpu_ = 0;
  double machine_cpu_ = 0;
};

class Bench {
 public:
  Bench()
      : url_(variable("BENCH_PG", variable("PAWL_DATABASE_URL", ""))),
        watcher_(migrated(url_)),
        home_(variable("BENCH_TMP", "/tmp") + "/pawl-bench-" + std::to_string(::getpid())) {
    store_ = store::open_postgres({url_});
    reader_ = store::open_reader({url_});
    std::filesystem::create_directories(home_);
  }
  ~Bench() { std::filesystem::remove_all(home_); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  const std::string& home() const { return home_; }
  const std::string& url() const { return url_; }
  Server serve(int slots) const { return Server(url_, home_, slots); }

  std::int32_t define(const std::string& yaml) {
    dsl::Compiled compiled = dsl::compile(yaml, "bench.yaml");
    if (!compiled.plan) {
      throw Error(ErrorKind::usage, dsl::render(compiled.diagnostics.front(), "bench.yaml", yaml));
    }
    store::Definition definition;
    definition.name = compiled.plan->name;
    definition.hash.resize(crypto_hash_sha256_BYTES);
    crypto_hash_sha256(reinterpret_cast<unsigned char*>(definition.hash.data()),
                       reinterpret_cast<const unsigned char*>(yaml.data()), yaml.size());
    definition.bundle = yaml;
    definition.file = "bench.yaml";
    definition.plan = dsl::encode_plan(*compiled.plan);
    definition.plan_version = dsl::plan_version;
    definition.sem = dsl::language_sem;
    return store_->put_definition(definition);
  }

  std::vector<RunId> start(std::int32_t definition, int count) {
    store::StartRequest request;
    request.definition = definition;
    request.actor = "bench";
    request.request = core::encode_request(core::Start{JsonText{"{}"}});
    request.folder = home_;
    std::vector<RunId> runs;
    const std::vector<store::StartRequest> requests(static_cast<std::size_t>(count), request);
    for (const store::StartReply& reply : store_->start(requests)) runs.push_back(reply.run);
    return runs;
  }

  /// As cheap as can be: it is asked often, on the cores that are measured.
  bool has_ended(RunId run) {
    const store::Rows rows = watcher_.run(state_of_run, store::Params().int8(run.value));
    return core::has_ended(static_cast<core::RunPhase>(rows.int2(0, 0)));
  }

  void wait(const std::vector<RunId>& runs) {
    // The newest ends last or nearly so; then the others are looked at once each.
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
      while (!has_ended(*run)) ::usleep(poll_ms * 1'000);
    }
  }

  /// Gaps between the events of a run, in milliseconds, sorted.
  std::vector<double> gaps(RunId run) {
    std::vector<double> all;
    std::int32_t after = 0;
    std::optional<TimePoint> before;
    while (true) {
      const auto events = reader_->events(run, after, 500);
      if (events.empty()) break;
      for (const store::EventRow& event : events) {
        if (before) all.push_back(static_cast<double>((event.at - *before).count()) / 1000.0);
        before = event.at;
      }
      after = events.back().seq;
    }
    std::ranges::sort(all);
    return all;
  }

 private:
  static const std::string& migrated(const std::string& url) {
    store::migrate({url});
    return url;
  }

  std::string url_;
  store::Session watcher_;
  std::string home_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Reader> reader_;
};

std::string chain(const std::string& name, int steps, const std::string& body) {
  std::string yaml = "name: " + name + "\nsteps:\n";
  for (int i = 0; i < steps; ++i) yaml += fmt::format("  - {{id: s{}, {}}}\n", i, body);
  return yaml;
}

std::string fan(int steps, const std::string& body, bool join) {
  std::string yaml = "name: fan\nsteps:\n";
  std::string needs;
  for (int i = 0; i < steps; ++i) {
    yaml += fmt::format("  s{}: {{{}}}\n", i, body);
    needs += fmt::format("{}s{}", i == 0 ? "" : ", ", i);
  }
  if (join) yaml += "  last: {needs: [" + needs + "], lua: return 1}\n";
  return yaml;
}

double quantile(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(q * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

void emit(const std::string& workload, const std::string& fields) {
  fmt::print("{{\"peer\":\"pawl\",\"version\":\"{}\",\"workload\":\"{}\",{}}}\n", PAWL_VERSION,
             workload, fields);
}

void one_run(Bench& bench, const std::string& workload, const std::string& yaml, int steps,
             int slots) {
  const Server server = bench.serve(slots);
  bench.wait(bench.start(bench.define(chain("warm", 20, "lua: return 1")), 5));
  const std::int32_t definition = bench.define(yaml);
  const Cost cost(server);
  const auto begin = Clock::now();
  const auto runs = bench.start(definition, 1);
  bench.wait(runs);
  const double seconds = since(begin);
  const std::string used = cost.fields();
  const auto gaps = bench.gaps(runs.front());
  emit(workload, fmt::format("\"steps\":{},\"seconds\":{:.4f},\"steps_s\":{:.1f},\"p50_ms\":{:.3f},"
                             "\"p99_ms\":{:.3f},{},\"info\":\"{} slots\"",
                             steps, seconds, steps / seconds, quantile(gaps, 0.5),
                             quantile(gaps, 0.99), used, slots));
}

void many_runs(Bench& bench) {
  const int runs = number("RUNS", 2000);
  const int steps = number("STEPS", 5);
  const int slots = number("PAWL_BENCH_SLOTS", 256);
  const Server server = bench.serve(slots);
  bench.wait(bench.start(bench.define(chain("warm", 20, "lua: return 1")), 5));
  const std::int32_t definition = bench.define(chain("many", steps, "lua: return 1"));
  const Cost cost(server);
  const auto begin = Clock::now();
  bench.wait(bench.start(definition, runs));
  const double seconds = since(begin);
  const std::string used = cost.fields();
  emit("W2", fmt::format("\"steps\":{},\"runs\":{},\"seconds\":{:.4f},\"steps_s\":{:.1f},"
                         "\"runs_s\":{:.1f},{},\"info\":\"{} slots\"",
                         runs * steps, runs, seconds, runs * steps / seconds, runs / seconds, used,
                         slots));
}

void starts(Bench& bench) {
  const Server server = bench.serve(2);
  const std::int32_t definition = bench.define(chain("start", 1, "lua: return 1"));
  bench.wait(bench.start(definition, 10));
  std::vector<double> latencies;
  for (int i = 0; i < number("STARTS", 100); ++i) {
    ::usleep(static_cast<useconds_t>(50'000 + (i * 7919) % 150'000));
    const auto begin = Clock::now();
    bench.wait(bench.start(definition, 1));
    latencies.push_back(since(begin) * 1000);
  }
  std::ranges::sort(latencies);
  emit("W4",
       fmt::format("\"n\":{},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},\"info\":\"until the stored "
                   "end of the run, polled each {} ms\"",
                   latencies.size(), quantile(latencies, 0.5), quantile(latencies, 0.99), poll_ms));
}

void shell(Bench& bench) {
  const int steps = number("SHELL_STEPS", 500);
  const int slots = number("PAWL_BENCH_SLOTS", 16);
  for (const auto& [variant, body] : std::map<std::string, std::string>{
           {"list", "run: [\"true\"]"}, {"string", "run: \"true\""}}) {
    if (variable("PAWL_BENCH_VARIANT", variant) != variant) continue;
    const Server server = bench.serve(slots);
    bench.wait(bench.start(bench.define(chain("warm", 20, "lua: return 1")), 5));
    const std::int32_t definition = bench.define(fan(steps, body, false));
    const Cost cost(server);
    const auto begin = Clock::now();
    bench.wait(bench.start(definition, 1));
    const double seconds = since(begin);
    const std::string used = cost.fields();
    emit("W5", fmt::format("\"variant\":\"{}\",\"steps\":{},\"seconds\":{:.4f},\"steps_s\":{:.1f},"
                           "{},\"info\":\"{} at once, output captured\"",
                           variant, steps, seconds, steps / seconds, used, slots));
  }
}

/// One row of the event table in each commit.
void inserts(Bench& bench) {
  constexpr store::Statement insert{"insert_event", R"(
insert into event(run_id, at, seq, kind, body_v, actor, body)
values ($1::bigint, $2::timestamptz, $3::int, $4::smallint, $5::smallint, $6::text, $7::bytea))"};
  const int rows = number("INSERTS", 3000);
  const std::string body(150, 'b');
  const RunId run = bench.start(bench.define(chain("insert", 1, "lua: return 1")), 1).front();
  store::Session session(bench.url());
  const auto begin = Clock::now();
  for (int i = 1; i <= rows; ++i) {
    store::Params params;
    params.int8(run.value).time(TimePoint{std::chrono::hours{495'000}}).int4(-i).int2(3).int2(1);
    session.run(insert, params.text("").bytes(body));
  }
  const double seconds = since(begin);
  emit("INSERT", fmt::format("\"seconds\":{:.4f},\"rows_s\":{:.1f}", seconds, rows / seconds));
}

void bare_spawn() {
  const int steps = number("SHELL_STEPS", 500);
  const double seconds = bench::bare_spawn_loop(steps, 2);
  emit("SPAWN", fmt::format("\"seconds\":{:.4f},\"steps_s\":{:.1f}", seconds, steps / seconds));
}

void crash(Bench& bench) {
  const int runs = number("CRASH_RUNS", 1000);
  const int steps = number("STEPS", 5);
  const std::string file = bench.home() + "/effects";
  std::string yaml = "name: crash\nsteps:\n";
  for (int i = 0; i < steps; ++i) {
    yaml += fmt::format(
        "  - id: s{0}\n    lua: |\n      fs.append(\"effects\", run.id .. \" {0}\\n\")\n", i);
  }
  const std::int32_t definition = bench.define(yaml);
  std::vector<RunId> all;
  const auto effects = [&] {
    std::map<std::string, int> seen;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) ++seen[line];
    return seen;
  };
  std::size_t done_at_kill = 0;
  {
    Server server = bench.serve(number("PAWL_BENCH_SLOTS", 256));
    all = bench.start(definition, runs);
    const auto wanted = static_cast<std::size_t>(runs * steps) * 2 / 5;
    while (effects().size() < wanted) ::usleep(5'000);
    server.end(SIGKILL);
    done_at_kill = effects().size();
  }
  const auto begin = Clock::now();
  const Server server = bench.serve(number("PAWL_BENCH_SLOTS", 256));
  bench.wait(all);
  const double seconds = since(begin);
  const auto seen = effects();
  const auto twice =
      std::ranges::count_if(seen, [](const auto& entry) { return entry.second > 1; });
  emit("W6", fmt::format("\"runs\":{},\"done_at_kill\":{},\"seconds\":{:.4f},\"finished\":{},"
                         "\"unfinished_runs\":0,\"twice\":{},\"never\":{}",
                         runs, done_at_kill, seconds, runs, twice,
                         static_cast<std::size_t>(runs * steps) - seen.size()));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string workload = argc > 1 ? argv[1] : "";
    if (workload == "PG") return 0;
    if (workload == "SPAWN") {
      bare_spawn();
      return 0;
    }
    Bench bench;
    const int steps = number("CHAIN", 1000);
    const int width = number("FAN", 1000);
    if (workload == "W1") {
      one_run(bench, "W1", chain("chain", steps, "lua: return 1"), steps, 2);
    } else if (workload == "CHAIN") {
      const std::string body = "lua: 'for i = 1, 1 do end return 1'";
      one_run(bench, "CHAIN", chain("chain", steps, body), steps, 2);
    } else if (workload == "INSERT") {
      inserts(bench);
    } else if (workload == "W2") {
      many_runs(bench);
    } else if (workload == "W3") {
      one_run(bench, "W3", fan(width, "lua: return 1", true), width,
              number("PAWL_BENCH_SLOTS", 256));
    } else if (workload == "W4") {
      starts(bench);
    } else if (workload == "W5") {
      shell(bench);
    } else if (workload == "W6") {
      crash(bench);
    } else {
      fmt::print(stderr, "usage: bench_engine W1|W2|W3|W4|W5|W6\n");
      return 2;
    }
    return 0;
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n  {}\n", error.what(), error.why());
    return 4;
  }
}
