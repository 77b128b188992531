#include "runtime-hook/slots.h"

#include "base/number.h"

#include <algorithm>
#include <map>
#include <utility>

namespace autocache::hook {
namespace {

constexpr std::string_view kSeparators = " ,\t";

std::optional<int> parse_slot(std::string_view text) {
  const auto value = parse_number<unsigned>(text);
  return value && *value < unsigned{kSlotCount} ? std::optional(static_cast<int>(*value))
                                                : std::nullopt;
}

std::uint64_t total(std::span<const std::uint32_t> weights) {
  std::uint64_t sum = 0;
  for (const std::uint32_t weight : weights) {
    sum += weight;
  }
  return sum;
}

/// The slots of one node as runs that are handed out piece by piece: whole runs as long as one
/// fits, the shortest first, because a run that leaves as a whole makes no new range; then the end
/// of the longest one.
class Giver {
 public:
  void add(int slot) {
    if (!runs_.empty() && runs_.back().last + 1 == slot) {
      runs_.back().last = slot;
    } else {
      runs_.push_back({slot, slot});
    }
  }

  /// Call once after the last add.
  void sort() { std::sort(runs_.begin(), runs_.end(), longer); }

  void take(int count, SlotSet& into) {
    while (count > 0 && !runs_.empty()) {
      SlotRange& shortest = runs_.back();
      if (shortest.size() <= count) {
        count -= shortest.size();
        into.insert(shortest);
        runs_.pop_back();
        continue;
      }
      SlotRange longest = runs_.front();
      into.insert(SlotRange{longest.last - count + 1, longest.last});
      longest.last -= count;
      const auto place = std::upper_bound(runs_.begin() + 1, runs_.end(), longest, longer);
      std::copy(runs_.begin() + 1, place, runs_.begin());
      *(place - 1) = longest;
      return;
    }
  }

 private:
  static bool longer(SlotRange a, SlotRange b) {
    return a.size() != b.size() ? a.size() > b.size() : a.first > b.first;
  }

  std::vector<SlotRange> runs_;
};

std::vector<Giver> givers_of(const SlotMap& owners, std::size_t nodes) {
  std::vector<Giver> givers(nodes);
  for (int slot = 0; slot < kSlotCount; ++slot) {
    const std::int32_t owner = owners[static_cast<std::size_t>(slot)];
    if (owner != kNoOwner) {
      givers[static_cast<std::size_t>(owner)].add(slot);
    }
  }
  for (Giver& giver : givers) {
    giver.sort();
  }
  return givers;
}

/// Moves from `counts` to `targets`, whose sums are equal. Givers and takers are walked in order,
/// so there are fewer moves than nodes.
std::vector<SlotMove> match(const SlotMap& owners,
                            std::span<const int> counts,
                            std::span<const int> targets) {
  std::vector<Giver> givers = givers_of(owners, counts.size());
  std::vector<SlotMove> moves;
  std::size_t to = 0;
  int room = 0;
  for (std::size_t from = 0; from < counts.size(); ++from) {
    int surplus = counts[from] - targets[from];
    while (surplus > 0) {
      while (room == 0) {
        room = std::max(0, targets[to] - counts[to]);
        to += room == 0 ? 1 : 0;
      }
      const int count = std::min(surplus, room);
      SlotMove& move = moves.emplace_back();
      move.from = static_cast<int>(from);
      move.to = static_cast<int>(to);
      givers[from].take(count, move.slots);
      surplus -= count;
      room -= count;
      to += room == 0 ? 1 : 0;
    }
  }
  return moves;
}

}  // namespace

void SlotSet::insert(SlotRange range) {
  for (int slot = range.first; slot <= range.last;) {
    if (slot % 64 == 0 && slot + 63 <= range.last) {
      words_[word(slot)] = ~std::uint64_t{0};
      slot += 64;
    } else {
      insert(slot++);
    }
  }
}

int SlotSet::size() const {
  int count = 0;
  for (const std::uint64_t word : words_) {
    count += std::popcount(word);
  }
  return count;
}

bool SlotSet::empty() const {
  return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
}

int SlotSet::next(int from) const {
  if (from >= kSlotCount) {
    return kSlotCount;
  }
  std::size_t index = word(from);
  std::uint64_t rest = words_[index] & (~std::uint64_t{0} << (static_cast<unsigned>(from) % 64));
  while (rest == 0) {
    if (++index == words_.size()) {
      return kSlotCount;
    }
    rest = words_[index];
  }
  return static_cast<int>(index) * 64 + std::countr_zero(rest);
}

std::vector<SlotRange> SlotSet::ranges() const {
  std::vector<SlotRange> result;
  SlotSet missing;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    missing.words_[i] = ~words_[i];
  }
  for (int slot = next(0); slot < kSlotCount;) {
    const int end = missing.next(slot);
    result.push_back({slot, end - 1});
    slot = next(end);
  }
  return result;
}

