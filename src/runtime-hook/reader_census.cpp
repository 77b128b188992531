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
/// answer: nobody writes to slots that a node does not own.
void TopologyReader::count_keys(Snapshot& snapshot, const ReadOptions& options) {
  std::vector<std::pair<int, SlotSet>> own;
  for (int i = 0; i < static_cast<int>(snapshot.members.size()); ++i) {
    const Member& member = snapshot.members[static_cast<std::size_t>(i)];
    if (member.place >= 0 && member.primary && member.keys > 0) {
      own.emplace_back(i, member.slots & options.census_slots);
    }
  }
  bool complete = count(snapshot, own, options);
  std::vector<std::pair<int, SlotSet>> others;
  for (const auto& [index, slots] : own) {
    Member& member = snapshot.members[static_cast<std::size_t>(index)];
    std::int64_t sum = 0;
    for (const auto& [slot, keys] : member.slot_keys) {
      sum += keys;
    }
    if (sum != member.keys) {
      others.emplace_back(index, options.census_slots - slots);
    }
  }
  complete = count(snapshot, others, options) && complete;
  // Only what is out of place, or may be, is worth keeping.
  const SlotSet doubtful = open_or_claimed_twice(snapshot);
  for (const auto& [index, slots] : own) {
    Member& member = snapshot.members[static_cast<std::size_t>(index)];
    std::erase_if(member.slot_keys, [&slots = slots, &doubtful](const auto& entry) {
      return slots.contains(entry.first) && !doubtful.contains(entry.first);
    });
  }
  snapshot.census = complete ? CensusDepth::kFull : CensusDepth::kNone;
}

bool TopologyReader::count(Snapshot& snapshot,
                           const std::vector<std::pair<int, SlotSet>>& wanted,
                           const ReadOptions& options) {
  std::vector<Request> requests;
  std::vector<std::pair<int, int>> asked;
  bool complete = true;
  const auto flush = [&] {
    const std::vector<Outcome> outcomes = transport_.call_all(std::exchange(requests, {}));
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (!outcomes[i] || outcomes[i]->kind != ReplyKind::kInteger) {
        complete = false;
      } else if (outcomes[i]->integer > 0) {
        snapshot.members[static_cast<std::size_t>(asked[i].first)].slot_keys[asked[i].second] =
            outcomes[i]->integer;
      }
    }
    asked.clear();
  };
  for (const auto& [member, slots] : wanted) {
    for (int slot = slots.next(0); slot < kSlotCount; slot = slots.next(slot + 1)) {
      requests.push_back({at(snapshot, member),
                          {"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot)},
                          0,
                          options.timeout});
      asked.emplace_back(member, slot);
      if (requests.size() == kCensusBatch) {
        flush();
      }
    }
  }
  flush();
  return complete;
}

}  // namespace autocache::hook
