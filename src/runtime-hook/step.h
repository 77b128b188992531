#pragma once

// What the planner may ask for. A step is data: it names members by their index in the snapshot it
// was planned on, and is idempotent, so that repeating a finished step changes nothing. The
// executor turns steps into commands.

#include "runtime-hook/slots.h"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace autocache::hook {

/// CLUSTER MEET on `viewer`, naming `target` by address and bus port.
struct Meet {
  int viewer = -1;
  int target = -1;
};

/// CLUSTER SET-CONFIG-EPOCH: only for a node that knows nobody.
struct SetConfigEpoch {
  int node = -1;
  std::uint64_t epoch = 0;
};

/// CLUSTER ADDSLOTS(RANGE) on `node`: slots that nobody owns.
struct AddSlots {
  int node = -1;
  SlotSet slots;
};

/// CLUSTER DELSLOTS on `node`: it gives up a claim to slots in which it holds no key.
struct DropClaim {
  int node = -1;
  SlotSet slots;
};

/// `node` takes over slots whose owner is gone or that nobody claims: SETSLOT IMPORTING and SETSLOT
/// NODE itself, which raises its epoch and tells everybody.
struct ClaimSlots {
  int node = -1;
  SlotSet slots;
};

/// SETSLOT NODE `owner` on `viewer`, whose view of these slots is wrong.
struct TellOwner {
  int viewer = -1;
  int owner = -1;
  SlotSet slots;
};

/// SETSLOT STABLE on `node`: closes importing and migrating flags.
struct CloseSlots {
  int node = -1;
  SlotSet slots;
};

/// CLUSTER REPLICATE on `node`.
struct Replicate {
  int node = -1;
  int primary = -1;
};

/// Slots with their keys go from an owner to another primary. Also finishes a move that was
/// interrupted.
struct MoveSlots {
  int from = -1;
  int to = -1;
  SlotSet slots;
};

/// Keys that `from` holds in slots that `owner` owns go to the owner; where both have a key the
/// owner's value stays.
struct BringHome {
  int from = -1;
  int owner = -1;
  SlotSet slots;
};

/// CLUSTER FORGET of `gone` on `viewer`.
struct Forget {
  int viewer = -1;
  int gone = -1;
};

/// CLUSTER RESET HARD (kHard, a new ID) or SOFT on `node`, which owns no slot and holds no key, or
/// is a replica.
struct Reset {
  enum class Kind { kSoft, kHard };
  int node = -1;
  Kind kind = Kind::kHard;
};

/// CLUSTER FAILOVER on a replica. kGraceful waits for the primary; kTakeover needs nobody's vote.
struct Failover {
  enum class Kind { kGraceful, kTakeover };
  int replica = -1;
  Kind kind = Kind::kGraceful;
};

/// CONFIG SET, read back afterwards.
struct SetConfig {
  int node = -1;
  std::vector<std::pair<std::string, std::string>> values;
};

/// FUNCTION DUMP on `from`, FUNCTION RESTORE on `to`: a new primary gets the cluster's function
/// libraries.
struct CopyFunctions {
  int from = -1;
  int to = -1;
};

/// CLUSTER CANCELSLOTMIGRATIONS on `node` (Valkey 9).
struct CancelMigrations {
  int node = -1;
};

/// CLUSTER BUMPEPOCH on `node`: its claims win over older ones that some views still show.
struct BumpEpoch {
  int node = -1;
};

using Action = std::variant<Meet,
                            SetConfigEpoch,
                            AddSlots,
                            DropClaim,
                            ClaimSlots,
                            TellOwner,
                            CloseSlots,
                            Replicate,
                            MoveSlots,
                            BringHome,
                            Forget,
                            Reset,
                            Failover,
                            SetConfig,
                            CopyFunctions,
                            CancelMigrations,
                            BumpEpoch>;

/// How sure the planner has to be: kConfirmed steps run only when a second, later look at the
/// cluster plans them again.
enum class Certainty { kAtOnce, kConfirmed };

struct Step {
  Action action;
  /// Steps of a lower stage are finished before those of a higher one start; within a stage they
  /// run side by side.
  int stage = 0;
  Certainty certainty = Certainty::kAtOnce;
  /// What was seen and why this is done; lower case.
  std::string why;
};

}  // namespace autocache::hook
