#include "cli/step_book.hpp"

#include <catch2/catch.hpp>

#include "dsl/compile.hpp"

namespace pawl::cli {
namespace {

std::shared_ptr<const dsl::Plan> plan_of(const std::string& yaml) {
  dsl::Compiled compiled = dsl::compile(yaml, "test.yaml");
  REQUIRE(compiled.plan.has_value());
  return std::make_shared<const dsl::Plan>(*std::move(compiled.plan));
}

store::StepRow row(std::int32_t inst, std::string path) {
  store::StepRow made;
  made.inst = inst;
  made.path = std::move(path);
  return made;
}

TEST_CASE("the path of an item leads to its step, whatever its key holds", "[cli]") {
  CHECK(path_in_plan("a.b") == "a.b");
  CHECK(path_in_plan("t[\"eu\"].clean") == "t.clean");
  CHECK(path_in_plan("t[3].u[\"a]b\\\"]c.d\"].v") == "t.u.v");
  CHECK(path_in_plan("t[\"never closed") == "t");
}

TEST_CASE("the key of an item is the last brackets of its path", "[cli]") {
  CHECK(item_key_of("t[3]") == "3");
  CHECK(item_key_of("t[3].u[\"a]b\"]") == "\"a]b\"");
  CHECK(item_key_of("t[3].u").empty());
  CHECK(item_key_of("t").empty());
}

TEST_CASE("items are known once their rows were read", "[cli]") {
  StepBook book(
      plan_of("steps:\n  t:\n    foreach: [1, 2]\n    steps: {u: {lua: return item}}\n"
              "hooks: {finally: log(1)}\n"));
  REQUIRE(book.find(1) != nullptr);
  CHECK(book.find(1)->holds_items);
  CHECK(book.find(1)->is_block);
  CHECK(book.find(3)->is_hook);
  CHECK_FALSE(book.find(3)->holds_items);

  EventView event;
  event.changes = {{1, core::StepState::running, 0, ""}, {7, core::StepState::running, 1, ""}};
  CHECK(book.unknown_in({event}) == std::vector<std::int32_t>{7});
  CHECK(book.path(7) == "#7");
  book.learn({row(6, "t[2]"), row(7, "t[2].u"), row(8, "t[3].gone")});
  CHECK(book.path(7) == "t[2].u");
  CHECK(book.find(7)->step == StepId{2});
  CHECK_FALSE(book.find(7)->is_block);
  CHECK(book.find(6)->is_block);
  CHECK(book.find(8) == nullptr);
  CHECK(book.unknown_in({event}).empty());
}

}  // namespace
}  // namespace pawl::cli
