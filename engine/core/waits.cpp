#include "core/waits.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/units.hpp"
#include "core/codec.hpp"
#include "core/turn.hpp"

namespace pawl::core {
namespace {

const dsl::WaitSpec* wait_of(const dsl::Step& step) {
  return std::get_if<dsl::WaitSpec>(&step.spec);
}

const dsl::ApprovalSpec& approval_of(const dsl::Step& step) {
  return std::get<dsl::ApprovalSpec>(step.spec);
}

std::string constant_of(const dsl::Template& text) {
  return text.pieces.empty() ? "" : text.pieces[0].text;
}

/// What an approval gives.
JsonText decision(const std::string& word, const std::string& by, const std::string& comment,
                  const JsonText& form) {
  return Expressions::object({{"decision", quoted_json(word)},
                              {"by", quoted_json(by)},
                              {"comment", quoted_json(comment)},
                              {"form", form}});
}

}  // namespace

bool waits(const RunState& run, InstId inst) {
  const Instance& instance = run.at(inst);
  if (instance.role != Role::step) return false;
  const dsl::Kind kind = run.graph->plan().step(instance.step).kind;
  return kind == dsl::Kind::wait || kind == dsl::Kind::approval;
}

void file_waiting(RunState& run, InstId inst) {
  const Instance& instance = run.at(inst);
  if (instance.state != StepState::waiting || !instance.waiting) return;
  if (!instance.waiting->signal.empty()) run.waiting_for[instance.waiting->signal].insert(inst);
}

void unfile_waiting(RunState& run, InstId inst) {
  const auto& waiting = run.at(inst).waiting;
  if (!waiting) return;
  const auto found = run.waiting_for.find(waiting->signal);
  if (found == run.waiting_for.end()) return;
  found->second.erase(inst);
  if (found->second.empty()) run.waiting_for.erase(found);
}

std::set<std::string> known_signals(const dsl::Plan& plan) {
  std::set<std::string> names;
  for (const dsl::Step& step : plan.steps) {
    if (const auto* block = std::get_if<dsl::BlockSpec>(&step.spec)) {
      if (!block->cancel_signal.empty()) names.insert(block->cancel_signal);
    } else if (const dsl::WaitSpec* wait = wait_of(step); wait != nullptr && wait->signal) {
      names.insert(wait->signal->is_literal() ? constant_of(*wait->signal) : "");
    }
  }
  return names;
}

/// Those that a wait may take that begins later; "" for names that it computes.
std::set<std::string> kept_signals(const dsl::Plan& plan) {
  std::set<std::string> names;
  for (const dsl::Step& step : plan.steps) {
    const dsl::WaitSpec* wait = wait_of(step);
    if (wait == nullptr || !wait->signal || !wait->buffered) continue;
    names.insert(wait->signal->is_literal() ? constant_of(*wait->signal) : "");
  }
  return names;
}

std::string_view plain_name(std::string_view actor) {
  constexpr std::string_view kind = "user:";
  if (actor.starts_with(kind)) actor.remove_prefix(kind.size());
  return actor;
}

Result<std::string> Turn::text(InstId inst, const dsl::Template& code) {
  const Result<JsonText> value = expressions_.value(plan(), code, view_for(run, inst, now()));
  if (!value) return value.error();
  return value.value().is_null() ? "" : text_of(value.value());
}

Result<Millis> Turn::span(InstId inst, const dsl::Template& code, const char* what) {
  const Result<std::string> written = text(inst, code);
  if (!written) return Problem{std::string(what) + ": " + written.error().message, ""};
  const Result<Millis> span = parse_duration(written.value());
  if (!span) return Problem{std::string(what) + ": " + span.error().message, ""};
  return span;
}

/// They need no slot, so they begin as soon as the run is not paused.
void Turn::begin_waits() {
  while (!run.facts.paused && !run.ready_to_wait.empty()) {
    const InstId inst = *run.ready_to_wait.begin();
    Instance& instance = run.at(inst);
    ++instance.attempt;
    ++instance.tries;
    instance.started_at = now();
    instance.error.reset();
    instance.waiting.reset();
    if (step_of(inst).kind == dsl::Kind::approval) {
      begin_approval(inst);
    } else {
      begin_wait(inst);
    }
    settle();
  }
}

namespace {

/// "for 2h", "for the signal 'paid'", "for ana, ben": what people read.
std::string note_of(const Waiting& waiting, Micros length, Reason reason) {
  if (reason == Reason::timer) return "for " + format_duration(length);
  if (reason == Reason::signal) return "for the signal " + quoted(waiting.signal);
  std::string names;
  for (const std::string& name : waiting.approvers) {
    names += (names.empty() ? "" : ", ") + std::string(plain_name(name));
  }
  return "for " + (names.empty() ? "a decision" : names);
}

}  // namespace

void Turn::set_waiting(InstId inst, Waiting waiting, std::optional<TimePoint> due, Reason reason) {
  move(inst, StepState::waiting, note_of(waiting, due.value_or(now()) - now(), reason));
  Instance& instance = run.at(inst);
  instance.reason = reason;
  if (reason != Reason::timer) {
    instance.waiting = std::make_shared<const Waiting>(std::move(waiting));
    file_waiting(run, inst);
  }
  set_due(inst, due);
}

void Turn::begin_wait(InstId inst) {
  const dsl::WaitSpec& spec = *wait_of(step_of(inst));
  if (spec.signal) return wait_for_signal(inst);
  TimePoint due = now();
  std::optional<Problem> problem;
  if (spec.span) {
    const Result<Millis> length = span(inst, *spec.span, "wait");
    if (length) due += length.value();
    if (!length) problem = length.error();
  } else {
    const Result<std::string> written = text(inst, *spec.until);
    const auto at = written ? from_rfc3339(written.value()) : std::nullopt;
    if (at) due = *at;
    if (!written) problem = Problem{"wait: " + written.error().message, ""};
    if (written && !at) {
      problem = Problem{
          "wait: '" + written.value() + "' is no time; a time reads 2026-12-01T09:00:00Z", ""};
    }
  }
  if (problem) return fail(inst, failure(inst, FailureKind::expression, problem->message));
  if (due <= now()) return end_wait(inst, {});
  set_waiting(inst, {}, due, Reason::timer);
}

void Turn::wait_for_signal(InstId inst) {
  const dsl::WaitSpec& spec = *wait_of(step_of(inst));
  const Result<std::string> name = text(inst, *spec.signal);
  if (!name) {
    return fail(inst, failure(inst, FailureKind::expression, "signal: " + name.error().message));
  }
  if (name.value().empty()) {
    return fail(inst, failure(inst, FailureKind::expression, "signal: its name is empty"));
  }
  std::optional<TimePoint> due;
  if (spec.timeout) {
    const Result<Millis> length = span(inst, *spec.timeout, "timeout");
    if (!length) {
      return fail(inst, failure(inst, FailureKind::expression, length.error().message));
    }
    due = now() + length.value();
  }
  std::vector<KeptSignal>& kept = run.facts.signals;
  for (std::size_t i = 0; spec.buffered && i < kept.size(); ++i) {
    if (kept[i].name != name.value() || !takes(inst, kept[i].payload)) continue;
    if (has_ended(run.at(inst).state)) return;  // Its `match` has failed.
    JsonText payload = std::move(kept[i].payload);
    kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(i));
    touch(InstId{0});
    return end_wait(inst, std::move(payload));
  }
  Waiting waiting;
  waiting.signal = name.value();
  set_waiting(inst, std::move(waiting), due, Reason::signal);
}

