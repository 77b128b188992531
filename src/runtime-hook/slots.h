#pragma once

// Integer math on the 16384 hash slots of a Redis Cluster: sets and ranges, who should own what,
// and the fewest moves to get there. Shared by `plan` (offline) and the hook, so both always name
// the same moves. Nodes are indexes of the caller's own list. Pure: no I/O, no randomness, no
// floating point.

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::hook {

inline constexpr int kSlotCount = 16384;
inline constexpr int kNoOwner = -1;

/// The slots `first` to `last`, both included.
struct SlotRange {
  int first = 0;
  int last = 0;

  [[nodiscard]] int size() const { return last - first + 1; }
  // NOLINTNEXTLINE(modernize-use-nullptr): a false alarm of clang-tidy 14
  auto operator<=>(const SlotRange&) const = default;
};

/// A set of slots in 2 KiB. Slots outside 0..16383 must not be passed.
class SlotSet {
 public:
  SlotSet() = default;
  explicit SlotSet(SlotRange range) { insert(range); }

  /// All 16384 slots.
  static SlotSet all() { return SlotSet(SlotRange{0, kSlotCount - 1}); }

  void insert(int slot) { words_[word(slot)] |= bit(slot); }
  void insert(SlotRange range);
  void erase(int slot) { words_[word(slot)] &= ~bit(slot); }
  [[nodiscard]] bool contains(int slot) const { return (words_[word(slot)] & bit(slot)) != 0; }
  [[nodiscard]] int size() const;
  [[nodiscard]] bool empty() const;
  /// The lowest slot that is at least `from`, or kSlotCount.
  [[nodiscard]] int next(int from) const;
  /// Maximal runs in ascending order.
  [[nodiscard]] std::vector<SlotRange> ranges() const;
  [[nodiscard]] std::vector<int> slots() const;

  SlotSet& operator|=(const SlotSet& other);
  SlotSet& operator&=(const SlotSet& other);
  SlotSet& operator-=(const SlotSet& other);
  friend SlotSet operator|(SlotSet a, const SlotSet& b) { return a |= b; }
  friend SlotSet operator&(SlotSet a, const SlotSet& b) { return a &= b; }
  friend SlotSet operator-(SlotSet a, const SlotSet& b) { return a -= b; }
  bool operator==(const SlotSet&) const = default;

 private:
  static std::size_t word(int slot) { return static_cast<std::size_t>(slot) / 64; }
  static std::uint64_t bit(int slot) {
    return std::uint64_t{1} << (static_cast<unsigned>(slot) % 64);
  }

  std::array<std::uint64_t, kSlotCount / 64> words_{};
};

/// "0-5460 5462": the ranges separated by a blank, as CLUSTER NODES prints them; empty for the
/// empty set.
std::string to_string(const SlotSet& slots);

/// "0-5460" or "5462".
std::string to_string(SlotRange range);

/// One range of CLUSTER NODES or of a slotPlan key ("0-5460", "5462"). Nothing if it is not one or
/// is out of range.
std::optional<SlotRange> parse_slot_range(std::string_view text);

/// Ranges separated by blanks or commas. Nothing if one of them is not a range.
std::optional<SlotSet> parse_slots(std::string_view text);

/// For every slot the index of its owner, or kNoOwner.
using SlotMap = std::array<std::int32_t, kSlotCount>;

/// A map in which nobody owns anything.
SlotMap empty_slot_map();

/// How many slots each of `nodes` nodes owns.
std::vector<int> slot_counts(const SlotMap& owners, int nodes);

/// The slots whose owner is `node` (kNoOwner: the uncovered ones).
SlotSet slots_of(const SlotMap& owners, int node);

/// `slots` go from node `from` to node `to`.
struct SlotMove {
  int from = kNoOwner;
  int to = kNoOwner;
  SlotSet slots;

  bool operator==(const SlotMove&) const = default;
};

/// Number of slots in all moves.
int moved_slots(std::span<const SlotMove> moves);

/// `owners` after `moves`.
SlotMap apply_moves(const SlotMap& owners, std::span<const SlotMove> moves);

/// Contiguous ranges in the order of the nodes, each of its fair share by weight rounded down or
/// up. A node of weight 0 gets none; all weights 0: nobody gets any.
SlotMap even_assignment(std::span<const std::uint32_t> weights);

/// The same for `nodes` nodes of equal weight.
SlotMap even_assignment(int nodes);

/// How many slots each node should own: its share of all owned slots by weight, rounded down or up
/// so that the fewest slots have to move from `counts`, which has the size of `weights`. All
/// weights 0: `counts` itself.
std::vector<int> balanced_counts(std::span<const int> counts,
                                 std::span<const std::uint32_t> weights);

/// The fewest moves after which every node owns its fair share of the owned slots rounded down or
/// up. Uncovered slots stay uncovered. No node both gives and takes; whole runs are preferred; a
/// balanced map needs no move. Owners without an entry in `weights` must not occur.
std::vector<SlotMove> rebalance(const SlotMap& owners, std::span<const std::uint32_t> weights);

/// Empties the nodes of weight 0 and moves nothing else: their slots go where the fewest are per
/// weight. Nothing is moved if all weights are 0.
std::vector<SlotMove> drain(const SlotMap& owners, std::span<const std::uint32_t> weights);

/// Gives every slot that `wanted` names to the owner it names. Slots that nobody owns now, or that
/// `wanted` leaves to kNoOwner, stay. Nodes may give and take here: see first_round.
std::vector<SlotMove> moves_to(const SlotMap& owners, const SlotMap& wanted);

/// As many of `moves`, in their order, as can run at once without a node that both gives and takes:
/// two servers that MIGRATE to each other block each other (redis cluster.c, MIGRATE is
/// synchronous). Not empty unless `moves` is.
std::vector<SlotMove> first_round(std::span<const SlotMove> moves);

}  // namespace autocache::hook
