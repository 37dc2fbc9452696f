#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "dsl/plan.hpp"

/// Copies of a part of the graph: each item of a `foreach` and each round of a `loop` is a copy of
/// its step and of what is in it.
///
/// The plan's own steps are copy 0, with instance numbers equal to step numbers. An instance with
/// `foreach` holds the items: it is ready, runs and ends like a block, and its children are the
/// first instances of the copies. An instance of a `loop` holds its rounds in the same way, which
/// are made one after the other. A copy has consecutive numbers in the plan's order, so that who
/// needs whom inside of it is found by the difference of step numbers.
namespace pawl::core {

struct RunState;

/// Items of one `foreach`; the checker and the engine refuse more.
inline constexpr std::int32_t items_max = 1'000'000;

struct Copy {
  StepId top;              ///< The copied step; it and what is inside of it are in the copy.
  InstId first;            ///< The instance of `top`; the others follow.
  InstId holder;           ///< Whose item or round it is.
  std::int32_t outer = 0;  ///< The copy in which the holder stands.
  std::int32_t index = 0;  ///< From 1.
  bool is_round = false;
  JsonText key;   ///< Of an item: unique among the items, a JSON string or number.
  JsonText item;  ///< Of an item: what `item` is inside.
};

/// What an instance holds; stored with it.
struct ItemRange {
  /// The first instance of the first item or round; negative before there is one. The items follow
  /// each other; of a round more is known by its own row.
  InstId first{-1};
  std::int32_t count = 0;
};

/// What is known of the items of an instance, derived from theirs.
struct Fan {
  std::int32_t succeeded = 0;  ///< Of those that have ended; also skipped ones.
  std::int32_t failed = 0;     ///< The same; also cancelled ones, and those that never began.
};

/// One item as `foreach` lists it.
struct Item {
  JsonText key, value;
};

/// The instance of `step` that `inst` sees: in its own copy, or in the nearest one around it.
InstId visible_from(const RunState& run, InstId inst, StepId step);
/// The instance of a sibling of `inst`, or of a step of the block that it is.
InstId beside(const RunState& run, InstId inst, StepId step);
/// The first instance of a copy, an item or a round: its needs, its `when` by the rules of items,
/// and its end are its holder's matter.
bool is_item(const RunState& run, InstId inst);
/// Of these, a round.
bool is_round(const RunState& run, InstId inst);
/// Whether it has children instead of attempts.
bool is_block(const RunState& run, InstId inst);
/// A hook of the workflow, which is nobody's child.
bool is_hook(const RunState& run, InstId inst);
/// The items or rounds of a holder, or the steps of a block, in order.
std::vector<InstId> children_of(const RunState& run, InstId inst);

/// Gives the holder its items. The new instances are pending.
void add_items(RunState& run, InstId holder, std::vector<Item> items);
/// The copy of which `inst` is the first instance; null when it is no item.
const Copy* item_of(const RunState& run, InstId inst);
/// Makes the items again that the holder had when it was stored; what each is stands in its row.
void make_items(RunState& run, InstId holder);
/// Forgets the items or rounds of a holder that begins anew; their numbers are not used again.
void drop_items(RunState& run, InstId holder);

/// Gives a loop its next round, which is pending.
InstId add_round(RunState& run, InstId holder);
/// Makes the round again that `first` was when it was stored; one with the same index that was made
/// before has been dropped since.
void make_round(RunState& run, InstId holder, InstId first, std::int32_t index);
/// Forgets all rounds behind the first `kept` ones.
void drop_rounds(RunState& run, InstId holder, std::int32_t kept);

/// Adds an undo of each of these, in this order, which are pending.
void add_undos(RunState& run, const std::vector<InstId>& of);
/// Makes the undo again that `inst` was when it was stored.
void make_undo(RunState& run, InstId inst, InstId of);
/// Forgets them: what they undid begins anew.
void drop_undos(RunState& run);

/// "build.clean", "transform[\"eu-west\"].clean"; empty for the root.
std::string path_of(const RunState& run, InstId inst);
/// The instance with this path; negative when there is none.
InstId find_instance(const RunState& run, std::string_view path);

}  // namespace pawl::core