/// Is the signal for this step? True as well when the question itself failed the step.
bool Turn::takes(InstId inst, const JsonText& payload) {
  const dsl::WaitSpec& spec = *wait_of(step_of(inst));
  if (!spec.match) return true;
  View view = view_for(run, inst, now());
  view.output = &payload;
  const Result<bool> holds = expressions_.condition(plan(), *spec.match, view);
  if (holds) return holds.value();
  fail_for_good(inst, failure(inst, FailureKind::expression, "match: " + holds.error().message),
                ignores_failures(inst));
  return true;
}

void Turn::end_wait(InstId inst, JsonText output) {
  run.at(inst).output = std::move(output);
  move(inst, StepState::succeeded);
}

/// Its time has come.
void Turn::wait_over(InstId inst) {
  const dsl::Step& step = step_of(inst);
  if (run.at(inst).reason == Reason::timer) return end_wait(inst, {});
  if (wait_of(step) != nullptr) {
    return fail(inst, failure(inst, FailureKind::timeout,
                              "no signal '" + run.at(inst).waiting->signal + "' came in " +
                                  format_duration(now() - *run.at(inst).started_at)));
  }
  constexpr const char* nobody = "nobody decided in time";
  switch (approval_of(step).on_expire) {
    case dsl::OnExpire::approve:
      return end_wait(inst, decision("approved", "system", nobody, JsonText{"{}"}));
    case dsl::OnExpire::fail:
      return fail(inst, failure(inst, FailureKind::timeout, nobody));
    case dsl::OnExpire::reject:
      return reject(inst, "system", nobody);
  }
}

