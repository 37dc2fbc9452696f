#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace pawl {

/// An integer that cannot be taken for another kind of integer.
template <class Tag, class Int>
struct StrongId {
  Int value{};

  constexpr StrongId() = default;
  constexpr explicit StrongId(Int v) : value(v) {}
  constexpr auto operator<=>(const StrongId&) const = default;
};

/// 42 bits of milliseconds since 1970, 21 random bits: a day is a range. A string in JSON.
using RunId = StrongId<struct RunIdTag, std::int64_t>;
/// Number of a step instance in its run: dense, given by the core, never used again.
/// Instances of the plan's own steps have the step's number; 0 is the run itself (the root block).
using InstId = StrongId<struct InstIdTag, std::int32_t>;
/// Index into Plan::steps; 0 is the root block.
using StepId = StrongId<struct StepIdTag, std::int32_t>;
/// One start of a worker; never a host name, never used again.
using Incarnation = StrongId<struct IncarnationTag, std::int64_t>;

}  // namespace pawl

template <class Tag, class Int>
struct std::hash<pawl::StrongId<Tag, Int>> {
  std::size_t operator()(const pawl::StrongId<Tag, Int>& id) const noexcept {
    return std::hash<Int>{}(id.value);
  }
};
