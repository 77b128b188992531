// Moves slots between AutoCache servers. Their MIGRATING and IMPORTING make every key of a slot
// unreachable, nothing is broadcast, and a node that has gone away keeps its slots in gossip, so a
// slot goes like this, a few slots at a time (reference/redis.md 2.2 and 2.4):
//
//   1. freeze it at the source: reads go on, writes are refused, so the keys hold still
//   2. copy the keys with their times to live to the destination, which nobody asks for them yet
//   3. the destination keeps as many as the source has: it becomes the owner in its own view
//   4. freeze again and compare: gossip may have thawed the source, then late writes go after
//   5. tell the source and everybody else, by SETSLOT and with an epoch that no older gossip has
//   6. drop the copies at the source
//
// A hook that dies before 3 leaves all keys at the source: the next run gives the slot back to it.
// After 3 the destination has all keys and owns the slot; what the source still has is dropped by
// bring_home. No key is ever deleted that is not at the owner.

#include "runtime-hook/copy_node.h"
#include "runtime-hook/info.h"
#include "runtime-hook/mover_loop.h"
#include "runtime-hook/slot_copier.h"

#include <algorithm>
#include <map>

namespace autocache::hook {
namespace {

constexpr int kWarmTierLooks = 3;

/// What makes copying from or to a server unsafe whatever the slots are.
CopyResult check_disk(CopyNode& node) {
  const std::vector<Outcome> outcomes = node.ask({{"INFO"}});
  if (const std::string why = problem_of(outcomes[0]); !why.empty()) {
    return CopyProblem{to_string(node.node().endpoint) + ": " + why, ""};
  }
  if (!info_field(outcomes[0]->text, "writebehind_flushed").empty()) {
    return CopyProblem{
        to_string(node.node().endpoint) +
            " writes its keys to disk, but this server does not write keys there that are moved to "
            "it: they would be lost when it restarts",
        "move the data by hand, or run the AutoCache server without -persist-enabled"};
  }
  return std::nullopt;
}

/// Keys of a warm tier are in no slot's key list, so they would stay behind.
CopyResult check_warm_tier(CopyNode& node) {
  std::vector<int> all(kSlotCount);
  for (int slot = 0; slot < kSlotCount; ++slot) {
    all[static_cast<std::size_t>(slot)] = slot;
  }
  std::int64_t hidden = 0;
  for (int look = 0; look < kWarmTierLooks; ++look) {
    const auto size = [&] {
      const std::vector<Outcome> outcomes = node.ask({{"DBSIZE"}});
      return outcomes[0] && !outcomes[0]->is_error() ? outcomes[0]->integer : 0;
    };
    const std::int64_t before = size();
    const auto counts = node.counts(all);
    if (!counts) {
      return counts.error();
    }
    std::int64_t listed = 0;
    for (const std::int64_t count : *counts) {
      listed += count;
    }
    // Keys come and go while they are counted, and DBSIZE counts expired ones.
    if (std::min(before, size()) <= listed) {
      return std::nullopt;
    }
    const std::vector<Outcome> outcomes = node.ask({{"KEYS", "*"}});
    if (const std::string why = problem_of(outcomes[0]); !why.empty()) {
      return CopyProblem{to_string(node.node().endpoint) + ": " + why, ""};
    }
    hidden = static_cast<std::int64_t>(outcomes[0]->elements.size()) - listed;
    if (hidden <= 0) {
      return std::nullopt;
    }
  }
  return CopyProblem{to_string(node.node().endpoint) + " holds " + std::to_string(hidden) +
                         " keys that it does not list by slot (a warm tier): they cannot be moved",
                     "run the AutoCache server without -tiered-enabled while the number of nodes "
                     "changes, or move the data by hand"};
}

std::vector<MoveNode> others_than(const Move& move,
                                  const std::vector<Move>& moves,
                                  const std::vector<MoveNode>& bystanders) {
  std::map<std::string, MoveNode> nodes;
  for (const MoveNode& node : bystanders) {
    nodes.emplace(node.id, node);
  }
  for (const Move& other : moves) {
    nodes.emplace(other.source.id, other.source);
    nodes.emplace(other.destination.id, other.destination);
  }
  std::vector<MoveNode> others;
  for (const auto& [id, node] : nodes) {
    if (id != move.source.id && id != move.destination.id) {
      others.push_back(node);
    }
  }
  return others;
}

}  // namespace

void move_by_copy(MoveContext& context, const std::vector<Move>& moves) {
  RateLimit rate(context.options.bytes_per_second);
  std::map<std::string, CopyResult> checked;
  for (const Move& move : moves) {
    if (context.stopping()) {
      return;
    }
    SlotCopier copier(context, move, others_than(move, moves, context.options.bystanders), rate);
    CopyResult refused;
    for (const MoveNode* node : {&move.source, &move.destination}) {
      const auto [entry, fresh] = checked.try_emplace(node->id);
      if (fresh) {
        CopyNode asked(context, *node);
        entry->second = check_disk(asked);
        if (!entry->second && node == &move.source) {
          entry->second = check_warm_tier(asked);
        }
      }
      refused = refused ? refused : entry->second;
    }
    if (refused) {
      copier.refuse(*refused);
    } else {
      copier.run();
    }
  }
}

void bring_home_by_copy(MoveContext& context, const Move& move) {
  constexpr std::size_t kSlotsAtOnce = 64;
  CopyNode source(context, move.source);
  CopyNode owner(context, move.destination);
  const auto slots = move.slots.slots();
  for (std::size_t first = 0; first < slots.size() && !context.stopping(); first += kSlotsAtOnce) {
    const std::vector<int> batch(
        slots.begin() + static_cast<std::ptrdiff_t>(first),
        slots.begin() + static_cast<std::ptrdiff_t>(std::min(first + kSlotsAtOnce, slots.size())));
    // Frozen, it answers reads of slots that it does not own.
    CopyResult failed = source.freeze(batch);
    std::vector<std::string> keys;
    if (!failed) {
      auto found = source.keys_in(batch);
      failed = found ? CopyResult() : found.error();
      keys = found ? std::move(*found) : std::vector<std::string>();
    }
    if (!failed) {
      failed = source.read(keys, [&](std::vector<CopiedKey>& piece) {
        return owner.restore(piece, OnExisting::kKeep);
      });
    }
    if (!failed) {
      failed = source.discard(keys);
    }
    const CopyResult told = source.set_owner(batch, move.destination.id);
    failed = failed ? failed : told;
    if (!failed) {
      context.moved(static_cast<std::int64_t>(batch.size()), static_cast<std::int64_t>(keys.size()),
                    0);
      continue;
    }
    for (const int slot : batch) {
      context.failed(move.source, move.destination, slot, failed->message, false);
    }
    context.report.failures.back().check = failed->check;
  }
}

}  // namespace autocache::hook
