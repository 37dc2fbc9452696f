#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/flags.hpp"

namespace pawl::cli {

/// A few commands that take what the real ones take, and do nothing.
inline int sample_run(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string file, inputs, result;
  std::vector<std::string> pairs, labels;
  bool detach = false;
  FlagParser parser(command, common);
  parser.positional("FILE", file)
      .options("-i,--input", pairs, "K=V", "An input; K=@FILE reads its text")
      .option("--inputs", inputs, "FILE|-", "Inputs as a JSON object; - reads stdin")
      .options("--label", labels, "K=V", "A label of the run")
      .flag("--detach", detach, "Start it and leave")
      .optional("--result", result, "NAME", "Print this output, or all; the story: stderr");
  if (parser.parse(arguments)) throw std::logic_error("a description needs no run");
  return exit_success;
}

inline int sample_logs(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string run, step, stream;
  FlagParser parser(command, common);
  parser.positional("RUN", run)
      .positional("STEP", step, false)
      .option("--stream", stream, "out|err", "Of one stream");
  if (parser.parse(arguments)) throw std::logic_error("a description needs no run");
  return exit_success;
}

inline int sample_runs(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::vector<std::string> words;
  std::string columns, sort;
  FlagParser parser(command, common);
  parser.positionals("FILTER", words, false)
      .option("--columns", columns, "A,B", "What to show")
      .option("--sort", sort, "KEY", "run, state, took; -took: longest first");
  if (parser.parse(arguments)) throw std::logic_error("a description needs no run");
  return exit_success;
}

inline int sample_explain(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string code;
  FlagParser parser(command, common);
  parser.positional("CODE", code, false);
  if (parser.parse(arguments)) throw std::logic_error("a description needs no run");
  return exit_success;
}

inline int sample_help(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string name;
  FlagParser parser(command, common);
  parser.positional("COMMAND", name, false);
  if (parser.parse(arguments)) throw std::logic_error("a description needs no run");
  return exit_success;
}

constexpr auto sample_commands = std::to_array<Command>({
    {"run", Group::run, "FILE [-i K=V]…", "Start a workflow and follow it",
     "pawl run nightly.yaml -i region=eu\npawl run nightly.yaml --detach", sample_run},
    {"runs", Group::look, "[FILTER…]", "List runs, newest first", "pawl runs state=failed",
     sample_runs},
    {"logs", Group::look, "RUN [STEP] [-f]", "Output of steps, merged by time", "pawl logs last",
     sample_logs},
    {"explain", Group::write, "[CODE]", "The long form of one message", "pawl explain timeout",
     sample_explain},
    {"help", Group::operate, "[COMMAND]", "What there is to type", "pawl help run", sample_help},
});

}  // namespace pawl::cli
