#include "store/postgres.hpp"

#include <catch2/catch.hpp>

#include "store/conformance.hpp"
#include "support/postgres.hpp"

using namespace pawl::store;

namespace {

const test::Backend postgres{[] {
  const std::string url = pawl::test::Postgres::shared().make_migrated_database();
  return [url] { return open_postgres({url}); };
}};

}  // namespace

TEST_CASE("PostgreSQL makes batches durable as the contract says", "[store]") {
  test::journal_conforms(postgres);
}
TEST_CASE("on PostgreSQL runs have one owner, and sleepers are woken", "[store]") {
  test::ownership_conforms(postgres);
}
TEST_CASE("PostgreSQL takes starts and requests as the contract says", "[store]") {
  test::intake_conforms(postgres);
}
TEST_CASE("PostgreSQL keeps what steps report", "[store]") { test::reports_conform(postgres); }
