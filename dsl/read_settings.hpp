#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dsl/front.hpp"

/// Settings of steps: what `defaults` gives to the kinds that execute, and what a step says itself.
namespace pawl::dsl {

class SettingsReader {
 public:
  explicit SettingsReader(Front& front);

  /// The root's `defaults:`.
  void read_defaults(Entry entry);
  /// Settings of a step of this kind with these keys; equal ones are one object. A key that the
  /// step does not write, also inside `retry`, comes from the defaults of its kind.
  /// `reads`: what it means when `retry.when` reads a step.
  std::shared_ptr<const Settings> read(const std::vector<Entry>& entries, Kind kind, StepId step,
                                       ReadMeaning reads = ReadMeaning::need);
  std::shared_ptr<const Settings> plain() { return share(Settings{}); }
  std::shared_ptr<const Settings> share(const Settings& settings);

 private:
  void read_common(Settings& settings, const std::vector<Entry>& entries, StepId step);
  void read_retry(Settings& settings, Entry entry, StepId step);
  bool read_one(Settings& settings, Entry entry, std::string_view key, StepId step);
  void read_success_codes(Settings& settings, Entry entry);
  void check_once(Settings& settings, const std::vector<Entry>& entries);

  Front& front_;
  ReadMeaning reads_ = ReadMeaning::need;
  Settings run_defaults_, lua_defaults_, uses_defaults_;
  std::shared_ptr<const Settings> run_shared_, lua_shared_;
  std::unordered_map<std::string, std::shared_ptr<const Settings>> known_;
};

}  // namespace pawl::dsl
