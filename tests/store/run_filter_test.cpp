#include "store/run_filter.hpp"

#include <catch2/catch.hpp>

using namespace pawl;
using namespace pawl::store;

namespace {

constexpr TimePoint noon{Micros{1'795'176'000'000'000}};

std::variant<RunFilter, FilterMistake> parse(const std::string& text) {
  return parse_run_filter(text, noon, [](const std::string& local) -> std::optional<TimePoint> {
    if (local == "13:30") return noon + std::chrono::hours{1};
    return std::nullopt;
  });
}

RunTerm only_term(const std::string& text) {
  const auto parsed = parse(text);
  REQUIRE(std::holds_alternative<RunFilter>(parsed));
  REQUIRE(std::get<RunFilter>(parsed).terms.size() == 1);
  return std::get<RunFilter>(parsed).terms[0];
}

FilterMistake mistake(const std::string& text) {
  const auto parsed = parse(text);
  REQUIRE(std::holds_alternative<FilterMistake>(parsed));
  return std::get<FilterMistake>(parsed);
}

constexpr std::int64_t second = 1'000'000;

}  // namespace

TEST_CASE("a term is a key and what it may be; colon reads as equals", "[filter]") {
  const RunTerm expected{RunKey::workflow, "", false, Texts{"nightly-*", "tour"}};
  CHECK(only_term("workflow=nightly-*,tour") == expected);
  CHECK(only_term("workflow:nightly-*,tour") == expected);
  CHECK(only_term("key!=a").negated);
  CHECK(only_term("label.team=data").name == "team");
  CHECK(only_term("input.day='two words, one value'").any ==
        decltype(RunTerm::any){Texts{"two words, one value"}});
}

TEST_CASE("a bare word is looked for", "[filter]") {
  CHECK(only_term("report") == RunTerm{RunKey::word, "", false, Texts{"report"}});
}

TEST_CASE("ranges may be open at either end", "[filter]") {
  CHECK(std::get<Spans>(only_term("took=10m..").any) == Spans{{600 * second, {}}});
  CHECK(std::get<Spans>(only_term("took=..2h").any) == Spans{{{}, 7200 * second}});
  CHECK(std::get<Spans>(only_term("run=3..7,9").any) == Spans{{3, 7}, {9, 9}});
}

TEST_CASE("times count back from now or stand on the clock", "[filter]") {
  const std::int64_t now = noon.time_since_epoch().count();
  CHECK(std::get<Spans>(only_term("since=2h").any) == Spans{{now - 7200 * second, {}}});
  CHECK(std::get<Spans>(only_term("until=13:30").any) == Spans{{{}, now + 3600 * second}});
  CHECK(std::get<Spans>(only_term("started=2026-11-20T12:00:00Z..").any) == Spans{{now, {}}});
}

TEST_CASE("an order is a key, with '-' for the largest first", "[filter]") {
  CHECK(parse_run_order("took").value() == RunOrder{RunKey::took, false});
  CHECK(parse_run_order("-took").value() == RunOrder{RunKey::took, true});
  CHECK(parse_run_order("tok").error().fix == "did you mean 'took'?");
  CHECK(parse_run_order("-").error().message == "runs cannot be sorted by ''");
  CHECK(parse_run_order("--took").error().message == "runs cannot be sorted by '-took'");
}

TEST_CASE("a mistake has its place, a cause and what to write", "[filter]") {
  const FilterMistake typo = mistake("workflow=a stat=failed");
  CHECK(typo.begin == 11);
  CHECK(typo.length == 11);
  CHECK(typo.problem.message == "runs have no 'stat'");
  CHECK(typo.problem.fix == "did you mean 'state'?");
  CHECK(mistake("state=broken").problem.message == "no run is ever 'broken'");
  CHECK(mistake("took=soon").problem.message.find("'soon'") != std::string::npos);
  CHECK(mistake("took=..").problem.message == "a range needs at least one end");
  CHECK(mistake("cost=1..").problem.message == "'cost' is not available in this version");
  CHECK(mistake("run=x").problem.message == "'x' is not a whole number");
}
