#include "dsl/read_bundle.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "dsl/lua_scan.hpp"
#include "dsl/read_declaration.hpp"
#include "dsl/source_text.hpp"

namespace pawl::dsl {
namespace {

constexpr std::size_t module_name_max = 200;
/// So many paths are looked at for one that was meant.
constexpr std::size_t looked_at_max = 10'000;
/// Modules that load each other, one inside of the other: Lua itself nests 200 calls.
constexpr std::size_t module_depth_max = 64;

/// Words of letters, digits, '_' and '-', joined by single dots.
bool is_module_name(std::string_view name) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  char before = '.';
  for (const char c : name) {
    if (!is_word(c) && (c != '.' || before == '.')) return false;
    before = c;
  }
  return before != '.' && name.size() <= module_name_max;
}

/// "lib/clean.lua" → "lib.clean"
std::string module_of_file(std::string path) {
  path.resize(path.size() - std::min<std::size_t>(path.size(), 4));
  std::ranges::replace(path, '/', '.');
  return path;
}

/// The action that the module is, for messages; empty for another module.
std::string_view action_of(std::string_view module) {
  constexpr std::string_view before = "actions.";
  return module.starts_with(before) ? module.substr(before.size()) : std::string_view();
}

std::string did_you_mean(std::string_view near) {
  return near.empty() ? "" : "did you mean " + quoted(near) + "?";
}

}  // namespace

BundleReader::BundleReader(BundleFolder* folder, std::string_view workflow, const Limits& limits,
                           Plan& plan, Diagnostics& diagnostics)
    : folder_(folder),
      prefix_(workflow.substr(0, workflow.rfind('/') + 1)),
      limits_(limits),
      plan_(plan),
      diagnostics_(diagnostics) {}

void BundleReader::report(const Site& at, std::string rule, std::string message, std::string fix) {
  diagnostics_.push_back(
      {at.at, std::move(rule), std::move(message), std::move(fix), Severity::error, at.other});
}

std::string BundleReader::path_in_messages(const std::string& path) const { return prefix_ + path; }

bool BundleReader::load(const std::string& name, const Site& from) {
  const auto known = modules_.find(name);
  if (known != modules_.end()) {
    if (known->second.is_loading) refuse_cycle(name, from);
    return known->second.is_good && !known->second.is_loading;
  }
  Loaded& loaded = modules_[name];
  const std::string_view action = action_of(name);
  if (!is_module_name(name)) {
    if (!action.empty()) {
      report(from, "action", quoted(to_valid_utf8(action)) + " is no name of an action",
             "an action is a file of yours: 'fetch' is actions/fetch.lua");
    } else {
      report(from, "require", quoted(to_valid_utf8(name)) + " is no name of a module",
             "write words joined by dots: require \"lib.clean\" loads the file lib/clean.lua");
    }
    return false;
  }
  if (loading_.size() >= module_depth_max) {
    report(from, "require",
           "modules load each other " + std::to_string(module_depth_max) + " levels deep",
           "load " + quoted(name) + " from the workflow");
    return false;
  }
  const std::string path = file_of_module(name);
  const std::string what = action.empty() ? "module " + quoted(name) : "action " + quoted(action);
  auto text = read(path, module_bytes_max, from, what, near_module(name));
  if (!text) return false;
  loaded.file = std::make_shared<const OtherFile>(OtherFile{path_in_messages(path), *text});
  loaded.is_loading = true;
  loading_.push_back(name);
  load_text(name, loaded);
  loading_.pop_back();
  loaded.is_loading = false;
  if (loaded.is_good) plan_.modules.push_back({name, *std::move(text)});
  return loaded.is_good;
}

