#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace pawl {

/// What an `Error` means to whoever asked; the command line maps each kind to an exit code.
enum class ErrorKind {
  usage,        ///< The request cannot be understood or is refused: exit 2.
  environment,  ///< The world is not as needed: no database, disk full, no right: exit 4.
};

/// Something that the world, not the author of a workflow, has to mend.
/// Thrown in the shell; caught in `main`, in one turn of the loop, in the journal's reconnect,
/// in one HTTP request and at the Lua boundary, nowhere else.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& what, std::string why = "", std::string fix = "")
      : std::runtime_error(what), kind_(kind), why_(std::move(why)), fix_(std::move(fix)) {}

  ErrorKind kind() const { return kind_; }
  /// The cause, with the value seen and the value expected; may be empty.
  const std::string& why() const { return why_; }
  /// What to change or to type next; may be empty.
  const std::string& fix() const { return fix_; }

 private:
  ErrorKind kind_;
  std::string why_;
  std::string fix_;
};

}  // namespace pawl
