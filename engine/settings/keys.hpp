#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

/// Which settings there are: the one table that reading, checking, `pawl config` and the docs use.
namespace pawl::settings {

enum class Type : std::uint8_t { text, whole, duration, boolean, choice, names };

struct Key {
  std::string_view name;      ///< "worker.slots"
  std::string_view variable;  ///< "PAWL_WORKER_SLOTS"
  Type type = Type::text;
  std::string_view standard;  ///< As it would be written; empty: decided by the machine or the run.
  std::string_view help;      ///< What it does, with its default when `standard` cannot tell.
  std::string_view choices{};  ///< Of a choice: words separated by blanks.
  std::int64_t least = 0;      ///< Of a whole number; of a duration in milliseconds.
  std::int64_t most = 0;       ///< 0: no bound.
  /// Not in files, because it says where this user's are.
  bool only_variable = false;
};

/// In the order in which people read them.
std::span<const Key> keys();
/// nullptr when there is none of that name.
const Key* find_key(std::string_view name);

/// Sections and keys that the language of settings has and this version does not: they are refused
/// by name, because a policy that nobody enforces is worse than none.
bool is_for_later(std::string_view name);

/// `text` in its one spelling: "True" is refused, " 8" is "8", "a, b" is "a,b". The problem names
/// what was expected, not the key.
Result<std::string> normalized(const Key& key, std::string_view text);

/// The key, or the section, that `name` may have meant; empty when none is near.
std::string_view nearest(std::string_view name);

/// A connection URL without its password: "postgresql://ana:…@db1/pawl".
std::string without_password(std::string_view url);

}  // namespace pawl::settings
