#include "cli/draw/graph.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/plain_text.hpp"
#include "cli/wording.hpp"

namespace pawl::cli::draw {
namespace {

std::string join_words(const dsl::Join& join) {
  const char* rest = join.cancel_rest ? ", cancels the rest" : "";
  switch (join.rule) {
    case dsl::JoinRule::automatic:
      return "";
    case dsl::JoinRule::all:
      return "join all";
    case dsl::JoinRule::any:
      return fmt::format("join any{}", rest);
    case dsl::JoinRule::at_least:
      return fmt::format("join at least {}{}", join.at_least, rest);
    case dsl::JoinRule::always:
      return "join always";
    case dsl::JoinRule::failed:
      return "join failed";
  }
  return "";
}

std::vector<std::string> notes_of(const dsl::Step& step) {
  std::vector<std::string> notes;
  if (step.each) notes.push_back(foreach_text(*step.each));
  const auto* block = std::get_if<dsl::BlockSpec>(&step.spec);
  if (block != nullptr && (block->choice || block->rounds)) notes.push_back(rule_text(*block));
  if (block != nullptr && block->max_parallel > 0) {
    notes.push_back(fmt::format("{} at a time", block->max_parallel));
  }
  if (std::string words = join_words(step.join); !words.empty()) notes.push_back(std::move(words));
  if (!step.settings) return notes;
  if (const int tries = step.settings->retry.max_attempts; tries > 1) {
    notes.push_back(fmt::format("{} tries", tries));
  }
  if (step.settings->on_error == dsl::OnError::resume) notes.emplace_back("on_error continue");
  if (step.settings->on_error == dsl::OnError::pause) notes.emplace_back("on_error pause");
  return notes;
}

std::string kind_of(const dsl::Step& step) {
  switch (step.kind) {
    case dsl::Kind::run:
      return "run";
    case dsl::Kind::lua:
      return "lua";
    case dsl::Kind::uses:
      return "uses " + std::get<dsl::UsesSpec>(step.spec).action;
    case dsl::Kind::wait:
      return "wait";
    case dsl::Kind::approval:
      return "approval";
    case dsl::Kind::steps:
      break;
  }
  const auto& block = std::get<dsl::BlockSpec>(step.spec);
  const std::size_t count = block.children.size();
  if (block.choice) return fmt::format("switch, {} case{}", count, count == 1 ? "" : "s");
  if (block.rounds) return fmt::format("loop, {} step{}", count, count == 1 ? "" : "s");
  if (block.rule == dsl::BlockRule::race) {
    return fmt::format("race, {} branch{}", count, count == 1 ? "" : "es");
  }
  return fmt::format("{} step{}", count, count == 1 ? "" : "s");
}

/// All white space as single spaces: a condition may stand on several lines.
std::string on_one_line(const std::string& text) {
  std::string out;
  for (const char c : harmless(text)) {
    const bool is_space = c == ' ' || c == '\n' || c == '\t';
    if (!is_space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

Node node_of(const dsl::Plan& plan, StepId id, const Graph& so_far) {
  const dsl::Step& step = plan.step(id);
  Node node;
  node.parent = step.parent.value;
  node.depth = node.parent < 0 ? -1 : so_far.node(node.parent).depth + 1;
  node.is_block = step.kind == dsl::Kind::steps;
  node.id = step.id;
  node.path = dsl::path_of(plan, id);
  node.kind = kind_of(step);
  if (step.when) node.when = on_one_line(step.when->text);
  node.notes = notes_of(step);
  for (const dsl::Need& need : step.needs) node.needs.push_back(need.step.value);
  std::ranges::sort(node.needs);
  if (node.is_block) {
    for (const StepId child : std::get<dsl::BlockSpec>(step.spec).children) {
      node.children.push_back(child.value);
    }
  }
  return node;
}

}  // namespace

Graph graph_of(const dsl::Plan& plan) {
  Graph graph;
  graph.name = plan.name;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    // The workflow's own hooks stand last and have no parent.
    if (i > 0 && plan.steps[i].parent == dsl::no_step) break;
    graph.nodes.push_back(node_of(plan, StepId(static_cast<std::int32_t>(i)), graph));
  }
  const std::pair<StepId, const char*> hooks[] = {{plan.hooks.on_start, "on_start"},
                                                  {plan.hooks.on_success, "on_success"},
                                                  {plan.hooks.on_failure, "on_failure"},
                                                  {plan.hooks.on_cancel, "on_cancel"},
                                                  {plan.hooks.last, "finally"}};
  for (const auto& [step, name] : hooks) {
    if (step != dsl::no_step) graph.hooks.emplace_back(name);
  }
  return graph;
}

std::string remarks_of(const Node& node) {
  std::vector<std::string> remarks;
  if (!node.when.empty()) remarks.push_back("when " + node.when);
  remarks.insert(remarks.end(), node.notes.begin(), node.notes.end());
  return fmt::format("{}", fmt::join(remarks, ", "));
}

}  // namespace pawl::cli::draw
