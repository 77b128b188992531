#include "cli/run.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace {

/// This process reads, prints and ends: memory that is given back to the system between the two is
/// only asked for again. A plan of a thousand specs takes a fifth less time.
void keep_memory() {
#ifdef __GLIBC__
  constexpr int kMegabyte = 1024 * 1024;
  mallopt(M_MXFAST, 0);  // no lists of freed small blocks to be merged over and over
  mallopt(M_TRIM_THRESHOLD, 1024 * kMegabyte);
  mallopt(M_TOP_PAD, 16 * kMegabyte);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory();
  std::ios::sync_with_stdio(false);
  autocache::cli::Io io{std::cin, std::cout, std::cerr};
  io.out_is_terminal = isatty(STDOUT_FILENO) != 0;
  io.err_is_terminal = isatty(STDERR_FILENO) != 0;
  io.environment = [](const char* name) -> const char* { return std::getenv(name); };
  return static_cast<int>(autocache::cli::run({argv + (argc > 0 ? 1 : 0), argv + argc}, io));
}
