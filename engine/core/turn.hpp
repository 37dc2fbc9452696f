#pragma once

#include <deque>
#include <string>
#include <vector>

#include "core/expressions.hpp"
#include "core/run_state.hpp"
#include "core/waits.hpp"

/// One apply under way: internal to the core (apply.cpp, repair.cpp, turn.cpp, ending.cpp).
///
/// `move` is the only function that changes a step's state; it keeps the counters, the sets and the
/// list of transitions right. Whatever may have become startable is put into a queue and looked at
/// by `settle`, so that no rule calls another rule deep in the stack.
namespace pawl::core {

class Turn {
 public:
  Turn(RunState& state, const Event& event, Expressions& expressions)
      : run(state), event_(event), expressions_(expressions) {}

  // What each event does; each answers `nothing` or leaves its changes for `finish`.
  void on(const Start& start);
  void on(const Pause& pause);
  void on(const Resume& resume);
  void on(const Cancel& cancel);
  void on(const Repair& repair);
  void on(const Granted& granted);
  void on(const Adopted& adopted);
  void on(const AttemptEnded& ended);
  void on(const Quarantine& quarantine);
  void on(const Signal& signal);
  void on(const Decide& decide);
  void on(const Resolve& resolve);
  void on(const Unreadable& unreadable) { refuse(unreadable.why); }

  /// Lets all consequences happen, starts what may start, and gives the answer.
  Applied finish();

 private:
  // turn.cpp: the machine of one step.
  const dsl::Plan& plan() const { return run.graph->plan(); }
  const dsl::Step& step_of(InstId inst) const { return plan().step(run.at(inst).step); }
  bool is_block(InstId inst) const { return core::is_block(run, inst); }
  bool is_undo(InstId inst) const { return run.at(inst).role == Role::undo; }
  /// Neither a block nor a pattern: it has attempts.
  bool is_leaf(InstId inst) const {
    return (run.at(inst).role == Role::step && !is_block(inst)) || is_undo(inst);
  }
  const dsl::Settings& settings_of(InstId inst) const {
    return is_undo(inst) ? *step_of(inst).undo->settings : *step_of(inst).settings;
  }
  bool is_once(InstId inst) const { return settings_of(inst).effects == dsl::Effects::once; }
  /// `on_error: continue`; that of a `foreach` is about all items together.
  bool ignores_failures(InstId inst) const {
    return settings_of(inst).on_error == dsl::OnError::resume && !is_item(run, inst);
  }
  TimePoint now() const { return event_.at; }
  void refuse(std::string why) { applied_.refused = std::move(why); }
  void move(InstId inst, StepState to, std::string note = "");
  void touch(InstId inst) { run.touched.insert(inst); }
  void tell_dependents(InstId inst);
  void child_ended(InstId inst);
  void settle();
  void consider(InstId inst);
  void enter(InstId inst);
  void enter_children(InstId block);
  void release_held(InstId around);
  void unhold(InstId inst);
  void fail(InstId inst, Failure error);
  /// Retrying after `delay`; false when that would not start before the deadline.
  bool back_off(InstId inst, Millis delay, const Failure& error);
  void fail_for_good(InstId inst, Failure error, bool ignored);
  void end_badly(InstId inst, StepState state, Failure error, bool ignored);
  void close(InstId inst, StepState state, std::string note = "");
  void stop(InstId inst, StopWhy why);
  void cancel_rest(InstId inst);
  void leave_ready(InstId inst);
  void dispatch();
  void start_attempt(InstId inst, bool alone);
  void due_timers();
  void deadline_over(InstId inst);
  bool may_retry(InstId inst, const Failure& error);
  /// When the `deadline` of a step is over; pauses do not count.
  std::optional<TimePoint> last_moment(InstId inst) const;
  void set_due(InstId inst, std::optional<TimePoint> due);
  void set_deadline(InstId inst, std::optional<TimePoint> deadline);
  Result<bool> condition(InstId inst, const dsl::Code& code, const Failure* error);
  Failure failure(InstId inst, FailureKind kind, std::string message) const;

  // apply.cpp: how attempts end.
  void attempt_failed(InstId inst, const Failed& failed);
  void attempt_stopped(InstId inst, const Stopped& stopped);
  void attempt_lost(InstId inst);

  // doubt.cpp: `effects: once`.
  void doubt(InstId inst, const char* why);
  void verified(InstId inst, const Verified& verified);
  void become_unknown(InstId inst, const std::string& why);
  bool holds_unknown(InstId block) const;
  InstId find_unknown() const;
  bool is_settled(InstId inst) const;
  void settle_answer(InstId inst, const Resolve& resolve, const std::string& note);

  // undo.cpp: compensation.
  void begin_undos();
  bool next_undo();
  void undo_late();
  std::vector<InstId> undone() const;

  // items.cpp: `foreach`.
  void enter_items(InstId holder);
  void item_ended(InstId holder);
  void item_failed(InstId holder);
  void stop_items(InstId holder, const char* why);
  void items_done(InstId holder);

  // blocks.cpp: `switch`, `loop`, `race`.
  bool choose_case(InstId inst);
  void skip_other_cases(InstId inst);
  void find_winner(InstId race);
  void race_done(InstId race);
  void next_round(InstId loop);
  void rounds_done(InstId loop);

  // waits.cpp: `wait` and `approval`.
  bool waits(InstId inst) const { return core::waits(run, inst); }
  void begin_waits();
  void begin_wait(InstId inst);
  void begin_approval(InstId inst);
  void wait_for_signal(InstId inst);
  bool takes(InstId inst, const JsonText& payload);
  void wait_over(InstId inst);
  void end_wait(InstId inst, JsonText output);
  void set_waiting(InstId inst, Waiting waiting, std::optional<TimePoint> due, Reason reason);
  bool answer_wait(const JsonText& value);
  bool cancel_blocks(const std::string& signal);
  void decide(InstId inst, const Decide& decision);
  void count_vote(InstId inst, const Decide& decision, JsonText form);
  void reject(InstId inst, const std::string& by, const std::string& comment);
  std::optional<std::string> objection(InstId inst, const Decide& decision) const;
  Result<std::string> text(InstId inst, const dsl::Template& code);
  Result<Millis> span(InstId inst, const dsl::Template& code, const char* what);

  // ending.cpp: how blocks and the run end.
  void block_done(InstId block);
  void stop_open(InstId inst, StopWhy why, const char* note);
  void stop_children(InstId block, StopWhy why, const char* note);
  void cancel_open(InstId inst, const std::string& note);
  void graph_done();
  void evaluate_outputs();
  void next_hook();
  void end_run();
  void update_phase();
  bool is_hook(InstId inst) const { return core::is_hook(run, inst); }

  // repair.cpp
  bool may_begin_again();
  void refuse_what_happens_once();
  void begin_again(std::vector<InstId> chosen, bool anew, bool by_name);
  void reset(InstId inst, const char* why);
  void reset_tree(InstId block);
  void reopen(InstId inst);
  void go_on();
  void thaw();
  bool has_unfinished_round(InstId loop) const;
  bool was_rest(InstId inst) const;
  bool is_backing_off(InstId inst) const;
  std::vector<InstId> choose(const Repair& repair);
  void run_again(const std::vector<InstId>& chosen, bool by_name);
  void forget_rounds_behind(InstId round);
  void run_anew(const std::vector<InstId>& chosen);

  RunState& run;
  const Event& event_;
  Expressions& expressions_;
  Applied applied_;
  std::deque<InstId> queue_;
};

}  // namespace pawl::core
