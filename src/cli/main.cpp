#include "cli/run.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  autocache::cli::Io io{std::cin, std::cout, std::cerr};
  io.out_is_terminal = isatty(STDOUT_FILENO) != 0;
  io.err_is_terminal = isatty(STDERR_FILENO) != 0;
  io.environment = [](const char* name) -> const char* { return std::getenv(name); };
  return static_cast<int>(autocache::cli::run({argv + (argc > 0 ? 1 : 0), argv + argc}, io));
}
