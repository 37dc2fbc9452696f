#pragma once

#include <map>
#include <string>
#include <vector>

#include "dsl/compile.hpp"

namespace pawl::dsl {

/// A folder for tests that runs no Lua: what its actions declare is written here. Examples of the
/// documents and of the schema speak of its files.
class SampleFolder final : public BundleFolder {
 public:
  std::string name() const override { return "flows"; }
  std::optional<Result<BundleFile>> read(const std::string& path, std::size_t bytes_max) override {
    const auto found = files.find(path);
    if (found == files.end()) return std::nullopt;
    if (found->second.size() > bytes_max) return Problem{path + " is too large", "split it"};
    return BundleFile{path, found->second, false};
  }
  std::vector<std::string> paths(const std::string& folder, std::size_t most) override {
    std::vector<std::string> found;
    for (const auto& [path, text] : files) {
      const bool is_inside = folder.empty() || path.starts_with(folder + "/");
      if (is_inside && found.size() < most) found.push_back(path);
    }
    return found;
  }
  Result<JsonText> declaration(const std::string& action, const std::vector<Module>&) override {
    const auto found = declarations.find(action);
    if (found != declarations.end()) return JsonText{found->second};
    return JsonText{R"({"description": null, "inputs": null, "output_schema": null,
                        "has_run": true, "others": []})"};
  }

  std::map<std::string, std::string> files = {
      {"lib/clean.lua", "return {}"},
      {"lib/names.lua", "return {}"},
      {"actions/fetch.lua", "return {run = function(with) end}"},
      {"actions/notify.lua", "return {run = function(with) end}"},
      {"actions/report.lua", "return {run = function(with) end}"},
      {"schemas/out.json", R"({"type": "object", "properties": {"rows": {"type": "integer"}}})"},
      {"scripts/load.sh", "echo load"},
      {"scripts/names.txt", "ana"}};
  std::map<std::string, std::string> declarations = {{"fetch", R"({
    "description": "Fetches the rows of one day.",
    "inputs": {"day": {"type": "date", "required": true},
               "rows": {"type": "integer", "minimum": 1, "default": 100},
               "region": {"enum": ["eu", "us"]}},
    "output_schema": {"type": "object", "properties": {"rows": {"type": "integer"}}},
    "has_run": true, "others": []})"},
                                                     {"report", R"({
    "description": null, "inputs": {"day": {"type": "date"}, "rows": {"type": "integer"}},
    "output_schema": null, "has_run": true, "others": []})"}};
};

/// A workflow that stands in the sample folder.
inline Compiled compile_sample(std::string_view source, std::string_view file,
                               const Limits& limits = {}) {
  SampleFolder folder;
  return compile(source, file, limits, &folder);
}

}  // namespace pawl::dsl
