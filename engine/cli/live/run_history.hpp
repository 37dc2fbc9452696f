#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dsl/plan.hpp"
#include "store/reader.hpp"

/// What past runs of a workflow tell of the next one: how long it takes, and each of its steps.
namespace pawl::cli {

/// How long something took. A quarter of the runs were faster than `early`, a tenth slower than
/// `late`.
struct Usual {
  Micros early{0}, median{0}, late{0};
  int runs = 0;  ///< How many this is from; 0: nothing is known.
};

struct RunHistory {
  Usual run;
  std::vector<Usual> steps{};  ///< By inst; empty without a history.
  std::int32_t slots = 0;      ///< How many steps ran at once, usually; 0: not known.

  const Usual& of(StepId step) const;
};

/// Fewer runs than this tell little: what is said of them begins with "~".
inline constexpr int runs_enough = 5;

Usual usual_of(std::vector<Micros> spans);

/// Steps are known again by their path, so that a workflow may have changed since.
RunHistory history_of(const dsl::Plan& plan, const std::vector<store::PastRun>& runs,
                      const std::vector<store::PastStep>& steps);

/// The last 20 good runs of the workflow of `run`, the newest first.
std::vector<store::PastRun> read_past(store::Reader& reader, RunId run);
/// `past` with its steps; for a plan of thousands of steps, with those of its newest two or three
/// runs only.
RunHistory read_history(store::Reader& reader, const std::vector<store::PastRun>& past,
                        const dsl::Plan& plan);
/// How long a run is to be watched before `read_history` is worth what it costs: then that is a
/// fiftieth of a core at most. Zero for a small plan, minutes for a huge one.
Micros history_pays_after(const std::vector<store::PastRun>& past, const dsl::Plan& plan);
/// How long the run usually takes, without its steps.
Usual read_usual(store::Reader& reader, RunId run);

/// "usual 18m–24m"; "usual ~18m" from one or few runs; empty when nothing is known.
std::string usual_text(const Usual& usual);
/// "9.4s", "58s", "4m10s", "18m", "3h02m": no more digits than such a number is worth.
std::string rough_duration(Micros span);

}  // namespace pawl::cli