void BundleReader::load_text(const std::string& name, Loaded& loaded) {
  const std::string& text = loaded.file->text;
  const SourceText source(text);
  const auto site = [&](std::size_t offset, std::size_t length) {
    return Site{source.span(offset, offset + length), loaded.file};
  };
  if (const std::size_t bad = find_invalid_utf8(text); bad != text.npos) {
    // The place is counted in code points, of which there are none behind it.
    report({Span{1, 1, 1}, std::make_shared<const OtherFile>(OtherFile{loaded.file->name, ""})},
           "invalid-utf8", "byte " + std::to_string(bad) + " of the file is not UTF-8",
           "save it as UTF-8");
    return;
  }
  const std::vector<TextMistake> mistakes = check_lua(text, false);
  for (const TextMistake& one : mistakes) {
    report(site(one.offset, one.length), one.rule, one.message, one.fix);
  }
  loaded.is_good = mistakes.empty();
  if (!loaded.is_good) return;
  const LuaUses uses = scan_uses(text);
  const auto refuse_steps = [&](const Use& use) {
    report(site(use.offset, use.length), "no-steps-here",
           "the file of a module cannot read 'steps': nothing would wait for the step",
           "give the value to a function of " + quoted(name) + " as an argument");
    loaded.is_good = false;
  };
  for (const Use& use : uses.steps) refuse_steps(use);
  if (uses.dynamic_steps) refuse_steps(*uses.dynamic_steps);
  if (uses.dynamic_require) {
    const Site at = site(uses.dynamic_require->offset, uses.dynamic_require->length);
    report_dynamic_require(diagnostics_, at.at, at.other);
    loaded.is_good = false;
  }
  for (const Use& use : uses.inputs) read_inputs_.insert(use.name);
  for (const Use& use : uses.globals) reads_all_inputs_ |= use.name == "inputs";
  for (const Word& one : uses.modules) {
    if (!load(one.name, site(one.offset, one.length))) loaded.is_good = false;
  }
}

void BundleReader::refuse_cycle(const std::string& name, const Site& from) {
  std::string chain;
  for (auto one = std::ranges::find(loading_, name); one != loading_.end(); ++one) {
    chain += *one + " → ";
  }
  report(from, "require", "modules load each other: " + chain + name,
         "move what both need into a third module");
}

