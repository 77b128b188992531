#include "runtime-hook/topology.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <ranges>

namespace autocache::hook {
namespace {

template <class Int>
Int number(std::string_view text, Int otherwise = 0) {
  Int value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The next word of `text`, cut off its front with the blank behind it.
std::string_view next_word(std::string_view& text, char separator = ' ') {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::uint16_t read_flags(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, int>, 9> kFlags{
      {{"myself", kMyself},
       {"master", kPrimaryFlag},
       {"primary", kPrimaryFlag},
       {"slave", kReplicaFlag},
       {"replica", kReplicaFlag},
       {"fail?", kMaybeFailed},
       {"fail", kFailed},
       {"handshake", kHandshake},
       {"noaddr", kNoAddress}}};
  int flags = 0;
  while (!text.empty()) {
    const std::string_view word = next_word(text, ',');
    for (const auto& [name, flag] : kFlags) {
      flags |= name == word ? flag : 0;
    }
  }
  return static_cast<std::uint16_t>(flags);
}

}  // namespace

struct SnapshotBuilder::Line {
  std::string_view id;
  std::string_view ip;
  int port = 0;
  int bus_port = 0;
  std::string_view hostname;
  std::uint16_t flags = 0;
  std::string_view primary;
  std::uint64_t epoch = 0;
  bool connected = false;
  std::string_view slots;
};

std::string_view info_field(std::string_view text, std::string_view key) {
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    const bool starts_line = at == 0 || text[at - 1] == '\n';
    const std::size_t colon = at + key.size();
    if (starts_line && colon < text.size() && text[colon] == ':') {
      const std::string_view value = text.substr(colon + 1);
      return value.substr(0, value.find_first_of("\r\n"));
    }
  }
  return {};
}

ServerInfo parse_server_info(std::string_view text) {
  ServerInfo info;
  const auto field = [&](std::string_view key) { return info_field(text, key); };
  if (const auto valkey = field("valkey_version"); !valkey.empty()) {
    info.product = Product::kValkey;
    info.version = parse_version(valkey);
  } else if (const auto autocache = field("autocache_version"); !autocache.empty()) {
    info.product = Product::kAutocache;
    info.version = parse_version(autocache);
  } else if (const auto redis = field("redis_version"); !redis.empty()) {
    info.product = Product::kRedis;
    info.version = parse_version(redis);
  }
  info.cluster_enabled = field("cluster_enabled") == "1";
  info.loading = field("loading") == "1";
  if (std::string_view db = field("db0"); db.starts_with("keys=")) {
    info.keys = number<std::int64_t>(db.substr(5));
  }
  info.used_memory = number<std::int64_t>(field("used_memory"));
  info.dataset = number<std::int64_t>(field("used_memory_dataset"));
  info.max_memory = number<std::int64_t>(field("maxmemory"));
  info.max_memory_policy = field("maxmemory_policy");
  info.link_up = field("master_link_status") == "up";
  info.primary_at = {std::string(field("master_host")), number<std::uint16_t>(field("master_port")),
                     0};
  info.syncing = field("master_sync_in_progress") == "1";
  const std::string_view replica_offset = field("slave_repl_offset");
  info.offset =
      number<std::int64_t>(replica_offset.empty() ? field("master_repl_offset") : replica_offset);
  info.cpu_seconds = number<double>(field("used_cpu_sys")) + number<double>(field("used_cpu_user"));
  return info;
}

int SnapshotBuilder::member(std::string_view id) {
  if (const auto it = members_.find(id); it != members_.end()) {
    return it->second;
  }
  const int index = static_cast<int>(snapshot_.members.size());
  snapshot_.members.emplace_back().id = id;
  members_.emplace(id, index);
  return index;
}

int SnapshotBuilder::address(std::string_view ip, int port, int bus_port) {
  std::string key(ip);
  key += ' ';
  key += std::to_string(port);
  key += ' ';
  key += std::to_string(bus_port);
  const auto [it, fresh] =
      addresses_.try_emplace(std::move(key), static_cast<int>(snapshot_.addresses.size()));
  if (fresh) {
    snapshot_.addresses.push_back(
        {std::string(ip), static_cast<std::uint16_t>(port), static_cast<std::uint16_t>(bus_port)});
  }
  return it->second;
}

std::optional<SnapshotBuilder::Line> SnapshotBuilder::read_line(std::string_view text) const {
  Line line;
  line.id = next_word(text);
  std::string_view where = next_word(text);
  line.flags = read_flags(next_word(text));
  line.primary = next_word(text);
  next_word(text);
  next_word(text);
  line.epoch = number<std::uint64_t>(next_word(text));
  const std::string_view link = next_word(text);
  if (line.id.empty() || where.empty() || link.empty()) {
    return std::nullopt;
  }
  line.connected = link == "connected";
  line.slots = text;
  // ip:port@bus[,hostname[,name=value...]]; the ip may be IPv6, so the last colon counts.
  std::string_view address = next_word(where, ',');
  line.hostname = next_word(where, ',');
  const std::string_view bus = address.substr(std::min(address.find('@'), address.size()));
  address.remove_suffix(bus.size());
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  line.ip = address.substr(0, colon);
  line.port = number<int>(address.substr(colon + 1));
  line.bus_port = bus.empty() ? line.port + 10000 : number<int>(bus.substr(1));
  return line;
}

void SnapshotBuilder::add_slots(Member& viewer,
                                int owner,
                                std::string_view slots,
                                SlotMap& owners) {
  while (!slots.empty()) {
    const std::string_view word = next_word(slots);
    if (word.starts_with('[') && word.ends_with(']')) {
      const std::string_view inner = word.substr(1, word.size() - 2);
      const std::size_t mark = inner.find('-');
      if (mark == std::string_view::npos || inner.size() < mark + 4) {
        continue;
      }
      OpenSlot open;
      open.slot = number<int>(inner.substr(0, mark), -1);
      open.kind = inner[mark + 1] == '>' ? OpenSlot::Kind::kMigrating : OpenSlot::Kind::kImporting;
      const auto known = members_.find(inner.substr(mark + 3));
      open.other = known == members_.end() ? -1 : known->second;
      if (open.slot >= 0 && open.slot < kSlotCount) {
        viewer.open.push_back(open);
      }
    } else if (const auto range = parse_slot_range(word)) {
      std::fill(owners.begin() + range->first, owners.begin() + range->last + 1, owner);
    }
  }
}

std::shared_ptr<const SlotMap> SnapshotBuilder::share(const SlotMap& owners) {
  for (const auto& map : std::views::reverse(maps_)) {
    if (std::memcmp(map->data(), owners.data(), sizeof(SlotMap)) == 0) {
      return map;
    }
  }
  return maps_.emplace_back(std::make_shared<const SlotMap>(owners));
}

int SnapshotBuilder::add_view(int place, std::string_view nodes) {
  std::vector<Line> lines;
  const Line* myself = nullptr;
  while (!nodes.empty()) {
    std::string_view text = next_word(nodes, '\n');
    if (text.ends_with('\r')) {
      text.remove_suffix(1);
    }
    if (text.empty()) {
      continue;
    }
    const std::optional<Line> line = read_line(text);
    if (!line) {
      return -1;
    }
    lines.push_back(*line);
  }
  for (const Line& line : lines) {
    myself = (line.flags & kMyself) != 0 ? &line : myself;
  }
  if (myself == nullptr) {
    return -1;
  }
  // All IDs first: a line may name a replica's primary, or the other end of an open slot, that
  // comes later.
  for (const Line& line : lines) {
    member(line.id);
  }
  const int self = member(myself->id);
  snapshot_.members[static_cast<std::size_t>(self)].peers.reserve(lines.size());
  SlotMap owners = empty_slot_map();
  for (const Line& line : lines) {
    const int index = member(line.id);
    Peer peer;
    peer.config_epoch = line.epoch;
    peer.member = index;
    const auto primary = members_.find(line.primary);
    peer.primary = primary == members_.end() ? -1 : primary->second;
    peer.address = address(line.ip, line.port, line.bus_port);
    peer.flags = line.flags;
    peer.connected = line.connected || index == self;
    Member& about = snapshot_.members[static_cast<std::size_t>(index)];
    if (!line.hostname.empty() && line.hostname != "?") {
      about.hostname = line.hostname;
    }
    if (line.port != 0 && !line.ip.empty() && (about.address < 0 || line.connected)) {
      about.address = peer.address;
    }
    Member& viewer = snapshot_.members[static_cast<std::size_t>(self)];
    viewer.peers.push_back(peer);
    add_slots(viewer, index, line.slots, owners);
  }
  Member& viewer = snapshot_.members[static_cast<std::size_t>(self)];
  viewer.place = place;
  snapshot_.places[static_cast<std::size_t>(place)].member = self;
  viewer.primary = (myself->flags & kReplicaFlag) == 0;
  const auto primary = members_.find(myself->primary);
  viewer.primary_member = viewer.primary || primary == members_.end() ? -1 : primary->second;
  viewer.config_epoch = myself->epoch;
  viewer.slots = slots_of(owners, self);
  viewer.owners = share(owners);
  return self;
}

void SnapshotBuilder::add_info(int member, const ServerInfo& info, std::string_view cluster_info) {
  Member& into = snapshot_.members[static_cast<std::size_t>(member)];
  into.product = info.product;
  into.version = info.version;
  into.keys = info.keys;
  into.used_memory = info.used_memory;
  into.dataset = info.dataset;
  into.max_memory = info.max_memory;
  into.max_memory_policy = info.max_memory_policy;
  into.link_up = info.link_up;
  into.primary_at = info.primary_at;
  into.syncing = info.syncing;
  into.offset = info.offset;
  into.state_ok = info_field(cluster_info, "cluster_state") == "ok";
  into.current_epoch = number<std::uint64_t>(info_field(cluster_info, "cluster_current_epoch"));
}

void SnapshotBuilder::add_jobs(int member_index, const Reply& reply) {
  for (const Reply& entry : reply.elements) {
    std::unordered_map<std::string_view, std::string_view> fields;
    for (std::size_t i = 0; i + 1 < entry.elements.size(); i += 2) {
      fields[entry.elements[i].text] = entry.elements[i + 1].text;
    }
    const std::string_view state = fields["state"];
    const bool finished = state == "success" || state == "failed" || state == "cancelled";
    const auto slots = parse_slots(fields["slot_ranges"]);
    if (finished || fields["operation"] != "EXPORT" || !slots) {
      continue;
    }
    const int target = member(fields["target_node"]);
    snapshot_.members[static_cast<std::size_t>(member_index)].jobs.push_back(
        {std::string(fields["name"]), *slots, member_index, target});
  }
}

}  // namespace autocache::hook
