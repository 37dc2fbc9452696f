#include "base/json_text.hpp"

#include "base/text.hpp"

namespace pawl {

std::string json_mistake(std::string_view what) {
  constexpr std::string_view in_front = " - ", place = " at ", token = "; last read: ";
  if (const std::size_t at = what.find("line "); at != what.npos && what.find(place) < at) {
    what.remove_prefix(at);
  } else if (const std::size_t name = what.find("] "); name != what.npos) {
    what.remove_prefix(name + 2);
  }
  // What the parser would have taken instead is a list of nearly everything.
  what = what.substr(0, what.rfind("; expected "));
  const std::size_t colon = what.find(": ");
  if (colon == what.npos) return to_valid_utf8(what);
  std::string where(what.substr(0, colon + 2));
  std::string_view why = what.substr(colon + 2);
  if (why.starts_with("syntax error")) {
    if (const std::size_t at = why.find(in_front); at != why.npos) {
      why.remove_prefix(at + in_front.size());
    }
  }
  const std::size_t read = why.find(token);
  where += why.substr(0, read);
  if (read != why.npos) where.append(" near ").append(why.substr(read + token.size()));
  return to_valid_utf8(where);
}

}  // namespace pawl
