// The census: how many keys each server holds of which slot.

#include "runtime-hook/reader.h"

#include <utility>

namespace autocache::hook {
namespace {

/// A census goes out in pieces of this many commands, so that neither side has to hold many
/// replies.
constexpr std::size_t kCensusBatch = 4096;

SlotSet open_or_claimed_twice(const Snapshot& snapshot) {
  SlotSet doubtful;
  SlotSet claimed;
  for (const Member& member : snapshot.members) {
    for (const OpenSlot& slot : member.open) {
      doubtful.insert(slot.slot);
    }
    if (member.place >= 0 && member.primary) {
      doubtful |= claimed & member.slots;
      claimed |= member.slots;
    }
  }
  return doubtful;
}

}  // namespace

/// One pass over every slot at its owner, then over all other slots of those nodes that hold more
/// keys than that. Keys that come and go meanwhile cost a needless second look, never a wrong
/// answer: nobody writes to slots that a node does not own. Only what is out of place, or may be,
/// is kept.
void TopologyReader::take_census(Snapshot& snapshot,
                                 const SlotSet& slots,
                                 std::chrono::milliseconds timeout) {
  std::vector<std::pair<int, SlotSet>> own;
  for (int i = 0; i < static_cast<int>(snapshot.members.size()); ++i) {
    if (snapshot.at(i).place >= 0 && snapshot.at(i).primary && snapshot.at(i).keys > 0) {
      own.emplace_back(i, snapshot.at(i).slots & slots);
    }
  }
  const SlotSet doubtful = open_or_claimed_twice(snapshot);
  std::vector<std::int64_t> sums(snapshot.members.size());
  bool complete = count(snapshot, own, timeout, [&](const Count& counted) {
    sums[static_cast<std::size_t>(counted.member)] += counted.keys;
    if (doubtful.contains(counted.slot)) {
      snapshot.at(counted.member).slot_keys[counted.slot] = counted.keys;
    }
  });
  std::vector<std::pair<int, SlotSet>> others;
  for (const auto& [index, owned] : own) {
    if (sums[static_cast<std::size_t>(index)] != snapshot.at(index).keys) {
      others.emplace_back(index, slots - owned);
    }
  }
  complete = count(snapshot, others, timeout,
                   [&](const Count& counted) {
                     snapshot.at(counted.member).slot_keys[counted.slot] = counted.keys;
                   }) &&
             complete;
  snapshot.census = complete;
}

/// Passes on what is not zero. False if a node did not answer.
bool TopologyReader::count(const Snapshot& snapshot,
                           const std::vector<std::pair<int, SlotSet>>& wanted,
                           std::chrono::milliseconds timeout,
                           const std::function<void(const Count&)>& take) {
  std::vector<Request> requests;
  std::vector<Count> asked;
  bool complete = true;
  const auto flush = [&] {
    const std::vector<Outcome> outcomes = transport_.call_all(std::exchange(requests, {}));
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (!outcomes[i] || outcomes[i]->kind != ReplyKind::kInteger) {
        complete = false;
      } else if (outcomes[i]->integer > 0) {
        asked[i].keys = outcomes[i]->integer;
        take(asked[i]);
      }
    }
    asked.clear();
  };
  // From all nodes in turn, so that they answer at the same time.
  std::vector<int> next;
  next.reserve(wanted.size());
  for (const auto& [member, slots] : wanted) {
    next.push_back(slots.next(0));
  }
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto& [member, slots] = wanted[i];
      const int slot = next[i];
      if (slot == kSlotCount) {
        continue;
      }
      requests.push_back({snapshot.endpoint_of(member),
                          {"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot)},
                          0,
                          timeout});
      asked.push_back({member, slot, 0});
      next[i] = slots.next(slot + 1);
      more = true;
      if (requests.size() == kCensusBatch) {
        flush();
      }
    }
  }
  flush();
  return complete;
}

}  // namespace autocache::hook
