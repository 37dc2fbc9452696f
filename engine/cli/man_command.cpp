#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/did_you_mean.hpp"
#include "cli/flags.hpp"
#include "cli/json_record.hpp"
#include "cli/man_page.hpp"

namespace pawl::cli {
namespace {

/// A page of the manual; `command` is empty for that of pawl itself.
struct Page {
  std::string command;
  std::string text;
};

Page main_page() { return {"", main_man_page(commands(), PAWL_VERSION)}; }
Page page_of(const Command& command) {
  return {std::string(command.name), man_page(command, describe(command), PAWL_VERSION)};
}

Error cannot_write(const std::string& path, const std::string& why) {
  return {ErrorKind::environment, fmt::format("cannot write {}", pawl::quoted(path)), why,
          "pawl man --to ~/.local/share/man"};
}

/// Where man looks below `folder`; returns the page's path.
std::string write_page(const std::filesystem::path& section, const Page& page) {
  std::filesystem::path path = section / man_file(page.command);
  std::ofstream file(path, std::ios::binary);
  file << page.text;
  file.close();
  if (!file) throw cannot_write(path.string(), "the folder is not yours, or the disk is full");
  return path.string();
}

void write_pages(const std::string& folder, const CommonFlags& common) {
  const std::filesystem::path section = std::filesystem::path(folder) / "man1";
  std::error_code failed;
  std::filesystem::create_directories(section, failed);
  if (failed) throw cannot_write(section.string(), failed.message());

  std::vector<Page> pages{main_page()};
  for (const Command& command : commands()) pages.push_back(page_of(command));
  for (const Page& page : pages) {
    const std::string path = write_page(section, page);
    if (common.json) {
      std::cout << JsonRecord("man_page")
                       .text_or_null("command", page.command)
                       .text_or_null("path", path)
                       .text_or_null("text", "")
                       .str()
                << '\n';
    } else if (common.quiet) {
      std::cout << path << '\n';
    }
  }
  if (!common.json && !common.quiet) {
    std::cout << fmt::format("{} pages in {}\n", pages.size(), section.string());
  }
}

void print_page(const Page& page, const CommonFlags& common) {
  if (!common.json) {
    std::cout << page.text;
    return;
  }
  std::cout << JsonRecord("man_page")
                   .text_or_null("command", page.command)
                   .text_or_null("path", "")
                   .text_or_null("text", page.text)
                   .str()
            << '\n';
}

}  // namespace

int man_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string subject, folder;
  FlagParser parser(command, common);
  parser.positional("COMMAND", subject, false)
      .option("--to", folder, "DIR", "Write all pages as DIR/man1/pawl*.1");
  if (!parser.parse(arguments)) return exit_success;

  if (!folder.empty() && !subject.empty()) {
    throw Error(ErrorKind::usage, "--to writes all pages, and COMMAND asks for one", "",
                fmt::format("pawl man --to {}", shell_quoted(folder)));
  }
  if (!folder.empty()) {
    write_pages(folder, common);
  } else {
    print_page(subject.empty() ? main_page() : page_of(named_command(commands(), subject)), common);
  }
  return exit_success;
}

}  // namespace pawl::cli
