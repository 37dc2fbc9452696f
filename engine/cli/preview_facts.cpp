#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "cli/json_reading.hpp"
#include "cli/plain_text.hpp"
#include "cli/preview.hpp"
#include "cli/preview_values.hpp"
#include "core/graph.hpp"
#include "core/join.hpp"
#include "steps/json_values.hpp"

namespace pawl::cli {
namespace {

/// The ways in which a step may end, as far as can be foreseen.
struct Ways {
  bool succeeds = false, skipped = false, blocks = false;

  bool is_open() const { return (succeeds && (skipped || blocks)) || (skipped && blocks); }
};

Ways ways_of(Forecast forecast, dsl::OnError on_error) {
  switch (forecast) {
    case Forecast::would_run:
      return {true, false, false};
    case Forecast::would_fail:
      return on_error == dsl::OnError::resume ? Ways{true, false, false} : Ways{false, false, true};
    case Forecast::skipped:
      return {false, true, false};
    case Forecast::not_run:
      return {false, false, true};
    case Forecast::unknown:
      return {true, true, false};
  }
  return {};
}

std::string words_of(const Problem& problem) {
  return problem.fix.empty() ? problem.message : problem.message + "; " + problem.fix;
}

/// "a", "a and b", "a, b or c"
std::string list_of(const std::vector<std::string>& names, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    out += i == 0 ? "" : i + 1 == names.size() ? fmt::format(" {} ", last) : ", ";
    out += names[i];
  }
  return out;
}

/// "env DAY=2026-11-20 FILES=${{ steps.list.output }}": the step's own variables.
std::string variables_of(const dsl::Step& step, const PreviewScope& scope) {
  std::string out = "env";
  for (const auto& [name, text] : step.env) {
    const auto known = std::ranges::find(scope.env, name, &Members::value_type::first);
    const bool is_open = scope.open_env.contains(name) || known == scope.env.end();
    out +=
        fmt::format(" {}={}", name, is_open ? written(text) : shell_quoted(plain(known->second)));
  }
  return out;
}

/// Goes through the steps once, blocks before what is in them.
class Walker {
 public:
  Walker(const core::Graph& graph, const PreviewValues& values, PreviewScope root)
      : graph_(graph),
        plan_(graph.plan()),
        values_(values),
        root_(std::move(root)),
        forecasts_(plan_.steps.size(), Forecast::not_run),
        ways_(plan_.steps.size()) {}

  std::vector<PreviewStep> steps() {
    walk_children(StepId{0}, Forecast::would_run, 0);
    return std::move(steps_);
  }

  PreviewOutput output(const dsl::Output& output) const;

 private:
  /// What a step is, and why.
  struct Outlook {
    Forecast forecast = Forecast::would_run;
    std::string reason;
  };

  static std::size_t index(StepId step) { return static_cast<std::size_t>(step.value); }
  Forecast forecast(StepId step) const { return forecasts_[index(step)]; }
  const Ways& ways(StepId step) const { return ways_[index(step)]; }

  std::vector<StepId> in_order(const std::vector<StepId>& children) const;
  void walk_children(StepId block, Forecast outer, int depth);
  void walk(StepId step, Forecast outer, int depth);
  PreviewScope scope_of(std::span<const StepId> reads) const;
  PreviewScope scope_of(StepId step) const;

  void take_case(StepId step, Outlook& outlook, const PreviewScope& scope);
  Outlook outlook_by_case(StepId step) const;
  Outlook outlook_by_join(StepId step) const;
  Outlook outlook_by_when(StepId step, Outlook outlook) const;
  std::string reason_of(StepId step, core::Verdict verdict) const;
  std::vector<std::string> needs_that(StepId step, bool (*has)(const Ways&)) const;

  /// May one of the branches of a race succeed?
  bool has_a_chance(const dsl::Step& race) const {
    return std::ranges::any_of(std::get<dsl::BlockSpec>(race.spec).children,
                               [&](StepId branch) { return ways(branch).succeeds; });
  }
  std::optional<Problem> add_environment(StepId step, PreviewScope& scope) const;

