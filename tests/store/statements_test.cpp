#include "store/statements.hpp"

#include <catch2/catch.hpp>

#include "support/postgres.hpp"

using namespace pawl;
using namespace pawl::store;

namespace {

std::vector<Statement> all_statements() {
  std::vector<Statement> all;
  for (const auto& some : {journal_statements(), ownership_statements(), intake_statements(),
                           report_statements(), reader_statements(), partition_statements()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace

TEST_CASE("every statement can be prepared against the migrated schema", "[store]") {
  Session session(test::Postgres::shared().make_migrated_database());
  std::set<std::string> names;
  for (const Statement& statement : all_statements()) {
    INFO(statement.name);
    CHECK(names.insert(statement.name).second);
    const PgResult result(PQprepare(session.raw(), statement.name, statement.sql, 0, nullptr));
    INFO(PQresultErrorMessage(result.get()));
    CHECK(PQresultStatus(result.get()) == PGRES_COMMAND_OK);
  }
}
