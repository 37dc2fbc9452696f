#include "tests/core/play.hpp"

#include <cctype>
#include <sstream>
#include <stdexcept>

#include "core/codec.hpp"

namespace pawl::test {

using core::Applied;
using core::Event;
using core::Happening;
using core::RunState;

Result<bool> ScriptedExpressions::condition(const dsl::Plan&, const dsl::Code& code,
                                            const core::View& view) {
  asked.push_back(code.text);
  constexpr std::string_view index = "index == ";
  if (code.text.starts_with(index)) {
    for (auto name = view.names.rbegin(); name != view.names.rend(); ++name) {
      if (name->first == "index") return name->second.text == code.text.substr(index.size());
    }
    return Problem{"no index here", ""};
  }
  if (code.text == "true") return true;
  if (code.text == "false") return false;
  const auto found = conditions.find(code.text);
  if (found == conditions.end()) return Problem{"no answer for " + code.text, ""};
  return found->second;
}

Result<JsonText> ScriptedExpressions::value(const dsl::Plan&, const dsl::Template& text,
                                            const core::View&) {
  if (text.is_literal()) {
    return core::quoted_json(text.pieces.empty() ? "" : text.pieces[0].text);
  }
  const std::string& code = text.pieces.at(0).text;
  if (code[0] == '"' || std::isdigit(static_cast<unsigned char>(code[0])) != 0) {
    return JsonText{code};
  }
  const auto found = values.find(code);
  if (found == values.end()) return Problem{"no answer for " + code, ""};
  return JsonText{found->second};
}

/// The value of the list, an array of numbers and texts without commas; each is its own key.
Result<std::vector<core::Item>> ScriptedExpressions::items(const dsl::Plan&,
                                                           const dsl::Foreach& each,
                                                           const core::View&) {
  const std::string& code = each.items.expression.pieces.at(0).text;
  const auto found = values.find(code);
  if (found == values.end() && code[0] != '[') return Problem{"no answer for " + code, ""};
  const std::string& text = found == values.end() ? code : found->second;
  std::vector<core::Item> items;
  std::istringstream list(text.substr(1, text.size() - 2));
  for (std::string item; std::getline(list, item, ',');) items.push_back({{item}, {item}});
  return items;
}

Result<JsonText> ScriptedExpressions::complete_inputs(const dsl::Plan&, const JsonText& given,
                                                      const core::View&) {
  if (inputs_problem) return *inputs_problem;
  return given;
}

std::string picture_of(const RunState& run) {
  std::ostringstream out;
  out << "version " << run.version << " phase " << core::name_of(run.facts.phase) << ' '
      << core::encode_facts(run.facts) << '\n';
  for (std::size_t i = 0; i < run.instances.size(); ++i) {
    const core::Instance& instance = run.instances[i];
    const auto& c = instance.counts;
    if (instance.role == core::Role::unused) continue;
    out << i << ' ' << core::path_of(run, InstId{static_cast<std::int32_t>(i)}) << ' '
        << core::name_of(instance.state) << ' ' << core::name_of(instance.reason) << '#'
        << instance.attempt << ' ' << (i > 0 ? core::encode_instance(instance) : "") << " ["
        << c.ended << ' ' << c.blocking << ' ' << c.succeeded << ' ' << c.skipped << ' ' << c.failed
        << ' ' << c.open_children << ' ' << c.active_children << "]\n";
  }
  out << "ready";
  for (const InstId inst : run.ready) out << ' ' << inst.value;
  out << " timers";
  for (const auto& [at, inst] : run.timers) {
    out << ' ' << at.time_since_epoch().count() << ':' << inst.value;
  }
  out << " running " << run.running << '\n';
  return out.str();
}

Result<JsonText> ScriptedExpressions::complete_form(const dsl::Plan&,
                                                    const std::vector<dsl::Input>& form,
                                                    const JsonText& given, const core::View&) {
  if (!form.empty() && given.text == "{}") return Problem{"the form is empty", ""};
  return given;
}

void note_rows(RunState& run) {
  for (const InstId inst : run.touched) {
    if (!core::is_plainly_ready(run, inst)) run.at(inst).has_row = true;
  }
}

RunState stored_and_loaded(const RunState& run) {
  RunState all = run;
  for (std::size_t i = 0; i < run.instances.size(); ++i) {
    if (run.instances[i].has_row) all.touched.insert(InstId{static_cast<std::int32_t>(i)});
  }
  StoredRun stored;
  stored.store(all);
  return stored.loaded(run);
}

void StoredRun::store(RunState& run) {
  note_rows(run);
  for (const InstId inst : run.touched) {
    const core::Instance& instance = run.at(inst);
    if (!instance.has_row) continue;
    rows_[inst.value] = {instance.attempt, static_cast<std::int16_t>(instance.state),
                         static_cast<std::int16_t>(instance.reason),
                         inst.value == 0
                             ? core::encode_facts(run.facts)
                             : core::encode_instance(instance, core::item_of(run, inst))};
  }
}

RunState StoredRun::loaded(const RunState& run) const {
  RunState loaded = core::new_run(run.id, run.number, run.graph);
  for (const auto& [inst, row] : rows_) {
    core::load_step(loaded, {inst, row.attempt, row.state, row.reason, row.body});
  }
  loaded.version = run.version;
  loaded.facts.phase = run.facts.phase;
  core::restore_derived(loaded);
  core::restore_ready(loaded);
  return loaded;
}

Play::Play(const PlanDraft& draft, std::int32_t slots_) : Play(a_graph(draft), slots_) {}

Play::Play(std::shared_ptr<const core::Graph> graph, std::int32_t slots_)
    : slots(slots_), run(core::new_run(RunId{1'234'567}, 1, std::move(graph))) {}

Applied Play::start() { return request(core::Start{JsonText{"{}"}}); }

Applied Play::request(Happening what, std::string who) {
  Event event;
  event.at = now;
  event.actor = std::move(who);
  event.slots = slots;
  event.inbox_seq = ++inbox_seq_;
  event.what = std::move(what);
  return apply(event);
}

Applied Play::happens(Happening what) {
  Event event;
  event.at = now;
  event.slots = slots;
  event.what = std::move(what);
  return apply(event);
}

Applied Play::apply(const Event& event) {
  run.touched.clear();
  std::optional<RunState> twin;
  if (twin_checks) twin = stored_.loaded(run);
  const std::int32_t version = run.version;
  Applied applied = core::apply(run, event, expressions);
  core::check_consistent(run);
  stored_.store(run);
  if (run.version != version + (applied.nothing ? 0 : 1)) {
    throw std::logic_error("an event raises the version by one, nothing leaves it");
  }
  if (twin) {
    const std::vector<std::string> asked = expressions.asked;
    const Applied same = core::apply(*twin, event, expressions);
    expressions.asked = asked;
    if (picture_of(*twin) != picture_of(run) ||
        core::encode_event(event, same, *twin) != core::encode_event(event, applied, run)) {
      throw std::logic_error("the run and its stored twin differ:\n" + picture_of(run) + "and\n" +
                             picture_of(*twin));
    }
  }
  for (const core::Effect& effect : applied.effects) {
    if (const auto* begun = std::get_if<core::StartAttempt>(&effect)) {
      started.push_back(core::path_of(run, begun->inst) + '#' + std::to_string(begun->attempt));
    }
  }
  return applied;
}

Applied Play::tick(Micros later) {
  now += later;
  return happens(core::Granted{});
}

Applied Play::end(std::string_view path, core::Outcome outcome) {
  const InstId which = inst(path);
  return happens(core::AttemptEnded{which, run.at(which).attempt, std::move(outcome)});
}

Applied Play::succeed(std::string_view path, std::string output) {
  return end(path, core::Succeeded{JsonText{std::move(output)}});
}

Applied Play::fail(std::string_view path, core::FailureKind kind) {
  core::Failed failed;
  failed.failure.kind = kind;
  failed.failure.message = "it broke";
  return end(path, std::move(failed));
}

InstId Play::inst(std::string_view path) const {
  if (path.empty()) return InstId{0};
  const InstId found = core::find_instance(run, path);
  if (found.value < 0) throw std::logic_error("no step " + std::string(path));
  return found;
}

std::string Play::states(std::string_view block) const {
  const std::string around(block);
  std::string text;
  for (const InstId child : core::children_of(run, inst(block))) {
    if (!text.empty()) text += ", ";
    const std::string path = core::path_of(run, child).substr(around.size());
    text += path.substr(path.starts_with('.') ? 1 : 0) + ' ' +
            std::string(core::name_of(run.at(child).state));
  }
  return text;
}

std::string Play::running() const {
  std::string text;
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId one{static_cast<std::int32_t>(i)};
    if (run.at(one).state != core::StepState::running || core::is_block(run, one)) continue;
    if (!text.empty()) text += ' ';
    text += core::path_of(run, one);
  }
  return text;
}

const std::string& Play::error() const {
  static const std::string none;
  return run.facts.error ? run.facts.error->message : none;
}

}  // namespace pawl::test
