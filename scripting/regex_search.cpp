#include <algorithm>

#include "scripting/regex.hpp"

namespace pawl::scripting {
namespace {

/// The code point at `at` and its length; a byte that is not UTF-8 counts as one by itself.
struct Decoded {
  char32_t code = 0;
  std::size_t length = 1;
};

Decoded decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at);
  const std::size_t tail = first < 0xC0 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  if (tail == 0 || at + tail >= text.size()) return {first, 1};
  char32_t code = first & (0x3FU >> tail);
  for (std::size_t i = 1; i <= tail; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80) return {first, 1};
    code = (code << 6) | (byte(at + i) & 0x3FU);
  }
  return {code, tail + 1};
}

bool is_word(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

bool Regex::Set::contains(char32_t c) const {
  const bool found = std::any_of(ranges.begin(), ranges.end(), [c](const Range& range) {
    return range.first <= c && c <= range.last;
  });
  return found != negated;
}

/// One search: the set of threads at the present position and at the next, in order of preference.
class RegexRun {
 public:
  RegexRun(const Regex& regex, std::string_view text,
           const std::function<void(std::size_t)>& charge)
      : regex_(regex),
        text_(text),
        charge_(charge),
        slots_(2 * static_cast<std::size_t>(regex.groups_ + 1)),
        now_(regex.program_.size(), slots_),
        next_(regex.program_.size(), slots_) {}

  std::optional<Regex::Match> search(std::size_t from) {
    std::optional<Regex::Match> best;
    for (std::size_t at = from;;) {
      if (!best) {
        captures_.assign(slots_, std::string::npos);
        add(now_, 0, at);
      }
      if (now_.threads.empty()) break;
      const bool end = at >= text_.size();
      const Decoded here = end ? Decoded{} : decode(text_, at);
      step(at, here, end, best);
      if (end) break;
      at += here.length;
      std::swap(now_, next_);
      next_.clear();
    }
    return best;
  }

 private:
  struct Threads {
    Threads(std::size_t program, std::size_t slot_count)
        : seen(program, 0), captures(program * slot_count) {}
    void clear() {
      threads.clear();
      ++generation;
    }
    std::vector<int> threads;
    std::vector<unsigned> seen;
    unsigned generation = 1;
    Regex::Match captures;
  };
  /// What is left to follow: an instruction, or a slot to give back its value.
  struct Pending {
    int pc = 0;
    int slot = -1;
    std::size_t value = 0;
  };

  void step(std::size_t at, const Decoded& here, bool end, std::optional<Regex::Match>& best) {
    charge_(1 + now_.threads.size());
    for (const int pc : now_.threads) {
      const Regex::Instruction& instruction = regex_.program_[static_cast<std::size_t>(pc)];
      const auto first = now_.captures.begin() +
                         static_cast<std::ptrdiff_t>(static_cast<std::size_t>(pc) * slots_);
      const auto last = first + static_cast<std::ptrdiff_t>(slots_);
      if (instruction.op == Regex::Op::match) {
        best.emplace(first, last);
        break;  // the others are less preferred
      }
      if (end) continue;
      const bool fits =
          instruction.op == Regex::Op::any
              ? here.code != U'\n'
              : regex_.sets_[static_cast<std::size_t>(instruction.x)].contains(here.code);
      if (!fits) continue;
      captures_.assign(first, last);
      add(next_, pc + 1, at + here.length);
    }
  }

  bool holds(std::uint8_t kind, std::size_t at) const {
    const bool before = at > 0 && is_word(static_cast<unsigned char>(text_[at - 1]));
    const bool behind = at < text_.size() && is_word(static_cast<unsigned char>(text_[at]));
    switch (kind) {
      case '^':
      case 'A':
        return at == 0;
      case '$':
      case 'z':
        return at == text_.size();
      case 'b':
        return before != behind;
      default:
        return before == behind;
    }
  }

  /// Follows everything that reads nothing from `start` on, with `captures_` as they are there.
  void add(Threads& to, int start, std::size_t at) {
    pending_.assign(1, Pending{start});
    std::size_t work = 0;
    while (!pending_.empty()) {
      ++work;
      const Pending job = pending_.back();
      pending_.pop_back();
      if (job.slot >= 0) {
        captures_[static_cast<std::size_t>(job.slot)] = job.value;
        continue;
      }
      const auto pc = static_cast<std::size_t>(job.pc);
      if (to.seen[pc] == to.generation) continue;
      to.seen[pc] = to.generation;
      const Regex::Instruction& instruction = regex_.program_[pc];
      switch (instruction.op) {
        case Regex::Op::jump:
          pending_.push_back({job.pc + instruction.x});
          break;
        case Regex::Op::split:
          pending_.push_back({job.pc + instruction.y});
          pending_.push_back({job.pc + instruction.x});
          break;
        case Regex::Op::save: {
          auto& slot = captures_[static_cast<std::size_t>(instruction.x)];
          pending_.push_back({0, instruction.x, slot});
          slot = at;
          pending_.push_back({job.pc + 1});
          break;
        }
        case Regex::Op::assertion:
          if (holds(instruction.kind, at)) pending_.push_back({job.pc + 1});
          break;
        default:
          to.threads.push_back(job.pc);
          std::copy(captures_.begin(), captures_.end(),
                    to.captures.begin() + static_cast<std::ptrdiff_t>(pc * slots_));
      }
    }
    charge_(work);
  }

  const Regex& regex_;
  std::string_view text_;
  const std::function<void(std::size_t)>& charge_;
  std::size_t slots_;
  Threads now_, next_;
  std::vector<Pending> pending_;
  Regex::Match captures_;  ///< Of the thread that is being added.
};

std::optional<Regex::Match> Regex::search(std::string_view text, std::size_t from,
                                          const std::function<void(std::size_t)>& charge) const {
  charge(program_.size());
  return RegexRun(*this, text, charge).search(from);
}

}  // namespace pawl::scripting
