#include "cli/config_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/json_record.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli {
namespace {

using settings::Key;
using settings::Said;
using settings::Source;

struct Row {
  const Key& key;
  std::string value;
  std::vector<Said> said;  ///< The strongest first.
};

std::string shown(const Key& key, const std::string& value) {
  return key.name == "database.url" ? settings::without_password(value) : value;
}

std::vector<Row> rows_of(const settings::Settings& settings, const Computed& computed,
                         const Key* only) {
  std::vector<Row> rows;
  for (const Key& key : settings::keys()) {
    if (only != nullptr && only != &key) continue;
    Row row{key, "", settings.said(key)};
    for (Said& said : row.said) said.value = shown(key, said.value);
    if (const auto found = computed.find(key.name); found != computed.end()) {
      row.said.back().value = found->second;
    }
    row.value = row.said.front().value;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string near(const std::string& place, const std::string& folder) {
  const std::string prefix = folder == "/" ? folder : folder + "/";
  return place.starts_with(prefix) ? place.substr(prefix.size()) : place;
}

std::string told(const Said& said, const std::string& folder) {
  switch (said.source) {
    case Source::environment:
      return "env " + said.place;
    case Source::file:
      return near(said.place, folder);
    case Source::standard:
      return "default";
  }
  return "";
}

std::string_view name_of(Source source) {
  switch (source) {
    case Source::environment:
      return "environment";
    case Source::file:
      return "file";
    case Source::standard:
      return "default";
  }
  return "";
}

}  // namespace

std::string config_text(const settings::Settings& settings, const Computed& computed,
                        const Key* only, const std::string& folder) {
  constexpr std::size_t value_cells_max = 40;
  const std::vector<Row> rows = rows_of(settings, computed, only);
  std::size_t name_cells = 0, value_cells = 1;
  for (const Row& row : rows) {
    name_cells = std::max(name_cells, row.key.name.size());
    value_cells = std::max(value_cells, std::min(cell_width(row.value), value_cells_max));
  }
  std::string out;
  for (const Row& row : rows) {
    out += fmt::format("{:<{}}  {}  {}", row.key.name, name_cells,
                       pad_right(row.value.empty() ? "-" : row.value, value_cells),
                       told(row.said.front(), folder));
    std::string others;
    for (std::size_t i = 1; i + 1 < row.said.size(); ++i) {
      others += fmt::format("{}{} says {}", others.empty() ? "" : ", ", told(row.said[i], folder),
                            row.said[i].value);
    }
    if (!others.empty()) out += " (" + others + ")";
    out += '\n';
  }
  return out;
}

std::string config_records(const settings::Settings& settings, const Computed& computed,
                           const Key* only) {
  std::string out;
  for (const Row& row : rows_of(settings, computed, only)) {
    std::string others;
    for (std::size_t i = 1; i + 1 < row.said.size(); ++i) {
      others += (others.empty() ? "" : ",") + JsonRecord()
                                                  .text("source", name_of(row.said[i].source))
                                                  .text_or_null("place", row.said[i].place)
                                                  .text("value", row.said[i].value)
                                                  .str();
    }
    out += JsonRecord("setting")
               .text("name", row.key.name)
               .text_or_null("value", row.value)
               .text("source", name_of(row.said.front().source))
               .text_or_null("place", row.said.front().place)
               .text("variable", row.key.variable)
               .text("help", row.key.help)
               .json("overridden", {"[" + others + "]"})
               .str() +
           "\n";
  }
  return out;
}

std::string config_values(const settings::Settings& settings, const Computed& computed,
                          const Key* only) {
  std::string out;
  for (const Row& row : rows_of(settings, computed, only)) out += row.value + "\n";
  return out;
}

}  // namespace pawl::cli
