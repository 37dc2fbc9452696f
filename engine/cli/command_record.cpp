#include "cli/help_page.hpp"
#include "cli/json_record.hpp"

/// A command as a program reads it: `pawl help --json`.
namespace pawl::cli {
namespace {

/// The lines of `text` as a list of strings.
JsonText lines_of(std::string_view text) {
  std::string list = "[";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (list.size() > 1) list += ',';
    list += json_string(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {list + "]"};
}

template <class T, class Told>
JsonText list_of(const std::vector<T>& all, Told told) {
  std::string list = "[";
  for (const T& each : all) {
    if (list.size() > 1) list += ',';
    list += told(each);
  }
  return {list + "]"};
}

std::string flag_json(const FlagDescription& flag) {
  return JsonRecord()
      .json("names", list_of(flag.names, json_string))
      .text_or_null("value", flag.placeholder)
      .boolean("value_is_free", flag.value_is_free)
      .boolean("repeats", flag.repeats)
      .boolean("common", flag.is_common)
      .text("help", flag.help)
      .str();
}

std::string positional_json(const PositionalDescription& positional) {
  return JsonRecord()
      .text("value", positional.placeholder)
      .boolean("required", positional.required)
      .boolean("repeats", positional.repeats)
      .str();
}

}  // namespace

std::string command_record(const Command& command, const Description& description) {
  return JsonRecord("command")
      .text("name", command.name)
      .text("group", name_of(command.group))
      .text("usage", command.usage)
      .text("summary", command.summary)
      .json("examples", lines_of(command.example))
      .json("subjects", list_of(description.positionals, positional_json))
      .json("flags", list_of(description.flags, flag_json))
      .str();
}

}  // namespace pawl::cli
