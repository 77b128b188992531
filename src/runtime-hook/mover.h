#pragma once

// Moves slots with their keys between running primaries, by whatever the servers can do best. Works
// on a given list of moves only: which slots go where is the planner's business, and a failed move
// is simply planned again.

#include "runtime-hook/clock.h"
#include "runtime-hook/log.h"
#include "runtime-hook/slots.h"
#include "runtime-hook/transport.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace autocache::hook {

/// A primary as the mover needs it.
struct MoveNode {
  /// Where the hook reaches it.
  Endpoint endpoint;
  /// Its node ID.
  std::string id;
  /// The IP address at which the other nodes reach it (MIGRATE resolves no names without blocking
  /// the server).
  std::string address;
  /// Replicas that are attached to it. On Valkey each SETSLOT waits for them.
  int replicas = 0;
  /// It is a Redis that must not be told of a slot's new owner too early, and whose marks are
  /// cleared before it gets slots (keeps_marks() of snapshot.h, mark_clearing.h).
  bool keeps_marks = false;
};

/// `slots` go from `source`, which owns them (or is the MIGRATING side of a slot that is already
/// open), to `destination`.
struct Move {
  MoveNode source;
  MoveNode destination;
  SlotSet slots;
};

enum class Pace {
  kGentle,  ///< watches its MIGRATE times and holds back for the clients' sake
  kFast,    ///< as fast as the servers can (maintenance windows)
};

enum class MoveMethod {
  kAuto,       ///< MIGRATESLOTS where both ends have it, MIGRATE otherwise
  kMigrate,    ///< SETSLOT and MIGRATE, key by key
  kAutoCache,  ///< the AutoCache server: freeze, copy, flip (it has no usable ASK)
};

/// What has been done so far; passed to MoveOptions::progress.
struct MoveProgress {
  std::int64_t slots_done = 0;
  std::int64_t slots_total = 0;
  std::int64_t keys = 0;
  /// Estimated payload of the moved keys; exact for strings.
  std::int64_t bytes = 0;
};

struct MoveOptions {
  Pace pace = Pace::kGentle;
  MoveMethod method = MoveMethod::kAuto;
  /// Payload limit over all nodes together, in bytes per second; 0: none.
  std::int64_t bytes_per_second = 0;
  /// cluster-node-timeout of the servers. MIGRATE may block a server for at most a third of it at a
  /// time.
  std::chrono::milliseconds node_timeout{15000};
  /// Sent inside MIGRATE, so that the source can log in at the destination. Empty password: none.
  std::string username;
  std::string password;
  /// Every other primary of the cluster; the AutoCache server has to be told about each slot on
  /// every node.
  std::vector<MoveNode> bystanders;
  /// Asked before anything new is begun; true ends the move with the slots in flight finished and
  /// none left open.
  std::function<bool()> stop;
  /// Called after each step that moved something.
  std::function<void(const MoveProgress&)> progress;
};

/// Why some slots did not arrive. They may be open (IMPORTING on the destination, MIGRATING on the
/// source); no key is lost or unreachable, and planning again from what the servers say repairs and
/// finishes them.
struct MoveFailure {
  std::string source_id;
  std::string destination_id;
  SlotSet slots;
  /// The first reason, as the server or the transport gave it.
  std::string message;
  /// The failed node's own answer makes a repeat pointless (OOM at the destination, no permission).
  bool permanent = false;
  /// What a person must look at before it can work; empty if a repeat may help.
  std::string check;
};

struct MoveReport {
  MoveProgress done;
  std::vector<MoveFailure> failures;
  /// True if `stop` ended it early. Then no slot is open unless `failures` names it.
  bool stopped = false;
};

/// Runs `moves` and returns when all are done, failed, or stopped. No node may be a source in one
/// move and a destination in another (first_round() of slots.h sees to that).
MoveReport move_slots(Transport& transport,
                      Clock& clock,
                      Log& log,
                      const std::vector<Move>& moves,
                      const MoveOptions& options);

/// For each of `moves`: keys that `source` holds in slots which `destination` owns go to the owner;
/// where both have a key the owner's value stays (it is the one that clients have seen). Leaves no
/// slot open at the source.
MoveReport bring_home(Transport& transport,
                      Clock& clock,
                      Log& log,
                      const std::vector<Move>& moves,
                      const MoveOptions& options);

}  // namespace autocache::hook
