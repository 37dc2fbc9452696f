#include "dsl/read_schema.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
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

}  // namespace

std::shared_ptr<const JsonText> read_output_schema(Front& front, Entry entry) {
  if (!expect_map(front, entry,
                  "write the schema itself, for example '{type: object, properties: {rows: {type: "
                  "integer}}}'")) {
    return nullptr;
  }
  if (const auto at = find_expression(front.tree, entry.value)) {
    front.error(*at, "wrong-type", "a schema is fixed: it takes no expressions",
                "check what depends on the run in the hook 'after'");
    return nullptr;
  }
  JsonText text;
  if (const auto problem = to_json(front.tree, entry.value, text)) {
    front.error(problem->at, "schema", problem->problem.message, problem->problem.fix);
    return nullptr;
  }
  const json_schema::Schema schema(text);
  for (const json_schema::Mistake& mistake : schema.mistakes()) {
    const Span at = front.tree.span(node_at(front.tree, entry.value, mistake));
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
