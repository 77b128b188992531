#include "runtime-hook/slots.h"

#include "support/catch.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace autocache::hook {
namespace {

using Weights = std::vector<std::uint32_t>;

Weights equal_weights(int nodes) {
  return Weights(static_cast<std::size_t>(nodes), 1);
}

/// A random layout: runs of random length over random nodes, some nodes without a slot, some slots
/// without an owner.
SlotMap random_layout(std::mt19937& random, int nodes) {
  SlotMap owners = empty_slot_map();
  const int longest = std::uniform_int_distribution<int>(1, 3000)(random);
  const int holders = std::uniform_int_distribution<int>(1, nodes)(random);
  const bool holes = random() % 4 == 0;
  int slot = 0;
  while (slot < kSlotCount) {
    const int length = std::uniform_int_distribution<int>(1, longest)(random);
    const int owner = holes && random() % 8 == 0
                          ? kNoOwner
                          : static_cast<int>(random() % static_cast<unsigned>(holders));
    for (int end = std::min(kSlotCount, slot + length); slot < end; ++slot) {
      owners[static_cast<std::size_t>(slot)] = owner;
    }
  }
  return owners;
}

int owned(const SlotMap& owners) {
  return static_cast<int>(
      std::count_if(owners.begin(), owners.end(), [](int owner) { return owner != kNoOwner; }));
}

/// The fewest moves by the definition: the best choice of who is rounded up is the one that rounds
/// up whoever has most.
int theoretical_minimum(const SlotMap& owners, int nodes) {
  std::vector<int> counts = slot_counts(owners, nodes);
  std::sort(counts.rbegin(), counts.rend());
  const int slots = std::accumulate(counts.begin(), counts.end(), 0);
  int moves = 0;
  for (int i = 0; i < nodes; ++i) {
    const int target = slots / nodes + (i < slots % nodes ? 1 : 0);
    moves += std::max(0, counts[static_cast<std::size_t>(i)] - target);
  }
  return moves;
}

void require_givers_and_takers_apart(const std::vector<SlotMove>& moves) {
  for (const SlotMove& a : moves) {
    REQUIRE(std::none_of(moves.begin(), moves.end(),
                         [&](const SlotMove& b) { return a.from == b.to; }));
  }
}

}  // namespace

TEST_CASE("a slot set counts, iterates and prints like CLUSTER NODES") {
  SlotSet slots;
  CHECK(slots.empty());
  CHECK(slots.next(0) == kSlotCount);
  slots.insert(SlotRange{0, 200});
  slots.insert(5462);
  slots.insert(16383);
  CHECK(slots.size() == 203);
  CHECK(to_string(slots) == "0-200 5462 16383");
  slots.erase(64);
  CHECK(to_string(slots) == "0-63 65-200 5462 16383");
  CHECK(slots.next(64) == 65);
  CHECK(slots.next(16383) == 16383);
  CHECK(slots.next(16384) == kSlotCount);
  CHECK(SlotSet::all().size() == kSlotCount);
  CHECK((SlotSet::all() - slots).size() == kSlotCount - 202);
  CHECK((slots & SlotSet(SlotRange{60, 70})).slots() ==
        std::vector<int>{60, 61, 62, 63, 65, 66, 67, 68, 69, 70});
}

TEST_CASE("slot ranges are read strictly") {
  CHECK(parse_slot_range("0-16383") == SlotRange{0, 16383});
  CHECK(parse_slot_range("7") == SlotRange{7, 7});
  for (const char* bad : {"", "-", "1-", "-1", "1--2", "2-1", "16384", "0-16384", "1 2", "a", "1a",
                          "+1", "99999999999"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_slot_range(bad));
  }
  CHECK(to_string(*parse_slots("0-5,7 9-9")) == "0-5 7 9");
  CHECK(parse_slots("")->empty());
  CHECK_FALSE(parse_slots("0-5 x"));
}

TEST_CASE("printing and reading any slot set gives it back") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const SlotSet slots = slots_of(random_layout(random, 3), 1);
    CHECK(parse_slots(to_string(slots)) == slots);
  }
}

TEST_CASE("a new cluster gets contiguous ranges that differ by at most one slot") {
  for (int nodes = 1; nodes <= 1000; nodes += nodes < 20 ? 1 : 7) {
    CAPTURE(nodes);
    const SlotMap owners = even_assignment(nodes);
    CHECK(std::is_sorted(owners.begin(), owners.end()));
    const std::vector<int> counts = slot_counts(owners, nodes);
    const auto [low, high] = std::minmax_element(counts.begin(), counts.end());
    CHECK(*high - *low <= 1);
    CHECK(std::accumulate(counts.begin(), counts.end(), 0) == kSlotCount);
    CHECK(rebalance(owners, equal_weights(nodes)).empty());
  }
  CHECK(to_string(slots_of(even_assignment(3), 0)) == "0-5460");
}

TEST_CASE("weights share out a new cluster") {
  const SlotMap owners = even_assignment(Weights{1, 0, 3});
  CHECK(slot_counts(owners, 3) == std::vector<int>{4096, 0, 12288});
  CHECK(owned(even_assignment(Weights{0, 0})) == 0);
}

TEST_CASE("three to four nodes moves 4096 slots and no run is cut that need not be") {
  const SlotMap owners = even_assignment(3);
  const std::vector<SlotMove> moves = rebalance(owners, equal_weights(4));
  CHECK(moved_slots(moves) == 4096);
  REQUIRE(moves.size() == 3);
  for (const SlotMove& move : moves) {
    CHECK(move.to == 3);
    CHECK(move.slots.ranges().size() == 1);
  }
}

