#include "dsl/read_declaration.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "dsl/lua_token.hpp"
#include "dsl/read_inputs.hpp"
#include "dsl/read_schema.hpp"
#include "dsl/read_values.hpp"
#include "dsl/source_text.hpp"

/// JSON is YAML, so that an action's inputs are read by what reads those of a workflow.
namespace pawl::dsl {
namespace {

constexpr std::array keys = {std::string_view("description"), std::string_view("inputs"),
                             std::string_view("output_schema"), std::string_view("run")};

class DeclarationReader {
 public:
  DeclarationReader(const Tree& tree, const std::shared_ptr<const OtherFile>& file,
                    const Limits& limits, Diagnostics& diagnostics)
      : tree_(tree),
        file_(file),
        tokens_(lua_tokens(file->text)),
        diagnostics_(diagnostics),
        front_{tree, limits, own_, plan_} {}

  std::optional<Declaration> read() {
    const auto value = [&](std::string_view key) { return tree_.find(Tree::root(), key)->value; };
    if (tree_.text(value("has_run")) != "true") {
      report("the action has no function 'run'", "write 'run = function(with) … end'", "run");
    }
    for (const NodeId other : tree_.items(value("others"))) read_other(tree_.text(other));
    if (tree_.kind(value("description")) == NodeKind::list ||
        tree_.kind(value("description")) == NodeKind::map) {
      report("the description of the action is no text", "write description = \"…\"",
             "description");
    }
    read_inputs(value("inputs"));
    if (const NodeId schema = value("output_schema"); tree_.kind(schema) != NodeKind::null) {
      declared_.output_schema = read_schema_at(front_, schema);
      tell_own("output_schema");
    }
    if (has_mistake_) return std::nullopt;
    return std::move(declared_);
  }

 private:
  void read_other(std::string_view key) {
    const std::string_view near = closest(key, keys);
    report("an action has no key " + quoted(key),
           near.empty() ? "it has: " + list_of(keys, "and") : "did you mean " + quoted(near) + "?",
           key);
  }

  void read_inputs(NodeId inputs) {
    if (tree_.kind(inputs) == NodeKind::null) return;
    if (tree_.kind(inputs) == NodeKind::list && tree_.count(inputs) == 0) return;  // Of Lua: {}
    if (tree_.kind(inputs) != NodeKind::map) {
      return report("'inputs' of an action is a table of inputs",
                    "write inputs = {rows = {type = \"integer\"}}", "inputs");
    }
    for (const Entry& entry : tree_.entries(inputs)) {
      const std::string name(tree_.text(entry.key));
      Input input = read_input(front_, entry, "an input", {});
      if (input.fallback) {
        report("the default of the input " + quoted(name) + " is an expression",
               "write a fixed value; the workflow gives others", name);
      }
      tell_own(name);
      declared_.inputs.push_back(std::move(input));
    }
  }

  /// What the readers of the language have found, in the line of the word that it is about.
  void tell_own(std::string_view word) {
    for (const Diagnostic& one : std::exchange(own_, {})) {
      if (one.severity != Severity::error) continue;
      report(one.message, one.fix, word);
    }
  }

  void report(std::string message, std::string fix, std::string_view word) {
    has_mistake_ = true;
    diagnostics_.push_back(
        {span_of(word), "action", std::move(message), std::move(fix), Severity::error, file_});
  }

  /// `word = …`, else the first line.
  Span span_of(std::string_view word) const {
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (tokens_[i].text != word || !tokens_[i + 1].is("=")) continue;
      return SourceText(file_->text).span(tokens_[i].offset, tokens_[i].end());
    }
    return {1, 1, 1};
  }

  const Tree& tree_;
  std::shared_ptr<const OtherFile> file_;
  std::vector<LuaToken> tokens_;
  Diagnostics& diagnostics_;
  Diagnostics own_;
  Plan plan_;
  Front front_;
  Declaration declared_;
  bool has_mistake_ = false;
};

}  // namespace

std::optional<Declaration> declaration_from(const JsonText& told,
                                            const std::shared_ptr<const OtherFile>& file,
                                            const Limits& limits, Diagnostics& diagnostics) {
  const ParsedYaml parsed = parse_yaml(told.text, limits);
  if (!parsed.tree) {
    diagnostics.push_back({{1, 1, 1},
                           "action",
                           "what the action declares is too large or too deep",
                           "declare less",
                           Severity::error,
                           file});
    return std::nullopt;
  }
  return DeclarationReader(*parsed.tree, file, limits, diagnostics).read();
}

}  // namespace pawl::dsl