void Turn::on(const Signal& signal) {
  if (has_ended(run.facts.phase)) return refuse("the run has ended");
  if (run.facts.cancelling || run.facts.outcome) return refuse("the run is ending");
  const std::set<std::string> known = known_signals(plan());
  if (!known.contains("") && !known.contains(signal.name)) {
    std::string names;
    for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
    return refuse("nothing in the workflow waits for a signal '" + signal.name + "'" +
                  (names.empty() ? "" : "; it knows: " + names));
  }
  if (signal.payload.text.size() > output_bytes_max) {
    return refuse("the payload has " + std::to_string(signal.payload.text.size()) +
                  " bytes; the limit is " + std::to_string(output_bytes_max));
  }
  bool is_taken = cancel_blocks(signal.name);
  const auto found = run.waiting_for.find(signal.name);
  const std::set<InstId> waiting =
      found == run.waiting_for.end() ? std::set<InstId>{} : found->second;
  for (const InstId inst : waiting) {
    if (run.at(inst).state != StepState::waiting || !takes(inst, signal.payload)) continue;
    if (has_ended(run.at(inst).state)) continue;  // Its `match` has failed.
    end_wait(inst, signal.payload);
    is_taken = true;
    break;
  }
  if (is_taken) return;
  if (const auto kept = kept_signals(plan()); !kept.contains("") && !kept.contains(signal.name)) {
    return refuse("nothing waits for the signal '" + signal.name + "' now, and it is not kept");
  }
  std::size_t bytes = signal.payload.text.size();
  for (const KeptSignal& kept : run.facts.signals) bytes += kept.payload.text.size();
  if (run.facts.signals.size() >= kept_signals_max || bytes > kept_signal_bytes_max) {
    return refuse("the run keeps " + std::to_string(run.facts.signals.size()) +
                  " signals already that no step has waited for");
  }
  run.facts.signals.push_back({signal.name, signal.payload});
  touch(InstId{0});
}

/// `cancel_when`: stops the blocks that run and have this signal.
bool Turn::cancel_blocks(const std::string& signal) {
  bool any = false;
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    const Instance& instance = run.at(inst);
    const bool is_open =
        instance.state == StepState::running || instance.state == StepState::retrying;
    if (!is_open || !is_block(inst)) continue;
    const auto* block = std::get_if<dsl::BlockSpec>(&step_of(inst).spec);
    if (block == nullptr || block->cancel_signal != signal) continue;
    any = true;
    stop_open(inst, StopWhy::cancel, "a signal");
  }
  return any;
}

/// `resume --value`: the answer of the one step that waits for somebody. False when none does.
bool Turn::answer_wait(const JsonText& value) {
  InstId only{-1};
  for (std::size_t i = 1; i < run.instances.size(); ++i) {
    const InstId inst{static_cast<std::int32_t>(i)};
    if (run.at(inst).state != StepState::waiting || !run.at(inst).waiting) continue;
    if (only.value >= 0) {
      refuse("'" + path_of(run, only) + "' and '" + path_of(run, inst) +
             "' wait: answer one by name");
      return true;
    }
    only = inst;
  }
  if (only.value < 0) return false;
  if (step_of(only).kind == dsl::Kind::approval) {
    const dsl::ApprovalSpec& spec = approval_of(step_of(only));
    auto why = objection(only, Decide{});
    if (!why && (spec.quorum > 1 || !spec.options.empty() || !spec.form.empty())) {
      why = "'" + path_of(run, only) +
            "' has options, a form or a quorum: answer it with 'pawl approve'";
    }
    if (why) {
      refuse(*std::move(why));
      return true;
    }
    Waiting waiting = *run.at(only).waiting;
    waiting.votes.push_back({event_.actor, now(), "", "", JsonText{"{}"}});
    run.at(only).waiting = std::make_shared<const Waiting>(std::move(waiting));
  }
  end_wait(only, value);
  return true;
}

void Turn::begin_approval(InstId inst) {
  const dsl::ApprovalSpec& spec = approval_of(step_of(inst));
  Waiting waiting;
  const auto read = [&](const dsl::Template& code, const char* what, std::string& into) {
    Result<std::string> value = text(inst, code);
    if (!value) {
      fail(inst, failure(inst, FailureKind::expression,
                         std::string(what) + ": " + value.error().message));
      return false;
    }
    into = std::move(value).value();
    return true;
  };
  if (!read(spec.title, "title", waiting.title) || !read(spec.body, "body", waiting.body)) return;
  for (const dsl::Template& one : spec.approvers) {
    if (!read(one, "approvers", waiting.approvers.emplace_back())) return;
  }
  std::optional<TimePoint> due;
  if (spec.expires) {
    const Result<Millis> length = span(inst, *spec.expires, "expires");
    if (!length) {
      return fail(inst, failure(inst, FailureKind::expression, length.error().message));
    }
    due = now() + length.value();
  }
  set_waiting(inst, std::move(waiting), due, Reason::approval);
}