std::vector<int> SlotSet::slots() const {
  std::vector<int> result;
  result.reserve(static_cast<std::size_t>(size()));
  for (int slot = next(0); slot < kSlotCount; slot = next(slot + 1)) {
    result.push_back(slot);
  }
  return result;
}

SlotSet& SlotSet::operator|=(const SlotSet& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    words_[i] |= other.words_[i];
  }
  return *this;
}

SlotSet& SlotSet::operator&=(const SlotSet& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    words_[i] &= other.words_[i];
  }
  return *this;
}

SlotSet& SlotSet::operator-=(const SlotSet& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    words_[i] &= ~other.words_[i];
  }
  return *this;
}

std::string to_string(SlotRange range) {
  std::string text = std::to_string(range.first);
  if (range.last != range.first) {
    text += '-';
    text += std::to_string(range.last);
  }
  return text;
}

std::string to_string(const SlotSet& slots) {
  std::string text;
  for (const SlotRange range : slots.ranges()) {
    text += text.empty() ? "" : " ";
    text += to_string(range);
  }
  return text;
}

std::optional<SlotRange> parse_slot_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::optional<int> first = parse_slot(text.substr(0, dash));
  const std::optional<int> last =
      dash == std::string_view::npos ? first : parse_slot(text.substr(dash + 1));
  if (!first || !last || *first > *last) {
    return std::nullopt;
  }
  return SlotRange{*first, *last};
}

std::optional<SlotSet> parse_slots(std::string_view text) {
  SlotSet slots;
  std::size_t at = text.find_first_not_of(kSeparators);
  while (at != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(kSeparators, at), text.size());
    const std::optional<SlotRange> range = parse_slot_range(text.substr(at, end - at));
    if (!range) {
      return std::nullopt;
    }
    slots.insert(*range);
    at = text.find_first_not_of(kSeparators, end);
  }
  return slots;
}

SlotMap empty_slot_map() {
  SlotMap owners;
  owners.fill(kNoOwner);
  return owners;
}

std::vector<int> slot_counts(const SlotMap& owners, int nodes) {
  std::vector<int> counts(static_cast<std::size_t>(nodes), 0);
  for (const std::int32_t owner : owners) {
    if (owner != kNoOwner) {
      ++counts[static_cast<std::size_t>(owner)];
    }
  }
  return counts;
}

SlotSet slots_of(const SlotMap& owners, int node) {
  SlotSet slots;
  for (int slot = 0; slot < kSlotCount; ++slot) {
    if (owners[static_cast<std::size_t>(slot)] == node) {
      slots.insert(slot);
    }
  }
  return slots;
}

int moved_slots(std::span<const SlotMove> moves) {
  int count = 0;
  for (const SlotMove& move : moves) {
    count += move.slots.size();
  }
  return count;
}

SlotMap apply_moves(const SlotMap& owners, std::span<const SlotMove> moves) {
  SlotMap result = owners;
  for (const SlotMove& move : moves) {
    for (int slot = move.slots.next(0); slot < kSlotCount; slot = move.slots.next(slot + 1)) {
      result[static_cast<std::size_t>(slot)] = move.to;
    }
  }
  return result;
}

