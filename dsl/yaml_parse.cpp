#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>

#include "base/text.hpp"
#include "dsl/yaml_checks.hpp"
#include "dsl/yaml_errors.hpp"
#include "dsl/yaml_tree.hpp"

namespace pawl::dsl {

namespace {

/// Hands a view to yaml-cpp without copying it, and no further ahead of the events than
/// `pending_max`: yaml-cpp keeps the tokens of a whole {…} in memory, about 80 bytes for each byte.
class ViewBuffer : public std::streambuf {
 public:
  ViewBuffer(std::string_view view, const std::size_t& read_until)
      : view_(view), read_until_(read_until) {}

  bool is_starved() const { return starved_; }

 protected:
  int_type underflow() override {
    constexpr std::size_t window = std::size_t{64} << 10;
    constexpr std::size_t pending_max = std::size_t{4} << 20;
    starved_ = given_ < view_.size() && given_ > read_until_ + pending_max;
    if (starved_ || given_ == view_.size()) return traits_type::eof();
    const std::string_view next = view_.substr(given_, window);
    given_ += next.size();
    char* begin = const_cast<char*>(next.data());  // a streambuf that is only read from
    setg(begin, begin, begin + next.size());
    return traits_type::to_int_type(next.front());
  }

 private:
  std::string_view view_;
  const std::size_t& read_until_;  ///< Offset of the last event.
  std::size_t given_ = 0;
  bool starved_ = false;
};

/// Ends the reading after a mistake that makes the rest meaningless; caught in parse_yaml.
struct Stop {};

/// "2,000,000".
std::string grouped(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

Tag tag_of(const std::string& tag) {
  if (tag == "?") return Tag::none;
  if (tag == "!") return Tag::text;
  constexpr std::string_view core = "tag:yaml.org,2002:";
  if (!tag.starts_with(core)) return Tag::foreign;
  const std::string_view name = std::string_view(tag).substr(core.size());
  if (name == "str") return Tag::text;
  if (name == "int") return Tag::integer;
  if (name == "float") return Tag::number;
  if (name == "bool") return Tag::boolean;
  if (name == "null") return Tag::null;
  if (name == "map" || name == "seq") return Tag::other;
  return Tag::foreign;
}

}  // namespace

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(Tree& tree, const Limits& limits, Diagnostics& diagnostics)
      : tree_(tree), limits_(limits), diagnostics_(diagnostics) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ < 2) return;
    const std::size_t from = offset_of(mark);
    stop(from, from + 3, "yaml-documents",
         "a workflow file holds one document, and this begins "
         "another",
         "put it into a file of its own, or remove the line '---'");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::size_t begin = skip_properties(offset_of(mark));
    Node node;
    node.verbatim = true;
    std::size_t size = 0;
    for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
      if (source().substr(begin, word.size()) == word) size = word.size();
    }
    node.begin = static_cast<std::uint32_t>(size > 0 ? begin : empty_place(begin));
    node.text = node.begin;
    node.size = static_cast<std::uint32_t>(size);
    add_leaf(node, anchor, begin);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::size_t begin = offset_of(mark);
    const Anchor& target = anchors_[anchor];
    const std::size_t end = std::min(source().find_first_of(" \t\r\n,]}", begin), source().size());
    if (++aliases_ > limits_.aliases) {
      stop(begin, end, "too-many-aliases",
           "the file has more than " + grouped(limits_.aliases) + " aliases",
           "write the values out, or split the file");
    }
    if (!target.closed) {
      stop(begin, end, "cyclic-alias", "this alias stands for a value that it is a part of",
           "write the value out");
    }
    Node node;
    node.kind = NodeKind::alias;
    node.begin = static_cast<std::uint32_t>(begin);
    node.target = target.node.value;
    check_depth(target.height, begin);
    add(node, target.weight, begin);
    if (!frames_.empty()) {
      frames_.back().height = std::max(frames_.back().height, target.height + 1);
    }
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const std::size_t begin = skip_properties(offset_of(mark));
    Node node;
    node.kind = NodeKind::scalar;
    node.begin = static_cast<std::uint32_t>(begin);
    node.style = style_at(begin);
    node.tag = tag_of(tag);
    if (node.tag == Tag::foreign) report_tag(offset_of(mark), begin);
    keep_text(node, value);
    check_style(node, value);
    add_leaf(node, anchor, begin);
  }

  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    if (!name.starts_with('&')) return;
    const std::size_t from = offset_of(mark);
    diagnostics_.push_back({tree_.source_.span(from, from + 2), "yaml-anchor",
                            "YAML takes '&' for an anchor", "in Lua write 'and' for '&&'"});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(NodeKind::list, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(NodeKind::map, mark, tag, anchor, style);
  }
  void OnMapEnd() override {
    const std::uint32_t map = frames_.back().node;
    close();
    check_keys(NodeId{map});
  }

  /// Offset of the last event.
  const std::size_t& read_until() const { return read_until_; }

  /// Where the innermost '{' or '[' stands that is still open; nothing when none is.
  std::optional<std::size_t> open_bracket() const {
    if (frames_.empty() || !frames_.back().flow) return std::nullopt;
    return tree_.nodes_[frames_.back().node].begin;
  }

 private:
  struct Anchor {
    NodeId node;
    std::size_t weight = 1;  ///< Nodes, with aliases written out.
    std::size_t height = 0;  ///< Levels of containers.
    bool closed = false;
  };
  struct Frame {
    std::uint32_t node = 0;
    YAML::anchor_t anchor = 0;
    std::size_t weight_before = 0;
    std::size_t height = 1;
    std::size_t children = 0;
    bool flow = false;
  };

  std::string_view source() const { return tree_.source_.text(); }
  std::size_t offset_of(const YAML::Mark& mark) const {
    return mark.pos < 0 ? source().size()
                        : std::min(static_cast<std::size_t>(mark.pos), source().size());
  }

  [[noreturn]] void stop(std::size_t from, std::size_t to, std::string rule, std::string message,
                         std::string fix) {
    diagnostics_.push_back(
        {tree_.source_.span(from, to), std::move(rule), std::move(message), std::move(fix)});
    throw Stop{};
  }

  /// yaml-cpp marks a value at its anchor or tag; this steps over them.
  std::size_t skip_properties(std::size_t at) const {
    while (at < source().size() && (source()[at] == '&' || source()[at] == '!')) {
      at = std::min(source().find_first_of(" \t\r\n", at), source().size());
      for (;;) {
        at = std::min(source().find_first_not_of(" \t\r\n", at), source().size());
        if (at >= source().size() || source()[at] != '#') break;
        at = std::min(source().find('\n', at), source().size());
      }
    }
    return at;
  }

  ScalarStyle style_at(std::size_t at) const {
    switch (at < source().size() ? source()[at] : '\0') {
      case '\'':
        return ScalarStyle::single_quoted;
      case '"':
        return ScalarStyle::double_quoted;
      case '|':
        return ScalarStyle::literal;
      case '>':
        return ScalarStyle::folded;
      default:
        return ScalarStyle::plain;
    }
  }

  /// Where a value that was left out would stand; yaml-cpp marks the token behind it.
  std::size_t empty_place(std::size_t mark) const {
    const bool in_list =
        !frames_.empty() && tree_.nodes_[frames_.back().node].kind == NodeKind::list;
    if (!in_list) return std::min(last_end_, source().size());
    const std::size_t dash = mark == 0 ? source().npos : source().rfind('-', mark - 1);
    return dash == source().npos ? mark : dash;
  }

  void keep_text(Node& node, const std::string& value) {
    const std::size_t quote =
        node.style == ScalarStyle::single_quoted || node.style == ScalarStyle::double_quoted ? 1
                                                                                             : 0;
    node.size = static_cast<std::uint32_t>(value.size());
    const bool is_block = node.style == ScalarStyle::literal || node.style == ScalarStyle::folded;
    if (!is_block && source().substr(node.begin + quote, value.size()) == value) {
      node.verbatim = true;
      node.text = static_cast<std::uint32_t>(node.begin + quote);
      last_end_ = node.begin + value.size() + 2 * quote;
    } else {
      node.text = static_cast<std::uint32_t>(tree_.texts_.size());
      tree_.texts_ += value;
      last_end_ = node.begin;
    }
  }

  void check_style(const Node& node, std::string_view value) {
    if (node.style == ScalarStyle::plain) return;
    const bool is_block = node.style == ScalarStyle::literal || node.style == ScalarStyle::folded;
    if (auto mistake = is_block ? check_block_text(tree_.source_, node.begin, value)
                                : check_quoted(tree_.source_, node.begin, value)) {
      diagnostics_.push_back(std::move(*mistake));
    }
  }

  void report_tag(std::size_t from, std::size_t to) {
    const std::size_t end = std::min(source().find_first_of(" \t\r\n,]}", from), to);
    const std::string tag(source().substr(from, end - from));
    const std::string rest = tag.size() > 1 ? tag.substr(1) : "x";
    diagnostics_.push_back({tree_.source_.span(from, end), "yaml-tag",
                            "YAML takes " + quoted(tag) + " for a tag, which Pawl does not know",
                            "quote a text that begins with '!'; in Lua write 'not " + rest + "'"});
  }

  void check_depth(std::size_t more, std::size_t at) {
    if (frames_.size() + more <= limits_.depth) return;
    stop(at, at, "too-deep",
         "values are nested more than " + std::to_string(limits_.depth) + " levels deep here",
         "move steps into blocks side by side");
  }

  /// Adds a node of `weight` nodes (more than one for an alias).
  std::uint32_t add(Node node, std::size_t weight, std::size_t at) {
    std::vector<Node>& nodes = tree_.nodes_;
    // A null word at the very place of the next token was that token, not a null.
    if (!nodes.empty() && nodes.back().kind == NodeKind::null && nodes.back().size > 0 &&
        nodes.back().begin == at) {
      nodes.back().size = 0;
    }
    weight_ += weight;
    read_until_ = std::max(read_until_, at);
    if (weight_ > limits_.nodes) {
      stop(at, at, "too-many-nodes",
           "the file has more than " + grouped(limits_.nodes) +
               " values, with its aliases written out",
           "split the workflow, or use fewer aliases of aliases");
    }
    if (!frames_.empty()) count_child(frames_.back(), node, at);
    node.in_flow = !frames_.empty() && frames_.back().flow;
    nodes.push_back(node);
    return static_cast<std::uint32_t>(nodes.size() - 1);
  }

  void count_child(Frame& frame, const Node& node, std::size_t at) {
    const bool is_map = tree_.nodes_[frame.node].kind == NodeKind::map;
    const bool is_empty = node.kind == NodeKind::null && node.size == 0;
    const bool is_key = frame.children++ % 2 == 0;
    if (!is_map && frame.flow && is_empty) {
      stop(at, at + 1, "yaml-syntax", "an item is missing before ','", "remove the extra comma");
    }
    if (is_map && !is_key && !frame.flow && is_empty) check_colon(at);
    if (!is_map || !is_key) return;
    const NodeKind kind = node.kind == NodeKind::alias ? tree_.nodes_[node.target].kind : node.kind;
    if (kind == NodeKind::list || kind == NodeKind::map) {
      stop(at, at + 1, "yaml-key", "a key is a text, not a list or a map",
           "quote a text that begins with '{' or '['");
    }
    if (is_empty) {
      stop(at, at + 1, "yaml-key", "a key is missing before ':'", "write 'key: value'");
    }
  }

  /// yaml-cpp takes a line without ':' for a key without a value.
  void check_colon(std::size_t at) {
    const NodeId key{static_cast<std::uint32_t>(tree_.nodes_.size() - 1)};
    if (tree_.nodes_[key.value].kind != NodeKind::scalar) return;
    const bool is_quoted = tree_[key].style != ScalarStyle::plain;
    const std::size_t end = ScalarPlaces(tree_, key).end() + (is_quoted ? 1 : 0);
    const std::size_t behind = source().find_first_not_of(" \t", end);
    if (behind != source().npos && source()[behind] == ':') return;
    if (behind != source().npos && behind < at &&
        source().substr(end, at - end).find(':') != source().npos) {
      return;
    }
    stop(tree_[key].begin, end, "yaml-syntax", "this line is neither 'key: value' nor '- item'",
         "write 'key: value', or indent it to continue the text above");
  }

  void add_leaf(Node node, YAML::anchor_t anchor, std::size_t at) {
    const std::uint32_t index = add(node, 1, at);
    tree_.nodes_[index].target = index + 1;
    if (anchor != 0) name_anchor(anchor, {NodeId{index}, 1, 0, true});
  }

  void name_anchor(YAML::anchor_t anchor, const Anchor& value) {
    if (anchors_.size() <= anchor) anchors_.resize(anchor + 1);
    anchors_[anchor] = value;
  }

  void open(NodeKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    const std::size_t begin = skip_properties(offset_of(mark));
    check_depth(1, begin);
    Node node;
    node.kind = kind;
    node.begin = static_cast<std::uint32_t>(begin);
    node.tag = tag == "!" ? Tag::none : tag_of(tag);
    if (node.tag == Tag::foreign) report_tag(offset_of(mark), begin);
    const std::size_t before = weight_;
    const std::uint32_t index = add(node, 1, begin);
    if (anchor != 0) name_anchor(anchor, {NodeId{index}, 0, 0, false});
    frames_.push_back({index, anchor, before, 1, 0, style == YAML::EmitterStyle::Flow});
  }

  void close() {
    const Frame frame = frames_.back();
    frames_.pop_back();
    tree_.nodes_[frame.node].target = static_cast<std::uint32_t>(tree_.nodes_.size());
    if (frame.anchor != 0) {
      name_anchor(frame.anchor,
                  {NodeId{frame.node}, weight_ - frame.weight_before, frame.height, true});
    }
    if (!frames_.empty()) {
      frames_.back().height = std::max(frames_.back().height, frame.height + 1);
    }
  }

  void check_keys(NodeId map) {
    std::vector<NodeId> keys;
    const NodeId end = tree_.next(map);
    for (NodeId key{map.value + 1}; key < end;) {
      const NodeId value = tree_.next(key);
      if (tree_.text(key) == "<<" && tree_[key].style == ScalarStyle::plain) check_merge(value);
      keys.push_back(key);
      key = tree_.next(value);
    }
    std::stable_sort(keys.begin(), keys.end(),
                     [&](NodeId a, NodeId b) { return tree_.text(a) < tree_.text(b); });
    for (std::size_t i = 1; i < keys.size(); ++i) {
      if (tree_.text(keys[i]) != tree_.text(keys[i - 1])) continue;
      const Place first = tree_.place(keys[i - 1]);
      diagnostics_.push_back({tree_.span(keys[i]), "duplicate-key",
                              "the key " + quoted(tree_.text(keys[i])) +
                                  " stands twice in this map, first in line " +
                                  std::to_string(first.line),
                              "remove or rename one of them"});
    }
  }

  void check_merge(NodeId value) {
    bool fits = tree_.kind(value) == NodeKind::map;
    if (tree_.kind(value) == NodeKind::list) {
      const std::vector<NodeId> items = tree_.items(value);
      fits = std::ranges::all_of(items,
                                 [&](NodeId item) { return tree_.kind(item) == NodeKind::map; });
    }
    if (fits) return;
    diagnostics_.push_back({tree_.span(value), "merge-key",
                            "'<<' takes a map, or a list of maps, to take keys from",
                            "write '<<: *name' with an anchor on a map"});
  }

  Tree& tree_;
  const Limits& limits_;
  Diagnostics& diagnostics_;
  std::vector<Frame> frames_;
  std::vector<Anchor> anchors_;
  std::size_t documents_ = 0;
  std::size_t aliases_ = 0;
  std::size_t weight_ = 0;
  std::size_t last_end_ = 0;
  std::size_t read_until_ = 0;
};

