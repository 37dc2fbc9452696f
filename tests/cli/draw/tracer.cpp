#include "cli/draw/tracer.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <tuple>

#include "base/text.hpp"

namespace pawl::cli::draw {
namespace {

/// Text as cells, one character each; beyond the text there are spaces.
class Grid {
 public:
  explicit Grid(const std::string& text) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line) && line.rfind("hooks", 0) != 0;) {
      rows_.emplace_back();
      for (std::size_t i = 0; i < line.size();) {
        std::size_t end = i + 1;
        while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) ++end;
        rows_.back().push_back(line.substr(i, end - i));
        i = end;
      }
    }
  }

  int height() const { return static_cast<int>(rows_.size()); }
  int width(int y) const { return static_cast<int>(rows_[static_cast<std::size_t>(y)].size()); }

  const std::string& at(int x, int y) const {
    static const std::string space = " ";
    if (y < 0 || y >= height() || x < 0 || x >= width(y)) return space;
    return rows_[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)];
  }

  bool is(int x, int y, std::initializer_list<const char*> glyphs) const {
    return std::any_of(glyphs.begin(), glyphs.end(),
                       [&](const char* glyph) { return at(x, y) == glyph; });
  }

  bool is_flat(int x, int y) const { return is(x, y, {"─", "-"}); }
  bool is_bar(int x, int y) const { return is(x, y, {"│", "|"}); }

  /// Whether a stroke leaves the cell on that side. In ASCII what is beside a joint tells it.
  bool up(int x, int y) const {
    return is(x, y, {"│", "╯", "╰", "┤", "├", "┴", "┼", "|", "'", "+"});
  }
  bool down(int x, int y) const {
    return is(x, y, {"│", "╮", "╭", "┤", "├", "┬", "┼", "|", ".", "+"});
  }
  bool left(int x, int y) const {
    if (is(x, y, {"'", ".", "+"})) return is_flat(x - 1, y);
    return is_flat(x, y) || is(x, y, {"╯", "╮", "┤", "┴", "┬", "┼"});
  }
  bool right(int x, int y) const {
    if (is(x, y, {"'", ".", "+"})) return is_flat(x + 1, y);
    return is_flat(x, y) || is(x, y, {"╰", "╭", "├", "┴", "┬", "┼"});
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

bool is_letter(const std::string& cell) {
  return cell.size() == 1 && (std::isalnum(static_cast<unsigned char>(cell[0])) || cell == "_");
}

struct Frame {
  int left, top, right, bottom;
  std::string path;

  bool holds(const Frame& other) const {
    return left < other.left && right > other.right && top < other.top && bottom > other.bottom;
  }
};

class BoxesReader {
 public:
  explicit BoxesReader(const std::string& text) : grid_(text) {}

  Reading run() {
    find_frames();
    for (const Frame& frame : frames_) reading_.steps.insert(frame.path);
    for (const Frame& frame : frames_) {
      for (int x = frame.left + 1; x < frame.right; ++x) {
        if (!grid_.is(x, frame.bottom, {"┬", "."})) continue;
        seen_.clear();
        source_ = frame.path;
        down(x, frame.bottom + 1);
      }
    }
    return std::move(reading_);
  }

 private:
  void find_frames() {
    for (int y = 0; y < grid_.height(); ++y) {
      for (int x = 0; x < grid_.width(y); ++x) {
        if (grid_.is(x, y, {"╭", "┌", "+"})) add_frame(x, y);
      }
    }
    // Outer frames first, so that paths can be built.
    std::stable_sort(frames_.begin(), frames_.end(), [](const Frame& a, const Frame& b) {
      return a.right - a.left > b.right - b.left;
    });
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      const Frame* around = nullptr;
      for (std::size_t j = 0; j < i; ++j) {
        if (frames_[j].holds(frames_[i])) around = &frames_[j];
      }
      if (around != nullptr) frames_[i].path = around->path + "." + frames_[i].path;
    }
    for (const Frame& frame : frames_) {
      for (int x = frame.left + 1; x < frame.right; ++x) tops_[{x, frame.top}] = &frame;
    }
  }

  /// A frame is closed, and its second row holds a name. Nothing else is.
  void add_frame(int left, int top) {
    int right = left + 1;
    while (grid_.is(right, top, {"─", "┴", "-", "'"})) ++right;
    if (!grid_.is(right, top, {"╮", "┐", "+"}) || right - left < 3) return;
    int bottom = top + 1;
    while (grid_.is_bar(left, bottom) && grid_.is_bar(right, bottom)) ++bottom;
    if (!grid_.is(left, bottom, {"╰", "└", "+"}) || !grid_.is(right, bottom, {"╯", "┘", "+"})) {
      return;
    }
    for (int x = left + 1; x < right; ++x) {
      if (!grid_.is(x, bottom, {"─", "┬", "-", "."})) return;
    }
    std::string name;
    for (int x = left + 1; x < right; ++x) {
      if (is_letter(grid_.at(x, top + 1))) name += grid_.at(x, top + 1);
    }
    if (!name.empty()) frames_.push_back({left, top, right, bottom, name});
  }

  void mistake(int x, int y) {
    reading_.mistakes.push_back("a line of " + source_ + " is lost in row " + std::to_string(y) +
                                ", column " + std::to_string(x));
  }

  /// Comes into the cell from above.
  void down(int x, int y) {
    for (;; ++y) {
      const auto top = tops_.find({x, y});
      if (top != tops_.end()) {
        if (!grid_.is(x, y, {"┴", "'"})) mistake(x, y);
        reading_.edges.emplace(source_, top->second->path);
        return;
      }
      if (!seen_.emplace(x, y, 0).second) return;
      if (!grid_.up(x, y)) return mistake(x, y);
      if (grid_.left(x, y)) across(x, y, -1);
      if (grid_.right(x, y)) across(x, y, 1);
      if (!grid_.down(x, y)) return;
    }
  }

  /// Goes on sideways; lines are followed downwards, never up.
  void across(int x, int y, int step) {
    for (x += step; seen_.emplace(x, y, step).second; x += step) {
      if (grid_.is_bar(x, y)) continue;  // Passes below another line.
      if (!(step > 0 ? grid_.left(x, y) : grid_.right(x, y))) return mistake(x, y);
      if (grid_.down(x, y)) down(x, y + 1);
      if (!(step > 0 ? grid_.right(x, y) : grid_.left(x, y))) return;
    }
  }

  Grid grid_;
  Reading reading_;
  std::vector<Frame> frames_;
  std::map<std::pair<int, int>, const Frame*> tops_;
  std::string source_;
  std::set<std::tuple<int, int, int>> seen_;
};

