#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "base/error.hpp"
#include "dsl/plan.hpp"

/// Stored form: the magic, the version, a hash of the rest, the rest. Integers are LEB128 (signed
/// ones zigzag), texts and lists carry their length. What steps share is stored once, by number.
namespace pawl::dsl {

namespace {

constexpr std::string_view magic = "PAWLPLAN";

/// FNV-1a, 64 bits: finds damage, does not prove origin.
std::uint64_t hash_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

[[noreturn]] void damaged() {
  throw Error(ErrorKind::environment, "the stored plan is damaged",
              "its bytes are not what any build of this version writes",
              "start a new run from the workflow file");
}

/// `T` for a reader, `const T` for a writer: one list of fields serves both.
template <class Given, class T>
concept Is = std::is_same_v<std::remove_const_t<Given>, T>;

template <class... Fields>
void visit_all(auto& visitor, Fields&... fields) {
  (visitor(fields), ...);
}

void visit_fields(Is<Place> auto& it, auto& visitor) { visit_all(visitor, it.line, it.column); }
void visit_fields(Is<Code> auto& it, auto& visitor) { visit_all(visitor, it.text, it.at); }
void visit_fields(Is<Template::Piece> auto& it, auto& visitor) {
  visit_all(visitor, it.text, it.at, it.is_code);
}
void visit_fields(Is<Template> auto& it, auto& visitor) { visit_all(visitor, it.pieces, it.whole); }
void visit_fields(Is<Need> auto& it, auto& visitor) { visit_all(visitor, it.step, it.source); }
void visit_fields(Is<Join> auto& it, auto& visitor) {
  visit_all(visitor, it.rule, it.at_least, it.cancel_rest);
}
void visit_fields(Is<Retry> auto& it, auto& visitor) {
  visit_all(visitor, it.max_attempts, it.delay, it.backoff, it.factor, it.max_delay, it.jitter,
            it.when);
}
void visit_fields(Is<Settings> auto& it, auto& visitor) {
  visit_all(visitor, it.retry, it.timeout, it.deadline, it.shell, it.output, it.on_error,
            it.success_codes, it.lost_max, it.weight);
  if (visitor.version() >= 4) visitor(it.heartbeat);
  if (visitor.version() >= 5) visitor(it.effects);
}
void visit_fields(Is<Hooks> auto& it, auto& visitor) {
  visit_all(visitor, it.before, it.after, it.on_progress, it.on_retry, it.on_error, it.on_cancel);
}
void visit_fields(Is<BlockSpec> auto& it, auto& visitor) {
  visit_all(visitor, it.children, it.is_list, it.fail_fast);
  if (visitor.version() >= 3) visit_all(visitor, it.max_parallel, it.rule, it.choice, it.rounds);
  if (visitor.version() >= 4) visitor(it.cancel_signal);
}
void visit_fields(Is<Choice> auto& it, auto& visitor) { visit_all(visitor, it.value, it.cases); }
void visit_fields(Is<Rounds> auto& it, auto& visitor) {
  visit_all(visitor, it.done, it.max, it.every);
}
void visit_fields(Is<Value> auto& it, auto& visitor) { visit_all(visitor, it.constant, it.text); }
void visit_fields(Is<Listing> auto& it, auto& visitor) {
  visit_all(visitor, it.expression, it.written);
}
void visit_fields(Is<Matrix> auto& it, auto& visitor) {
  visit_all(visitor, it.axes, it.include, it.exclude);
}
void visit_fields(Is<Foreach> auto& it, auto& visitor) {
  visit_all(visitor, it.items, it.as, it.key, it.max_parallel, it.fail_fast, it.tolerate,
            it.tolerate_percent, it.enough, it.cancel_rest, it.when_of_item, it.collect);
  if (visitor.version() >= 3) visitor(it.matrix);
}
void visit_fields(Is<ShellValue> auto& it, auto& visitor) {
  visit_all(visitor, it.variable, it.code, it.as_file);
}
void visit_fields(Is<RunSpec> auto& it, auto& visitor) {
  visit_all(visitor, it.script, it.values, it.arguments);
}
void visit_fields(Is<LuaSpec> auto& it, auto& visitor) { visit_all(visitor, it.code); }
void visit_fields(Is<WaitSpec> auto& it, auto& visitor) {
  visit_all(visitor, it.span, it.until, it.signal, it.match, it.timeout, it.buffered);
}
void visit_fields(Is<ApprovalSpec> auto& it, auto& visitor) {
  visit_all(visitor, it.title, it.body, it.form, it.options, it.approvers, it.quorum, it.allow_self,
            it.expires, it.on_expire, it.on_reject);
}
void visit_fields(Is<WrittenValue::Piece> auto& it, auto& visitor) {
  visit_all(visitor, it.json, it.value);
}
void visit_fields(Is<WrittenValue> auto& it, auto& visitor) { visit_all(visitor, it.pieces); }
void visit_fields(Is<UsesSpec> auto& it, auto& visitor) {
  visit_all(visitor, it.action, it.at, it.with, it.inputs);
}
void visit_fields(Is<Module> auto& it, auto& visitor) { visit_all(visitor, it.name, it.text); }
void visit_fields(Is<Procedure> auto& it, auto& visitor) {
  visit_all(visitor, it.at, it.kind, it.spec, it.settings);
}
void visit_fields(Is<Step> auto& it, auto& visitor) {
  visit_all(visitor, it.parent, it.id, it.kind, it.at, it.needs, it.join, it.reads, it.when,
            it.settings, it.env, it.workdir, it.hooks, it.name, it.description, it.spec);
  if (visitor.version() >= 2) visitor(it.each);
  if (visitor.version() >= 5) visit_all(visitor, it.verify, it.undo, it.output_schema);
}
void visit_fields(Is<Input> auto& it, auto& visitor) {
  visit_all(visitor, it.name, it.description, it.type, it.required, it.fallback, it.constant,
            it.choices, it.minimum, it.maximum, it.pattern);
}
void visit_fields(Is<Output> auto& it, auto& visitor) { visit_all(visitor, it.name, it.value); }
void visit_fields(Is<RunHooks> auto& it, auto& visitor) {
  visit_all(visitor, it.on_start, it.on_success, it.on_failure, it.on_cancel, it.last);
}
void visit_fields(Is<Plan> auto& it, auto& visitor) {
  visit_all(visitor, it.file, it.name, it.description, it.inputs, it.env, it.labels, it.outputs,
            it.output_reads, it.steps, it.hooks);
  if (visitor.version() >= 5) visitor(it.compensate);
  if (visitor.version() >= 6) visitor(it.modules);
}

class Writer {
 public:
  static int version() { return plan_version; }
  std::string take() { return std::move(bytes_); }

