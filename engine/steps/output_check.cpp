#include "steps/output_check.hpp"

#include "json_schema/schema.hpp"
#include "steps/body.hpp"

namespace pawl::steps {

std::optional<core::Failure> check_output(const JsonText& schema, const JsonText& output) {
  const json_schema::Schema wanted(schema);
  if (!wanted.is_usable()) {
    return failure_of(core::FailureKind::output, "this worker cannot read the output_schema: " +
                                                     wanted.mistakes().front().problem.message);
  }
  const auto violation = wanted.violation_in(output);
  if (!violation) return std::nullopt;
  return failure_of(core::FailureKind::output, "output" + violation->place + ": " +
                                                   violation->found + ", and output_schema wants " +
                                                   violation->wanted);
}

}  // namespace pawl::steps
