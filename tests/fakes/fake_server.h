#pragma once

// One server of an in-memory Redis Cluster: its table of nodes, its slots and keys, and the rules
// of redis cluster.c 7.0 by which commands and bus messages change them. Knows no time and no
// network: FakeCluster brings messages and asks it what to send.

#include "runtime-hook/slots.h"
#include "runtime-hook/transport.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::hook {

/// Where a fake server listens.
struct FakeAddress {
  std::string ip;
  int port = 0;
  auto operator<=>(const FakeAddress&) const = default;
};

/// What a server knows about a node. Row 0 is the server itself.
struct FakeRow {
  std::string id;
  FakeAddress at;
  bool primary = true;
  std::string replicates;
  std::uint64_t epoch = 0;
  SlotSet slots;
  bool failed = false;
  bool maybe_failed = false;
  bool no_address = false;
  bool linked = true;
  TimePoint heard;   ///< when anything came from it
  TimePoint pinged;  ///< when it last spoke first
};

/// A message on the cluster bus.
struct FakeMessage {
  enum class Type { kPing, kPong, kMeet, kUpdate, kFail };
  Type type = Type::kPing;
  std::string sender;
  FakeAddress from;
  bool primary = true;
  std::string replicates;
  std::uint64_t current_epoch = 0;
  std::uint64_t epoch = 0;
  SlotSet slots;
  /// kUpdate, kFail: the node that the message is about.
  std::string about;
  struct Gossip {
    std::string id;
    FakeAddress at;
    bool suspected = false;
  };
  std::vector<Gossip> gossip;
  /// IDs that the sender has been told to forget, and until when (Redis 7.2 and later, Valkey).
  std::vector<std::pair<std::string, TimePoint>> forgotten;
};

using FakeMessagePtr = std::shared_ptr<const FakeMessage>;

enum class FakeProduct { kRedis62, kRedis7, kValkey9 };

/// A slot migration that the server runs itself (Valkey 9).
struct FakeJob {
  std::string name;
  SlotSet slots;
  std::string target;
  std::string state;
  TimePoint ends;
};

class FakeServer;

/// What a server needs from the world around it.
class FakeWorld {
 public:
  virtual ~FakeWorld() = default;
  virtual TimePoint now() const = 0;
  /// The server that listens at `at` and that `from` can talk to; null if none answers.
  virtual FakeServer* reach(const FakeServer& from, const FakeAddress& at) = 0;
  /// The same for replication, which goes on where the network is cut, and while a server is paused
  /// (what it is sent waits in its socket): what asynchronous replication loses is no fault of a
  /// hook's.
  virtual FakeServer* replication_peer(const FakeAddress& at) = 0;
  virtual void send(FakeServer& from, const FakeAddress& to, FakeMessagePtr message) = 0;
  /// True if the answer of a MIGRATE whose keys have arrived shall be lost.
  virtual bool loses_migrate_reply() = 0;
  /// A random number of the schedule.
  virtual std::uint32_t random() = 0;
  /// True if a Redis 7 keeps the mark of a slot that its owner does not claim when the slot gets
  /// another owner (Redis 7.0.13 to 7.2.3, cluster.c clusterDelSlot).
  [[nodiscard]] virtual bool keeps_marks() const = 0;
  /// Where no server is, connections are not refused but get no answer: the server that tries shows
  /// such a peer as connected, again and again.
  [[nodiscard]] virtual bool silent_addresses() const = 0;
};

class FakeServer {
 public:
  FakeServer(FakeWorld& world, FakeAddress at, FakeProduct product);

  // What the world does to it.
  void receive(const FakeMessage& message);
  /// Sends pings and judges who has not been heard; called about every ping period.
  void tick();
  /// A client's command. `asking` is the flag of its connection.
  Reply execute(const Argv& argv, bool& asking);
  /// A new process at `at` with the nodes.conf and data it had, or (kEmpty) with neither.
  enum class Disk { kKept, kEmpty };
  void restart(FakeAddress at, Disk disk);
  /// What CLUSTER ADDSLOTS does, of slots that nobody owns.
  void add_slots(const SlotSet& slots);

