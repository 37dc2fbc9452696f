#include "cli/flags.hpp"

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "cli/errors.hpp"

namespace pawl::cli {
namespace {

constexpr Command command{"run", "FILE [-i K=V]…", "Start", "pawl run f.yaml", nullptr};

struct Parsed {
  CommonFlags common;
  std::string file, key;
  std::vector<std::string> pairs;
  int slots = 0;
  std::string refusal;
};

Parsed parse(const Arguments& arguments) {
  Parsed parsed;
  FlagParser parser(command, parsed.common);
  parser.positional("FILE", parsed.file)
      .options("-i,--input", parsed.pairs, "K=V", "An input")
      .option("--key", parsed.key, "K", "A key")
      .number("--slots", parsed.slots, 1, "Slots");
  try {
    parser.parse(arguments);
  } catch (const Error& error) {
    parsed.refusal = error_text(error);
  }
  return parsed;
}

TEST_CASE("flags stand anywhere, with = or a space", "[cli]") {
  const Parsed parsed = parse({"-i", "a=1", "f.yaml", "--key=k", "-i", "b=2", "--slots", "3"});
  CHECK(parsed.refusal.empty());
  CHECK(parsed.file == "f.yaml");
  CHECK(parsed.pairs == std::vector<std::string>{"a=1", "b=2"});
  CHECK(parsed.key == "k");
  CHECK(parsed.slots == 3);
}

TEST_CASE("-- ends the flags", "[cli]") { CHECK(parse({"--", "--key"}).file == "--key"); }

TEST_CASE("a mistyped flag is answered with the nearest one", "[cli]") {
  CHECK(parse({"f.yaml", "--slosts", "3"}).refusal ==
        "error: pawl run has no flag '--slosts'\n  did you mean '--slots'?\n  pawl help run\n");
}

TEST_CASE("long flags cannot be abbreviated", "[cli]") {
  CHECK(parse({"f.yaml", "--slo=3"}).refusal.rfind("error: pawl run has no flag '--slo'\n", 0) ==
        0);
}

TEST_CASE("what is missing is named", "[cli]") {
  CHECK(parse({}).refusal ==
        "error: pawl run needs FILE\n  usage: pawl run FILE [-i K=V]…\n  pawl help run\n");
}

TEST_CASE("a second file is one too many", "[cli]") {
  CHECK(parse({"a", "b"}).refusal ==
        "error: pawl run takes no further argument 'b'\n  pawl help run\n");
}

TEST_CASE("a number that is none is shown", "[cli]") {
  CHECK(parse({"a", "--slots", "0"}).refusal ==
        "error: --slots: '0' is not a whole number from 1 on\n  pawl help run\n");
  CHECK(parse({"a", "--slots", "3x"}).refusal ==
        "error: --slots: '3x' is not a whole number from 1 on\n  pawl help run\n");
}

TEST_CASE("a flag without its value is refused", "[cli]") {
  CHECK_FALSE(parse({"a", "--key"}).refusal.empty());
}

}  // namespace
}  // namespace pawl::cli
