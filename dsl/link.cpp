#include "dsl/link.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "base/text.hpp"
#include "dsl/output_reads.hpp"
#include "dsl/read_values.hpp"

/// Names are lexical: a step sees its siblings and the siblings of the blocks around it. What it
/// reads outside its block is a need of the block, so that needs join siblings only.
namespace pawl::dsl {

namespace {

struct ScopedName {
  StepId block;
  std::string_view name;
  bool operator==(const ScopedName&) const = default;
};
struct ScopedNameHash {
  std::size_t operator()(const ScopedName& it) const {
    return std::hash<std::string_view>{}(it.name) * 31 + std::hash<StepId>{}(it.block);
  }
};

struct Edge {
  StepId from, to;
  NeedSource source;
};

/// Written before order before data, as Step::needs promises.
int rank(NeedSource source) {
  switch (source) {
    case NeedSource::written:
      return 0;
    case NeedSource::order:
      return 1;
    case NeedSource::data:
      return 2;
  }
  return 2;
}

class Linker {
 public:
  explicit Linker(Front& front) : front_(front), steps_(front.plan.steps), outputs_(front) {}

  void link() {
    index_names();
    add_order();
    for (const StepName& name : front_.names) resolve(name);
    store_needs();
    check_needed();
    for (const DynamicRead& read : front_.dynamic) resolve_dynamic(read);
    store_reads();
    outputs_.check_schemas();
    check_joins();
    check_variables();
  }

 private:
  const Step& step(StepId id) const { return steps_[static_cast<std::size_t>(id.value)]; }
  Step& step(StepId id) { return steps_[static_cast<std::size_t>(id.value)]; }
  BlockRule rule(StepId block) const { return rule_of(step(block)); }
  /// The nearest block around that has a name: a case of a `switch` has none.
  StepId named_block(StepId block) const {
    while (block.value > 0 && rule(step(block).parent) == BlockRule::choice) {
      block = step(block).parent;
    }
    return block;
  }

  void index_names() {
    names_.reserve(steps_.size());
    for (std::int32_t i = 1; i < static_cast<std::int32_t>(steps_.size()); ++i) {
      const Step& one = step(StepId{i});
      if (one.parent == no_step || rule(one.parent) == BlockRule::choice) continue;
      const auto [known, is_new] = names_.try_emplace({one.parent, one.id}, StepId{i});
      if (!is_new) {
        front_.error(span_of(one), "duplicate-id",
                     "the id " + quoted(one.id) + " is taken by the step in line " +
                         std::to_string(step(known->second).at.line),
                     "give one of them another id");
      }
    }
    for (std::int32_t i = 1; i < static_cast<std::int32_t>(steps_.size()); ++i) {
      const Step& one = step(StepId{i});
      if (one.parent != no_step && rule(one.parent) == BlockRule::choice) continue;
      for (StepId block = one.parent; block.value > 0;) {
        block = step(block).parent;
        const auto outer = names_.find({block, one.id});
        if (outer == names_.end()) continue;
        front_.error(span_of(one), "duplicate-id",
                     "the id " + quoted(one.id) + " is taken by the step in line " +
                         std::to_string(step(outer->second).at.line) + ", outside this block",
                     "give one of them another id");
        break;
      }
    }
  }

  static Span span_of(const Step& step) { return {step.at.line, step.at.column, 1}; }

  void add_order() {
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(steps_.size()); ++i) {
      const auto* block = std::get_if<BlockSpec>(&step(StepId{i}).spec);
      if (block == nullptr || !block->is_list) continue;
      for (std::size_t child = 1; child < block->children.size(); ++child) {
        const StepId id = block->children[child];
        if (front_.has_needs[static_cast<std::size_t>(id.value)]) continue;
        edges_.push_back({id, block->children[child - 1], NeedSource::order});
      }
    }
  }

  void resolve(const StepName& name) {
    const bool outside = name.reader == outputs_reader || step(name.reader).parent == no_step;
    // The step or block, among the siblings of which the name is looked for next.
    StepId inside = outside ? no_step : name.reader;
    StepId block = outside ? StepId{0} : step(name.reader).parent;
    for (;;) {
      const auto found = names_.find({block, name.name});
      if (found != names_.end()) return connect(name, inside, found->second);
      if (block.value == 0) return report_missing(name, outside);
      inside = block;
      block = step(block).parent;
    }
  }

