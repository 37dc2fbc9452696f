#include "dsl/yaml_tree.hpp"

#include <algorithm>
#include <unordered_set>

namespace pawl::dsl {

NodeId Tree::resolve(NodeId id) const {
  while (nodes_[id.value].kind == NodeKind::alias) id.value = nodes_[id.value].target;
  return id;
}

NodeId Tree::next(NodeId id) const {
  const Node& node = nodes_[id.value];
  return {node.kind == NodeKind::alias ? id.value + 1 : node.target};
}

std::string_view Tree::text(NodeId id) const {
  const Node& node = (*this)[id];
  const std::string_view from = node.verbatim ? source_.text() : std::string_view(texts_);
  return from.substr(node.text, node.size);
}

std::vector<NodeId> Tree::items(NodeId list) const {
  list = resolve(list);
  std::vector<NodeId> all;
  const NodeId end = next(list);
  for (NodeId item{list.value + 1}; item < end; item = next(item)) all.push_back(item);
  return all;
}

std::size_t Tree::count(NodeId container) const {
  container = resolve(container);
  std::size_t count = 0;
  const NodeId end = next(container);
  for (NodeId item{container.value + 1}; item < end; item = next(item)) ++count;
  return nodes_[container.value].kind == NodeKind::map ? count / 2 : count;
}

std::vector<Entry> Tree::entries(NodeId map) const {
  map = resolve(map);
  std::vector<Entry> all;
  const NodeId end = next(map);
  bool merges = false;
  for (NodeId key{map.value + 1}; key < end;) {
    const NodeId value = next(key);
    merges = merges || (nodes_[key.value].style == ScalarStyle::plain && text(key) == "<<");
    all.push_back({key, value});
    key = next(value);
  }
  if (!merges) return all;

  std::unordered_set<std::string_view> written;
  for (const Entry& entry : all) written.insert(text(entry.key));
  std::vector<Entry> merged;
  for (const Entry& entry : all) {
    if (text(entry.key) != "<<") {
      merged.push_back(entry);
      continue;
    }
    std::vector<Entry> brought;
    merge(entry.value, brought);
    for (const Entry& one : brought) {
      if (written.insert(text(one.key)).second) merged.push_back(one);
    }
  }
  return merged;
}

void Tree::merge(NodeId value, std::vector<Entry>& into) const {
  if (kind(value) == NodeKind::list) {
    for (const NodeId item : items(value)) merge(item, into);
  } else if (kind(value) == NodeKind::map) {
    const std::vector<Entry> brought = entries(value);
    into.insert(into.end(), brought.begin(), brought.end());
  }
}

std::optional<Entry> Tree::find(NodeId map, std::string_view key) const {
  for (const Entry& entry : entries(map)) {
    if (text(entry.key) == key) return entry;
  }
  return std::nullopt;
}

bool same_but_for_places(const Tree& a, const Tree& b) {
  if (a.size() != b.size()) return false;
  for (NodeId id; id.value < a.size(); ++id.value) {
    const Node& one = a.written(id);
    const Node& other = b.written(id);
    if (one.kind != other.kind || one.style != other.style || one.tag != other.tag ||
        one.in_flow != other.in_flow || one.target != other.target || one.size != other.size) {
      return false;
    }
    const bool is_leaf = one.kind == NodeKind::scalar || one.kind == NodeKind::null;
    if (is_leaf && a.text(id) != b.text(id)) return false;
  }
  return true;
}

Span Tree::span(NodeId id) const {
  const Node& node = (*this)[id];
  if (node.kind != NodeKind::scalar && node.kind != NodeKind::null) {
    return source_.span(node.begin, node.begin);
  }
  if (node.style == ScalarStyle::literal || node.style == ScalarStyle::folded) {
    return source_.span(node.begin, node.begin + 1);
  }
  const bool is_quoted = node.style != ScalarStyle::plain;
  const std::size_t end = ScalarPlaces(*this, id).end() + (is_quoted ? 1 : 0);
  return source_.span(node.begin, end);
}

}  // namespace pawl::dsl