  // What the world and the tests may look at.
  [[nodiscard]] const std::string& id() const { return rows_.front().id; }
  [[nodiscard]] const FakeAddress& address() const { return rows_.front().at; }
  [[nodiscard]] bool is_primary() const { return rows_.front().primary; }
  [[nodiscard]] const SlotSet& slots() const { return rows_.front().slots; }
  [[nodiscard]] std::uint64_t epoch() const { return rows_.front().epoch; }
  [[nodiscard]] std::uint64_t current_epoch() const { return current_epoch_; }
  [[nodiscard]] const std::map<int, std::map<std::string, std::string>>& data() const {
    return data_;
  }
  [[nodiscard]] const std::vector<FakeRow>& rows() const { return rows_; }
  /// From now on it has no link to its primary, whatever that one does.
  void cut_link() { link_cut_ = true; }
  [[nodiscard]] bool has_open_slots() const { return !migrating_.empty() || !importing_.empty(); }
  [[nodiscard]] std::size_t key_count() const;
  [[nodiscard]] std::string owner_of(int slot) const;
  [[nodiscard]] bool state_ok() const;
  /// Commands that change something, as INFO commandstats would count them.
  [[nodiscard]] int writes() const { return writes_; }
  /// Keys that the server itself dropped because a slot was taken away from it (delKeysInSlot).
  [[nodiscard]] int dropped_keys() const { return dropped_keys_; }

  bool alive = true;
  bool paused = false;
  std::string hostname;
  std::map<std::string, std::string> config;
  std::int64_t max_memory = 0;
  std::int64_t used_memory = 1'000'000;
  std::string version;

  /// Puts a key in without any check: the tests' way to make half states.
  void put(int slot, const std::string& key, const std::string& value) { data_[slot][key] = value; }
  /// An empty data folder, but the nodes.conf of before.
  void lose_keys() { data_.clear(); }

 private:
  friend class FakeCommands;

  FakeRow& self() { return rows_.front(); }
  FakeRow* find(const std::string& id);
  [[nodiscard]] const FakeRow* find(const std::string& id) const;
  void add_row(const std::string& id, const FakeAddress& at);
  void remove_row(const std::string& id);
  void set_owner(int slot, int row);
  [[nodiscard]] bool banned(const std::string& id) const;
  [[nodiscard]] std::string my_primary_id() const {
    return is_primary() ? id() : rows_.front().replicates;
  }
  [[nodiscard]] FakeMessagePtr message(FakeMessage::Type type) const;
  void send(const FakeAddress& to, FakeMessage::Type type);
  void broadcast();
  void take_forgotten(const FakeMessage& message);
  void take_gossip(const FakeMessage& message);
  void update_slots(const std::string& sender, std::uint64_t epoch, const SlotSet& slots);
  void correct(const FakeMessage& message);
  void settle_epoch(const FakeMessage& message);
  void follow(const std::string& primary);
  void bump_epoch();
  void promote(std::uint64_t epoch);
  [[nodiscard]] bool covered() const;
  void judge();
  void try_failover();
  void run_jobs();
  void sync_with_primary();
  void lose_link();
  /// Whether others would vote for it (cluster.c, clusterHandleSlaveFailover).
  bool data_is_fresh() const;
  void move_row(FakeRow& row, const FakeAddress& at);
  void replicate(int slot, const std::string& key, const std::string* value);
  [[nodiscard]] FakeServer* my_primary();

  FakeWorld& world_;
  FakeProduct product_;
  std::vector<FakeRow> rows_;
  std::array<std::int16_t, kSlotCount> owners_{};
  /// Slots that their owner has stopped claiming; Redis 6.2 does not look at it.
  SlotSet not_claimed_;
  [[nodiscard]] bool unclaimed(int slot) const {
    return product_ != FakeProduct::kRedis62 && not_claimed_.contains(slot);
  }
  std::uint64_t current_epoch_ = 0;
  std::uint64_t last_vote_ = 0;
  std::map<int, std::string> migrating_;
  std::map<int, std::string> importing_;
  std::map<int, std::map<std::string, std::string>> data_;
  struct Pending {
    bool meet = false;
    TimePoint since;
    std::string alias;
  };
  std::map<FakeAddress, Pending> pending_;
  std::map<std::string, TimePoint> ban_;
  /// What CONFIG SET has changed, as it is after a restart.
  std::map<std::string, std::string> from_file_;
  std::vector<FakeJob> jobs_;
  bool link_up_ = false;
  bool link_cut_ = false;
  /// When it lost its link; none if it has had none since it started or became a replica.
  std::optional<TimePoint> link_lost_;
  /// Where a replica looks for its primary (server.masterhost); no port: not set yet. Redis does
  /// not follow an address that it learns by gossip.
  FakeAddress link_at_;
  TimePoint started_;
  TimePoint primary_failed_since_;
  TimePoint ok_from_;
  int writes_ = 0;
  int dropped_keys_ = 0;
};

/// CRC16 of the key, or of what is between its first braces, as redis keyHashSlot.
int key_slot(std::string_view key);

/// 40 random hex digits.
std::string random_id(FakeWorld& world);

}  // namespace autocache::hook
