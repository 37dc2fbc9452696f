#include "core/join.hpp"

#include <algorithm>
#include <cmath>

namespace pawl::core {

namespace {

Verdict at_least(std::int32_t wanted, bool order_met, std::int32_t deciding,
                 const Instance::Counts& c) {
  const std::int32_t open = deciding - c.succeeded - c.skipped - c.failed;
  if (c.succeeded >= wanted) return order_met ? Verdict::run : Verdict::wait;
  if (c.succeeded + open >= wanted) return Verdict::wait;
  if (c.succeeded + c.failed > 0) return Verdict::not_run;
  // Out of reach, and only skipped so far: the rest tells whether all were, in whatever order.
  return open > 0 ? Verdict::wait : Verdict::skip;
}

}  // namespace

Verdict join_verdict(const dsl::Join& join, std::int32_t needs, std::int32_t deciding,
                     const Instance::Counts& c) {
  const bool all_ended = c.ended == needs;
  const std::int32_t deciding_ended = c.succeeded + c.skipped + c.failed;
  const bool order_met = c.ended - deciding_ended == needs - deciding;
  switch (join.rule) {
    case dsl::JoinRule::automatic:
      if (c.blocking > 0) return Verdict::not_run;
      if (!all_ended) return Verdict::wait;
      return deciding > 0 && c.skipped == deciding ? Verdict::skip : Verdict::run;
    case dsl::JoinRule::all:
      if (c.blocking + c.skipped > 0) return Verdict::not_run;
      return all_ended ? Verdict::run : Verdict::wait;
    case dsl::JoinRule::any:
      return at_least(1, order_met, deciding, c);
    case dsl::JoinRule::at_least:
      return at_least(join.at_least, order_met, deciding, c);
    case dsl::JoinRule::always:
      return all_ended ? Verdict::run : Verdict::wait;
    case dsl::JoinRule::failed:
      if (!all_ended) return Verdict::wait;
      return c.failed > 0 ? Verdict::run : Verdict::skip;
  }
  return Verdict::wait;
}

Millis retry_delay(const dsl::Retry& retry, std::int32_t tries, double spread) {
  double delay = static_cast<double>(retry.delay.count());
  const std::int32_t before = std::max(tries, 1) - 1;
  if (retry.backoff == dsl::Backoff::linear) delay *= before + 1;
  if (retry.backoff == dsl::Backoff::exponential) delay *= std::pow(retry.factor, before);
  constexpr double longest = 100'000.0 * 86'400'000.0;
  delay = std::min(delay, longest);
  if (retry.max_delay.count() > 0) {
    delay = std::min(delay, static_cast<double>(retry.max_delay.count()));
  }
  if (retry.jitter) delay *= 1.0 - spread / 2;
  return Millis{static_cast<std::int64_t>(delay)};
}

}  // namespace pawl::core
