#include "settings/settings.hpp"

#include <algorithm>
#include <charconv>

#include "base/check.hpp"
#include "base/units.hpp"

namespace pawl::settings {
namespace {

const Key& known(std::string_view name) {
  const Key* key = find_key(name);
  check(key != nullptr, "a setting that is not in the table");
  return *key;
}

}  // namespace

std::string Fault::text() const {
  if (!source.empty()) return dsl::render(diagnostic, place, source);
  return place + "  error[" + diagnostic.rule + "]  " + diagnostic.message +
         (diagnostic.fix.empty() ? "" : "\n    " + diagnostic.fix) + "\n";
}

std::vector<Said> Settings::said(const Key& key) const {
  std::vector<Said> said;
  for (const Entry& entry : entries_) {
    if (entry.key == key.name) said.push_back(entry.said);
  }
  said.push_back({std::string(key.standard), Source::standard, ""});
  return said;
}

std::string Settings::text(std::string_view name) const { return said(known(name)).front().value; }

std::string Settings::place(std::string_view name) const { return said(known(name)).front().place; }

bool Settings::boolean(std::string_view name) const { return text(name) == "true"; }

std::optional<int> Settings::whole(std::string_view name) const {
  const std::string value = text(name);
  int number = 0;
  const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (value.empty() || failed != std::errc{}) return std::nullopt;
  return number;
}

std::optional<Millis> Settings::duration(std::string_view name) const {
  const Result<Millis> span = parse_duration(text(name));
  return span ? std::optional(span.value()) : std::nullopt;
}

std::vector<std::string> Settings::names(std::string_view name) const {
  std::vector<std::string> list;
  const std::string value = text(name);
  for (std::size_t from = 0; from < value.size();) {
    const std::size_t end = std::min(value.find(',', from), value.size());
    list.push_back(value.substr(from, end - from));
    from = end + 1;
  }
  return list;
}

}  // namespace pawl::settings
