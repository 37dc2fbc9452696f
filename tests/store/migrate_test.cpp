#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "schemas/migrations.hpp"
#include "store/pg.hpp"
#include "store/postgres.hpp"
#include "support/postgres.hpp"

using namespace pawl;
using namespace pawl::store;

TEST_CASE("migrations make the tables once, and say how far a database is", "[store]") {
  const Address address{test::Postgres::shared().make_database()};
  const int known = schemas::migrations().back().number;
  CHECK(schema_state(address).applied == 0);
  CHECK(schema_state(address).known == known);

  CHECK(migrate(address) == static_cast<int>(schemas::migrations().size()));
  CHECK(schema_state(address).applied == known);
  CHECK(migrate(address) == 0);
}

TEST_CASE("a database of a newer version is refused with both numbers", "[store]") {
  const Address address{test::Postgres::shared().make_migrated_database()};
  Session(address.url)
      .script("insert into pawl_migration(number, name, sha256) values (99, 'later', 'x')");
  CHECK(schema_state(address).applied == 99);
  try {
    migrate(address);
    FAIL("it was not refused");
  } catch (const Error& error) {
    CHECK(error.why().find("99") != std::string::npos);
    CHECK(error.fix() == "use the newer Pawl, or another database");
  }
}

TEST_CASE("a migration that was changed after it was applied is refused by name", "[store]") {
  const Address address{test::Postgres::shared().make_migrated_database()};
  Session(address.url).script("update pawl_migration set sha256 = 'other' where number = 1");
  CHECK_THROWS_WITH(migrate(address), Catch::Contains("0001_core"));
}

TEST_CASE("a database without tables is named as such, with the command that makes them",
          "[store]") {
  const Address address{test::Postgres::shared().make_database()};
  try {
    open_postgres(address)->promote_due(1);
    FAIL("it was not refused");
  } catch (const Error& error) {
    CHECK(error.fix() == "run `pawl db migrate`");
  }
}

TEST_CASE("a database that does not exist is an error, a server that is not there is not",
          "[store]") {
  std::string url = test::Postgres::shared().make_database();
  const std::size_t name = url.find("test");
  CHECK_THROWS_AS(open_postgres({url.replace(name, 4, "none")}), Error);
  CHECK_THROWS_AS(open_postgres({"postgresql:///x?host=/tmp/pawl-nowhere"}), Unavailable);
}
