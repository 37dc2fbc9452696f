#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/time.hpp"

/// The compiled form of a workflow: an immutable DAG, which is what runs.
///
/// Invariants, guarded by tests of the compiler and of the codec:
///  1. steps[0] is the root block; a block stands before its children (preorder), children in file
///     order; the workflow's own hooks stand last, as `lua` steps without a parent.
///  2. Needs join siblings only: what a step reads from outside its block is a need of the block.
///  3. The graph of needs has no cycle.
///  4. Enumerators are spelled as in YAML.
namespace pawl::dsl {

/// Version of the stored form of a Plan; rises with every change of it. Older ones are read, too.
/// 2: `foreach`. 3: `matrix`, `switch`, `loop`, `race`, `max_parallel` of blocks. 4: `wait`,
/// `approval`, `cancel_when`. 5: `effects`, `verify`, `undo`, `compensate`, `output_schema`.
/// 6: modules, `uses`.
inline constexpr int plan_version = 6;
/// Version of the language's meaning.
inline constexpr int language_sem = 1;

inline constexpr StepId no_step{-1};

struct Place {
  std::int32_t line = 0;  ///< From 1; 0 means that the text stands in no file.
  std::int32_t column = 0;
};

/// Lua source from the workflow file: an expression or a block; who holds it knows which.
struct Code {
  std::string text;
  Place at;  ///< Where the text begins, so that errors and tracebacks name file and line.
};

/// A scalar with `${{ … }}` in it. Pieces are literal text and expressions in order.
struct Template {
  struct Piece {
    std::string text;
    Place at;
    bool is_code = false;
  };
  std::vector<Piece> pieces;
  /// The scalar is one expression and nothing else: the value keeps its type. Otherwise it is text.
  bool whole = false;

