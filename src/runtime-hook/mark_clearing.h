#pragma once

// Redis 7.0.13 to 7.2.3 (keeps_marks() of snapshot.h) may have marked a slot as one that its owner
// does not claim, and keep the mark when they take the slot over. Any claim of it, however old,
// then takes the slot away with its keys. No command shows or removes a mark. A server drops all
// marks of an owner's slots when that owner speaks and claims other slots than the server thought:
// so the destinations are made to forget one slot of each source before a move.

#include "runtime-hook/mover_loop.h"

#include <vector>

namespace autocache::hook {

/// A script for a destination (no keys; arguments: the ID of a source and a choice of its slots,
/// for each source): of each it forgets who owns one of the slots. Not one whose keys it holds:
/// should it restart, it would claim that slot. Returns the slots; -1 where there is none.
extern const char* const kForgetSlotsScript;

/// Sees to it that the destinations of `moves` that keep marks have none of the slots that they are
/// about to get; nothing is sent to others. Returns the moves that may begin; the slots of the rest
/// are failures in `context.report`. It takes a tenth of a second. Meanwhile each such destination
/// does not redirect clients for one slot of each source, and has cluster-require-full-coverage no,
/// so as to serve its own. A hook that dies in it leaves that directive for `sync`; the owner's
/// next ping gives the slots back.
std::vector<Move> clear_marks(MoveContext& context, std::vector<Move> moves);

}  // namespace autocache::hook
