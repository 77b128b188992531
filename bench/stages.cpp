// stages FILE COUNT [ROUNDS]: how long each stage of the pipeline takes for COUNT copies of a spec
// with different names, in one process; processor time, the best of ROUNDS rounds. For finding out
// where the time goes; bench/run.py measures whole programs.

#include "base/json.h"
#include "manifest/manifest.h"
#include "render/render.h"
#include "spec/load.h"
#include "yaml/reader.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

namespace {

using namespace autocache;

/// COUNT documents; in each the first `name: ` of the spec names another cluster.
std::string copies_of(const std::string& spec, int count) {
  const std::size_t at = spec.find("name: ") + 6;
  std::string all;
  for (int i = 0; i < count; ++i) {
    all += "---\n" + spec.substr(0, at) + "c" + std::to_string(i) + "-" + spec.substr(at);
  }
  return all;
}

/// Microseconds of processor time of this process.
double processor_time() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

struct Stage {
  const char* name;
  double best = std::numeric_limits<double>::infinity();
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: stages FILE COUNT [ROUNDS]\n");
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  const std::string spec(std::istreambuf_iterator<char>(in), {});
  const int count = std::atoi(argv[2]);
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  const SourcePtr source = make_source(argv[1], copies_of(spec, count));

  Stage stages[] = {{"read"}, {"load"}, {"render"}, {"write"}, {"free"}, {"all"}};
  std::size_t bytes = 0;
  for (int round = 0; round < rounds; ++round) {
    double took[6] = {};
    double mark = processor_time();
    const double start = mark;
    const auto lap = [&mark, &took](int stage) {
      const double now = processor_time();
      took[stage] += now - mark;
      mark = now;
    };
    {
      const yaml::ReadResult read = yaml::read(source);
      lap(0);
      const spec::LoadResult loaded = spec::load(read.documents);
      lap(1);
      std::string out;
      for (const spec::Resource& resource : loaded.resources) {
        {
          const std::vector<Json> objects = render::render(resource, {});
          lap(2);
          out += manifest::write(objects, manifest::Format::kYaml);
          lap(3);
        }
        lap(4);
      }
      bytes = out.size();
      if (round == 0 && has_errors(loaded.diagnostics)) {
        std::fputs(format(loaded.diagnostics[0]).c_str(), stderr);
      }
    }
    lap(4);
    took[5] = mark - start;
    for (int i = 0; i < 6; ++i) stages[i].best = std::min(stages[i].best, took[i] / count);
  }
  for (const Stage& stage : stages) std::printf("%-7s %8.1f us a spec\n", stage.name, stage.best);
  std::printf("%zu bytes\n", bytes);
}