  const core::Graph& graph_;
  const dsl::Plan& plan_;
  const PreviewValues& values_;
  const PreviewScope root_;
  std::vector<Forecast> forecasts_;
  std::vector<Ways> ways_;
  std::vector<PreviewStep> steps_;
  /// Of a `switch`: the step that it would run, or what that depends on.
  std::map<StepId, std::pair<StepId, std::string>> cases_;
};

/// File order, but nothing before what it needs.
std::vector<StepId> Walker::in_order(const std::vector<StepId>& children) const {
  std::vector<std::size_t> open(plan_.steps.size(), 0);
  std::set<StepId> ready;
  for (const StepId child : children) {
    open[index(child)] = plan_.step(child).needs.size();
    if (open[index(child)] == 0) ready.insert(child);
  }
  std::vector<StepId> order;
  while (!ready.empty()) {
    const StepId next = ready.extract(ready.begin()).value();
    order.push_back(next);
    for (const core::Graph::Dependent& dependent : graph_.dependents(next)) {
      if (--open[index(dependent.step)] == 0) ready.insert(dependent.step);
    }
  }
  return order;
}

void Walker::walk_children(StepId block, Forecast outer, int depth) {
  const auto& spec = std::get<dsl::BlockSpec>(plan_.step(block).spec);
  for (const StepId child : in_order(spec.children)) walk(child, outer, depth);
}

/// Which case a `switch` would take.
void Walker::take_case(StepId step, Outlook& outlook, const PreviewScope& scope) {
  const auto& block = std::get<dsl::BlockSpec>(plan_.step(step).spec);
  const Foreseen value = values_.value(block.choice->value, scope);
  auto& [chosen, unknown] = cases_[step];
  chosen = dsl::no_step;
  if (value.problem) {
    if (outlook.forecast == Forecast::would_run) {
      outlook = {Forecast::would_fail, "switch: " + words_of(*value.problem)};
    }
  } else if (!value.value) {
    unknown = fmt::format("{}: {}", value.blockers.words(), written(block.choice->value));
  } else {
    const std::string text = steps::text_of(*value.value);
    const std::vector<std::string>& cases = block.choice->cases;
    const auto found = std::ranges::find(cases, text);
    const auto position = static_cast<std::size_t>(found - cases.begin());
    if (position < block.children.size()) {
      chosen = block.children[position];
    } else {
      outlook = {Forecast::skipped, fmt::format("no case for {}", quoted(text))};
    }
  }
}

/// What the `switch` around it makes of a step.
Walker::Outlook Walker::outlook_by_case(StepId step) const {
  const auto around = cases_.find(plan_.step(step).parent);
  if (around == cases_.end()) return {};
  const auto& [chosen, unknown] = around->second;
  if (!unknown.empty()) return {Forecast::unknown, unknown};
  if (chosen != step) return {Forecast::skipped, "another case would be chosen"};
  return {};
}

void Walker::walk(StepId step, Forecast outer, int depth) {
  const dsl::Step& facts = plan_.step(step);
  const dsl::BlockRule rule = dsl::rule_of(facts);
  const bool is_case = cases_.contains(facts.parent);
  Outlook outlook = is_case ? outlook_by_case(step) : outlook_by_when(step, outlook_by_join(step));
  if (outer == Forecast::unknown && outlook.forecast == Forecast::would_run) {
    outlook = {Forecast::unknown, fmt::format("if {} runs", graph_.path(plan_.step(step).parent))};
  }
  const auto is_possible = [&] {
    return outlook.forecast == Forecast::would_run || outlook.forecast == Forecast::unknown;
  };
  if (rule == dsl::BlockRule::choice && is_possible()) take_case(step, outlook, scope_of(step));
  const bool may_run = is_possible();
  PreviewStep row;
  row.path = graph_.path(step);
  row.depth = depth;
  row.kind = facts.kind;
  row.settings = facts.settings;
  row.forecast = outlook.forecast;
  row.reason = outlook.reason;
  if (may_run) {
    PreviewScope scope = scope_of(step);
    std::optional<Problem> problem = add_environment(step, scope);
    Result<std::string> command =
        problem ? Result<std::string>(*problem) : command_of(facts, values_, scope);
    if (command) {
      row.command = std::move(command).value();
    } else if (outlook.forecast == Forecast::would_run) {
      row.forecast = Forecast::would_fail;
      row.reason = words_of(command.error());
    }
    row.notes = notes_of(facts);
    if (!facts.env.empty()) row.notes.insert(row.notes.begin(), variables_of(facts, scope));
  }
  forecasts_[index(step)] = row.forecast;
  ways_[index(step)] = ways_of(row.forecast, facts.settings->on_error);
  const std::size_t at = steps_.size();
  steps_.push_back(std::move(row));
  if (facts.kind != dsl::Kind::steps || !may_run) return;

  walk_children(step, outlook.forecast, depth + 1);
  for (const StepId child : std::get<dsl::BlockSpec>(facts.spec).children) {
    if (outlook.forecast != Forecast::would_run || !ways(child).blocks) continue;
    if (forecast(child) != Forecast::would_fail) continue;
    if (rule == dsl::BlockRule::race && has_a_chance(facts)) continue;
    steps_[at].forecast = forecasts_[index(step)] = Forecast::would_fail;
    steps_[at].reason = fmt::format("{} would fail", graph_.path(child));
    ways_[index(step)] = ways_of(Forecast::would_fail, facts.settings->on_error);
  }
}

PreviewScope Walker::scope_of(std::span<const StepId> reads) const {
  PreviewScope scope = root_;
  for (const StepId read : reads) {
    const std::string& name = plan_.step(read).id;
    if (ways(read).succeeds) {
      scope.open[name] = graph_.path(read);
    } else {
      const bool is_skipped = forecast(read) == Forecast::skipped;
      core::StepView view;
      view.name = name;
      view.state = is_skipped ? core::StepState::skipped : core::StepState::not_run;
      scope.steps[name] = view;
    }
  }
  return scope;
}

PreviewScope Walker::scope_of(StepId step) const {
  std::vector<StepId> reads;
  for (const StepId around : dsl::lineage_of(plan_, step)) {
    const std::vector<StepId>& more = plan_.step(around).reads;
    reads.insert(reads.end(), more.begin(), more.end());
  }
  PreviewScope scope = scope_of(reads);
  for (const StepId around : dsl::lineage_of(plan_, step)) {
    const dsl::Step& one = plan_.step(around);
    if (around != step && dsl::rule_of(one) == dsl::BlockRule::rounds) {
      scope.items.insert({"previous", "index"});
    }
    if (!one.each) continue;
    scope.items.insert({"item", "index"});
    if (!one.each->as.empty()) scope.items.insert(one.each->as);
  }
  return scope;
}

std::vector<std::string> Walker::needs_that(StepId step, bool (*has)(const Ways&)) const {
  std::vector<std::string> names;
  for (const dsl::Need& need : plan_.step(step).needs) {
    if (has(ways(need.step))) names.push_back(graph_.path(need.step));
  }
  return names;
}

std::string Walker::reason_of(StepId step, core::Verdict verdict) const {
  const dsl::Join& join = plan_.step(step).join;
  if (join.rule == dsl::JoinRule::failed && verdict == core::Verdict::skip) {
    const auto any = [](const Ways&) { return true; };
    return fmt::format("only if {} fails", list_of(needs_that(step, any), "or"));
  }
  const auto is_skipped = [](const Ways& ways) { return !ways.succeeds && ways.skipped; };
  const auto is_blocking = [](const Ways& ways) { return !ways.succeeds && ways.blocks; };
  std::vector<std::string> skipped = needs_that(step, is_skipped);
  const std::vector<std::string> blocking = needs_that(step, is_blocking);
  if (verdict == core::Verdict::not_run && !blocking.empty()) {
    return fmt::format("{} would not succeed", list_of(blocking, "and"));
  }
  if (skipped.empty()) return "too few of its needs would succeed";
  return fmt::format("{} would be skipped", list_of(skipped, "and"));
}

/// The join's own function decides, for the best, the middle and the worst end of the needs that
/// are open.
Walker::Outlook Walker::outlook_by_join(StepId step) const {
  const dsl::Step& facts = plan_.step(step);
  std::vector<core::Verdict> verdicts;
  std::vector<std::string> open;
  for (const int scenario : {0, 1}) {
    core::Instance::Counts counts;
    for (const dsl::Need& need : facts.needs) {
      const Ways& way = ways(need.step);
      const bool succeeds = way.succeeds && (scenario == 0 || !way.is_open());
      const bool skipped = !succeeds && way.skipped;
      if (scenario == 0 && way.is_open()) open.push_back(graph_.path(need.step));
      ++counts.ended;
      if (!succeeds && !skipped) ++counts.blocking;
      if (graph_.decides(step, need)) {
        ++(succeeds ? counts.succeeded : skipped ? counts.skipped : counts.failed);
      }
    }
    verdicts.push_back(core::join_verdict(facts.join, static_cast<std::int32_t>(facts.needs.size()),
                                          graph_.deciding(step), counts));
  }
  if (verdicts[0] != verdicts[1]) {
    return {Forecast::unknown, fmt::format("if {} runs", list_of(open, "and"))};
  }
  switch (verdicts[0]) {
    case core::Verdict::run:
      return {};
    case core::Verdict::skip:
      return {Forecast::skipped, reason_of(step, verdicts[0])};
    case core::Verdict::wait:
    case core::Verdict::not_run:
      break;
  }
  return {Forecast::not_run, reason_of(step, verdicts[0])};
}

Walker::Outlook Walker::outlook_by_when(StepId step, Outlook outlook) const {
  const dsl::Step& facts = plan_.step(step);
  const bool may_run =
      outlook.forecast == Forecast::would_run || outlook.forecast == Forecast::unknown;
  if (!facts.when || !may_run) return outlook;
  const std::string code = one_line(facts.when->text);
  const Foreseen holds = values_.condition(*facts.when, scope_of(step));
  if (holds.problem) {
    if (outlook.forecast == Forecast::unknown) return outlook;
    return {Forecast::would_fail, "when: " + words_of(*holds.problem)};
  }
  if (!holds.value) {
    const std::string until = fmt::format("{}: {}", holds.blockers.words(), code);
    return {Forecast::unknown,
            outlook.reason.empty() ? until : fmt::format("{}, and {}", outlook.reason, until)};
  }
  if (holds.value->text != "true") return {Forecast::skipped, fmt::format("{} is false", code)};
  if (outlook.reason.empty()) outlook.reason = fmt::format("{} is true", code);
  return outlook;
}

std::optional<Problem> Walker::add_environment(StepId step, PreviewScope& scope) const {
  for (const StepId around : dsl::lineage_of(plan_, step)) {
    for (const dsl::Variable& variable : plan_.step(around).env) {
      if (auto problem = values_.add_variable(variable, scope)) return problem;
    }
  }
  return std::nullopt;
}

PreviewOutput Walker::output(const dsl::Output& output) const {
  PreviewOutput row{output.name, Forecast::would_run, {}, ""};
  const Foreseen value = values_.value(output.value, scope_of(plan_.output_reads));
  std::vector<std::string> absent;
  for (const dsl::Template::Piece& piece : output.value.pieces) {
    if (!piece.is_code) continue;
    for (const dsl::Use& use : dsl::scan_uses(piece.text).steps) {
      const auto read = std::ranges::find_if(plan_.output_reads, [&](StepId one) {
        return plan_.step(one).id == use.name && !ways(one).succeeds;
      });
      if (read == plan_.output_reads.end()) continue;
      absent.push_back(
          fmt::format("{} would {}", graph_.path(*read),
                      forecast(*read) == Forecast::skipped ? "be skipped" : "not run"));
    }
  }
  const bool all_run =
      std::ranges::all_of(plan_.output_reads, [&](StepId read) { return ways(read).succeeds; });
  if (value.value) {
    row.value = *value.value;
    if (row.value.is_null()) row.reason = list_of(absent, "and");
  } else if (!value.problem) {
    row.forecast = Forecast::unknown;
    row.reason = value.blockers.words();
  } else if (all_run) {
    row.forecast = Forecast::would_fail;
    row.reason = words_of(*value.problem);
  } else {
    row.reason = absent.empty() ? words_of(*value.problem) : list_of(absent, "and");
  }
  return row;
}

std::vector<PreviewInput> inputs_of(const dsl::Plan& plan, const JsonText& given,
                                    const JsonText& complete) {
  const Members own = members_of(given);
  const Members all = members_of(complete);
  std::vector<PreviewInput> rows;
  for (const dsl::Input& input : plan.inputs) {
    PreviewInput row;
    row.name = input.name;
    const auto value = std::ranges::find(all, input.name, &Members::value_type::first);
    if (value != all.end()) row.value = value->second;
    if (std::ranges::find(own, input.name, &Members::value_type::first) != own.end()) {
      row.source = PreviewInput::Source::given;
    } else if (input.constant || input.fallback) {
      row.source = PreviewInput::Source::by_default;
    }
    const bool is_computed = row.source == PreviewInput::Source::by_default && input.fallback;
    if (is_computed && !input.fallback->is_literal()) {
      row.expression =
          input.fallback->whole ? input.fallback->pieces[0].text : written(*input.fallback);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> hooks_of(const dsl::Plan& plan) {
  const std::pair<StepId, const char*> all[] = {{plan.hooks.on_start, "on_start"},
                                                {plan.hooks.on_success, "on_success"},
                                                {plan.hooks.on_failure, "on_failure"},
                                                {plan.hooks.on_cancel, "on_cancel"},
                                                {plan.hooks.last, "finally"}};
  std::vector<std::string> names;
  for (const auto& [step, name] : all) {
    if (step != dsl::no_step) names.emplace_back(name);
  }
  return names;
}

}  // namespace

Result<Preview> preview_of(const dsl::Plan& plan, const JsonText& given,
                           core::Expressions& expressions, TimePoint now) {
  PreviewValues values(plan, expressions, now);
  if (auto problem = values.complete_inputs(given)) return *problem;
  PreviewScope root;
  for (const dsl::Variable& variable : plan.env) {
    if (const auto problem = values.add_variable(variable, root)) {
      return Problem{"env." + variable.first + ": " + problem->message, problem->fix};
    }
  }
  const core::Graph graph(std::make_shared<const dsl::Plan>(plan));
  Walker walker(graph, values, std::move(root));
  Preview preview;
  preview.workflow = plan.name;
  preview.inputs = inputs_of(plan, given, values.inputs());
  preview.steps = walker.steps();
  preview.hooks = hooks_of(plan);
  for (const dsl::Output& output : plan.outputs) preview.outputs.push_back(walker.output(output));
  return preview;
}

}  // namespace pawl::cli