  void connect(const StepName& name, StepId inside, StepId target) {
    if (inside == target) return report_self(name, inside);
    if (inside != no_step && rule(step(target).parent) == BlockRule::race) {
      front_.error(name.at, "race", "the branches of a race start together: none knows of another",
                   "put the steps that follow each other into a block, as one branch");
      return;
    }
    if (name.written && inside != name.reader) {
      front_.error(name.at, "needs-outside",
                   quoted(name.name) + " stands outside the block " + quoted(step(inside).id) +
                       ", and 'needs' joins steps of one block",
                   "write 'needs: " + name.name + "' on " + quoted(step(inside).id));
      return;
    }
    if (!name.written) reads_.emplace_back(name.reader, target);
    front_.reads.push_back({&name, inside, target});
    if (name.reads_output) outputs_.read(name, target);
    if (name.meaning == ReadMeaning::need) {
      edges_.push_back({inside, target, name.written ? NeedSource::written : NeedSource::data});
    } else if (name.meaning == ReadMeaning::needed) {
      needed_.push_back({&name, inside, target});
    }
  }

  void report_self(const StepName& name, StepId inside) {
    if (inside == name.reader) {
      front_.error(name.at, "self", "the step " + quoted(name.name) + " reads or needs itself",
                   name.written ? "remove it from 'needs'"
                                : "its own output is 'output' in the hook 'after'");
    } else {
      front_.error(name.at, "self",
                   "a step inside the block " + quoted(name.name) + " cannot wait for the block",
                   "read a step of the block by its own id");
    }
  }

  /// `steps.x` in the 'done' of the loop that holds x.
  bool is_in_own_loop(const StepName& name, bool outside) {
    if (outside || name.written || rule(name.reader) != BlockRule::rounds) return false;
    const auto inside = names_.find({name.reader, name.name});
    if (inside == names_.end()) return false;
    const bool is_list = std::get<BlockSpec>(step(name.reader).spec).is_list;
    front_.error(name.at, "unknown-step", quoted(name.name) + " runs again in each round",
                 is_list ? "in 'done', 'output' is what the last step of the round gave"
                         : "write output." + name.name + " in 'done'");
    return true;
  }

  void report_missing(const StepName& name, bool outside) {
    if (is_in_own_loop(name, outside)) return;
    for (std::int32_t i = 1;
         i < static_cast<std::int32_t>(steps_.size()) && reports_ < searches_max; ++i) {
      const Step& one = step(StepId{i});
      if (one.id != name.name || one.parent.value <= 0) continue;
      if (rule(one.parent) == BlockRule::choice) continue;
      ++reports_;
      const std::string& block = step(named_block(one.parent)).id;
      front_.error(
          name.at, "unknown-step",
          quoted(name.name) + " stands inside the block " + quoted(block) +
              "; from outside, a block is one step",
          name.written ? "write 'needs: " + block + "'" : "read steps." + block + ".output");
      return;
    }
    const bool is_list = name.written && name.name.find(',') != std::string::npos;
    front_.error(
        name.at, "unknown-step", "there is no step " + quoted(name.name) + " here",
        is_list ? "write a list: 'needs: [" + name.name + "]'" : instead_of(name, outside));
  }

  /// The nearest name that could have been meant, or all where they are few; for the first few
  /// mistakes only, since it looks at all siblings.
  std::string instead_of(const StepName& name, bool outside) {
    if (++reports_ > searches_max) return "";
    const std::vector<std::string_view> visible = visible_from(name, outside);
    const std::string_view near = closest(name.name, visible);
    if (!near.empty()) return "did you mean " + quoted(near) + "?";
    if (visible.empty()) return "there is no other step here; remove it";
    constexpr std::size_t listed_max = 8;
    if (visible.size() > listed_max) return "";
    return "here are: " + list_of(visible, "and");
  }

  /// The steps that a name can mean where it stands.
  std::vector<std::string_view> visible_from(const StepName& name, bool outside) const {
    std::vector<std::string_view> visible;
    StepId block = outside ? StepId{0} : step(name.reader).parent;
    for (; block != no_step; block = step(block).parent) {
      if (rule(block) == BlockRule::choice) continue;
      for (const StepId child : std::get<BlockSpec>(step(block).spec).children) {
        const bool is_around = !outside && is_inside(name.reader, child);
        if (!is_around && !step(child).id.empty()) visible.push_back(step(child).id);
      }
    }
    return visible;
  }

  bool is_inside(StepId one, StepId block) const {
    while (one != block && one != no_step) one = step(one).parent;
    return one == block;
  }

  /// Steps that are read where reading makes no need must be needs already. Edges are sorted now.
  void check_needed() {
    if (needed_.empty()) return;
    for (const auto& [name, inside, target] : needed_) {
      const auto need =
          std::ranges::lower_bound(edges_, std::pair(inside, target), {},
                                   [](const Edge& edge) { return std::pair(edge.from, edge.to); });
      if (need != edges_.end() && need->from == inside && need->to == target) continue;
      front_.error(name->at, "not-needed",
                   "the step " + quoted(name->name) + " may not have ended when this hook runs",
                   "add it to 'needs', or read it in 'before', 'after' or 'on_error'");
    }
  }

