#include "store/statements.hpp"

#include <catch2/catch.hpp>

#include "support/postgres.hpp"

using namespace pawl;
using namespace pawl::store;

namespace {

std::vector<Statement> all_statements() {
  std::vector<Statement> all;
  for (const auto& some : {journal_statements(), ownership_statements(), intake_statements(),
                           report_statements(), reader_statements(), overview_statements(),
                           partition_statements()}) {
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

namespace {

/// The plan that a session of ours uses, whatever the parameters are.
std::string plan_of(Session& session, const Statement& statement) {
  PgResult(PQprepare(session.raw(), statement.name, statement.sql, 0, nullptr));
  const PgResult about(PQdescribePrepared(session.raw(), statement.name));
  std::string sql = std::string("explain execute ") + statement.name;
  for (int i = 0; i < PQnparams(about.get()); ++i) sql += i == 0 ? "(null" : ", null";
  if (PQnparams(about.get()) > 0) sql += ")";
  const PgResult rows(PQexec(session.raw(), sql.c_str()));
  std::string plan = PQresultErrorMessage(rows.get());
  for (int i = 0; i < PQntuples(rows.get()); ++i) {
    plan += PQgetvalue(rows.get(), i, 0) + std::string("\n");
  }
  return plan;
}

}  // namespace

TEST_CASE("no statement reads a growing table from end to end", "[store]") {
  Session session(test::Postgres::shared().make_migrated_database());
  for (const Statement& statement : all_statements()) {
    const std::string plan = plan_of(session, statement);
    INFO(statement.name << "\n" << plan);
    CHECK(plan.find("ERROR") == std::string::npos);
    for (const std::string table : {"run", "run_info", "run_inbox", "inbox", "event",
                                    "step_instance", "step_note", "log_chunk", "idem_key"}) {
      CHECK(plan.find("Seq Scan on " + table + " ") == std::string::npos);
      CHECK(plan.find("Seq Scan on " + table + "_") == std::string::npos);
    }
  }
}
