#include "cli/flags.hpp"

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "cli/errors.hpp"

namespace pawl::cli {
namespace {

constexpr Command command{"run", Group::run, "FILE [-i K=V]…", "Start", "pawl run f.yaml", nullptr};

struct Parsed {
  CommonFlags common;
  std::string file, key, stream, result;
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
      .option("--stream", parsed.stream, "out|err", "A stream")
      .optional("--result", parsed.result, "NAME", "A result")
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
  constexpr auto refusal = "error: --key has no value\n  it is written: --key K\n  pawl help run\n";
  CHECK(parse({"a", "--key"}).refusal == refusal);
  CHECK(parse({"a", "--key", "--slots", "3"}).refusal == refusal);
}

TEST_CASE("a flag that takes no value is refused with one", "[cli]") {
  CHECK(parse({"a", "--json=yes"}).refusal ==
        "error: --json takes no value\n  given: '--json=yes'\n  pawl help run\n");
}

TEST_CASE("a value may look like a flag behind =", "[cli]") {
  CHECK(parse({"a", "--key=--slots"}).key == "--slots");
}

TEST_CASE("the value of a flag may be left out where the help shows it in brackets", "[cli]") {
  CHECK(parse({"--result", "a"}).result == "*");
  CHECK(parse({"--result", "a"}).file == "a");
  CHECK(parse({"a", "--result=rows"}).result == "rows");
}

TEST_CASE("a value that must be one of a few is answered with these, or the nearest", "[cli]") {
  CHECK(parse({"a", "--stream", "err"}).stream == "err");
  CHECK(parse({"a", "--stream", "both"}).refusal ==
        "error: --stream: there is no 'both'\n  it is out or err\n  pawl help run\n");
  CHECK(parse({"a", "--stream", "eer"}).refusal ==
        "error: --stream: there is no 'eer'\n  did you mean 'err'?\n  pawl help run\n");
}

TEST_CASE("quiet and verbose at once are refused", "[cli]") {
  CHECK(parse({"a", "-qv"}).refusal ==
        "error: -q and -v contradict each other\n  write one of them\n  pawl help run\n");
}

TEST_CASE("flags of every command are parsed", "[cli]") {
  const Parsed parsed = parse({"a", "-v", "--config", "pawl.yaml", "--width=90"});
  CHECK(parsed.refusal.empty());
  CHECK(parsed.common.verbose);
  CHECK(parsed.common.config == "pawl.yaml");
  CHECK(parsed.common.width == 90);
}

}  // namespace
}  // namespace pawl::cli