void Turn::on(const Decide& decision) {
  if (has_ended(run.facts.phase)) return refuse("the run has ended");
  const InstId inst = find_instance(run, decision.step);
  if (inst.value < 0) return refuse("the run has no step '" + decision.step + "'");
  if (!waits(inst) || step_of(inst).kind != dsl::Kind::approval) {
    return refuse("step '" + decision.step + "' is no approval");
  }
  const Instance& instance = run.at(inst);
  if (has_ended(instance.state)) {
    const std::vector<Vote> none;
    const std::vector<Vote>& votes = instance.waiting ? instance.waiting->votes : none;
    return refuse("step '" + decision.step + "' " +
                  (votes.empty() ? "is over: it has " + std::string(name_of(instance.state))
                                 : "has been decided by " + votes.back().by + " at " +
                                       to_rfc3339(votes.back().at)));
  }
  if (instance.state != StepState::waiting) {
    return refuse("step '" + decision.step + "' does not wait yet: it is " +
                  std::string(name_of(instance.state)));
  }
  decide(inst, decision);
}

/// Why `decision` does not count; null when it does.
std::optional<std::string> Turn::objection(InstId inst, const Decide& decision) const {
  const dsl::ApprovalSpec& spec = approval_of(step_of(inst));
  const Waiting& waiting = *run.at(inst).waiting;
  const std::string& who = event_.actor;
  const auto is_actor = [&](const std::string& name) {
    return name == who || name == plain_name(who);
  };
  if (!waiting.approvers.empty() && std::ranges::none_of(waiting.approvers, is_actor)) {
    std::string names;
    for (const std::string& name : waiting.approvers) names += (names.empty() ? "" : ", ") + name;
    return "you are " + who + ", and those who may decide are: " + names;
  }
  if (!spec.allow_self && who == run.facts.started_by) {
    return "you started this run, so somebody else has to decide (allow_self: false)";
  }
  if (!decision.approve) return std::nullopt;
  if (std::ranges::any_of(waiting.votes, [&](const Vote& vote) { return vote.by == who; })) {
    return "you have approved it already; " + std::to_string(spec.quorum) + " have to";
  }
  return std::nullopt;
}

void Turn::decide(InstId inst, const Decide& decision) {
  const dsl::ApprovalSpec& spec = approval_of(step_of(inst));
  if (auto why = objection(inst, decision)) return refuse(*std::move(why));
  constexpr std::size_t comment_bytes_max = std::size_t{16} << 10;
  if (decision.comment.size() > comment_bytes_max ||
      decision.form.text.size() > output_bytes_max / 2) {
    return refuse("a comment has at most 16 KiB, a form 128 KiB");
  }
  if (!decision.approve) return reject(inst, event_.actor, decision.comment);
  if (spec.options.empty() != decision.option.empty() ||
      (!spec.options.empty() &&
       std::ranges::find(spec.options, decision.option) == spec.options.end())) {
    std::string options;
    for (const std::string& one : spec.options) options += (options.empty() ? "" : ", ") + one;
    return refuse(spec.options.empty() ? "it has no options to choose from"
                                       : "choose one of its options: " + options);
  }
  Result<JsonText> form =
      expressions_.complete_form(plan(), spec.form, decision.form, view_for(run, inst, now()));
  if (!form) {
    return refuse(form.error().message + (form.error().fix.empty() ? "" : ": " + form.error().fix));
  }
  count_vote(inst, decision, std::move(form).value());
}

void Turn::count_vote(InstId inst, const Decide& decided, JsonText form) {
  const dsl::ApprovalSpec& spec = approval_of(step_of(inst));
  Waiting waiting = *run.at(inst).waiting;
  waiting.votes.push_back({event_.actor, now(), decided.option, decided.comment, form});
  const auto count =
      static_cast<std::int32_t>(std::ranges::count(waiting.votes, decided.option, &Vote::option));
  run.at(inst).waiting = std::make_shared<const Waiting>(std::move(waiting));
  touch(inst);
  if (count < spec.quorum) return;
  const std::string word = decided.option.empty() ? "approved" : decided.option;
  end_wait(inst, decision(word, event_.actor, decided.comment, form));
}

void Turn::reject(InstId inst, const std::string& by, const std::string& comment) {
  Waiting waiting = *run.at(inst).waiting;
  waiting.votes.push_back({by, now(), "", comment, JsonText{"{}"}});
  run.at(inst).waiting = std::make_shared<const Waiting>(std::move(waiting));
  JsonText output = decision("rejected", by, comment, JsonText{"{}"});
  if (approval_of(step_of(inst)).on_reject == dsl::OnReject::resume) {
    return end_wait(inst, std::move(output));
  }
  fail(inst, failure(inst, FailureKind::rejected,
                     "rejected by " + by + (comment.empty() ? "" : ": " + comment)));
}

}  // namespace pawl::core
