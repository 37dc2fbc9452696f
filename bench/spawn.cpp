// The price of Pawl's process path: 500 × `true` with captured output, two at once, against the
// least that a process can cost, a bare posix_spawn loop; pairs in one run, median of the ratios.

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "bench/bare_spawn.hpp"
#include "steps/process.hpp"

using namespace pawl;

namespace {

constexpr int commands = 500;
constexpr int at_once = 2;
constexpr int pairs = 15;

using LoopBase = Handle<event_base, event_base_free>;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

class Lane : public steps::ProcessObserver {
 public:
  Lane(steps::ProcessHost& host, const steps::Command& command, int& left)
      : host_(host), command_(command), left_(left) {}

  void start_next() {
    process_.reset();
    if (left_ == 0) return;
    --left_;
    auto started = steps::Process::start(host_, command_, *this);
    check(started.has_value(), "a process can be started");
    process_ = std::move(started).value();
  }
  void on_output(steps::Stream, std::string_view) override {}
  void on_exit(const steps::Exit& exit) override {
    check(exit.how == steps::Exit::How::exited && exit.number == 0, "`true` succeeds");
    start_next();
  }

 private:
  steps::ProcessHost& host_;
  const steps::Command& command_;
  int& left_;
  std::unique_ptr<steps::Process> process_;
};

double through_process(event_base* base, steps::ProcessHost& host) {
  const steps::Command command{{"true"}, {"PATH=/usr/bin:/bin", "HOME=/", "LANG=C.UTF-8"}, "/", ""};
  int left = commands;
  std::vector<std::unique_ptr<Lane>> lanes;
  for (int i = 0; i < at_once; ++i) lanes.push_back(std::make_unique<Lane>(host, command, left));
  const auto start = std::chrono::steady_clock::now();
  for (auto& lane : lanes) lane->start_next();
  event_base_dispatch(base);
  return seconds_since(start);
}

}  // namespace

int main(int count, char** arguments) {
  const std::string helper = count > 1 ? arguments[1] : PAWL_BINARY_DIR "/pawl-exec";
  const std::string table = "/tmp/bench_spawn." + std::to_string(::getpid());
  steps::GroupTable groups(table);
  const LoopBase base(event_base_new());
  steps::ProcessHost host(base.get(), helper, groups);
  std::vector<double> ratios;
  for (int i = 0; i < pairs; ++i) {
    const double bare = bench::bare_spawn_loop(commands, at_once);
    const double ours = through_process(base.get(), host);
    ratios.push_back(bare / ours);
    fmt::print("bare {:.0f}/s  process {:.0f}/s  ratio {:.2f}\n", commands / bare, commands / ours,
               ratios.back());
  }
  std::sort(ratios.begin(), ratios.end());
  fmt::print("median ratio {:.2f} ({:.2f} to {:.2f})\n", ratios[pairs / 2], ratios.front(),
             ratios.back());
  ::unlink(table.c_str());
}
