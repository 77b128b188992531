#pragma once

// What was observed of a cluster at one moment: who answers where, and what each server says about
// itself and about the others. Plain data, keyed by node ID; nothing here is a conclusion. Sized
// for 1,000 nodes that all know each other.

#include "runtime-hook/cluster_nodes.h"
#include "runtime-hook/endpoint.h"
#include "runtime-hook/info.h"
#include "runtime-hook/slots.h"

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace autocache::hook {

enum class Product { kUnknown, kRedis, kValkey, kAutocache };

/// What came of asking an address.
enum class Reach {
  kUp,
  kLoading,     ///< alive, reading its data from disk
  kRefused,     ///< nobody listens
  kSilent,      ///< no answer in time, or the connection broke
  kNoName,      ///< the host name does not exist
  kNameServer,  ///< the name server gave no answer
  kAuth,        ///< the password is wrong or missing
  kNotCluster,  ///< a server without cluster mode
  kOdd,         ///< what answered is no server we know
};

enum class Existence { kUnknown, kYes, kNo };

/// Who answers at the address of a member that no name leads to.
enum class Occupant { kUnknown, kItself, kAnother, kNobody };

/// One address of the desired state, or of a member that was found by its name.
struct Place {
  enum class Kind { kDesired, kSurplus, kFound };
  Kind kind = Kind::kDesired;
  Endpoint at;
  std::vector<std::string> ips;
  Reach reach = Reach::kSilent;
  std::string error;
  int member = -1;  ///< who answers here; -1 nobody
};

/// What one server knows about one node.
struct Peer {
  std::uint64_t config_epoch = 0;
  std::int32_t member = -1;
  std::int32_t primary = -1;  ///< member it replicates, -1 none
  std::int32_t address = -1;  ///< index into Snapshot::addresses
  std::uint16_t flags = 0;
  bool connected = false;

  [[nodiscard]] bool has(PeerFlag flag) const { return (flags & flag) != 0; }
};

/// A slot that a server shows as importing or migrating.
struct OpenSlot {
  using Kind = OpenKind;
  int slot = 0;
  Kind kind = Kind::kMigrating;
  int other =
      -1;  ///< member it migrates to or imports from; -1 if the server does not know that ID
  bool operator==(const OpenSlot&) const = default;
};

/// A slot migration that the server runs itself (Valkey 9, CLUSTER GETSLOTMIGRATIONS), not yet
/// finished.
struct Job {
  std::string name;
  SlotSet slots;
  int from = -1;
  int to = -1;
};

/// One node of the cluster, by ID.
struct Member {
  std::string id;
  std::string hostname;  ///< as announced; empty if none
  std::int32_t address = -1;
  /// Whether the announced name still exists; asked only of members that answer nowhere.
  Existence name = Existence::kUnknown;
  /// Asked only of members that answer nowhere and announced no name.
  Occupant occupant = Occupant::kUnknown;
  /// How long ago it last answered one of the members that answer, in ms; -1: none can tell.
  std::int64_t silent = -1;
  int place = -1;  ///< where it answers; -1: it does not, and the rest below is unknown

  Product product = Product::kUnknown;
  Version version;
  bool primary = true;
  bool state_ok = false;
  bool link_up = false;
  bool syncing = false;
  int primary_member = -1;  ///< for a replica; -1 if that ID is unknown to it
  std::uint64_t config_epoch = 0;
  std::uint64_t current_epoch = 0;
  SlotSet slots;  ///< what it claims itself
  std::vector<OpenSlot> open;
  std::vector<Peer> peers;  ///< its view, itself included
  /// Its view of who owns what, as member indexes; servers with the same view share one map.
  std::shared_ptr<const SlotMap> owners;
  std::vector<Job> jobs;

  std::int64_t keys = 0;
  /// Keys by slot, of the slots that the census looked at; slots without keys are left out.
  std::map<int, std::int64_t> slot_keys;
  std::int64_t used_memory = 0;
  std::int64_t dataset = 0;  ///< bytes of used_memory that are keys and values
  std::int64_t max_memory = 0;
  std::string max_memory_policy;
  int cpu_percent = -1;  ///< of one core since the last look; -1 unknown
  int functions = -1;    ///< number of function libraries; -1 unknown
  Endpoint primary_at;   ///< where a replica looks for its primary; no host: unknown
  /// For how long a replica has had no link to its primary; 0 with a link, -1 if it has never had
  /// one since it started or became its replica.
  std::int64_t link_down_seconds = -1;
  std::int64_t offset = 0;
  std::map<std::string, std::string> config;
};

struct Snapshot {
  std::vector<Place>
      places;  ///< the desired nodes in order, then surplus addresses, then found ones
  std::vector<Member> members;
  std::vector<Endpoint> addresses;
  /// Whether the name of the client Service exists; asked only if no desired name does.
  Existence service = Existence::kUnknown;
  /// No Pod beyond the desired ones exists: their names were asked for. False if nobody asked.
  bool pods_accounted = false;
  /// The keys of every slot were counted, and every node answered.
  bool census = false;
  /// How long this run has been looking, and for how long nothing has changed.
  std::chrono::milliseconds elapsed{0};
  std::chrono::milliseconds unchanged{0};

  [[nodiscard]] const Member& at(int member) const {
    return members[static_cast<std::size_t>(member)];
  }
  [[nodiscard]] Member& at(int member) { return members[static_cast<std::size_t>(member)]; }
  /// Where a member answers.
  [[nodiscard]] const Place& place_of(int member) const {
    return places[static_cast<std::size_t>(at(member).place)];
  }
  [[nodiscard]] const Endpoint& endpoint_of(int member) const { return place_of(member).at; }
  /// The same as an IP address, for other servers to use.
  [[nodiscard]] const std::string& address_of(int member) const {
    const Place& place = place_of(member);
    return place.ips.empty() ? place.at.host : place.ips.front();
  }
};

/// Whether this member answers and knows the owner of any slot.
bool knows_an_owner(const Member& member);

/// "redis 7.0.15".
std::string to_string(Product product, const Version& version);

/// True for Redis 7.0.13 to 7.2.3. A server marks a slot whose owner stops claiming it, and a
/// marked slot goes to whoever claims it, of whatever epoch (redis #12344). These keep the mark
/// when the slot gets another owner, even themselves, and then drop its keys (fixed by redis
/// #12564).
bool keeps_marks(const Member& member);

/// True for Redis before 7.0.13. A server that missed a slot's move goes on telling others that the
/// slot is still its old owner's, under whatever epoch the old owner has by then (cluster.c,
/// UPDATE messages; ended by redis #12344).
bool tells_dropped_claims(const Member& member);

/// How this member is named to people: its Pod name, else the address where it answers or lived,
/// and the start of its ID.
std::string describe(const Snapshot& snapshot, int member);

}  // namespace autocache::hook
