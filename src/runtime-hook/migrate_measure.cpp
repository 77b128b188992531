// How large the keys of a slot are, asked before they move: for batches by bytes and for the rate
// limit.

#include "runtime-hook/migrate_strand.h"

#include <algorithm>
#include <utility>

namespace autocache::hook {
namespace {

/// Without a rate limit the mean of that many keys of a slot stands for the others.
constexpr std::size_t kSamples = 4;

}  // namespace

void MigrateStrand::measure(const Works& works) {
  std::vector<std::pair<Work*, std::size_t>> asked;
  std::vector<Request> requests;
  for (Work* work : works) {
    const std::size_t count = work->keys.size();
    const std::size_t samples = source_.rate.active() ? count : std::min(count, kSamples);
    work->sizes.assign(count, -1);
    for (std::size_t i = 0; i < samples; ++i) {
      const std::size_t index = i * count / samples;
      asked.emplace_back(work, index);
      requests.push_back(to_source({"STRLEN", work->keys[index]}));
    }
  }
  context_.loop.exchange(std::move(requests),
                         [this, works, asked = std::move(asked)](Outcomes& outcomes) {
                           on_lengths(works, asked, outcomes);
                         });
}

void MigrateStrand::on_lengths(const Works& works,
                               std::vector<std::pair<Work*, std::size_t>> asked,
                               Outcomes& outcomes) {
  std::vector<std::pair<Work*, std::size_t>> others;
  std::vector<Request> requests;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    auto [work, index] = asked[i];
    if (outcomes[i] && outcomes[i]->kind == ReplyKind::kInteger) {
      work->sizes[index] =
          outcomes[i]->integer + static_cast<std::int64_t>(work->keys[index].size());
    } else if (outcomes[i] && outcomes[i]->is_error("WRONGTYPE")) {
      others.push_back(asked[i]);
      requests.push_back(to_source({"MEMORY", "USAGE", work->keys[index]}));
    }
  }
  if (others.empty()) {
    finish_measuring(works);
    return;
  }
  context_.loop.exchange(std::move(requests), [this, works, others](Outcomes& usage) {
    for (std::size_t i = 0; i < others.size(); ++i) {
      if (usage[i] && usage[i]->kind == ReplyKind::kInteger) {
        others[i].first->sizes[others[i].second] = usage[i]->integer;
      }
    }
    finish_measuring(works);
  });
}

void MigrateStrand::finish_measuring(const Works& works) {
  for (Work* work : works) {
    std::int64_t sum = 0;
    std::int64_t known = 0;
    for (const std::int64_t size : work->sizes) {
      sum += std::max<std::int64_t>(size, 0);
      known += size >= 0 ? 1 : 0;
    }
    std::replace(work->sizes.begin(), work->sizes.end(), std::int64_t{-1},
                 known == 0 ? 0 : sum / known);
  }
  step();
}

}  // namespace autocache::hook
