#include <catch2/catch.hpp>
#include <sstream>

#include "cli/description.hpp"
#include "cli/golden.hpp"
#include "cli/help_page.hpp"
#include "cli/man_page.hpp"
#include "cli/sample_commands.hpp"
#include "cli/text_width.hpp"

namespace pawl::cli {
namespace {

TEST_CASE("a command is described without being run", "[cli]") {
  const Description run = describe(sample_commands[0]);
  REQUIRE(run.positionals.size() == 1);
  CHECK(run.positionals[0].placeholder == "FILE");
  REQUIRE(run.flag("-i") != nullptr);
  CHECK(run.flag("-i") == run.flag("--input"));
  CHECK(run.flag("-i")->text() == "-i, --input K=V");
  CHECK(run.flag("-i")->repeats);
  CHECK(run.flag("--result")->text() == "--result[=NAME]");
  CHECK_FALSE(run.flag("--detach")->is_common);
  CHECK(run.flag("--json")->is_common);
  CHECK(run.flag("--nothing") == nullptr);
}

TEST_CASE("small letters in a placeholder are the values, capitals their kind", "[cli]") {
  CHECK(choices_of("out|err") == std::vector<std::string>{"out", "err"});
  CHECK(choices_of("boxes") == std::vector<std::string>{"boxes"});
  CHECK(choices_of("D|TIME").empty());
  CHECK(choices_of("FILE|-").empty());
  CHECK(choices_of("").empty());
}

TEST_CASE("a page begins with examples, has own flags first and folds the others", "[cli]") {
  check_golden("help_run.txt", command_page(sample_commands[0], describe(sample_commands[0])));
}

TEST_CASE("the page of help tells flags of every command, subjects and exit codes", "[cli]") {
  check_golden("help_help.txt", command_page(sample_commands[4], describe(sample_commands[4])));
}

TEST_CASE("all commands are listed by group", "[cli]") {
  check_golden("help_all.txt", all_commands_page(sample_commands));
}

TEST_CASE("no row of a page is wider than 79 cells, whatever a flag says", "[cli]") {
  Description description = describe(sample_commands[0]);
  description.flags[11].help =
      "words that go on and on until they do not fit into the one row "
      "they should fit into";
  description.flags[12].placeholder = "A_NAME_THAT_IS_AS_LONG_AS_ANY";
  std::istringstream page(command_page(sample_commands[0], description));
  for (std::string row; std::getline(page, row);) CHECK(cell_width(row) <= 79);
}

TEST_CASE("a manual page says what the help page says", "[cli]") {
  check_golden("pawl-run.1", man_page(sample_commands[0], describe(sample_commands[0]), "1.2"));
}

TEST_CASE("the manual's first page lists the commands", "[cli]") {
  check_golden("pawl.1", main_man_page(sample_commands, "1.2"));
}

TEST_CASE("roff sees nothing of its own in our words", "[cli]") {
  Command command = sample_commands[0];
  command.summary = ".TH is \\n no request, and 'neither' is this";
  command.example = "'pawl\n.run";
  const std::string page = man_page(command, describe(command), "1");
  CHECK(page.find("\\e") != std::string::npos);
  CHECK(page.find("\n\\&\\(aqpawl\n\\&.run\n") != std::string::npos);
}

TEST_CASE("the reference is Markdown", "[cli]") {
  check_golden("commands.md", markdown_pages(sample_commands));
}

}  // namespace
}  // namespace pawl::cli
