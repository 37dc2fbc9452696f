#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dsl/front.hpp"

/// The keys of the language: which there are at each place, which this version lacks, and what the
/// keys of other engines are called here.
namespace pawl::dsl {

enum class KeyPlace : std::uint8_t {
  root,
  step,
  block,    ///< A step with steps inside: `steps`, `switch`, `loop`, `race`.
  waiting,  ///< A step of the kinds `wait` and `approval`.
  wait,
  approval,
  cancel_when,
  verify,
  undo,
  uses,
  input,
  retry,
  join,
  foreach,
  choice,  ///< `switch`
  loop,
  defaults,
  step_hooks,
  run_hooks
};

/// Reports each key that cannot stand at `place`: unknown ones with the nearest that can, those of
/// other engines with ours, those of later versions by name. Gives the entries that remain.
std::vector<Entry> checked_entries(Front& front, NodeId map, KeyPlace place);

bool is_kind(std::string_view key);
bool is_later_kind(std::string_view key);

/// Words of this version, and those that a later one will have.
struct KeyTable {
  std::span<const std::string_view> known, later;
};
/// What `checked_entries` goes by, for whoever describes the language elsewhere.
KeyTable keys_at(KeyPlace place);
KeyTable kinds();

}  // namespace pawl::dsl
