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
