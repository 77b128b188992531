// Plays random schedules against the hook's planner, executor and mover. `model_check [--count N]
// [--start S] [--seed N] [--marks 1]`: --seed plays one schedule and tells its whole story; --marks
// 1 lets Redis 7 keep marks (schedule.h).

#include "model/schedule.h"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

std::uint64_t number(const char* text) {
  std::uint64_t value = 0;
  std::from_chars(text, text + std::strlen(text), value);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t count = 1000;
  std::uint64_t start = 1;
  bool story = false;
  auto marks = autocache::hook::Marks::kVanish;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    const std::uint64_t value = number(argv[i + 1]);
    if (flag == "--count") {
      count = value;
    } else if (flag == "--start") {
      start = value;
    } else if (flag == "--seed") {
      start = value;
      count = 1;
      story = true;
    } else if (flag == "--marks") {
      marks = value == 1 ? autocache::hook::Marks::kStay : autocache::hook::Marks::kVanish;
    } else {
      std::fprintf(stderr, "usage: model_check [--count N] [--start S] [--seed N] [--marks 1]\n");
      return 2;
    }
  }
  std::uint64_t failures = 0;
  for (std::uint64_t seed = start; seed < start + count; ++seed) {
    const autocache::hook::Verdict verdict = autocache::hook::play(seed, marks);
    if (story) {
      std::printf("%s", verdict.story.c_str());
    }
    if (!verdict.problem.empty()) {
      std::printf("FAILED --seed %llu: %s\n", static_cast<unsigned long long>(seed),
                  verdict.problem.c_str());
      std::fflush(stdout);
      if (++failures == 20) {
        break;
      }
    }
  }
  std::printf("%llu schedules from seed %llu, %llu failed\n",
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(start),
              static_cast<unsigned long long>(failures));
  return failures == 0 ? 0 : 1;
}
