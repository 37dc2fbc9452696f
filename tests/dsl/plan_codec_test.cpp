#include <catch2/catch.hpp>
#include <fstream>
#include <random>

#include "base/error.hpp"
#include "dsl/plan.hpp"

namespace pawl::dsl {
namespace {

Code code(std::string text) { return {std::move(text), {3, 7}}; }

/// A plan with every field set to something that is not its default.
Plan a_full_plan() {
  Settings settings;
  settings.retry = {3,
                    Millis{1500},
                    Backoff::exponential,
                    1.5,
                    Millis{60'000},
                    true,
                    code("error.exit_code == 2")};
  settings.timeout = Millis{600'000};
  settings.deadline = Millis{3'600'000};
  settings.shell = Shell::bash;
  settings.output = OutputFormat::lines;
  settings.on_error = OnError::resume;
  settings.success_codes = {0, 3, 255};
  settings.lost_max = 9;
  settings.weight = 2.5;
  settings.effects = Effects::once;
  const auto shared = std::make_shared<const Settings>(settings);
  const auto plain = std::make_shared<const Settings>();

  Plan plan;
  plan.file = "nightly.yaml";
  plan.name = "nightly";
  plan.description = "ünïcode\n";
  plan.inputs.push_back({"rows",
                         "how many",
                         InputType::integer,
                         false,
                         Template{{{"time.today()", {1, 2}, true}}, true},
                         JsonText{"3"},
                         {JsonText{"3"}, JsonText{"4"}},
                         1.0,
                         1e6,
                         "[0-9]+"});
  plan.env.emplace_back("REGION", Template{{{"x", {1, 1}, false}}, false});
  plan.labels.emplace_back("team", "data");
  plan.outputs.push_back({"url", Template{{{"steps.b.output", {9, 9}, true}}, true}});
  plan.output_reads = {StepId{2}};

  Step root;
  root.settings = plain;
  root.spec =
      BlockSpec{{StepId{1}, StepId{2}, StepId{3}, StepId{6}, StepId{7}, StepId{8}}, true, true};
  Step run;
  run.parent = StepId{0};
  run.id = "a";
  run.kind = Kind::run;
  run.at = {4, 5};
  run.settings = shared;
  run.workdir = std::make_shared<const Template>(Template{{{"sub", {4, 1}, false}}, false});
  run.env.emplace_back("A", Template{{{"1", {5, 1}, false}}, false});
  run.spec = RunSpec{Template{{{"echo ", {6, 1}, false}, {"x", {6, 9}, true}}, false},
                     {{"PAWL_V1", code("inputs.rows"), true}},
                     {Template{{{"ls", {7, 1}, false}}, false}}};
  Step lua;
  lua.parent = StepId{0};
  lua.id = "b";
  lua.kind = Kind::lua;
  lua.needs = {{StepId{1}, NeedSource::data}};
  lua.join = {JoinRule::at_least, 2, true};
  lua.reads = {StepId{1}};
  lua.when = code("true");
  lua.settings = shared;
  lua.hooks = std::make_shared<const Hooks>(
      Hooks{code("a"), code("b"), code("c"), code("d"), code("e"), std::nullopt});
  Foreach each;
  each.items.expression = Template{{{"steps.a.output", {8, 1}, true}}, true};
  each.items.written = {{JsonText{"3"}, {}},
                        {std::nullopt, Template{{{"x", {8, 9}, false}}, false}}};
  each.as = "row";
  each.key = code("item.id");
  each.max_parallel = 4;
  each.fail_fast = true;
  each.tolerate = 2;
  each.tolerate_percent = 2.5;
  each.enough = 7;
  each.cancel_rest = true;
  each.when_of_item = true;
  each.collect = false;
  each.matrix = Matrix{{{"os", each.items}}, each.items, {}};
  lua.each = std::make_shared<const Foreach>(each);
  lua.output_schema = std::make_shared<const JsonText>(JsonText{R"({"type":"object"})"});
  lua.verify = std::make_shared<const Procedure>(
      Procedure{{3, 4}, Kind::lua, LuaSpec{code("return 'done'")}, plain});
  lua.undo = std::make_shared<const Procedure>(Procedure{
      {5, 6}, Kind::run, RunSpec{Template{{{"rm x", {5, 9}, false}}, false}, {}, {}}, shared});
  plan.compensate = Compensate::on_cancel;
  lua.name = "B";
  lua.description = "second";
  lua.spec = LuaSpec{code("return 1")};
  Step choice;
  choice.parent = StepId{0};
  choice.id = "c";
  choice.settings = plain;
  BlockSpec cases{{StepId{4}}, false, false, 3, BlockRule::choice};
  cases.choice = Choice{each.items.expression, {"eu"}};
  choice.spec = cases;
  Step loop;
  loop.parent = StepId{3};
  loop.id = "d";
  loop.settings = plain;
  BlockSpec body{{StepId{5}}, true, false, 0, BlockRule::rounds};
  body.rounds = Rounds{code("output.ready"), 9, Millis{500}};
  loop.spec = body;
  Step inside = lua;
  inside.parent = StepId{4};
  Step wait;
  wait.parent = StepId{0};
  wait.id = "e";
  wait.kind = Kind::wait;
  wait.settings = plain;
  wait.spec = WaitSpec{std::nullopt,       std::nullopt,          each.items.expression,
                       code("output > 3"), each.items.expression, false};
  Step ask;
  ask.parent = StepId{0};
  ask.id = "f";
  ask.kind = Kind::approval;
  ask.settings = plain;
  ApprovalSpec question;
  question.title = each.items.expression;
  question.form = plan.inputs;
  question.options = {"quick"};
  question.approvers = {each.items.expression};
  question.quorum = 2;
  question.allow_self = false;
  question.expires = each.items.expression;
  question.on_expire = OnExpire::approve;
  question.on_reject = OnReject::resume;
  ask.spec = question;
  Step action;
  action.parent = StepId{0};
  action.id = "g";
  action.kind = Kind::uses;
  action.settings = plain;
  UsesSpec uses;
  uses.action = "fetch";
  uses.at = {9, 4};
  uses.with = {{"day", {{{"[1,", each.items.expression}, {"]", std::nullopt}}}}};
  uses.inputs = plan.inputs;
  action.spec = uses;
  plan.modules = {{"actions.fetch", "return {}"}, {"lib.clean", "return 1"}};
  Step hook;
  hook.id = "finally";
  hook.kind = Kind::lua;
  hook.settings = plain;
  hook.spec = LuaSpec{code("log(1)")};
  plan.steps = {root, run, lua, choice, loop, inside, wait, ask, action, hook};
  plan.hooks.last = StepId{9};
  return plan;
}

TEST_CASE("a plan survives encoding, with every field", "[dsl][codec]") {
  const std::string bytes = encode_plan(a_full_plan());
  const Plan plan = decode_plan(bytes);
  CHECK(encode_plan(plan) == bytes);
  CHECK(plan.step(StepId{2}).join.at_least == 2);
  CHECK(plan.step(StepId{2}).hooks->on_error->text == "e");
  CHECK(plan.step(StepId{2}).each->key->text == "item.id");
  CHECK(plan.compensate == Compensate::on_cancel);
  CHECK(plan.step(StepId{2}).settings->effects == Effects::once);
  CHECK(std::get<LuaSpec>(plan.step(StepId{2}).verify->spec).code.text == "return 'done'");
  CHECK(plan.step(StepId{2}).undo->kind == Kind::run);
  CHECK(plan.step(StepId{2}).undo->settings == plan.step(StepId{2}).settings);
  CHECK(plan.modules.at(1).text == "return 1");
  const auto& uses = std::get<UsesSpec>(plan.step(StepId{8}).spec);
  CHECK(uses.with.at(0).second.pieces.at(0).value->pieces.at(0).text == "steps.a.output");
  CHECK(plan.step(StepId{2}).output_schema->text == R"({"type":"object"})");
  CHECK(plan.step(StepId{1}).output_schema == nullptr);
  CHECK(plan.step(StepId{2}).each->tolerate_percent == 2.5);
  CHECK(plan.inputs.at(0).pattern == "[0-9]+");
  CHECK(std::get<RunSpec>(plan.step(StepId{1}).spec).values.at(0).as_file);
  CHECK(plan.step(StepId{2}).each->matrix->axes.at(0).second.written.size() == 2);
  CHECK(std::get<BlockSpec>(plan.step(StepId{3}).spec).choice->cases.at(0) == "eu");
  CHECK(std::get<BlockSpec>(plan.step(StepId{3}).spec).max_parallel == 3);
  CHECK(std::get<BlockSpec>(plan.step(StepId{4}).spec).rounds->every == Millis{500});
  CHECK(!std::get<WaitSpec>(plan.step(StepId{6}).spec).buffered);
  CHECK(std::get<ApprovalSpec>(plan.step(StepId{7}).spec).form.at(0).pattern == "[0-9]+");
  CHECK(std::get<ApprovalSpec>(plan.step(StepId{7}).spec).on_expire == OnExpire::approve);
  CHECK(plan.hooks.last == StepId{9});
}

/// A plan that an earlier version has stored.
std::string stored_by(int version) {
  std::ifstream file(PAWL_SOURCE_DIR "/tests/dsl/plans/version_" + std::to_string(version) +
                     ".hex");
  std::string bytes;
  for (std::string line; std::getline(file, line);) {
    for (std::size_t i = 0; i + 1 < line.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
    }
  }
  return bytes;
}

TEST_CASE("plans that earlier versions have stored are read", "[dsl][codec]") {
  const Plan first = decode_plan(stored_by(1));
  CHECK(first.name == "sample");
  CHECK(path_of(first, StepId{3}) == "build.a");
  CHECK(first.step(StepId{1}).settings->retry.max_attempts == 3);
  const Plan second = decode_plan(stored_by(2));
  CHECK(second.step(StepId{2}).each->tolerate_percent == 5);
  CHECK(rule_of(second.step(StepId{2})) == BlockRule::all);
  CHECK(second.hooks.last == StepId{5});
  const Plan fourth = decode_plan(stored_by(4));
  CHECK(std::get<ApprovalSpec>(fourth.step(StepId{2}).spec).quorum == 2);
  CHECK(fourth.step(StepId{3}).settings->heartbeat == Millis{90'000});
  CHECK(fourth.step(StepId{3}).output_schema == nullptr);
  const Plan fifth = decode_plan(stored_by(5));
  CHECK(fifth.compensate == Compensate::on_failure);
  CHECK(fifth.step(StepId{1}).settings->effects == Effects::once);
  CHECK(fifth.modules.empty());
}

TEST_CASE("what steps share stays shared", "[dsl][codec]") {
  const Plan plan = decode_plan(encode_plan(a_full_plan()));
  CHECK(plan.step(StepId{1}).settings == plan.step(StepId{2}).settings);
  CHECK(plan.step(StepId{0}).settings == plan.step(StepId{8}).settings);
  CHECK(plan.step(StepId{2}).output_schema == plan.step(StepId{5}).output_schema);
}

TEST_CASE("truncated and damaged plans are refused", "[dsl][codec]") {
  const std::string whole = encode_plan(a_full_plan());
  SECTION("every truncation") {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      REQUIRE_THROWS_AS(decode_plan(std::string_view(whole).substr(0, size)), Error);
    }
  }
  SECTION("every flipped bit") {
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      std::string damaged = whole;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      REQUIRE_THROWS_AS(decode_plan(damaged), Error);
    }
  }
  SECTION("bytes behind the end") { REQUIRE_THROWS_AS(decode_plan(whole + "x"), Error); }
}

TEST_CASE("a plan of another version says so", "[dsl][codec]") {
  std::string other = encode_plan(a_full_plan());
  other[8] = 99;
  CHECK_THROWS_WITH(decode_plan(other), "the stored plan has version 99; this build reads 1 to 6");
}

TEST_CASE("paths name a step from the root down", "[dsl][codec]") {
  const Plan plan = a_full_plan();
  CHECK(path_of(plan, StepId{0}).empty());
  CHECK(path_of(plan, StepId{1}) == "a");
  CHECK(path_of(plan, StepId{9}) == "hooks.finally");
}

/// Rebuilds the hash, so that damage reaches the reader behind it.
std::string with_right_hash(std::string bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (std::size_t i = 17; i < bytes.size(); ++i) {
    hash ^= static_cast<unsigned char>(bytes[i]);
    hash *= 0x100000001b3U;
  }
  for (std::size_t i = 0; i < 8; ++i) bytes[9 + i] = static_cast<char>(hash >> 8 * i & 0xFF);
  return bytes;
}

TEST_CASE("damage under a right hash is refused or gives a sound plan", "[dsl][codec]") {
  const std::string whole = encode_plan(a_full_plan());
  std::mt19937 random(11);
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = whole;
    for (int changes = 0; changes < 3; ++changes) {
      damaged[17 + random() % (damaged.size() - 17)] = static_cast<char>(random());
    }
    try {
      const Plan plan = decode_plan(with_right_hash(damaged));
      for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        path_of(plan, StepId{static_cast<std::int32_t>(i)});
      }
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 1000);
}

}  // namespace
}  // namespace pawl::dsl
