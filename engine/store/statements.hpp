#pragma once

#include <vector>

#include "store/pg.hpp"

/// All statements, so that a test can prepare each against the migrated schema and look at plans.
namespace pawl::store {

std::vector<Statement> journal_statements();
std::vector<Statement> ownership_statements();
std::vector<Statement> intake_statements();
std::vector<Statement> report_statements();
std::vector<Statement> reader_statements();
std::vector<Statement> overview_statements();
std::vector<Statement> partition_statements();

}  // namespace pawl::store
