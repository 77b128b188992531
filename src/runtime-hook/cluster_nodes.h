#pragma once

// Reads the text of CLUSTER NODES as Redis 6.2 to 8, Valkey 8 and 9 and the AutoCache server write
// it. What is returned points into that text.

#include "runtime-hook/slots.h"
#include "runtime-hook/transport.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace autocache::hook {

/// Flags of one line of CLUSTER NODES.
enum PeerFlag : std::uint16_t {
  kMyself = 1,
  kPrimaryFlag = 2,
  kReplicaFlag = 4,
  kMaybeFailed = 8,
  kFailed = 16,
  kHandshake = 32,
  kNoAddress = 64,
};

/// One line: what the server that gave the text knows about one node.
struct NodeLine {
  std::string_view id;
  std::string_view ip;
  int port = 0;
  int bus_port = 0;
  std::string_view hostname;  ///< as announced (Redis 7, Valkey); empty if none
  std::uint16_t flags = 0;
  std::string_view primary;  ///< the ID of a replica's primary, else "-"
  std::int64_t pong = 0;     ///< when it last answered, in ms by the server's clock; 0: never
  std::uint64_t epoch = 0;
  bool connected = false;
  std::string_view slots;  ///< see slots_of_line()

  [[nodiscard]] bool has(PeerFlag flag) const { return (flags & flag) != 0; }
  [[nodiscard]] bool owns_slots() const { return !slots.empty() && !slots.starts_with('['); }
};

enum class OpenKind { kMigrating, kImporting };

/// A slot that the server shows as migrating to, or importing from, the node `other`.
struct OpenMark {
  int slot = 0;
  OpenKind kind = OpenKind::kMigrating;
  std::string_view other;
  bool operator==(const OpenMark&) const = default;
};

struct LineSlots {
  std::vector<SlotRange> owned;
  std::vector<OpenMark> open;  ///< only of the server itself

  [[nodiscard]] SlotSet owned_set() const;
};

/// All lines; none if one of them is not a node's.
std::vector<NodeLine> read_cluster_nodes(std::string_view text);

/// The lines of a good answer, which has to live as long as they do; none of another.
std::vector<NodeLine> read_cluster_nodes(const Outcome& answer);
std::vector<NodeLine> read_cluster_nodes(Outcome&& answer) = delete;

/// The slots of a line; words that are none are left out.
LineSlots slots_of_line(const NodeLine& line);

/// The line of the server that gave the text; null if none says so.
const NodeLine* myself_of(const std::vector<NodeLine>& nodes);

/// The slots that `nodes` give to the node `id`.
SlotSet owned_slots(const std::vector<NodeLine>& nodes, std::string_view id);

/// The slots that the server that gave the text shows as open.
std::vector<OpenMark> open_slots(const std::vector<NodeLine>& nodes);

}  // namespace autocache::hook
