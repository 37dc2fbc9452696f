#pragma once

#include <optional>
#include <string>

/// The one writer of a terminal while a live tree is on it. Commands never write escapes.
namespace pawl::cli {

/// What happened to us since the last look.
struct Notices {
  bool interrupted = false;  ///< SIGINT
  bool resized = false;      ///< SIGWINCH
  bool stopping = false;     ///< SIGTSTP: leave the terminal in order, then stop.
  bool continued = false;    ///< SIGCONT
  int ending = 0;            ///< SIGTERM or SIGHUP
};

struct TerminalSize {
  int columns = 80, rows = 24;
};

/// While it lives, typed characters are not echoed and come one by one, and signals become notices.
/// Restores everything at its end, and when the program dies by a signal. One at a time.
class Terminal {
 public:
  Terminal(int in, int out);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  TerminalSize size() const;
  /// Waits for a key or a notice, at most so long. The keys that came, if any.
  std::string wait(int timeout_ms);
  Notices take_notices();
  /// Something else wants attention: makes `wait` return. From any thread.
  void wake();

  /// False when the terminal takes nothing at the moment (Ctrl-S, a dead line): drop the frame.
  bool is_writable() const;
  void write(const std::string& bytes);
  /// What a fatal signal writes, so that the block stays whole and the shell's prompt stands below.
  void set_last_words(const std::string& bytes);

  /// Puts the modes back and stops this process, as Ctrl-Z asked; returns when it goes on, true
  /// when it may draw (it is in the foreground).
  bool stop();
  /// Puts the modes back, before a signal ends the program.
  void restore();

 private:
  void enter();

  int in_, out_;
  bool entered_ = false;
};

}  // namespace pawl::cli
