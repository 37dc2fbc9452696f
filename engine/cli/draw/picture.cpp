#include "cli/draw/picture.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "cli/draw/channel.hpp"
#include "cli/draw/layers.hpp"
#include "cli/draw/spread.hpp"
#include "cli/draw/wrapped.hpp"

namespace pawl::cli::draw {
namespace {

constexpr int step_height = 3;
constexpr int frame_sides = 4;  ///< A border and a space on each side.

std::size_t at(int number) { return static_cast<std::size_t>(number); }

int odd(int number) { return number + 1 - number % 2; }

/// Lays out one block. Its children are measured first; columns are even until the end, so that
/// two lines side by side never touch.
class BlockLayout {
 public:
  BlockLayout(const Graph& graph, int block, Room room)
      : graph_(graph), children_(graph.node(block).children), room_(room) {}

  Picture run() {
    layers_ = layers_of(needs());
    gather_nets();
    measure();
    place_columns();
    place_pins();
    place_rows();
    move_to_origin();
    return std::move(picture_);
  }

 private:
  /// What is known of a spot.
  struct Shape {
    int width = 1, height = step_height;
    int half = 0;     ///< Half of the column of its middle: columns are even.
    Picture content;  ///< Of a block.
    std::vector<std::size_t> upper_nets, lower_nets;  ///< Nets of the gap above, below.
  };
  struct Gap {
    std::vector<Net> nets;   ///< Of spots.
    std::vector<Net> wires;  ///< The same of columns.
    Channel channel;
  };

  Shape& shape(int spot) { return shapes_[at(spot)]; }
  bool is_line(int spot) const { return layers_.spot(spot).child < 0; }
  const Node& node(int spot) const { return graph_.node(number_of(spot)); }
  int number_of(int spot) const { return children_[at(layers_.spot(spot).child)]; }
  int left_of(int spot) { return 2 * shape(spot).half - (shape(spot).width - 1) / 2; }

  std::vector<std::vector<int>> needs() const {
    std::map<int, int> index;
    for (const int child : children_) index.emplace(child, static_cast<int>(index.size()));
    std::vector<std::vector<int>> needs;
    for (const int child : children_) {
      needs.emplace_back();
      for (const int need : graph_.node(child).needs) needs.back().push_back(index.at(need));
    }
    return needs;
  }

  void gather_nets() {
    shapes_.resize(layers_.spots.size());
    for (std::size_t row = 0; row + 1 < layers_.rows.size(); ++row) {
      std::vector<std::pair<int, int>> links;
      for (const int spot : layers_.rows[row]) {
        for (const int lower : layers_.spot(spot).down) links.emplace_back(spot, lower);
      }
      Gap gap;
      gap.nets = nets_of(links, [&](int spot) { return is_line(spot); });
      for (std::size_t i = 0; i < gap.nets.size(); ++i) {
        for (const int spot : gap.nets[i].above) shape(spot).lower_nets.push_back(i);
        for (const int spot : gap.nets[i].below) shape(spot).upper_nets.push_back(i);
      }
      gaps_.push_back(std::move(gap));
    }
  }

  void measure() {
    for (int spot = 0; spot < static_cast<int>(shapes_.size()); ++spot) {
      if (is_line(spot)) continue;
      Shape& one = shape(spot);
      const int title = cells_of(node(spot).id) + frame_sides;
      const auto pins = std::max(one.upper_nets.size(), one.lower_nets.size());
      one.width = std::max(title, 2 * static_cast<int>(pins) + 3);
      if (node(spot).is_block) {
        one.content = BlockLayout(graph_, number_of(spot), room_).run();
        one.width = std::max(one.width, one.content.width + frame_sides);
        one.height = step_height + one.content.height;
      }
      one.width = odd(one.width);
    }
  }

  /// Halves of columns between the middles of neighbours.
  int gap_between(int left, int right) {
    const bool is_tight = room_ == Room::tight;
    const int cells = is_tight || (is_line(left) && is_line(right)) ? 1 : 2;
    const int distance = (shape(left).width + shape(right).width) / 2 + cells;
    const int halves = (distance + 1) / 2;
    // Even, so that what leads to two neighbours can stand exactly between them.
    return is_tight ? halves : halves + halves % 2;
  }

  /// A row where its neighbours of one side would like it.
  void align(const std::vector<int>& row, bool to_upper, bool to_lower) {
    std::vector<Placed> things;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Spot& spot = layers_.spot(row[i]);
      double sum = 0, count = 0, weight = 1;
      const auto look = [&](const std::vector<int>& links) {
        for (const int other : links) {
          sum += shape(other).half;
          count += 1;
          // A long line should be straight, whatever it costs the boxes.
          if (is_line(row[i]) && is_line(other)) weight = 8;
        }
      };
      if (to_upper) look(spot.up);
      if (to_lower) look(spot.down);
      Placed thing;
      thing.wanted = count > 0 ? sum / count : shape(row[i]).half;
      thing.weight = count > 0 ? weight : 0.05;
      thing.gap = i == 0 ? 0 : gap_between(row[i - 1], row[i]);
      things.push_back(thing);
    }
    const std::vector<int> places = spread(things);
    for (std::size_t i = 0; i < row.size(); ++i) shape(row[i]).half = places[i];
  }