namespace {

/// What makes the bytes no text at all; nothing when they are one.
std::optional<Diagnostic> check_bytes(std::string_view source, const Limits& limits) {
  if (source.size() > limits.file_bytes) {
    return Diagnostic{{1, 1, 1},
                      "file-too-big",
                      "the file has " + grouped(source.size()) + " bytes; the limit is " +
                          grouped(limits.file_bytes),
                      "split the workflow"};
  }
  const std::size_t valid = find_invalid_utf8(source);
  const auto control = std::find_if(source.begin(), source.end(), [](char c) {
    return (c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == '\x7f';
  });
  const auto at = static_cast<std::size_t>(control - source.begin());
  const std::size_t first = std::min(valid, at);
  if (first >= source.size()) return std::nullopt;
  const SourceText text(source.substr(0, first));
  const Place place = text.place(first);
  const Span span{place.line, place.column, 1};
  if (source.find('\0') != source.npos) {
    return Diagnostic{span, "binary-file", "this is no text file: it holds a NUL byte",
                      "give a workflow file in UTF-8"};
  }
  if (valid <= at) {
    return Diagnostic{span, "invalid-utf8", "the bytes from here on are not UTF-8",
                      "save the file as UTF-8"};
  }
  return Diagnostic{span, "control-character", "a control character cannot stand in a file",
                    "remove it, or write it as \"\\x..\" in double quotes"};
}

Diagnostic too_big_value(const Tree& tree, std::size_t at) {
  return {tree.source().span(at, at), "value-too-big",
          "a text, a comment or a '{…}' or '[…]' of more than 4 MiB follows here",
          "write maps and lists on lines of their own, or keep the data in a file"};
}

}  // namespace

ParsedYaml parse_yaml(std::string_view source, const Limits& limits) {
  ParsedYaml parsed;
  if (const auto unreadable = check_bytes(source, limits)) {
    parsed.diagnostics.push_back(*unreadable);
    return parsed;
  }
  if (source.starts_with("\xEF\xBB\xBF")) source.remove_prefix(3);

  Tree tree(source);
  TreeBuilder builder(tree, limits, parsed.diagnostics);
  ViewBuffer buffer(source, builder.read_until());
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    if (buffer.is_starved()) {  // what was stopped at is not what the author wrote
      parsed.diagnostics = {too_big_value(tree, builder.read_until())};
    }
    return parsed;
  } catch (const YAML::Exception& error) {
    if (buffer.is_starved()) {
      parsed.diagnostics.push_back(too_big_value(tree, builder.read_until()));
      return parsed;
    }
    std::size_t at = error.mark.pos < 0 ? source.size() : static_cast<std::size_t>(error.mark.pos);
    const bool is_unclosed = error.msg.find("flow not found") != std::string::npos;
    if (const auto bracket = builder.open_bracket(); is_unclosed && bracket) at = *bracket;
    parsed.diagnostics.push_back(reword_yaml_error(error.msg, at, tree.source()));
    return parsed;
  }
  if (buffer.is_starved()) {
    parsed.diagnostics.push_back(too_big_value(tree, builder.read_until()));
    return parsed;
  }
  if (tree.size() == 0 || (tree.size() == 1 && tree.kind(Tree::root()) == NodeKind::null)) {
    parsed.diagnostics.push_back(
        {{1, 1, 1}, "empty-file", "the file is empty", "begin with 'name:' and 'steps:'"});
  }
  if (!has_errors(parsed.diagnostics)) parsed.tree = std::move(tree);
  return parsed;
}

}  // namespace pawl::dsl
