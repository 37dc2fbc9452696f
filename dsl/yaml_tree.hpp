#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/diagnostic.hpp"
#include "dsl/limits.hpp"
#include "dsl/source_text.hpp"

/// A YAML file as a flat tree that knows where everything stands.
///
/// Invariants: 1. nodes stand in preorder, so that a subtree is a range of numbers; 2. an alias
/// points to a closed subtree before it, so that no walk can be endless; 3. the tree with every
/// alias written out keeps to the limits of nodes and depth; 4. keys of maps are scalars, and no
/// key stands twice in a map.
namespace pawl::dsl {

enum class NodeKind : std::uint8_t { null, scalar, list, map, alias };
enum class ScalarStyle : std::uint8_t { plain, single_quoted, double_quoted, literal, folded };
/// `foreign`: an unknown tag, reported when the file was read.
enum class Tag : std::uint8_t { none, text, integer, number, boolean, null, other, foreign };

struct NodeId {
  std::uint32_t value = 0;
  auto operator<=>(const NodeId&) const = default;
};

struct Node {
  NodeKind kind = NodeKind::null;
  ScalarStyle style = ScalarStyle::plain;
  Tag tag = Tag::none;
  bool in_flow = false;      ///< Stands inside […] or {…}.
  bool verbatim = false;     ///< The scalar's text stands in the file as it is.
  std::uint32_t begin = 0;   ///< Offset in the file, behind anchor and tag.
  std::uint32_t text = 0;    ///< Of a scalar: offset in the file or in the tree's own texts.
  std::uint32_t size = 0;    ///< Of a scalar's text.
  std::uint32_t target = 0;  ///< Of an alias: its node. Otherwise: the end of the subtree.
};

/// A key and its value in a map, after merge keys (`<<`) were applied.
struct Entry {
  NodeId key, value;
};

class Tree {
 public:
  explicit Tree(std::string_view source) : source_(source) {}

  const SourceText& source() const { return source_; }
  static constexpr NodeId root() { return {}; }
  std::size_t size() const { return nodes_.size(); }

  /// The node that `id` stands for: aliases are followed.
  NodeId resolve(NodeId id) const;
  const Node& operator[](NodeId id) const { return nodes_[resolve(id).value]; }
  NodeKind kind(NodeId id) const { return (*this)[id].kind; }
  /// The node as it stands in the file: aliases are not followed.
  const Node& written(NodeId id) const { return nodes_[id.value]; }
  /// The node behind the subtree of `id`.
  NodeId next(NodeId id) const;

  /// The text of a scalar; that of a null is what was written ("", "~", "null").
  std::string_view text(NodeId id) const;
  std::vector<NodeId> items(NodeId list) const;
  /// The pairs in file order; a merged pair stands where its `<<` does, and never hides a written
  /// one.
  std::vector<Entry> entries(NodeId map) const;
  std::optional<Entry> find(NodeId map, std::string_view key) const;
  /// Number of items or pairs as written.
  std::size_t count(NodeId container) const;

  /// Where the node stands: a scalar as far as its first line goes, else its first character.
  Span span(NodeId id) const;
  Place place(NodeId id) const { return source_.place((*this)[id].begin); }

 private:
  friend class TreeBuilder;
  void merge(NodeId value, std::vector<Entry>& into) const;

  SourceText source_;
  std::vector<Node> nodes_;
  std::string texts_;  ///< Scalars that do not stand in the file as they are.
};

/// Do the files mean the same? White space, comments and the names of anchors may differ.
bool same_but_for_places(const Tree& a, const Tree& b);

struct ParsedYaml {
  std::optional<Tree> tree;  ///< Only without errors.
  Diagnostics diagnostics;
};

/// Reads one YAML 1.2 document. `source` outlives the tree.
ParsedYaml parse_yaml(std::string_view source, const Limits& limits);

/// From offsets in a scalar's text to offsets in the file, exact for every style but `>`, where it
/// is exact within a line.
class ScalarPlaces {
 public:
  ScalarPlaces(const Tree& tree, NodeId scalar);
  std::size_t source_offset(std::size_t text_offset) const;
  Place place(std::size_t text_offset) const;
  Span span(std::size_t text_offset, std::size_t length) const;
  /// Offset in the file behind the scalar's last character.
  std::size_t end() const { return source_offset(size_); }

 private:
  const Tree& tree_;
  std::size_t start_ = 0;  ///< Of the text in the file, when verbatim.
  std::size_t size_ = 0;
  std::vector<std::uint32_t> offsets_;  ///< Of each byte and of the end, when not verbatim.
};

}  // namespace pawl::dsl
