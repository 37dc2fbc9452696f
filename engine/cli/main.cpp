#include "cli/command.hpp"

int main(int argc, char** argv) {
  return pawl::cli::run_program(pawl::cli::Arguments(argv + 1, argv + argc));
}
