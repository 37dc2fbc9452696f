#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// Lua 5.4 as a guest: a fresh interpreter for each script, no way out, caps on memory, CPU and
/// time, and `await` without holding a thread.
///
/// Thread rule: a Script is used by one thread at a time; it may move between threads while it is
/// suspended. Nothing is shared between Scripts.
/// Invariants: 1. no io, os, package, debug, load, bytecode; 2. every call into Lua is protected;
/// 3. a script that exceeds a cap ends, whatever it catches; 4. no C function runs unbounded: the
/// pattern functions, string.rep and the like count their steps.
namespace pawl::scripting {

struct Caps {
  std::size_t memory_bytes = std::size_t{64} << 20;
  Micros cpu{std::chrono::seconds{1}};  ///< Interpreter time of this script, waits not counted.
  /// When another thread sets it, the script ends as if its CPU time were used up. Outlives the
  /// Script.
  const std::atomic<bool>* stop = nullptr;
};

/// A file that scripts load with `require "lib.clean"`.
struct Module {
  std::string_view name;  ///< "lib.clean"
  std::string file;       ///< "lib/clean.lua": messages and tracebacks name it.
  std::string_view text;
};

/// Where a chunk stands, so that messages and tracebacks name the author's file and line.
struct Chunk {
  std::string_view text;
  std::string_view file;
  int line = 1;             ///< Line of the file on which `text` begins.
  bool expression = false;  ///< An expression, whose value is returned; otherwise a block.
  bool pair = false;        ///< Two values are returned, as a list of two.
  /// What `require` finds; without any the script has no `require`. Each is loaded at most once,
  /// has the same names in scope as the script, and shares its caps. Names and texts outlive the
  /// Script.
  std::vector<Module> modules{};
};

/// Why a script ended without a value.
struct ScriptError {
  enum class Kind : std::uint8_t { error, memory, cpu };
  Kind kind = Kind::error;
  std::string message;    ///< "nightly.yaml:14: output has no field 'files' (it has: count, rows)"
  std::string traceback;  ///< Lines "file:line: in …"; empty for expressions.
};

/// What a script sees by name. Values are JSON and converted when they are first read.
///
/// Reading a field that an object of the scope does not have is an error that names the path and
/// the fields there are (`rawget(t, "name")` and `contains(t, "name")` ask without an error).
/// `error` and `checkpoint` are values and functions at once; a `checkpoint` of null reads as nil.
struct Scope {
  /// inputs, env, run, output, error, …; by global name.
  std::map<std::string, JsonText, std::less<>> values;
  /// `steps`: name → {"state":…,"output":…,"error":…}. JSON null reads as nil: a step that is known
  /// and absent, as `undo` and workflow hooks may see it. A name that is missing is an error.
  std::map<std::string, JsonText, std::less<>> steps;
  /// `time.now()`: the time of the event that caused the evaluation.
  TimePoint now{};
};

/// A call that leaves the script: `shell`, `sleep`, and what needs the journal (`memo`). The host
/// answers by Script::resume.
/// The word `memo` in Functions::awaits gives `memo(key, make)`, which asks twice: "memo_get" with
/// [key] is answered by [] or [value]; then, unless there was one, "memo_set" with [key, value].
struct Await {
  std::string what;   ///< "shell", "sleep", "memo_get", "memo_set".
  JsonText argument;  ///< An array of the arguments.
};

/// Calls that need no answer and happen at once, in order.
class Host {
 public:
  virtual ~Host() = default;
  /// progress, checkpoint, cost, comment, log: `argument` is a JSON array of the arguments.
  /// A Problem becomes a Lua error at the call.
  virtual Result<JsonText> call(std::string_view what, const JsonText& argument) = 0;
};

/// A word of a hook that ends its script at once, whatever it is wrapped in: `fail("why")`,
/// `skip("why")`, `retry{delay="5s"}`, `ignore(output)`, `pause("why")`.
struct Decision {
  std::string what;
  JsonText argument;  ///< The first argument; JSON null without.
};

/// What running a script until its next stop gave: exactly one of these.
struct Step {
  std::optional<JsonText> value;     ///< It ended with this value (JSON null for nil).
  std::optional<ScriptError> error;  ///< It ended without.
  std::optional<Decision> decision;  ///< It ended by a decision.
  std::optional<Await> await;        ///< It waits; call resume.
};

class Script {
 public:
  /// Names of functions that the script may use (see Await, Host, Decision); others do not exist
  /// for it. A name may have one dot ("step.remaining"). `host` must outlive the script; null when
  /// `calls` is empty.
  struct Functions {
    std::vector<std::string> awaits;
    std::vector<std::string> calls;
    std::vector<std::string> decisions;
  };
  Script(const Caps& caps, Scope scope, Functions functions, Host* host);
  ~Script();
  Script(Script&&) noexcept;
  Script& operator=(Script&&) noexcept;

  /// Runs `chunk` from its beginning.
  Step start(const Chunk& chunk);
  /// Goes on after an await: with the answer, or with an error raised at the call.
  Step resume(const Result<JsonText>& answer);
  /// Ends a waiting script; its to-be-closed variables run, within the caps.
  void cancel();
  /// The value of a global after the script ended, for hooks that change `env`.
  Result<JsonText> global(std::string_view name);

 private:
  struct State;
  friend Result<JsonText> evaluate(const Chunk& chunk, const Scope& scope, const Caps& caps);
  std::unique_ptr<State> state_;
};

/// Evaluates one expression with nothing but the pure library. The Problem's message has the place
/// in front: "nightly.yaml:14: …".
Result<JsonText> evaluate(const Chunk& chunk, const Scope& scope, const Caps& caps);
inline Result<JsonText> evaluate(const Chunk& chunk, const Scope& scope) {
  return evaluate(chunk, scope, Caps{});
}

/// What a value looks like inside a longer text: strings as they are, null as nothing, whole floats
/// without ".0", lists and objects as JSON.
std::string template_text(const JsonText& value);

}  // namespace pawl::scripting