  bool is_literal() const { return pieces.empty() || (pieces.size() == 1 && !pieces[0].is_code); }
};

enum class Kind : std::uint8_t { steps, run, lua, wait, approval, uses };
enum class NeedSource : std::uint8_t { order, written, data };
enum class JoinRule : std::uint8_t { automatic, all, any, at_least, always, failed };
enum class Backoff : std::uint8_t { constant, linear, exponential };
enum class Shell : std::uint8_t { sh, bash };
enum class OnError : std::uint8_t {
  fail,
  resume,
  pause
};  // `resume` is spelled `continue` in YAML
/// What a crash in the middle of an attempt may mean.
enum class Effects : std::uint8_t {
  idempotent,  ///< It may run again: a second time changes nothing more.
  none,        ///< It may run again: nobody outside notices.
  once         ///< It never runs again blindly.
};
enum class OutputFormat : std::uint8_t { reported, text, json, lines };
enum class BlockRule : std::uint8_t {
  all,     ///< `steps`: it has ended when all its steps have.
  choice,  ///< `switch`: one of its steps runs.
  rounds,  ///< `loop`: its steps run again and again.
  race     ///< `race`: the first of its steps that succeeds is enough.
};
enum class OnReject : std::uint8_t { fail, resume };  // `resume` is spelled `continue` in YAML
enum class OnExpire : std::uint8_t { reject, approve, fail };
enum class InputType : std::uint8_t {
  string,
  integer,
  number,
  boolean,
  list,
  object,
  date,      ///< A text like 2026-11-20.
  datetime,  ///< A text like 2026-11-20T09:00:00Z.
  duration,  ///< A text like 1h30m.
  file       ///< The path of a file.
};

struct Need {
  StepId step;
  NeedSource source = NeedSource::order;
};

struct Join {
  JoinRule rule = JoinRule::automatic;
  std::int32_t at_least = 1;  ///< For `at_least`; 1 for `any`.
  bool cancel_rest = false;   ///< `rest: cancel`
};

struct Retry {
  std::int32_t max_attempts = 1;  ///< Counts the first.
  Millis delay{0};
  Backoff backoff = Backoff::constant;
  double factor = 2;
  Millis max_delay{0};  ///< 0: no bound.
  bool jitter = false;
  std::optional<Code> when;  ///< Sees `error`; without it every kind but rejected, cancelled,
                             ///< limit and expression is retried.
};

/// Settings that many steps share; the compiler gives equal settings one object.
struct Settings {
  Retry retry;
  Millis timeout{0};    ///< Of one attempt; 0: none.
  Millis deadline{0};   ///< From first ready to end; 0: none.
  Millis heartbeat{0};  ///< Without any sign of life for so long an attempt fails; 0: never.
  Shell shell = Shell::sh;
  OutputFormat output = OutputFormat::reported;
  OnError on_error = OnError::fail;
  std::vector<std::int32_t> success_codes = {0};
  std::int32_t lost_max = 5;
  double weight = 1;
  Effects effects = Effects::idempotent;
};

/// Hooks of a step: Lua blocks, empty text when there is none.
struct Hooks {
  std::optional<Code> before, after, on_progress, on_retry, on_error, on_cancel;
};

using Variable = std::pair<std::string, Template>;

/// `switch`: which of the block's steps runs. `default`, if there is one, is the last of them.
struct Choice {
  Template value;                  ///< Compared as text.
  std::vector<std::string> cases;  ///< Of the block's steps, in their order; `default` has none.
};

/// `loop`: when there is another round of the block's steps.
struct Rounds {
  Code done;             ///< Sees `output` and `index` of the round that has ended.
  std::int32_t max = 1;  ///< So many rounds at most.
  Millis every{0};       ///< From start to start.
};

struct BlockSpec {
  std::vector<StepId> children;  ///< In file order.
  bool is_list = false;
  bool fail_fast = false;
  std::int32_t max_parallel = 0;  ///< Steps at a time; 0: no bound.
  BlockRule rule = BlockRule::all;
  std::optional<Choice> choice{};  ///< Of a `choice`.
  std::optional<Rounds> rounds{};  ///< Of `rounds`.
  std::string cancel_signal{};     ///< `cancel_when`: this signal stops it; empty: none does.
};

/// A value of the file: a constant of any type, or a text with expressions in it.
struct Value {
  std::optional<JsonText> constant;
  Template text;  ///< Without a constant.
};

/// A list: one expression that gives it, or, without pieces, what is written.
struct Listing {
  Template expression;
  std::vector<Value> written;
};

/// `matrix`: the product of lists. The items are objects with a member for each axis.
struct Matrix {
  std::vector<std::pair<std::string, Listing>> axes;
  Listing include, exclude;  ///< Objects.
};

/// `foreach`: the step is a pattern, of which each item gets a copy.
struct Foreach {
  Listing items;                 ///< A list or a table.
  std::optional<Matrix> matrix;  ///< Gives the items instead.
  std::string as;                ///< Another name for `item`; empty: none.
  std::optional<Code> key;  ///< Sees `item` and `index`; without it the index, or a table's key.
  std::int32_t max_parallel = 0;  ///< Items at a time; 0: no bound.
  bool fail_fast = false;         ///< A failure that is not tolerated stops the other items.
  std::int32_t tolerate = 0;      ///< So many failed items make no failure.
  double tolerate_percent = 0;    ///< The same in percent of all; the larger counts.
  std::int32_t enough = 0;        ///< So many successes end the step; 0: all.
  bool cancel_rest = false;       ///< `rest: cancel`
  bool when_of_item = false;      ///< `when` reads `item`: it is asked of each.
  bool collect = true;            ///< The output is the list of the items' outputs.
};

/// A value that reaches a script through an environment variable made for it.
struct ShellValue {
  std::string variable;  ///< "PAWL_V1"; unique in the script.
  Code code;
  bool as_file = false;  ///< `file(e)`: the variable holds the path of a file with the value.
};

struct RunSpec {
  /// String form: pieces of the script; code pieces are `raw(e)` and are spliced as text.
  Template script;
  std::vector<ShellValue> values;
  /// List form (no shell) when not empty: an item that is a list becomes several arguments.
  std::vector<Template> arguments;
};

struct LuaSpec {
  Code code;
};

struct Input {
  std::string name;
  std::string description;
  InputType type = InputType::string;
  bool required = false;
  std::optional<Template> fallback;        ///< `default:` with an expression or text in it.
  std::optional<JsonText> constant;        ///< `default:` without any expression.
  std::vector<JsonText> choices;           ///< `enum:`
  std::optional<double> minimum, maximum;  ///< Ranks: see rank_of.
  std::string pattern;  ///< A regular expression (ECMAScript) the whole text matches.
};

/// `wait`: for a time or for a signal.
struct WaitSpec {
  std::optional<Template> span;     ///< A duration as text.
  std::optional<Template> until;    ///< An instant as text, RFC 3339.
  std::optional<Template> signal;   ///< The name of a signal.
  std::optional<Code> match;        ///< Which signals of that name: sees the payload as `output`.
  std::optional<Template> timeout;  ///< Of a signal: a duration as text.
  bool buffered = true;             ///< A signal that came before the wait counts, too.
};

/// `approval`: waits for people.
struct ApprovalSpec {
  Template title, body;
  std::vector<Input> form;           ///< What is to be filled in.
  std::vector<std::string> options;  ///< The decisions to choose from; none: to approve.
  std::vector<Template> approvers;   ///< Who may decide; none: everybody.
  std::int32_t quorum = 1;           ///< So many have to approve.
  bool allow_self = true;            ///< Who started the run may decide.
  std::optional<Template> expires;   ///< A duration as text.
  OnExpire on_expire = OnExpire::reject;
  OnReject on_reject = OnReject::fail;
};

/// A value of any depth with expressions in it: its JSON in pieces, behind each of which stands
/// what an expression gives.
struct WrittenValue {
  struct Piece {
    std::string json;
    std::optional<Template> value;  ///< None behind the last piece.
  };
  std::vector<Piece> pieces;