  /// Moves a line, as far as its neighbours leave room, to where it comes from or leads to.
  void straighten(const std::vector<int>& row, bool is_downwards) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!is_line(row[i])) continue;
      const Spot& spot = layers_.spot(row[i]);
      const std::vector<int>& links = is_downwards ? spot.up : spot.down;
      if (links.size() != 1) continue;
      const auto [first, last] = reach_of(links[0]);
      const int wanted = std::clamp(shape(row[i]).half, first / 2, last / 2);
      int least = 0, most = wanted;
      if (i > 0) least = shape(row[i - 1]).half + gap_between(row[i - 1], row[i]);
      if (i + 1 < row.size()) most = shape(row[i + 1]).half - gap_between(row[i], row[i + 1]);
      shape(row[i]).half = std::clamp(wanted, least, std::max(least, most));
    }
  }

  void straighten() {
    for (const auto& row : layers_.rows) straighten(row, true);
    for (auto row = layers_.rows.rbegin(); row != layers_.rows.rend(); ++row) {
      straighten(*row, false);
    }
  }

  void place_columns() {
    for (const auto& row : layers_.rows) {
      for (std::size_t i = 1; i < row.size(); ++i) {
        shape(row[i]).half = shape(row[i - 1]).half + gap_between(row[i - 1], row[i]);
      }
    }
    constexpr int sweeps = 8;
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      for (const auto& row : layers_.rows) align(row, true, false);
      for (auto row = layers_.rows.rbegin(); row != layers_.rows.rend(); ++row) {
        align(*row, false, true);
      }
      for (const auto& one : layers_.rows) align(one, true, true);
    }
    int least = 0;
    for (const auto& row : layers_.rows) least = std::min(least, left_of(row.front()));
    // An even shift, with room for a line that must go around.
    const int shift = (1 - least) / 2 + 1;
    for (Shape& one : shapes_) one.half += shift;
    straighten();
  }

  /// The columns where a line may join the spot.
  std::pair<int, int> reach_of(int spot) {
    if (is_line(spot)) return {2 * shape(spot).half, 2 * shape(spot).half};
    const int first = left_of(spot) + 1;
    const int last = left_of(spot) + shape(spot).width - 2;
    return {first + first % 2, last - last % 2};
  }

  /// The column at which a net of two spots is straight, when there is one.
  std::optional<double> straight_column(const Net& net) {
    if (net.above.size() != 1 || net.below.size() != 1) return std::nullopt;
    const int upper = net.above[0], lower = net.below[0];
    const int first = std::max(reach_of(upper).first, reach_of(lower).first);
    const int last = std::min(reach_of(upper).second, reach_of(lower).second);
    if (first > last) return std::nullopt;
    return std::clamp(shape(upper).half + shape(lower).half, first, last);
  }

  double mean_of(const std::vector<int>& spots) {
    double sum = 0;
    for (const int spot : spots) sum += 2 * shape(spot).half;
    return sum / static_cast<double>(spots.size());
  }

  /// The columns where the nets of one side of a spot join it.
  void pin(int spot, Gap& gap, const std::vector<std::size_t>& nets, bool is_upper_side) {
    struct Wish {
      double column, order;
      std::size_t net;
    };
    std::vector<Wish> wishes;
    for (const std::size_t i : nets) {
      const double column = straight_column(gap.nets[i]).value_or(2 * shape(spot).half);
      const double others = mean_of(is_upper_side ? gap.nets[i].above : gap.nets[i].below);
      wishes.push_back({column, others, i});
    }
    std::ranges::stable_sort(wishes, {}, &Wish::order);
    const auto [first, last] = reach_of(spot);
    const int slots = (last - first) / 2 + 1;
    const int room = wishes.size() > 1 ? (slots - 1) / static_cast<int>(wishes.size() - 1) : 1;
    std::vector<Placed> things;
    for (const Wish& wish : wishes) {
      things.push_back({(wish.column - first) / 2, 1, std::min(room, 2)});
    }
    std::vector<int> places = spread(things);
    const int over = std::max(0, places.back() - (slots - 1));
    const int under = std::max(0, -places.front());
    for (std::size_t i = 0; i < wishes.size(); ++i) {
      const int column = first + 2 * (places[i] - over + under);
      Net& wire = gap.wires[wishes[i].net];
      (is_upper_side ? wire.below : wire.above).push_back(column);
    }
  }

  void place_pins() {
    const auto half = [&](int spot) { return shape(spot).half; };
    for (Gap& gap : gaps_) {
      gap.wires.resize(gap.nets.size());
      // From left to right, as the columns are found below.
      for (Net& net : gap.nets) {
        std::ranges::sort(net.above, {}, half);
        std::ranges::sort(net.below, {}, half);
      }
    }
    for (std::size_t row = 0; row < layers_.rows.size(); ++row) {
      for (const int spot : layers_.rows[row]) {
        const Shape& one = shape(spot);
        if (!one.upper_nets.empty()) pin(spot, gaps_[row - 1], one.upper_nets, true);
        if (!one.lower_nets.empty()) pin(spot, gaps_[row], one.lower_nets, false);
      }
    }
    for (Gap& gap : gaps_) gap.channel = route(gap.wires);
  }

  void add_box(int spot, int top) {
    Shape& one = shape(spot);
    const int left = left_of(spot);
    const Border border = node(spot).is_block ? Border::block : Border::step;
    picture_.boxes.push_back({number_of(spot), border, left, top, one.width, one.height});
    // Below the row with the block's name.
    const int inner_left = left + (one.width - one.content.width) / 2;
    const int inner_top = top + 2;
    for (Box box : one.content.boxes) {
      box.left += inner_left;
      box.top += inner_top;
      picture_.boxes.push_back(box);
    }
    for (Line line : one.content.lines) {
      line.net += picture_.nets;
      line.x1 += inner_left;
      line.x2 += inner_left;
      line.y1 += inner_top;
      line.y2 += inner_top;
      picture_.lines.push_back(line);
    }
    picture_.nets += one.content.nets;
  }

  void place_rows() {
    std::vector<int> tops, bottoms;
    int y = 0;
    for (std::size_t row = 0; row < layers_.rows.size(); ++row) {
      int height = 1;
      for (const int spot : layers_.rows[row]) {
        if (!is_line(spot)) height = std::max(height, shape(spot).height);
      }
      tops.push_back(y);
      bottoms.push_back(y + height - 1);
      for (const int spot : layers_.rows[row]) {
        const int column = 2 * shape(spot).half;
        if (is_line(spot)) {
          picture_.lines.push_back({picture_.nets++, column, y, column, bottoms.back()});
        } else {
          add_box(spot, y);
        }
      }
      y += height + (row < gaps_.size() ? gaps_[row].channel.rows : 0);
    }
    picture_.height = y;
    for (std::size_t row = 0; row < gaps_.size(); ++row) {
      add_wires(gaps_[row], tops[row], bottoms[row], tops[row + 1]);
    }
  }

  /// Where the line at `column` leaves the row that begins at `top`: boxes may be lower than it.
  int start_of(const Net& net, std::size_t which, int top, int bottom) {
    const int spot = net.above[which];
    return is_line(spot) ? bottom : top + shape(spot).height - 1;
  }

  void add_wires(const Gap& gap, int top, int bottom, int next_top) {
    std::map<int, int> starts;  // By column; no two nets have the same on one side.
    for (std::size_t i = 0; i < gap.nets.size(); ++i) {
      for (std::size_t j = 0; j < gap.nets[i].above.size(); ++j) {
        starts[gap.wires[i].above[j]] = start_of(gap.nets[i], j, top, bottom);
      }
    }
    const int first_net = picture_.nets;
    picture_.nets += static_cast<int>(gap.nets.size());
    std::vector<bool> has_track(gap.nets.size(), false);
    std::map<int, int> asides;  // Where a net goes from its first track to its second.
    for (const Track& track : gap.channel.tracks) {
      const int net = first_net + track.net;
      const int y = bottom + 1 + track.row;
      has_track[at(track.net)] = true;
      picture_.lines.push_back({net, track.left, y, track.right, y});
      for (const int column : track.above) {
        const auto start = starts.find(column);
        const auto aside = asides.find(column);
        const int from = start != starts.end() ? start->second : aside->second;
        picture_.lines.push_back({net, column, from, column, y});
      }
      const Net& wire = gap.wires[at(track.net)];
      for (const int column : track.below) {
        const bool is_pin = std::ranges::find(wire.below, column) != wire.below.end();
        if (!is_pin) {
          asides[column] = y;
        } else {
          picture_.lines.push_back({net, column, y, column, next_top});
        }
      }
    }
    for (std::size_t i = 0; i < gap.nets.size(); ++i) {
      if (has_track[i]) continue;
      const int column = gap.wires[i].above[0];
      picture_.lines.push_back(
          {first_net + static_cast<int>(i), column, starts.at(column), column, next_top});
    }
  }

  void move_to_origin() {
    int left = 1 << 30;
    for (const Box& box : picture_.boxes) left = std::min(left, box.left);
    for (const Line& line : picture_.lines) left = std::min(left, line.x1);
    for (Box& box : picture_.boxes) {
      box.left -= left;
      picture_.width = std::max(picture_.width, box.left + box.width);
    }
    for (Line& line : picture_.lines) {
      line.x1 -= left;
      line.x2 -= left;
      picture_.width = std::max(picture_.width, line.x2 + 1);
    }
  }

  const Graph& graph_;
  const std::vector<int>& children_;
  Room room_;
  Layers layers_;
  std::vector<Shape> shapes_;
  std::vector<Gap> gaps_;
  Picture picture_;
};

}  // namespace

Picture picture_of(const Graph& graph, Room room) { return BlockLayout(graph, 0, room).run(); }

}  // namespace pawl::cli::draw
