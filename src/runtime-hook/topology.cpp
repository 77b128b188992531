#include "runtime-hook/topology.h"

#include "runtime-hook/slot_jobs.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace autocache::hook {
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
    info.keys = leading_number<std::int64_t>(db.substr(5));
  }
  info.used_memory = leading_number<std::int64_t>(field("used_memory"));
  info.dataset = leading_number<std::int64_t>(field("used_memory_dataset"));
  info.max_memory = leading_number<std::int64_t>(field("maxmemory"));
  info.max_memory_policy = field("maxmemory_policy");
  info.link_up = field("master_link_status") == "up";
  info.link_down_seconds =
      info.link_up ? 0 : leading_number<std::int64_t>(field("master_link_down_since_seconds"), -1);
  info.clock = leading_number<std::int64_t>(field("server_time_usec")) / 1000;
  info.started = info.clock - leading_number<std::int64_t>(field("uptime_in_seconds")) * 1000;
  info.primary_at = {std::string(field("master_host")),
                     leading_number<std::uint16_t>(field("master_port")), 0};
  info.syncing = field("master_sync_in_progress") == "1";
  const std::string_view replica_offset = field("slave_repl_offset");
  info.offset = leading_number<std::int64_t>(replica_offset.empty() ? field("master_repl_offset")
                                                                    : replica_offset);
  info.cpu_seconds = leading_number<double>(field("used_cpu_sys")) +
                     leading_number<double>(field("used_cpu_user"));
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

void SnapshotBuilder::add_slots(Member& viewer,
                                int owner,
                                const LineSlots& slots,
                                SlotMap& owners) const {
  for (const SlotRange range : slots.owned) {
    std::fill(owners.begin() + range.first, owners.begin() + range.last + 1, owner);
  }
  for (const OpenMark& mark : slots.open) {
    const auto known = members_.find(mark.other);
    viewer.open.push_back({mark.slot, mark.kind, known == members_.end() ? -1 : known->second});
  }
}

std::shared_ptr<const SlotMap> SnapshotBuilder::share(const SlotMap& owners) {
  const auto known = std::find_if(maps_.rbegin(), maps_.rend(), [&](const auto& map) {
    return std::memcmp(map->data(), owners.data(), sizeof(SlotMap)) == 0;
  });
  if (known != maps_.rend()) {
    return *known;
  }
  return maps_.emplace_back(std::make_shared<const SlotMap>(owners));
}

int SnapshotBuilder::add_view(int place, std::string_view nodes, const ServerInfo& info) {
  const std::vector<NodeLine> lines = read_cluster_nodes(nodes);
  const NodeLine* myself = myself_of(lines);
  if (myself == nullptr) {
    return -1;
  }
  // All IDs first: a line may name a replica's primary, or the other end of an open slot, that
  // comes later.
  for (const NodeLine& line : lines) {
    member(line.id);
  }
  const int self = member(myself->id);
  snapshot_.at(self).peers.reserve(lines.size());
  SlotMap owners = empty_slot_map();
  for (const NodeLine& line : lines) {
    const int index = member(line.id);
    Peer peer;
    peer.config_epoch = line.epoch;
    peer.member = index;
    const auto primary = members_.find(line.primary);
    peer.primary = primary == members_.end() ? -1 : primary->second;
    peer.address = address(line.ip, line.port, line.bus_port);
    peer.flags = line.flags;
    peer.connected = line.connected || index == self;
    Member& about = snapshot_.at(index);
    if (!line.hostname.empty()) {
      about.hostname = line.hostname;
    }
    if (line.port != 0 && !line.ip.empty() && (about.address < 0 || line.connected)) {
      about.address = peer.address;
    }
    // A server that has just started takes its start for the time of every answer.
    if (index != self && line.pong > info.started) {
      const std::int64_t silent = std::max<std::int64_t>(0, info.clock - line.pong);
      about.silent = about.silent < 0 ? silent : std::min(about.silent, silent);
    }
    Member& viewer = snapshot_.at(self);
    viewer.peers.push_back(peer);
    const LineSlots slots = slots_of_line(line);
    add_slots(viewer, index, slots, owners);
    if (index == self) {
      viewer.slots = slots.owned_set();
    }
  }
  Member& viewer = snapshot_.at(self);
  viewer.place = place;
  snapshot_.places[static_cast<std::size_t>(place)].member = self;
  viewer.primary = !myself->has(kReplicaFlag);
  const auto primary = members_.find(myself->primary);
  viewer.primary_member = viewer.primary || primary == members_.end() ? -1 : primary->second;
  viewer.config_epoch = myself->epoch;
  viewer.owners = share(owners);
  return self;
}

void SnapshotBuilder::add_info(int member, const ServerInfo& info, std::string_view cluster_info) {
  Member& into = snapshot_.at(member);
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
  into.link_down_seconds = info.link_down_seconds;
  into.offset = info.offset;
  into.state_ok = info_field(cluster_info, "cluster_state") == "ok";
  into.current_epoch =
      leading_number<std::uint64_t>(info_field(cluster_info, "cluster_current_epoch"));
}

void SnapshotBuilder::add_jobs(int member_index, const Reply& reply) {
  for (SlotJob& job : read_slot_jobs(reply)) {
    if (job.active() && job.is_export() && !job.slots.empty()) {
      const int target = member(job.target);
      snapshot_.at(member_index)
          .jobs.push_back({std::move(job.name), job.slots, member_index, target});
    }
  }
}

}  // namespace autocache::hook