std::string BundleReader::near_module(const std::string& name) {
  if (folder_ == nullptr) return "";
  std::vector<std::string> names = folder_->paths("", looked_at_max);
  std::erase_if(names, [](const std::string& one) { return !one.ends_with(".lua"); });
  for (std::string& one : names) one = module_of_file(std::move(one));
  const std::string_view action = action_of(name);
  if (!action.empty()) {
    std::erase_if(names, [](const std::string& one) { return action_of(one).empty(); });
    for (std::string& one : names) one = action_of(one);
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return std::string(closest(action.empty() ? std::string_view(name) : action, views));
}

std::string BundleReader::near_file(const std::string& path) {
  if (folder_ == nullptr) return "";
  const std::vector<std::string> paths = folder_->paths("", looked_at_max);
  const std::vector<std::string_view> views(paths.begin(), paths.end());
  return std::string(closest(path, views));
}

/// The bytes of a file, which is part of the bundle from now on.
std::optional<std::string> BundleReader::read(const std::string& path, std::size_t bytes_max,
                                              const Site& from, const std::string& what,
                                              const std::string& near) {
  const auto known = files_.find(path);
  if (known != files_.end()) return known->second.bytes;
  if (folder_ == nullptr) {
    report(from, "missing-file", "there is no " + what + ": this text stands in no folder",
           "save the workflow as a file");
    return std::nullopt;
  }
  auto found = folder_->read(path, bytes_max);
  if (!found) {
    report(from, "missing-file",
           "there is no " + what + ": the folder " + quoted(folder_->name()) + " has no " +
               (what.find(path) == what.npos ? "file " + quoted(path) : "such file"),
           near.empty() ? "write the file, or correct the name" : did_you_mean(near));
    return std::nullopt;
  }
  if (!*found) {
    report(from, "bundle", found->error().message, found->error().fix);
    return std::nullopt;
  }
  BundleFile file = std::move(*found).value();
  bytes_ += file.bytes.size();
  const bool is_many = files_.size() >= bundle_files_max;
  if (is_many || bytes_ > bundle_bytes_max) {
    if (!std::exchange(is_full_, true)) {
      report(from, "bundle",
             is_many ? "the workflow names more than " + std::to_string(bundle_files_max) + " files"
                     : "the files that the workflow names have more than " +
                           format_size(static_cast<std::int64_t>(bundle_bytes_max)),
             "keep data elsewhere and read it in a step");
    }
    return std::nullopt;
  }
  std::string bytes = file.bytes;
  files_.emplace(path, std::move(file));
  return bytes;
}

std::shared_ptr<const OtherFile> BundleReader::read_text(const std::string& path,
                                                         std::string_view kind, Span at) {
  if (!is_bundle_path(path)) {
    refuse_path(path, at);
    return nullptr;
  }
  const std::string what = std::string(kind) + " " + quoted(path);
  auto text = read(path, bundle_file_bytes_max, {at}, what, near_file(path));
  if (!text) return nullptr;
  return std::make_shared<const OtherFile>(OtherFile{path_in_messages(path), *std::move(text)});
}

void BundleReader::add(const std::string& written, Span at) {
  std::string path = written;
  while (path.ends_with('/')) path.pop_back();
  if (path.starts_with("./")) path.erase(0, 2);
  if (!is_bundle_path(path)) return refuse_path(written, at);
  std::vector<std::string> inside;
  if (folder_ != nullptr) inside = folder_->paths(path, bundle_files_max + 1);
  if (inside.empty()) {
    (void)read(path, bundle_file_bytes_max, {at}, "file " + quoted(path), near_file(path));
  }
  for (const std::string& one : inside) {
    const std::size_t before = diagnostics_.size();
    if (!is_bundle_path(one)) return refuse_path(one, at);
    (void)read(one, bundle_file_bytes_max, {at}, "file " + quoted(one), "");
    if (diagnostics_.size() > before) return;
  }
}

void BundleReader::refuse_path(const std::string& path, Span at) {
  report({at}, "bundle",
         quoted(to_valid_utf8(path)) + " is no path of a file in the workflow's folder",
         "write it as seen from the folder, without '..': 'schemas/out.json'");
}

const Declaration* BundleReader::declaration(const std::string& action, Span at) {
  const auto known = declarations_.find(action);
  if (known != declarations_.end()) return known->second ? &*known->second : nullptr;
  std::optional<Declaration>& kept = declarations_[action];
  if (load(module_of_action(action), {at})) kept = read_declaration(action, at);
  return kept ? &*kept : nullptr;
}

std::optional<Declaration> BundleReader::read_declaration(const std::string& action, Span at) {
  const Result<JsonText> told = folder_->declaration(action, plan_.modules);
  if (!told) {
    report({at}, "action",
           "the action " + quoted(action) + " cannot be loaded: " + told.error().message,
           told.error().fix);
    return std::nullopt;
  }
  return declaration_from(told.value(), modules_.at(module_of_action(action)).file, limits_,
                          diagnostics_);
}

void BundleReader::tell_inputs(Front& front) const {
  front.read_inputs.insert(read_inputs_.begin(), read_inputs_.end());
  front.reads_all_inputs = front.reads_all_inputs || reads_all_inputs_;
}

std::vector<BundleFile> BundleReader::finish() {
  std::ranges::sort(plan_.modules, {}, &Module::name);
  std::vector<BundleFile> files;
  for (auto& [path, file] : files_) files.push_back(std::move(file));
  return files;
}

void report_no_modules(Front& front, Span at) {
  front.error(at, "require", "an expression cannot load modules",
              "compute it in a 'lua' step or a hook, and read its output here");
}

void report_dynamic_require(Diagnostics& diagnostics, Span at,
                            std::shared_ptr<const OtherFile> other) {
  diagnostics.push_back(
      {at, "require", "which module is loaded here cannot be known before the run",
       "write the name itself: require \"lib.clean\"", Severity::error, std::move(other)});
}

}  // namespace pawl::dsl