  void store_needs() {
    std::ranges::sort(edges_, [](const Edge& a, const Edge& b) {
      return std::tuple(a.from, a.to, rank(a.source)) < std::tuple(b.from, b.to, rank(b.source));
    });
    const auto is_same = [](const Edge& a, const Edge& b) {
      return a.from == b.from && a.to == b.to;
    };
    edges_.erase(std::unique(edges_.begin(), edges_.end(), is_same), edges_.end());
    for (auto first = edges_.begin(); first != edges_.end();) {
      const auto last = std::find_if(first, edges_.end(),
                                     [&](const Edge& edge) { return edge.from != first->from; });
      std::vector<Need>& needs = step(first->from).needs;
      needs.reserve(static_cast<std::size_t>(last - first));
      for (; first != last; ++first) needs.push_back({first->to, first->source});
    }
  }

  void resolve_dynamic(const DynamicRead& read) {
    if (read.meaning == ReadMeaning::absent) {
      for (const StepId child : std::get<BlockSpec>(steps_.front().spec).children) {
        reads_.emplace_back(read.reader, child);
      }
      return;
    }
    if (!front_.has_needs[static_cast<std::size_t>(read.reader.value)]) {
      front_.error(read.at, "dynamic-steps",
                   "which steps are read here cannot be known before the run",
                   "write steps.NAME, or list the steps in 'needs:'");
      return;
    }
    for (const Need& need : step(read.reader).needs) reads_.emplace_back(read.reader, need.step);
  }

  void store_reads() {
    std::ranges::sort(reads_);
    reads_.erase(std::unique(reads_.begin(), reads_.end()), reads_.end());
    for (auto first = reads_.begin(); first != reads_.end();) {
      const auto last = std::find_if(first, reads_.end(),
                                     [&](const auto& read) { return read.first != first->first; });
      std::vector<StepId>& into =
          first->first == outputs_reader ? front_.plan.output_reads : step(first->first).reads;
      into.reserve(static_cast<std::size_t>(last - first));
      for (; first != last; ++first) into.push_back(first->second);
    }
  }

  void check_joins() {
    for (const Step& one : steps_) {
      if (one.join.rule != JoinRule::at_least ||
          one.needs.size() >= static_cast<std::size_t>(one.join.at_least)) {
        continue;
      }
      front_.error(span_of(one), "join",
                   "the step " + quoted(one.id) + " waits for " +
                       std::to_string(one.join.at_least) + " successes and has " +
                       std::to_string(one.needs.size()) +
                       (one.needs.size() == 1 ? " need" : " needs"),
                   "lower 'at_least', or add needs");
    }
  }

  /// What `env` holds is declared in the file; a hook 'before' may add to it.
  void check_variables() {
    for (const auto& [name, text] : front_.plan.env) root_variables_.insert(name);
    for (const VariableRead& read : front_.variables) {
      if (root_variables_.count(read.name) == 0 && !is_set_around(read)) report_variable(read);
    }
  }

  bool is_set_around(const VariableRead& read) const {
    if (read.reader.value <= 0) return false;
    const auto& hooks = step(read.reader).hooks;
    if (hooks && hooks->before) return true;
    const std::vector<StepId> around = lineage_of(front_.plan, read.reader);
    return std::ranges::any_of(around, [&](StepId one) {
      const auto& env = step(one).env;
      return std::ranges::find(env, read.name, &Variable::first) != env.end();
    });
  }

  void report_variable(const VariableRead& read) {
    std::string_view near;
    std::vector<std::string_view> known;
    if (++reports_ <= searches_max) {
      for (const auto& [name, text] : front_.plan.env) known.push_back(name);
      if (read.reader.value > 0) {
        for (const StepId around : lineage_of(front_.plan, read.reader)) {
          for (const auto& [name, text] : step(around).env) known.push_back(name);
        }
      }
      near = closest(read.name, known);
    }
    front_.error(read.at, "unknown-variable",
                 "'env' has no variable " + quoted(read.name) + " here",
                 near.empty() ? "declare it under 'env:'; a variable of the worker is read in a "
                                "script, as $" +
                                    read.name
                              : "did you mean env." + std::string(near) + "?");
  }

  struct Needed {
    const StepName* name;
    StepId inside, target;
  };

  Front& front_;
  std::vector<Step>& steps_;
  std::unordered_map<ScopedName, StepId, ScopedNameHash> names_;
  std::vector<Edge> edges_;
  std::vector<std::pair<StepId, StepId>> reads_;
  std::vector<Needed> needed_;
  OutputReads outputs_;
  std::unordered_set<std::string_view> root_variables_;
  /// Only so many mistakes are compared with all that could have been meant.
  static constexpr int searches_max = 20;
  int reports_ = 0;
};

}  // namespace

void link(Front& front) { Linker(front).link(); }

}  // namespace pawl::dsl