SlotMap even_assignment(std::span<const std::uint32_t> weights) {
  SlotMap owners = empty_slot_map();
  const std::uint64_t sum = total(weights);
  if (sum == 0) {
    return owners;
  }
  std::uint64_t before = 0;
  std::size_t slot = 0;
  for (std::size_t node = 0; node < weights.size(); ++node) {
    before += weights[node];
    const std::uint64_t end = before * kSlotCount / sum;
    for (; slot < end; ++slot) {
      owners[slot] = static_cast<std::int32_t>(node);
    }
  }
  return owners;
}

SlotMap even_assignment(int nodes) {
  return even_assignment(std::vector<std::uint32_t>(static_cast<std::size_t>(nodes), 1));
}

std::vector<int> balanced_counts(std::span<const int> counts,
                                 std::span<const std::uint32_t> weights) {
  const std::uint64_t sum = total(weights);
  if (sum == 0) {
    return {counts.begin(), counts.end()};
  }
  std::uint64_t owned = 0;
  for (const int count : counts) {
    owned += static_cast<std::uint64_t>(count);
  }
  std::vector<int> targets(counts.size());
  std::vector<std::size_t> fractional;
  int left = static_cast<int>(owned);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    targets[i] = static_cast<int>(owned * weights[i] / sum);
    left -= targets[i];
    if (owned * weights[i] % sum != 0) {
      fractional.push_back(i);
    }
  }
  // Only a node that owns more than its floor saves a move by being rounded up.
  const auto spend = [&](bool with_surplus) {
    for (const std::size_t i : fractional) {
      const bool has_surplus = counts[i] > static_cast<int>(owned * weights[i] / sum);
      if (left > 0 && has_surplus == with_surplus) {
        ++targets[i];
        --left;
      }
    }
  };
  spend(true);
  spend(false);
  return targets;
}

std::vector<SlotMove> rebalance(const SlotMap& owners, std::span<const std::uint32_t> weights) {
  const std::vector<int> counts = slot_counts(owners, static_cast<int>(weights.size()));
  return match(owners, counts, balanced_counts(counts, weights));
}

std::vector<SlotMove> drain(const SlotMap& owners, std::span<const std::uint32_t> weights) {
  if (total(weights) == 0) {
    return {};
  }
  const std::vector<int> counts = slot_counts(owners, static_cast<int>(weights.size()));
  // Water filling: who already has more than the level keeps what it has and the level of the
  // others is computed anew.
  std::vector<std::uint32_t> open(weights.begin(), weights.end());
  std::vector<int> targets;
  for (bool again = true; again;) {
    std::vector<int> pool(counts.size(), 0);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      pool[i] = weights[i] == 0 || open[i] != 0 ? counts[i] : 0;
    }
    targets = balanced_counts(pool, open);
    again = false;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (open[i] != 0 && targets[i] < counts[i]) {
        open[i] = 0;
        again = true;
      }
    }
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (weights[i] != 0 && open[i] == 0) {
      targets[i] = counts[i];
    }
  }
  return match(owners, counts, targets);
}

std::vector<SlotMove> moves_to(const SlotMap& owners, const SlotMap& wanted) {
  std::map<std::pair<int, int>, SlotSet> pairs;
  for (int slot = 0; slot < kSlotCount; ++slot) {
    const int from = owners[static_cast<std::size_t>(slot)];
    const int to = wanted[static_cast<std::size_t>(slot)];
    if (from != kNoOwner && to != kNoOwner && from != to) {
      pairs[{from, to}].insert(slot);
    }
  }
  std::vector<SlotMove> moves;
  moves.reserve(pairs.size());
  for (const auto& [pair, slots] : pairs) {
    moves.push_back({pair.first, pair.second, slots});
  }
  return moves;
}

std::vector<SlotMove> first_round(std::span<const SlotMove> moves) {
  enum class Role { kNone, kGives, kTakes };
  std::map<int, Role> roles;
  std::vector<SlotMove> round;
  for (const SlotMove& move : moves) {
    if (roles[move.from] != Role::kTakes && roles[move.to] != Role::kGives) {
      roles[move.from] = Role::kGives;
      roles[move.to] = Role::kTakes;
      round.push_back(move);
    }
  }
  return round;
}

}  // namespace autocache::hook
