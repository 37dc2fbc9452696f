#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dsl/plan.hpp"
#include "dsl/shell_commands.hpp"
#include "dsl/shell_word.hpp"

/// Follows a shell script as far as POSIX sh and bash agree on it, to know where its values stand.
///
/// Invariants:
///  1. A value is refused unless its place was read and found to take data only.
///  2. Where the two shells read the text differently, or we cannot tell, the follower is lost:
///     every later value is refused.
namespace pawl::dsl {

class ShellFollower {
 public:
  ShellFollower(const std::vector<ShellUnit>& units, std::size_t values)
      : units_(units), end_(units.size()), spots_(values), judge_(spots_) {}

  /// One Spot for each value. Called once.
  std::vector<Spot> run();

 private:
  /// What the next word of a list of commands is.
  enum class Expect : std::uint8_t {
    command,         ///< The name of a command, a reserved word, an assignment.
    arguments,       ///< An argument of the command.
    after_compound,  ///< Behind `fi`, `done`, `}`, `)`: redirections only.
    for_name,
    for_in,
    for_words,
    case_word,
    case_in,
    case_pattern,
    function_name,
    test,  ///< Between `[[` and `]]`.
  };
  enum class Frame : std::uint8_t { parenthesis, case_block };
  /// A list of commands: the script, or the inside of `$( … )`.
  struct Region {
    Expect expect = Expect::command;
    std::vector<ShellWord> words;
    std::vector<Frame> frames;
    std::size_t pipeline = 0;
    std::size_t here_documents = 0;  ///< Those from here on wait for the next line of this list.
    bool function_named = false;     ///< `function NAME` stands before.
  };
  struct HereDocument {
    std::string delimiter;
    bool quoted = false, strips_tabs = false;
    std::size_t pipeline = 0;
    int order = 0;
  };
  /// Values on their way through a pipeline, to know which ones a shell at its end would run.
  struct Pipeline {
    struct Carried {
      std::size_t value;
      int order;  ///< Twice the command's number, plus 1 for arguments.
    };
    std::vector<Carried> carried;
    int command = 0;
    int reader = -1;  ///< The last command that runs its input.
  };
  /// Refuses every value read while it lives.
  class Forbid {
   public:
    Forbid(ShellFollower& follower, const Refusal& why)
        : follower_(follower), outer_(follower.forbidden_) {
      follower.forbidden_ = &why;
    }
    ~Forbid() { follower_.forbidden_ = outer_; }
    Forbid(const Forbid&) = delete;
    Forbid& operator=(const Forbid&) = delete;

   private:
    ShellFollower& follower_;
    const Refusal* outer_;
  };

  // Characters.
  ShellUnit peek(std::size_t ahead = 0) const;
  bool is_value(std::size_t ahead = 0) const { return peek(ahead) >= value_unit; }
  bool looking_at(std::string_view text) const;
  void place(Quoting where);
  void refuse_here(const Refusal& why);
  /// From here on we cannot tell where a value stands.
  void lose_way();

  // Words and what stands in them: shell_word.cpp.
  ShellWord word();
  bool word_part(ShellWord& out);
  void backslash(ShellWord& out);
  void single_quoted(ShellWord& out);
  void double_quoted(ShellWord& out);
  void dollar(bool in_double);
  void ansi_quoted();
  void braced(bool in_double);
  void arithmetic();
  void old_arithmetic();
  void backquoted();
  void array(ShellWord& out);
  void substitution();
  void line_end_inside();

  // Lists of commands: shell_follow.cpp.
  void list(bool until_parenthesis);
  void comment();
  void new_line(Region& region);
  void take_word(Region& region);
  void take_first_word(Region& region, ShellWord word);
  bool take_reserved(Region& region, const ShellWord& word);
  void take_operator(Region& region);
  void take_bar(Region& region);
  void take_semicolon(Region& region);
  void take_open(Region& region);
  void take_close(Region& region);
  void take_test_operator(Region& region);
  void finish(Region& region);
  void next_pipeline(Region& region);
  void redirection(Region& region);

  // Here-documents: shell_here.cpp.
  void open_here_document(Region& region);
  void read_here_documents(std::size_t from);
  void read_here_document(const HereDocument& document);
  /// Offsets of the delimiter's line and of what follows it.
  struct BodyEnd {
    std::size_t at, behind;
  };
  BodyEnd find_body_end(const HereDocument& document);
  void follow_body(std::size_t body_end);

  const std::vector<ShellUnit>& units_;
  std::size_t at_ = 0, end_;
  int depth_ = 0;
  std::string lost_;  ///< Why; empty while we know the way.
  const Refusal* forbidden_ = nullptr;
  std::vector<Spot> spots_;
  CommandJudge judge_;
  std::vector<HereDocument> here_documents_;
  std::vector<Pipeline> pipelines_;
};

}  // namespace pawl::dsl