class LanesReader {
 public:
  explicit LanesReader(const std::string& text) : grid_(text) {}

  Reading run() {
    find_names();
    for (int y = 0; y < grid_.height(); ++y) {
      if (names_.count(y) == 0) continue;
      reading_.steps.insert(names_[y]);
      const int x = glyph_at(y);
      if (grid_.is(x, y, {"●", "■", "*", "#"})) need(x, y);
      across(x, y, -1);
      across(x, y, 1);
    }
    return std::move(reading_);
  }

 private:
  bool is_step(int x, int y) const {
    return grid_.is(x, y, {"○", "●", "□", "■", "o", "*", "[", "#"});
  }

  /// The column of the step in its row, or -1 in a row that only goes on.
  int glyph_at(int y) const {
    for (int x = 0; x < text_; x += 2) {
      if (is_step(x, y)) return x;
    }
    return -1;
  }

  /// Names begin in the same column, further right in blocks.
  void find_names() {
    text_ = 1 << 30;
    for (int y = 0; y < grid_.height(); ++y) {
      int x = 0;
      while (x < grid_.width(y) && (!is_letter(grid_.at(x, y)) || grid_.is(x, y, {"o"}))) ++x;
      if (x < grid_.width(y)) text_ = std::min(text_, x);
    }
    std::vector<std::string> path;
    for (int y = 0; y < grid_.height(); ++y) {
      if (glyph_at(y) < 0) continue;
      int x = text_;
      while (grid_.at(x, y) == " " && x < grid_.width(y)) ++x;
      path.resize(static_cast<std::size_t>(x - text_) / 2);
      std::string name = path.empty() ? "" : path.back() + ".";
      for (; is_letter(grid_.at(x, y)); ++x) name += grid_.at(x, y);
      names_[y] = name;
      path.push_back(name);
    }
  }

  void across(int x, int y, int step) {
    while (grid_.is_flat(x + step, y)) {
      x += 2 * step;
      const bool is_joint = grid_.is(x, y, {"├", "┤", "┼", "┴", "╰", "╯", "+", "'"});
      if (is_joint) need(x, y);
      if (!is_joint && !grid_.is_bar(x, y) && !grid_.is_flat(x, y)) {
        reading_.mistakes.push_back(names_[y] + ": a line ends at nothing");
        return;
      }
    }
  }

  /// Follows the lane from the row above to the step it begins at.
  void need(int x, int y) {
    int row = y - 1;
    while (row >= 0 && !is_step(x, row) && (grid_.down(x, row) || grid_.is(x, row, {"┃", ":"}))) {
      --row;
    }
    if (row < 0 || !is_step(x, row)) {
      reading_.mistakes.push_back(names_[y] + ": a lane comes from nowhere");
      return;
    }
    reading_.edges.emplace(names_[row], names_[y]);
  }

  Grid grid_;
  Reading reading_;
  int text_ = 0;
  std::map<int, std::string> names_;
};

}  // namespace

Reading read_boxes(const std::string& text) { return BoxesReader(text).run(); }
Reading read_lanes(const std::string& text) { return LanesReader(text).run(); }

Reading read_list(const std::string& text) {
  Reading reading;
  std::istringstream in(text);
  std::vector<std::string> path;  // The ids of the blocks around, and of the step last seen.
  std::vector<std::pair<std::string, std::string>> needs;
  std::string block, step;
  bool is_in_needs = false;
  for (std::string line; std::getline(in, line);) {
    const std::size_t indent = line.find_first_not_of(' ');
    std::istringstream words(line);
    std::string word;
    // What goes on stands under what it continues, deeper than any name.
    const bool goes_on = !step.empty() && indent > 2 * path.size();
    if (!goes_on) {
      words >> word;
      path.resize(indent / 2);
      block.clear();
      for (const std::string& id : path) block += id + ".";
      path.push_back(word);
      step = block + word;
      reading.steps.insert(step);
      is_in_needs = false;
    }
    while (words >> word) {
      if (word == "needs") {
        is_in_needs = true;
      } else if (is_in_needs) {
        const bool is_last = word.back() == ';';
        if (word.back() == ',' || is_last) word.pop_back();
        needs.emplace_back(block + word, step);
        is_in_needs = !is_last;
      }
    }
  }
  reading.edges.insert(needs.begin(), needs.end());
  return reading;
}

}  // namespace pawl::cli::draw
