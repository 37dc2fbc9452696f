#include "core/items.hpp"

#include <algorithm>

#include "core/turn.hpp"

namespace pawl::core {
namespace {

const dsl::Foreach& each_of(const RunState& run, InstId holder) {
  return *run.graph->plan().step(run.at(holder).step).each;
}

bool failed_for_good(const Instance& item) {
  return (item.state == StepState::failed || item.state == StepState::unknown ||
          item.state == StepState::interrupted) &&
         !item.ignored;
}

JsonText output_of_previous(const RunState& run, const Copy& round) {
  if (round.index < 2) return {};
  return output_of(run, run.rounds.at(round.holder)[static_cast<std::size_t>(round.index - 2)]);
}

}  // namespace

std::int32_t limit_in(const RunState& run, InstId around) {
  const Instance& instance = run.at(around);
  if (instance.role == Role::items) return each_of(run, around).max_parallel;
  if (instance.role == Role::rounds) return 0;
  return std::get<dsl::BlockSpec>(run.graph->plan().step(instance.step).spec).max_parallel;
}

Verdict verdict_of(const RunState& run, InstId inst) {
  if (is_item(run, inst)) return Verdict::run;
  const Instance& instance = run.at(inst);
  const dsl::Step& step = run.graph->plan().step(instance.step);
  return join_verdict(step.join, static_cast<std::int32_t>(step.needs.size()),
                      run.graph->deciding(instance.step), instance.counts);
}

JsonText output_of_items(const RunState& run, InstId holder) {
  if (!each_of(run, holder).collect) return {};
  std::vector<JsonText> outputs;
  for (const InstId item : children_of(run, holder)) outputs.push_back(output_of(run, item));
  return Expressions::array(outputs);
}

std::vector<std::pair<std::string, JsonText>> item_names(const RunState& run, InstId inst) {
  std::vector<std::pair<std::string, JsonText>> names;
  for (std::int32_t number = run.at(inst).copy; number > 0;) {
    const Copy& copy = run.copies[static_cast<std::size_t>(number)];
    std::vector<std::pair<std::string, JsonText>> here;
    here.emplace_back(copy.is_round ? "previous" : "item",
                      copy.is_round ? output_of_previous(run, copy) : copy.item);
    here.emplace_back("index", JsonText{std::to_string(copy.index)});
    const dsl::Foreach* each = run.graph->plan().step(copy.top).each.get();
    if (!copy.is_round && !each->as.empty()) here.emplace_back(each->as, copy.item);
    names.insert(names.begin(), here.begin(), here.end());
    number = copy.outer;
  }
  return names;
}

ItemTally tally_of(const RunState& run, InstId holder) {
  ItemTally tally;
  for (const InstId inst : children_of(run, holder)) {
    const Instance& item = run.at(inst);
    ++tally.count;
    if (!has_ended(item.state)) continue;
    if (failed_for_good(item)) {
      ++tally.failed;
      if (tally.first_failed == nullptr) tally.first_failed = &item;
    } else if (item.state == StepState::cancelled) {
      ++tally.cancelled;
    } else if (item.state == StepState::not_run) {
      ++tally.not_run;
    } else {
      ++tally.succeeded;
    }
  }
  return tally;
}

std::int32_t tolerated(const dsl::Foreach& each, std::int32_t count) {
  const auto share = static_cast<std::int32_t>(each.tolerate_percent * count / 100);
  return std::max(each.tolerate, share);
}

void Turn::enter_items(InstId holder) {
  Instance& instance = run.at(holder);
  ++instance.tries;
  instance.started_at = now();
  Result<std::vector<Item>> items =
      expressions_.items(plan(), each_of(run, holder), view_for(run, holder, now()));
  if (!items) {
    return fail_for_good(
        holder, failure(holder, FailureKind::expression, "foreach: " + items.error().message),
        ignores_failures(holder));
  }
  const std::size_t count = items.value().size();
  const auto copies = static_cast<std::int64_t>(count) * run.graph->size(instance.step);
  if (copies > instances_max - static_cast<std::int64_t>(run.instances.size())) {
    return fail_for_good(holder,
                         failure(holder, FailureKind::limit,
                                 "foreach: its items have " + std::to_string(copies) +
                                     " steps; a run has at most " + std::to_string(instances_max)),
                         ignores_failures(holder));
  }
  add_items(run, holder, std::move(items).value());
  run.at(holder).counts.open_children = static_cast<std::int32_t>(count);
  move(holder, StepState::running, std::to_string(count) + (count == 1 ? " item" : " items"));
  for (const InstId item : children_of(run, holder)) queue_.push_back(item);
  queue_.push_back(holder);  // It may have none.
}

/// One of the items has ended, and the others go on.
void Turn::item_ended(InstId holder) {
  const std::int32_t enough = each_of(run, holder).enough;
  if (enough > 0 && run.fans.at(holder).succeeded >= enough) {
    stop_items(holder, "enough items have succeeded");
  }
}

/// Asked when an item fails, not of what failed before a repair.
void Turn::item_failed(InstId holder) {
  const dsl::Foreach& each = each_of(run, holder);
  if (!each.fail_fast) return;
  const ItemTally tally = tally_of(run, holder);
  if (tally.failed > tolerated(each, tally.count)) stop_items(holder, "another item failed");
}

void Turn::stop_items(InstId holder, const char* why) {
  Instance& instance = run.at(holder);
  if (instance.stopping) return;
  instance.stopping = true;
  instance.stop_why = StopWhy::cancel;
  touch(holder);
  stop_children(holder, StopWhy::cancel, why);
}

void Turn::items_done(InstId holder) {
  const dsl::Foreach& each = each_of(run, holder);
  const Instance& instance = run.at(holder);
  const ItemTally tally = tally_of(run, holder);
  const bool stopped = instance.stopping || run.facts.cancelling;
  if (each.enough > 0 && tally.succeeded >= each.enough) return move(holder, StepState::succeeded);
  if (tally.failed > tolerated(each, tally.count)) {
    Failure error = tally.first_failed->error ? *tally.first_failed->error
                                              : failure(holder, FailureKind::exit, "it failed");
    if (tally.count > 1) {
      error.message = std::to_string(tally.failed) + " of " + std::to_string(tally.count) +
                      " items failed; the first: " + error.message;
    }
    return fail_for_good(holder, std::move(error), ignores_failures(holder));
  }
  if (each.enough > 0 && !stopped) {
    return fail_for_good(holder,
                         failure(holder, FailureKind::limit,
                                 std::to_string(tally.succeeded) + " items succeeded, and " +
                                     std::to_string(each.enough) + " are needed"),
                         ignores_failures(holder));
  }
  const std::int32_t missing = tally.cancelled + tally.not_run;
  if (missing == 0) return move(holder, StepState::succeeded);
  if (stopped) return move(holder, StepState::cancelled);
  // After a repair of some of them.
  fail_for_good(holder,
                failure(holder, FailureKind::cancelled,
                        std::to_string(missing) + " of " + std::to_string(tally.count) +
                            " items have not run"),
                ignores_failures(holder));
}

}  // namespace pawl::core
