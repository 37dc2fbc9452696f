#include "cli/description.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pawl::cli {

std::string FlagDescription::text() const {
  std::string text = fmt::format("{}", fmt::join(names, ", "));
  if (value_is_free) return text + "[=" + placeholder + "]";
  return placeholder.empty() ? text : text + " " + placeholder;
}

const FlagDescription* Description::flag(std::string_view name) const {
  const auto has_name = [&](const FlagDescription& each) {
    return std::ranges::find(each.names, name) != each.names.end();
  };
  const auto found = std::ranges::find_if(flags, has_name);
  return found == flags.end() ? nullptr : &*found;
}

Description describe(const Command& command) {
  Description description;
  Command asked = command;
  asked.described = &description;
  asked.run(asked, {});
  return description;
}

std::vector<std::string> choices_of(std::string_view placeholder) {
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  std::vector<std::string> choices;
  if (std::ranges::any_of(placeholder, is_capital)) return choices;
  while (!placeholder.empty()) {
    const std::size_t end = std::min(placeholder.find('|'), placeholder.size());
    choices.emplace_back(placeholder.substr(0, end));
    placeholder.remove_prefix(std::min(end + 1, placeholder.size()));
  }
  return choices;
}

}  // namespace pawl::cli
