#pragma once

// What servers answer, turned into a Snapshot: the texts of CLUSTER NODES and INFO as Redis 6.2 to
// 8, Valkey 8 and 9 and the AutoCache server write them. Pure; which server to ask what is the
// reader's business (reader.h).

#include "runtime-hook/cluster_nodes.h"
#include "runtime-hook/snapshot.h"
#include "runtime-hook/transport.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace autocache::hook {

/// What an INFO text says, as far as it matters here. Missing fields keep their defaults.
struct ServerInfo {
  Product product = Product::kUnknown;
  Version version;
  bool cluster_enabled = false;
  bool loading = false;
  std::int64_t keys = 0;
  std::int64_t used_memory = 0;
  std::int64_t dataset = 0;  ///< bytes of used_memory that are keys and values
  std::int64_t max_memory = 0;
  std::string max_memory_policy;
  bool link_up = false;
  Endpoint primary_at;  ///< where a replica looks for its primary; no host: a primary
  bool syncing = false;
  std::int64_t link_down_seconds = -1;  ///< see Member
  std::int64_t offset = 0;
  double cpu_seconds = 0;
  std::int64_t clock = 0;    ///< the server's, in ms; 0: it does not say
  std::int64_t started = 0;  ///< when it started, by its clock
};

/// Reads an INFO text. A Valkey server is known by valkey_version: its redis_version is a
/// fixed 7.2.4.
ServerInfo parse_server_info(std::string_view text);

/// Fills a Snapshot view by view. Every server's text is read once and dropped, so that 1,000 views
/// need little memory.
class SnapshotBuilder {
 public:
  explicit SnapshotBuilder(Snapshot& snapshot) : snapshot_(snapshot) {}

  /// The index of the member with that ID; a new one if it was not seen before.
  int member(std::string_view id);
  /// The index of that address.
  int address(std::string_view ip, int port, int bus_port);

  /// Reads the CLUSTER NODES text that the server at `place` gave and ties the two. Returns the
  /// member, or -1 and leaves the snapshot alone if the text is not one (no line is "myself", a
  /// field is missing). `info` has the clock of its times.
  int add_view(int place, std::string_view nodes, const ServerInfo& info = {});

  /// Takes over what INFO and CLUSTER INFO said about `member`.
  void add_info(int member, const ServerInfo& info, std::string_view cluster_info);

  /// Reads the reply of CLUSTER GETSLOTMIGRATIONS: what the server still exports.
  void add_jobs(int member, const Reply& reply);

 private:
  void add_slots(Member& viewer, int owner, const LineSlots& slots, SlotMap& owners) const;
  std::shared_ptr<const SlotMap> share(const SlotMap& owners);

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  Snapshot& snapshot_;
  std::unordered_map<std::string, int, Hash, std::equal_to<>> members_;
  std::unordered_map<std::string, int, Hash, std::equal_to<>> addresses_;
  std::vector<std::shared_ptr<const SlotMap>> maps_;
};

}  // namespace autocache::hook