  bool is_constant() const { return pieces.size() == 1 && !pieces[0].value; }
};

/// `uses`: a step kind written in Lua.
struct UsesSpec {
  std::string action;  ///< Its module is "actions." and this name.
  Place at;            ///< Tracebacks name it as the place of the call.
  std::vector<std::pair<std::string, WrittenValue>> with;
  std::vector<Input> inputs;  ///< What the action has declared.
};

/// By Kind.
using StepSpec = std::variant<BlockSpec, RunSpec, LuaSpec, WaitSpec, ApprovalSpec, UsesSpec>;

/// What is done beside the step's own work, by a script of its own: `verify`, `undo`.
struct Procedure {
  Place at;
  Kind kind = Kind::lua;  ///< `run` or `lua`.
  StepSpec spec;
  std::shared_ptr<const Settings> settings;
};

struct Step {
  StepId parent = no_step;
  std::string id;  ///< Unique among the steps that can see it; empty for the root.
  Kind kind = Kind::steps;
  Place at;
  std::vector<Need> needs;  ///< Each step once; written before order before data when doubled.
  Join join;
  /// Steps whose state and output the step's expressions, scripts and hooks may read.
  std::vector<StepId> reads;
  std::optional<Code> when;  ///< An expression.
  std::shared_ptr<const Settings> settings;
  std::vector<Variable> env;
  std::shared_ptr<const Template> workdir;  ///< Null: the bundle's folder.
  std::shared_ptr<const Hooks> hooks;       ///< Null: none.
  std::shared_ptr<const Foreach> each;      ///< `foreach`; null: none.
  std::shared_ptr<const Procedure> verify;  ///< Was a lost attempt done? Null: people say.
  std::shared_ptr<const Procedure> undo;    ///< Takes back what the step did; null: nothing does.
  std::string name;                         ///< For people; empty: the id.
  std::string description;
  StepSpec spec;
  /// A JSON Schema of what it gives, of each item of a `foreach`; null: none.
  std::shared_ptr<const JsonText> output_schema{};
};

struct Output {
  std::string name;
  Template value;
};

/// The workflow's own hooks as steps; no_step where there is none.
struct RunHooks {
  StepId on_start = no_step, on_success = no_step, on_failure = no_step, on_cancel = no_step,
         last = no_step;  // `last` is spelled `finally` in YAML
};

/// A Lua file of the bundle that scripts load by name: `require "lib.clean"`.
struct Module {
  std::string name;  ///< "lib.clean"; of an action "actions.NAME".
  std::string text;
};

/// When `undo` of the finished steps is run.
enum class Compensate : std::uint8_t { never, on_failure, on_cancel, both };

struct Plan {
  std::string file;  ///< As the author named it; tracebacks use it.
  std::string name;
  std::string description;
  std::vector<Input> inputs;
  std::vector<Variable> env;
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<Output> outputs;
  std::vector<StepId> output_reads;  ///< Steps that `outputs` read.
  std::vector<Step> steps;
  RunHooks hooks;
  Compensate compensate = Compensate::never;
  std::vector<Module> modules;  ///< By name; what scripts load never comes from anywhere else.

  const Step& step(StepId id) const { return steps[static_cast<std::size_t>(id.value)]; }
};

/// "lib.clean" → "lib/clean.lua", as seen from the folder of the bundle.
std::string file_of_module(std::string_view name);
/// "fetch" → "actions.fetch"
std::string module_of_action(std::string_view action);

/// May its runs have more instances than the plan has steps: items, rounds, undos?
bool may_grow(const Plan& plan);
/// By which rule a block ends; `all` for what is none.
BlockRule rule_of(const Step& step);
/// It has items or rounds, each of which is a copy of it.
bool has_copies(const Step& step);

/// "build.clean": the ids from the root's child down; "" for the root, "hooks.on_success" for a
/// hook.
std::string path_of(const Plan& plan, StepId id);

/// The step and the blocks around it, outermost first, without the root: whose `env` it gets, each
/// on top of the one before.
std::vector<StepId> lineage_of(const Plan& plan, StepId id);
/// The step or a block around it has variables of its own.
bool has_env(const Plan& plan, StepId id);
/// `workdir` of the step or else of the nearest block around it that has one; null for none.
const Template* workdir_of(const Plan& plan, StepId id);

/// Stored form of a plan. `decode_plan` reads what any build with this plan_version or a lower one
/// wrote and throws Error for anything else, also for truncated or damaged bytes.
std::string encode_plan(const Plan& plan);
Plan decode_plan(std::string_view bytes);

}  // namespace pawl::dsl
