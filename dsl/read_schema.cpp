#include "dsl/read_schema.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "dsl/read_bundle.hpp"
#include "dsl/read_values.hpp"
#include "dsl/yaml_values.hpp"
#include "json_schema/schema.hpp"

namespace pawl::dsl {
namespace {

/// The node that a path through the schema leads to, or the key behind which it stands.
NodeId node_at(const Tree& tree, NodeId from, const json_schema::Mistake& mistake) {
  NodeId node = from;
  for (std::size_t i = 0; i < mistake.path.size(); ++i) {
    const std::string& part = mistake.path[i];
    if (tree.kind(node) == NodeKind::map) {
      const auto entry = tree.find(node, part);
      if (!entry) return node;
      if (mistake.at_key && i + 1 == mistake.path.size()) return entry->key;
      node = entry->value;
    } else {
      std::size_t position = 0;
      std::from_chars(part.data(), part.data() + part.size(), position);
      const std::vector<NodeId> items = tree.items(node);
      if (position >= items.size()) return node;
      node = items[position];
    }
  }
  return node;
}

/// The first text with an expression in it, which nobody would evaluate.
std::optional<NodeId> find_expression(const Tree& tree, NodeId node) {
  if (tree.kind(node) == NodeKind::scalar) {
    return tree.text(node).find("${{") == std::string_view::npos ? std::nullopt
                                                                 : std::optional(node);
  }
  if (tree.kind(node) == NodeKind::list) {
    for (const NodeId item : tree.items(node)) {
      if (auto found = find_expression(tree, item)) return found;
    }
  } else if (tree.kind(node) == NodeKind::map) {
    for (const Entry& entry : tree.entries(node)) {
      if (auto found = find_expression(tree, entry.value)) return found;
    }
  }
  return std::nullopt;
}

/// `output_schema: {file: PATH}`: JSON or YAML, whose mistakes stand there.
std::shared_ptr<const JsonText> read_schema_file(Front& front, Entry file) {
  const auto path = read_text(front, file);
  if (!path || front.bundle == nullptr) return nullptr;
  const Span at = front.tree.span(file.value);
  if (path->find("${{") != std::string::npos) {
    front.error(at, "wrong-type", "the file of a schema is fixed: it takes no expressions",
                "check what depends on the run in the hook 'after'");
    return nullptr;
  }
  const auto other = front.bundle->read_text(*path, "schema", at);
  if (!other) return nullptr;
  Diagnostics own;
  const ParsedYaml parsed = parse_yaml(other->text, front.limits);
  own = parsed.diagnostics;
  std::shared_ptr<const JsonText> schema;
  if (parsed.tree) {
    Plan nothing;
    Front inside{*parsed.tree, front.limits, own, nothing};
    if (parsed.tree->kind(Tree::root()) == NodeKind::map) {
      schema = read_schema_at(inside, Tree::root());
    } else {
      inside.error(Tree::root(), "wrong-type", "a schema is a map of keywords",
                   "write for example '{\"type\": \"object\"}'");
    }
  }
  for (Diagnostic& one : own) {
    one.other = other;
    front.diagnostics.push_back(std::move(one));
  }
  return schema;
}

}  // namespace

std::shared_ptr<const JsonText> read_output_schema(Front& front, Entry entry) {
  if (!expect_map(front, entry,
                  "write the schema itself, for example '{type: object, properties: {rows: {type: "
                  "integer}}}', or '{file: schemas/out.json}'")) {
    return nullptr;
  }
  const auto file = front.tree.find(entry.value, "file");
  if (!file) return read_schema_at(front, entry.value);
  if (front.tree.entries(entry.value).size() > 1) {
    front.error(file->key, "schema", "'file' stands beside keywords of a schema",
                "write '{file: PATH}' and nothing beside it, or the schema itself");
    return nullptr;
  }
  return read_schema_file(front, *file);
}

std::shared_ptr<const JsonText> read_schema_at(Front& front, NodeId node) {
  if (const auto at = find_expression(front.tree, node)) {
    front.error(*at, "wrong-type", "a schema is fixed: it takes no expressions",
                "check what depends on the run in the hook 'after'");
    return nullptr;
  }
  JsonText text;
  if (const auto problem = to_json(front.tree, node, text)) {
    front.error(problem->at, "schema", problem->problem.message, problem->problem.fix);
    return nullptr;
  }
  const json_schema::Schema schema(text);
  for (const json_schema::Mistake& mistake : schema.mistakes()) {
    const Span at = front.tree.span(node_at(front.tree, node, mistake));
    if (mistake.is_warning) {
      front.diagnostics.push_back(
          {at, "schema-note", mistake.problem.message, mistake.problem.fix, Severity::warning});
    } else {
      front.error(at, "schema", mistake.problem.message, mistake.problem.fix);
    }
  }
  if (!schema.is_usable()) return nullptr;
  return std::make_shared<const JsonText>(std::move(text));
}

}  // namespace pawl::dsl
