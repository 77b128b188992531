// slots NODES [ROUNDS]: how long the slot planner takes for random layouts of NODES nodes, and for
// one node more or less; processor time of the slowest of ROUNDS rounds in milliseconds.

#include "runtime-hook/slots.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

namespace {

using namespace autocache;

/// Milliseconds of processor time of this process.
double processor_time() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

hook::SlotMap scattered(int nodes, std::mt19937& random) {
  hook::SlotMap owners = hook::empty_slot_map();
  for (auto& owner : owners) owner = static_cast<int>(random() % static_cast<unsigned>(nodes));
  return owners;
}

double time_of(const hook::SlotMap& owners, const std::vector<std::uint32_t>& weights) {
  const double start = processor_time();
  const auto moves = hook::rebalance(owners, weights);
  const double took = processor_time() - start;
  if (!hook::rebalance(hook::apply_moves(owners, moves), weights).empty()) {
    std::fputs("slots: the plan does not end balanced\n", stderr);
    std::exit(1);
  }
  return took;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: slots NODES [ROUNDS]\n", stderr);
    return 2;
  }
  const int nodes = std::atoi(argv[1]);
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 20;
  if (nodes < 2) return 2;
  std::mt19937 random(1);
  const std::vector<std::uint32_t> all(static_cast<std::size_t>(nodes), 1);
  std::vector<std::uint32_t> one_less = all;
  one_less.back() = 0;
  double slowest = 0;
  for (int round = 0; round < rounds; ++round) {
    slowest = std::max({slowest, time_of(scattered(nodes, random), all),
                        time_of(hook::even_assignment(nodes - 1), all),
                        time_of(hook::even_assignment(nodes), one_less)});
  }
  std::printf("%.3f\n", slowest);
}
