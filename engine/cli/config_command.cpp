#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/config_text.hpp"
#include "cli/json_record.hpp"
#include "cli/settings_for.hpp"
#include "cli/style_for.hpp"
#include "cli/wording.hpp"
#include "runtime/home.hpp"

namespace pawl::cli {
namespace {

std::string faults_text(const settings::Settings& settings) {
  std::string out;
  for (const settings::Fault& fault : settings.faults()) out += fault.text();
  return out;
}

std::string faults_records(const settings::Settings& settings) {
  std::string out;
  for (const settings::Fault& fault : settings.faults()) {
    out += dsl::render_json(fault.diagnostic, fault.place) + "\n";
  }
  return out;
}

/// `pawl config check`: nothing but the mistakes.
int check_settings(const settings::Settings& settings, const CommonFlags& flags) {
  const auto files = static_cast<std::int64_t>(settings.files().size());
  const auto faults = static_cast<std::int64_t>(settings.faults().size());
  if (flags.json) {
    std::cout << faults_records(settings)
              << JsonRecord("checked")
                     .number("files", files)
                     .number("skipped", 0)
                     .number("errors", faults)
                     .number("warnings", 0)
                     .str()
              << '\n';
  } else if (!flags.quiet) {
    std::cout << faults_text(settings);
    for (const std::string& file : settings.files()) std::cout << "read " << file << '\n';
    std::cout << counted(files, "file") << ", "
              << (faults == 0 ? "no mistakes" : counted(faults, "error")) << '\n';
  }
  return faults == 0 ? exit_success : exit_usage;
}

const settings::Key* key_named(const std::string& name) {
  if (name.empty()) return nullptr;
  if (const settings::Key* key = settings::find_key(name)) return key;
  const std::string_view near = settings::nearest(name);
  throw Error(ErrorKind::usage, "there is no setting " + pawl::quoted(name),
              near.empty() ? "" : "did you mean " + pawl::quoted(near) + "?", "pawl config");
}

}  // namespace

int config_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string name;
  FlagParser parser(command, common);
  parser.positional("KEY", name, false);
  if (!parser.parse(arguments)) return exit_success;

  const settings::Settings& settings = settings_found(common);
  if (name == "check") return check_settings(settings, common);
  const settings::Key* only = key_named(name);
  const Computed computed = {
      {"home", runtime::home_folder()},
      {"worker.slots", std::to_string(slots_without_setting())},
      {"database.url", "private PostgreSQL"},
  };
  const Style style = style_for(common, STDOUT_FILENO);
  if (common.json) {
    std::cout << config_records(settings, computed, only);
  } else if (common.quiet) {
    std::cout << config_values(settings, computed, only);
  } else {
    std::error_code failed;
    write_out(config_text(settings, computed, only, std::filesystem::current_path(failed).string()),
              style);
  }
  if (settings.faults().empty()) return exit_success;
  std::cout.flush();
  std::cerr << (common.json ? faults_records(settings) : faults_text(settings));
  return exit_usage;
}

}  // namespace pawl::cli
