#include <fmt/format.h>

#include <iostream>

#include "base/error.hpp"
#include "cli/bundle_folder.hpp"
#include "cli/clock.hpp"
#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "cli/inputs.hpp"
#include "cli/preview.hpp"
#include "cli/workflow_file.hpp"
#include "steps/expressions.hpp"

namespace pawl::cli {

int preview_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string file;
  GivenInputs given;
  FlagParser parser(command, common);
  parser.positional("FILE", file)
      .options("-i,--input", given.pairs, "K=V", "An input; K=@FILE reads its text")
      .option("--inputs", given.file, "FILE", "Inputs as a JSON object; - reads stdin");
  if (!parser.parse(arguments)) return exit_success;

  const std::string source = read_workflow(file);
  const dsl::Compiled compiled = compile_workflow(source, file);
  std::cerr << diagnostics_text(compiled.diagnostics, file, source, common.json);
  if (!compiled.plan) return exit_usage;
  const JsonText inputs = gather_inputs(*compiled.plan, given, file);

  steps::LuaExpressions expressions;
  const Result<Preview> preview = preview_of(*compiled.plan, inputs, expressions, now_here());
  if (!preview) {
    throw Error(ErrorKind::usage, fmt::format("{} could not start", compiled.plan->name),
                preview.error().message, preview.error().fix);
  }
  std::cout << (common.json    ? preview_record(preview.value())
                : common.quiet ? preview_paths(preview.value())
                               : preview_text(preview.value()));
  return exit_success;
}

}  // namespace pawl::cli
