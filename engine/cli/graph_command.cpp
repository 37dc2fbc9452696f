#include <unistd.h>

#include <iostream>

#include "base/error.hpp"
#include "cli/bundle_folder.hpp"
#include "cli/command.hpp"
#include "cli/draw/draw.hpp"
#include "cli/flags.hpp"
#include "cli/style_for.hpp"
#include "cli/workflow_file.hpp"

namespace pawl::cli {
namespace {

/// Programs that read aloud get words, not strokes.
draw::Page page_for(const CommonFlags& common, draw::Form form) {
  const Style style = style_for(common, STDOUT_FILENO);
  const bool is_terminal = style.clip && common.width == 0;
  if (common.plain && form == draw::Form::automatic) form = draw::Form::list;
  // The last column stays free: some terminals wrap a row that ends there.
  return {is_terminal ? style.width - 1 : style.width, style.ascii, form};
}

draw::Form form_of(const std::string& word) {
  if (word.empty()) return draw::Form::automatic;
  if (word == "boxes") return draw::Form::boxes;
  if (word == "lanes") return draw::Form::lanes;
  return draw::Form::list;
}

}  // namespace

int graph_command(const Command& command, const Arguments& arguments) {
  CommonFlags common;
  std::string path, word;
  bool svg = false, mermaid = false, dot = false;
  FlagParser parser(command, common);
  parser.positional("FILE", path)
      .flag("--svg", svg, "As an SVG document")
      .flag("--mermaid", mermaid, "As a flowchart for Mermaid")
      .flag("--dot", dot, "As a digraph for Graphviz")
      .option("--as", word, "boxes|lanes|list", "This way, instead of what fits");
  if (!parser.parse(arguments)) return exit_success;
  const draw::Form form = form_of(word);
  if (svg + mermaid + dot + common.json > 1) {
    throw Error(ErrorKind::usage, "--svg, --mermaid, --dot and --json exclude each other", "",
                "name one of them");
  }

  const std::string source = read_workflow(path);
  const dsl::Compiled compiled = compile_workflow(source, path);
  if (!compiled.plan) {
    std::cerr << diagnostics_text(compiled.diagnostics, path, source, common.json);
    return exit_usage;
  }
  const draw::Graph graph = draw::graph_of(*compiled.plan);
  if (svg) {
    std::cout << draw::svg_of(graph);
  } else if (mermaid) {
    std::cout << draw::mermaid_of(graph);
  } else if (dot) {
    std::cout << draw::dot_of(graph);
  } else if (common.json) {
    std::cout << draw::json_of(graph) << "\n";
  } else if (common.quiet) {
    for (std::size_t i = 1; i < graph.nodes.size(); ++i) std::cout << graph.nodes[i].path << '\n';
  } else {
    std::cout << draw::text_of(graph, page_for(common, form));
  }
  return exit_success;
}

}  // namespace pawl::cli