TEST_CASE("rebalance of random layouts is minimal, balanced, stable and deterministic") {
  std::mt19937 random(20240607);
  for (int round = 0; round < 400; ++round) {
    const int nodes =
        round < 100 ? 1 + round % 12 : std::uniform_int_distribution<int>(1, 1000)(random);
    CAPTURE(round, nodes);
    const SlotMap owners = random_layout(random, nodes);
    const std::vector<SlotMove> moves = rebalance(owners, equal_weights(nodes));
    CHECK(moves == rebalance(owners, equal_weights(nodes)));
    CHECK(moved_slots(moves) == theoretical_minimum(owners, nodes));
    CHECK(static_cast<int>(moves.size()) < std::max(2, nodes));
    bool own = true;
    for (const SlotMove& move : moves) {
      for (const int slot : move.slots.slots()) {
        own = own && owners[static_cast<std::size_t>(slot)] == move.from;
      }
    }
    CHECK(own);
    const SlotMap after = apply_moves(owners, moves);
    CHECK(owned(after) == owned(owners));
    const std::vector<int> counts = slot_counts(after, nodes);
    const auto [low, high] = std::minmax_element(counts.begin(), counts.end());
    CHECK(*high - *low <= 1);
    CHECK(rebalance(after, equal_weights(nodes)).empty());
    if (nodes <= 20) {
      require_givers_and_takers_apart(moves);
    }
  }
}

TEST_CASE("rebalance with weights ends within one slot of each share and stays there") {
  std::mt19937 random(99);
  for (int round = 0; round < 200; ++round) {
    const int nodes = std::uniform_int_distribution<int>(1, 60)(random);
    Weights weights;
    for (int i = 0; i < nodes; ++i) {
      weights.push_back(random() % 5 == 0 ? 0 : 1 + static_cast<std::uint32_t>(random() % 1000));
    }
    weights[0] += 1;
    const SlotMap owners = random_layout(random, nodes);
    const SlotMap after = apply_moves(owners, rebalance(owners, weights));
    const std::vector<int> counts = slot_counts(after, nodes);
    const std::uint64_t sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const double share =
          static_cast<double>(owned(owners)) * weights[i] / static_cast<double>(sum);
      CHECK(std::abs(counts[i] - share) < 1.0);
    }
    CHECK(rebalance(after, weights).empty());
  }
}

TEST_CASE("a drain empties the leaving nodes, moves nothing else and fills the emptiest") {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    const int nodes = std::uniform_int_distribution<int>(2, 80)(random);
    Weights weights = equal_weights(nodes);
    for (int i = 1; i < nodes; ++i) {
      weights[static_cast<std::size_t>(i)] = random() % 3 == 0 ? 0 : 1;
    }
    const SlotMap owners = random_layout(random, nodes);
    const std::vector<int> before = slot_counts(owners, nodes);
    const std::vector<SlotMove> moves = drain(owners, weights);
    const SlotMap after = apply_moves(owners, moves);
    const std::vector<int> counts = slot_counts(after, nodes);
    CHECK(owned(after) == owned(owners));
    int level = 0;
    for (const SlotMove& move : moves) {
      CHECK(weights[static_cast<std::size_t>(move.from)] == 0);
      level = std::max(level, counts[static_cast<std::size_t>(move.to)]);
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (weights[i] == 0) {
        CHECK(counts[i] == 0);
      } else {
        CHECK(counts[i] >= before[i]);
        CHECK(counts[i] >= level - 1);
      }
    }
    CHECK(drain(after, weights).empty());
  }
}

TEST_CASE("four to three nodes drains 4096 slots into a balanced cluster") {
  const SlotMap owners = even_assignment(4);
  const std::vector<SlotMove> moves = drain(owners, Weights{1, 1, 1, 0});
  CHECK(moved_slots(moves) == 4096);
  CHECK(rebalance(apply_moves(owners, moves), equal_weights(3)).empty());
  CHECK(drain(owners, Weights{0, 0, 0, 0}).empty());
}

TEST_CASE("a fixed plan moves exactly the slots that are elsewhere") {
  const SlotMap owners = even_assignment(2);
  SlotMap wanted = owners;
  for (std::size_t slot = 0; slot < 100; ++slot) {
    wanted[slot] = 1;
    wanted[slot + 10000] = 0;
  }
  wanted[16383] = kNoOwner;
  const std::vector<SlotMove> moves = moves_to(owners, wanted);
  CHECK(moved_slots(moves) == 200);
  const std::vector<SlotMove> round = first_round(moves);
  REQUIRE(round.size() == 1);
  CHECK(round[0].from == 0);
  const std::vector<SlotMove> rest = moves_to(apply_moves(owners, round), wanted);
  CHECK(moved_slots(rest) == 100);
  CHECK(first_round(rest) == rest);
}

TEST_CASE("rounds of any fixed plan keep givers and takers apart and finish") {
  std::mt19937 random(31);
  for (int round = 0; round < 50; ++round) {
    const int nodes = std::uniform_int_distribution<int>(2, 30)(random);
    SlotMap owners = random_layout(random, nodes);
    const SlotMap wanted = random_layout(random, nodes);
    int rounds = 0;
    for (std::vector<SlotMove> moves = moves_to(owners, wanted); !moves.empty();
         moves = moves_to(owners, wanted)) {
      const std::vector<SlotMove> now = first_round(moves);
      require_givers_and_takers_apart(now);
      REQUIRE(!now.empty());
      owners = apply_moves(owners, now);
      REQUIRE(++rounds < 1000);
    }
  }
}

}  // namespace autocache::hook