  void fixed64(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(value >> shift & 0xFF);
  }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void operator()(std::int64_t value) {
    number(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
  }
  void operator()(std::int32_t value) { (*this)(std::int64_t{value}); }
  void operator()(bool value) { bytes_ += value ? '\1' : '\0'; }
  void operator()(double value) { fixed64(std::bit_cast<std::uint64_t>(value)); }
  void operator()(Millis value) { (*this)(std::int64_t{value.count()}); }
  void operator()(StepId value) { (*this)(value.value); }
  void operator()(const std::string& text) {
    number(text.size());
    bytes_ += text;
  }
  void operator()(const JsonText& json) { (*this)(json.text); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void operator()(Enum value) { bytes_ += static_cast<char>(value); }
  template <class T>
  void operator()(const std::vector<T>& list) {
    number(list.size());
    for (const T& one : list) (*this)(one);
  }
  template <class A, class B>
  void operator()(const std::pair<A, B>& pair) {
    (*this)(pair.first);
    (*this)(pair.second);
  }
  template <class T>
  void operator()(const std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }
  /// A value that is shared is written where it first occurs, then by its number.
  template <class T>
  void operator()(const std::shared_ptr<const T>& value) {
    if (!value) return number(0);
    const auto [known, is_new] = shared_.try_emplace(value.get(), shared_.size() + 1);
    number(known->second);
    if (is_new) (*this)(*value);
  }
  template <class T>
  requires requires(const T& value, Writer& writer) { visit_fields(value, writer); }
  void operator()(const T& value) { visit_fields(value, *this); }
  void operator()(const StepSpec& spec) {
    bytes_ += static_cast<char>(spec.index());
    std::visit([&](const auto& one) { (*this)(one); }, spec);
  }

 private:
  std::string bytes_;
  std::unordered_map<const void*, std::size_t> shared_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  int version() const { return version_; }
  /// Of the plan that is read: what later versions added is not there.
  void read_version() { version_ = static_cast<int>(std::min<std::uint64_t>(number(), 1'000'000)); }

  bool at_end() const { return bytes_.empty(); }
  std::string_view rest() const { return bytes_; }
  std::uint64_t fixed64() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 8) value |= std::uint64_t{byte()} << shift;
    return value;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t one = byte();
      value |= std::uint64_t{one & 0x7FU} << shift;
      if ((one & 0x80) == 0) return value;
    }
    damaged();
  }
  void operator()(std::int64_t& value) {
    const std::uint64_t coded = number();
    value = static_cast<std::int64_t>(coded >> 1 ^ (~(coded & 1) + 1));
  }
  void operator()(std::int32_t& value) {
    std::int64_t wide = 0;
    (*this)(wide);
    if (wide < std::numeric_limits<std::int32_t>::min() ||
        wide > std::numeric_limits<std::int32_t>::max()) {
      damaged();
    }
    value = static_cast<std::int32_t>(wide);
  }
  void operator()(bool& value) {
    const std::uint8_t one = byte();
    if (one > 1) damaged();
    value = one == 1;
  }
  void operator()(double& value) { value = std::bit_cast<double>(fixed64()); }
  void operator()(Millis& value) {
    std::int64_t count = 0;
    (*this)(count);
    value = Millis{count};
  }
  void operator()(StepId& value) { (*this)(value.value); }
  void operator()(std::string& text) {
    const std::size_t size = count();
    text.assign(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
  }
  void operator()(JsonText& json) { (*this)(json.text); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void operator()(Enum& value) {
    const std::uint8_t one = byte();
    if (one > static_cast<std::uint8_t>(last_of(value))) damaged();
    value = static_cast<Enum>(one);
  }
  template <class T>
  void operator()(std::vector<T>& list) {
    // Each element takes a byte or more, so a damaged length cannot ask for much memory.
    const std::size_t size = count();
    list.clear();
    list.reserve(std::min<std::size_t>(size, bytes_.size() / sizeof(T) + 16));
    for (std::size_t i = 0; i < size; ++i) (*this)(list.emplace_back());
    list.shrink_to_fit();
  }
  template <class A, class B>
  void operator()(std::pair<A, B>& pair) {
    (*this)(pair.first);
    (*this)(pair.second);
  }
  template <class T>
  void operator()(std::optional<T>& value) {
    bool has = false;
    (*this)(has);
    if (has) (*this)(value.emplace());
  }
  template <class T>
  void operator()(std::shared_ptr<const T>& value) {
    const std::uint64_t known = number();
    if (known == 0) return;
    std::vector<std::shared_ptr<const T>>& values = shared<T>();
    if (known > shared_count_ + 1) damaged();
    if (known == shared_count_ + 1) {
      ++shared_count_;
      auto fresh = std::make_shared<T>();
      (*this)(*fresh);
      values.resize(known);
      values[known - 1] = std::move(fresh);
    }
    if (known > values.size() || !values[known - 1]) damaged();
    value = values[known - 1];
  }
  template <class T>
  requires requires(T& value, Reader& reader) { visit_fields(value, reader); }
  void operator()(T& value) { visit_fields(value, *this); }
  void operator()(StepSpec& spec) {
    switch (byte()) {
      case 0:
        return (*this)(spec.emplace<BlockSpec>());
      case 1:
        return (*this)(spec.emplace<RunSpec>());
      case 2:
        return (*this)(spec.emplace<LuaSpec>());
      case 3:
        return (*this)(spec.emplace<WaitSpec>());
      case 4:
        return (*this)(spec.emplace<ApprovalSpec>());
      case 5:
        return (*this)(spec.emplace<UsesSpec>());
      default:
        damaged();
    }
  }

 private:
  std::uint8_t byte() {
    if (bytes_.empty()) damaged();
    const auto one = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return one;
  }
  std::size_t count() {
    const std::uint64_t size = number();
    if (size > bytes_.size()) damaged();
    return static_cast<std::size_t>(size);
  }

  static Kind last_of(Kind) { return Kind::uses; }
  static NeedSource last_of(NeedSource) { return NeedSource::data; }
  static JoinRule last_of(JoinRule) { return JoinRule::failed; }
  static Backoff last_of(Backoff) { return Backoff::exponential; }
  static Shell last_of(Shell) { return Shell::bash; }
  static OnError last_of(OnError) { return OnError::pause; }
  static OutputFormat last_of(OutputFormat) { return OutputFormat::lines; }
  static OnReject last_of(OnReject) { return OnReject::resume; }
  static OnExpire last_of(OnExpire) { return OnExpire::fail; }
  static BlockRule last_of(BlockRule) { return BlockRule::race; }
  static Effects last_of(Effects) { return Effects::once; }
  static Compensate last_of(Compensate) { return Compensate::both; }
  static InputType last_of(InputType) { return InputType::file; }

  template <class T>
  std::vector<std::shared_ptr<const T>>& shared();

  std::string_view bytes_;
  int version_ = plan_version;
  std::size_t shared_count_ = 0;
  std::vector<std::shared_ptr<const Settings>> settings_;
  std::vector<std::shared_ptr<const Template>> templates_;
  std::vector<std::shared_ptr<const Hooks>> hooks_;
  std::vector<std::shared_ptr<const Foreach>> foreach_;
  std::vector<std::shared_ptr<const Procedure>> procedures_;
  std::vector<std::shared_ptr<const JsonText>> schemas_;
};

template <>
std::vector<std::shared_ptr<const Settings>>& Reader::shared<Settings>() {
  return settings_;
}
template <>
std::vector<std::shared_ptr<const Template>>& Reader::shared<Template>() {
  return templates_;
}
template <>
std::vector<std::shared_ptr<const Hooks>>& Reader::shared<Hooks>() {
  return hooks_;
}

template <>
std::vector<std::shared_ptr<const Foreach>>& Reader::shared<Foreach>() {
  return foreach_;
}

template <>
std::vector<std::shared_ptr<const Procedure>>& Reader::shared<Procedure>() {
  return procedures_;
}

template <>
std::vector<std::shared_ptr<const JsonText>>& Reader::shared<JsonText>() {
  return schemas_;
}

bool has_its_rule(const BlockSpec& block) {
  if (block.choice.has_value() != (block.rule == BlockRule::choice)) return false;
  if (block.rounds.has_value() != (block.rule == BlockRule::rounds)) return false;
  if (!block.choice) return true;
  const std::size_t cases = block.choice->cases.size();
  return cases == block.children.size() || cases + 1 == block.children.size();
}

bool has_script(const std::shared_ptr<const Procedure>& procedure) {
  if (!procedure) return true;
  const bool is_known = procedure->kind == Kind::run || procedure->kind == Kind::lua;
  return is_known && procedure->settings != nullptr &&
         procedure->spec.index() == static_cast<std::size_t>(procedure->kind);
}

/// A value has its last piece, and no expression behind it; an action has its module.
bool has_its_action(const Plan& plan, const UsesSpec& uses) {
  const auto is_whole = [](const auto& named) {
    const auto& pieces = named.second.pieces;
    return !pieces.empty() && !pieces.back().value &&
           std::all_of(pieces.begin(), pieces.end() - 1,
                       [](const auto& piece) { return piece.value.has_value(); });
  };
  return std::ranges::all_of(uses.with, is_whole) &&
         std::ranges::find(plan.modules, module_of_action(uses.action), &Module::name) !=
             plan.modules.end();
}

/// What every user of a plan relies on; a hash that fits says nothing about who wrote the bytes.
void check_structure(const Plan& plan) {
  const auto count = static_cast<std::int32_t>(plan.steps.size());
  const auto is_step = [&](StepId id) { return id.value >= 0 && id.value < count; };
  const auto is_hook = [&](StepId id) {
    return id == no_step || (is_step(id) && plan.step(id).kind == Kind::lua);
  };
  const auto all_steps = [&](const std::vector<StepId>& list) {
    return std::ranges::all_of(list, is_step);
  };
  bool holds = count > 0 && plan.steps.front().kind == Kind::steps && all_steps(plan.output_reads);
  for (const StepId hook : {plan.hooks.on_start, plan.hooks.on_success, plan.hooks.on_failure,
                            plan.hooks.on_cancel, plan.hooks.last}) {
    holds = holds && is_hook(hook);
  }
  for (std::int32_t i = 0; i < count && holds; ++i) {
    const Step& step = plan.step(StepId{i});
    holds = step.settings != nullptr && step.spec.index() == static_cast<std::size_t>(step.kind) &&
            all_steps(step.reads) && has_script(step.verify) && has_script(step.undo) &&
            std::ranges::all_of(step.needs, [&](const Need& need) { return is_step(need.step); });
    if (step.parent != no_step) {
      holds = holds && step.parent.value >= 0 && step.parent.value < i &&
              plan.step(step.parent).kind == Kind::steps;
    }
    if (const auto* block = std::get_if<BlockSpec>(&step.spec)) {
      holds = holds && std::ranges::all_of(block->children, [&](StepId child) {
                return is_step(child) && child.value > i && plan.step(child).parent == StepId{i};
              });
      holds = holds && has_its_rule(*block);
    }
    if (const auto* uses = std::get_if<UsesSpec>(&step.spec)) {
      holds = holds && has_its_action(plan, *uses);
    }
  }
  if (!holds) damaged();
}

std::string_view hook_name(const Plan& plan, StepId id) {
  const RunHooks& hooks = plan.hooks;
  if (id == hooks.on_start) return "on_start";
  if (id == hooks.on_success) return "on_success";
  if (id == hooks.on_failure) return "on_failure";
  if (id == hooks.on_cancel) return "on_cancel";
  return id == hooks.last ? "finally" : "";
}

}  // namespace

BlockRule rule_of(const Step& step) {
  const auto* block = std::get_if<BlockSpec>(&step.spec);
  return block == nullptr ? BlockRule::all : block->rule;
}

std::string file_of_module(std::string_view name) {
  std::string file(name);
  std::ranges::replace(file, '.', '/');
  return file + ".lua";
}

std::string module_of_action(std::string_view action) { return "actions." + std::string(action); }

bool has_copies(const Step& step) { return step.each || rule_of(step) == BlockRule::rounds; }

bool may_grow(const Plan& plan) {
  return plan.compensate != Compensate::never || std::ranges::any_of(plan.steps, has_copies);
}

std::vector<StepId> lineage_of(const Plan& plan, StepId id) {
  std::vector<StepId> lineage;
  for (StepId at = id; at.value > 0; at = plan.step(at).parent) lineage.push_back(at);
  std::ranges::reverse(lineage);
  return lineage;
}

bool has_env(const Plan& plan, StepId id) {
  for (StepId at = id; at.value > 0; at = plan.step(at).parent) {
    if (!plan.step(at).env.empty()) return true;
  }
  return false;
}

const Template* workdir_of(const Plan& plan, StepId id) {
  for (StepId at = id; at.value > 0; at = plan.step(at).parent) {
    if (plan.step(at).workdir) return plan.step(at).workdir.get();
  }
  return nullptr;
}

std::string path_of(const Plan& plan, StepId id) {
  if (id.value == 0) return "";
  if (plan.step(id).parent == no_step) {
    const std::string_view hook = hook_name(plan, id);
    // Else it takes something back: its id is the whole path.
    return hook.empty() ? plan.step(id).id : "hooks." + std::string(hook);
  }
  std::vector<const std::string*> ids;
  std::size_t size = 0;
  for (StepId at = id; at.value > 0; at = plan.step(at).parent) {
    ids.push_back(&plan.step(at).id);
    size += ids.back()->size() + 1;
  }
  std::string path;
  path.reserve(size);
  for (auto one = ids.rbegin(); one != ids.rend(); ++one) {
    // An item is `t["eu"]`, a round is `poll#3`.
    if (!path.empty() && !(*one)->starts_with('[') && !(*one)->starts_with('#')) path += '.';
    path += **one;
  }
  return path;
}

std::string encode_plan(const Plan& plan) {
  Writer body;
  body(plan);
  const std::string bytes = body.take();
  Writer head;
  head.number(plan_version);
  head.fixed64(hash_of(bytes));
  return std::string(magic) + head.take() + bytes;
}

Plan decode_plan(std::string_view bytes) {
  if (!bytes.starts_with(magic)) damaged();
  bytes.remove_prefix(magic.size());
  Reader reader(bytes);
  reader.read_version();
  if (reader.version() < 1 || reader.version() > plan_version) {
    throw Error(ErrorKind::environment,
                "the stored plan has version " + std::to_string(reader.version()) +
                    "; this build reads 1 to " + std::to_string(plan_version),
                "another version of Pawl compiled it", "use that version for this run");
  }
  const std::uint64_t hash = reader.fixed64();
  if (hash_of(reader.rest()) != hash) damaged();
  Plan plan;
  reader(plan);
  if (!reader.at_end()) damaged();
  check_structure(plan);
  return plan;
}

}  // namespace pawl::dsl
