#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "base/text.hpp"
#include "dsl/findings.hpp"
#include "dsl/skipping.hpp"

namespace pawl::dsl {
namespace {

/// Where fields are read of what a step gave, each step that may then have given nothing is told,
/// unless the reader asks for its state or its plain output somewhere, or has the same condition.
class MissingValues {
 public:
  explicit MissingValues(Front& front) : front_(front), plan_(front.plan) {}

  void find() {
    sort_reads();
    if (readers_.empty()) return;
    for (const auto& [target, reads] : readers_) {
      for (const StepRead* read : reads) check_failures(*read);
    }
    const Skipping skipping(plan_);
    for (std::int32_t i = 1; i < static_cast<std::int32_t>(plan_.steps.size()); ++i) {
      if (plan_.step(StepId{i}).parent != no_step) check_skips(skipping, StepId{i});
      if (budget_ <= 0) return;
    }
  }

 private:
  using Pair = std::pair<StepId, StepId>;

  void sort_reads() {
    std::set<Pair> careful;
    for (const StepRead& read : front_.reads) {
      const StepName& name = *read.name;
      if (!name.written && name.fields.empty()) careful.insert({read.inside, read.target});
    }
    for (const StepRead& read : front_.reads) {
      const StepName& name = *read.name;
      const bool counts = name.meaning == ReadMeaning::need || name.reader == outputs_reader;
      if (!counts || name.fields.empty() || careful.count({read.inside, read.target}) != 0)
        continue;
      readers_[read.target].push_back(&read);
    }
  }

  /// What may fail and lets the reader start all the same.
  void check_failures(const StepRead& read) {
    const Step& target = plan_.step(read.target);
    if (target.settings->on_error == OnError::resume) {
      return report(read, "failed, which 'on_error: continue' lets pass");
    }
    if (read.inside == no_step) return;
    const Join& join = plan_.step(read.inside).join;
    const bool is_partial = join.rule == JoinRule::any || join.rule == JoinRule::at_least;
    if (join.rule == JoinRule::always || join.rule == JoinRule::failed) {
      report(read, "failed, and " + quoted(plan_.step(read.inside).id) + " starts all the same");
    } else if (is_partial && deciding_needs(plan_.step(read.inside)).size() >
                                 static_cast<std::size_t>(join.at_least)) {
      report(read, "is not among the first that succeeded");
    }
  }

  /// What may be skipped by itself, and all that then hangs on it.
  void check_skips(const Skipping& skipping, StepId first) {
    const Step& step = plan_.step(first);
    const std::string why = reason_to_skip(step);
    if (why.empty()) return;
    const Skipping::Steps missing = skipping.without({first}, budget_);
    for (const StepId id : missing) {
      const auto reads = readers_.find(id);
      if (reads == readers_.end()) continue;
      for (const StepRead* read : reads->second) {
        const bool is_there = read->inside == no_step || missing.count(read->inside) == 0;
        if (!is_there || has_condition(read->name->reader, step)) continue;
        report(*read,
               id == first ? "was skipped, for it has " + why
                           : "was skipped because " + quoted(step.id) + " was, which has " + why,
               step.when ? ", or give the step the same 'when'" : "");
      }
    }
  }

  std::string reason_to_skip(const Step& step) const {
    if (step.when && !(step.each && step.each->when_of_item)) return "a 'when'";
    if (step.join.rule == JoinRule::failed) return "'join: failed'";
    const auto* block = std::get_if<BlockSpec>(&step.spec);
    const bool has_default =
        block != nullptr && block->choice && block->choice->cases.size() < block->children.size();
    if (block != nullptr && block->choice && !has_default) return "no 'default'";
    const bool has_skip = step.hooks && step.hooks->before &&
                          step.hooks->before->text.find("skip(") != std::string::npos;
    return has_skip ? "a 'before' that may skip it" : "";
  }

  /// The reader, or a block around it, runs under the very condition of `step`.
  bool has_condition(StepId reader, const Step& step) const {
    if (reader.value <= 0 || !step.when) return false;
    const std::vector<StepId> around = lineage_of(plan_, reader);
    return std::ranges::any_of(around, [&](StepId one) {
      const auto& when = plan_.step(one).when;
      return when && when->text == step.when->text;
    });
  }

  void report(const StepRead& read, const std::string& why, std::string_view otherwise = "") {
    if (!told_.insert({read.name->at, read.target}).second) return;
    const std::string id = plan_.step(read.target).id;
    const std::string output = "steps." + id + ".output";
    const OutputField& field = read.name->fields.front();
    const std::string safe = output + " ~= null and " + output +
                             (field.is_position ? "[" + field.name + "]" : "." + field.name);
    const bool is_output = read.inside == no_step;
    front_.diagnostics.push_back(
        {read.name->at, "may-be-missing",
         (is_output ? "this is null when " : output + " is nothing when ") + quoted(id) + " " + why,
         is_output ? "say what it is then: '" + safe + " or \"none\"'"
                   : "ask first: '" + safe + "'" + std::string(otherwise),
         Severity::warning});
  }

  Front& front_;
  const Plan& plan_;
  std::map<StepId, std::vector<const StepRead*>> readers_;  ///< Of fields, by the step read.
  std::set<std::pair<Span, StepId>> told_;
  std::int64_t budget_ = skipping_budget;
};

}  // namespace

void find_missing(Front& front) { MissingValues(front).find(); }

}  // namespace pawl::dsl
