#include "runtime-hook/pace.h"

#include "support/catch.h"

namespace autocache::hook {

TEST_CASE("batches grow by a step while MIGRATE is quick and are halved when it is slow") {
  BatchSize batch(Duration(1000), Duration(2000));
  const int start = batch.keys();
  batch.observe(start, Duration(500));
  CHECK(batch.keys() == start + BatchSize::kStep);
  batch.observe(batch.keys(), Duration(1500));
  CHECK(batch.keys() == start + BatchSize::kStep);
  batch.observe(batch.keys(), Duration(2500));
  CHECK(batch.keys() == (start + BatchSize::kStep) / 2);
}

TEST_CASE("a quick batch that was smaller than allowed proves nothing") {
  BatchSize batch(Duration(1000), Duration(2000));
  const int start = batch.keys();
  batch.observe(start - 1, Duration(1));
  CHECK(batch.keys() == start);
}

TEST_CASE("batch sizes stay within their limits") {
  BatchSize batch(Duration(1000), Duration(2000));
  for (int i = 0; i < 1000; ++i) {
    batch.observe(batch.keys(), Duration(0));
  }
  CHECK(batch.keys() == BatchSize::kMax);
  for (int i = 0; i < 1000; ++i) {
    batch.observe(batch.keys(), Duration(9000));
  }
  CHECK(batch.keys() == BatchSize::kMin);
}

TEST_CASE("a rate limit spreads bytes evenly") {
  RateLimit limit(1'000'000);
  const TimePoint begin{Duration(5'000'000)};
  CHECK(limit.reserve(700'000, begin) == begin);
  CHECK(limit.reserve(100'000, begin) == begin + Duration(500'000));
  CHECK(limit.reserve(1, begin) == begin + Duration(600'000));
  CHECK(limit.largest_piece() == 50'000);
}

TEST_CASE("who asks late catches up a fifth of a second at most") {
  RateLimit limit(1'000'000);
  const TimePoint late{Duration(60'000'000)};
  CHECK(limit.reserve(2'200'000, late) == late);
  CHECK(limit.reserve(1, late) == late + Duration(2'000'000));
}

TEST_CASE("without a rate limit everything goes at once") {
  RateLimit limit(0);
  const TimePoint now{Duration(1)};
  limit.reserve(std::int64_t{1} << 40, now);
  CHECK(limit.reserve(1, now) == now);
  CHECK_FALSE(limit.largest_piece().has_value());
}

}  // namespace autocache::hook
