#include "cli/settings_for.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/error.hpp"

namespace pawl::cli {

const settings::Settings& settings_found(const CommonFlags& flags) {
  // One command has one --config, so the first call decides.
  static const settings::Settings settings =
      settings::Settings::load(settings::where_we_are(flags.config));
  return settings;
}

const settings::Settings& settings_for(const CommonFlags& flags) {
  const settings::Settings& settings = settings_found(flags);
  if (settings.faults().empty()) return settings;
  std::string why;
  for (const settings::Fault& fault : settings.faults()) why += fault.text();
  if (!why.empty() && why.back() == '\n') why.pop_back();
  throw Error(ErrorKind::usage, "the settings have mistakes", why, "pawl config check");
}

int slots_without_setting() {
  constexpr unsigned for_each_core = 4;
  return static_cast<int>(for_each_core * std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace pawl::cli
