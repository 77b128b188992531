#include "fakes/fake_server.h"

#include <algorithm>

namespace autocache::hook {
namespace {

using std::chrono::milliseconds;

/// How long a server goes on saying that the cluster is down after all slots are covered again.
constexpr milliseconds kRejoin{100};

milliseconds timeout_of(const std::map<std::string, std::string>& config) {
  const auto it = config.find("cluster-node-timeout");
  return milliseconds(
      it == config.end() ? 15000 : std::max(100L, std::strtol(it->second.c_str(), nullptr, 10)));
}

}  // namespace

int key_slot(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open != std::string_view::npos) {
    const std::size_t close = key.find('}', open + 1);
    if (close != std::string_view::npos && close != open + 1) {
      key = key.substr(open + 1, close - open - 1);
    }
  }
  unsigned crc = 0;
  for (const char c : key) {
    crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U;
    }
    crc &= 0xffffU;
  }
  return static_cast<int>(crc % kSlotCount);
}

std::string random_id(FakeWorld& world) {
  std::string id;
  for (int i = 0; i < 40; i += 8) {
    std::uint32_t word = world.random();
    for (int digit = 0; digit < 8; ++digit, word >>= 4U) {
      id += "0123456789abcdef"[word & 15U];
    }
  }
  return id;
}

FakeServer::FakeServer(FakeWorld& world, FakeAddress at, FakeProduct product)
    : world_(world), product_(product) {
  version = product == FakeProduct::kRedis62  ? "6.2.14"
            : product == FakeProduct::kRedis7 ? "7.0.15"
                                              : "9.1.0";
  config["cluster-node-timeout"] = "1000";
  config["cluster-allow-replica-migration"] = "yes";
  config["cluster-require-full-coverage"] = "yes";
  config["maxmemory"] = "0";
  FakeRow row;
  row.id = random_id(world);
  row.at = std::move(at);
  started_ = world.now();
  rows_.push_back(std::move(row));
  owners_.fill(-1);
}

void FakeServer::restart(FakeAddress at, Disk disk) {
  alive = true;
  paused = false;
  not_claimed_ = {};
  started_ = world_.now();
  pending_.clear();
  ban_.clear();
  for (const auto& [name, value] : std::exchange(from_file_, {})) {
    config[name] = value;
  }
  jobs_.clear();
  link_up_ = false;
  link_lost_.reset();
  link_at_ = {};
  if (disk == Disk::kEmpty) {
    FakeRow row;
    row.id = random_id(world_);
    rows_.assign(1, row);
    owners_.fill(-1);
    data_.clear();
    migrating_.clear();
    importing_.clear();
    current_epoch_ = 0;
    last_vote_ = 0;
  }
  self().at = std::move(at);
  for (FakeRow& row : rows_) {
    row.heard = row.pinged = world_.now();
    row.maybe_failed = false;
    row.linked = world_.silent_addresses();
  }
}

FakeRow* FakeServer::find(const std::string& id) {
  const auto it =
      std::find_if(rows_.begin(), rows_.end(), [&](const FakeRow& row) { return row.id == id; });
  return it == rows_.end() ? nullptr : &*it;
}

const FakeRow* FakeServer::find(const std::string& id) const {
  return const_cast<FakeServer*>(this)->find(id);
}

void FakeServer::add_row(const std::string& id, const FakeAddress& at) {
  FakeRow row;
  row.id = id;
  row.at = at;
  row.heard = row.pinged = world_.now();
  rows_.push_back(std::move(row));
}

void FakeServer::remove_row(const std::string& id) {
  const auto it = std::find_if(rows_.begin() + 1, rows_.end(),
                               [&](const FakeRow& row) { return row.id == id; });
  if (it == rows_.end()) {
    return;
  }
  const auto index = static_cast<std::int16_t>(it - rows_.begin());
  for (std::int16_t& owner : owners_) {
    if (owner == index) {
      owner = -1;
    } else if (owner > index) {
      --owner;
    }
  }
  rows_.erase(it);
}

void FakeServer::set_owner(int slot, int row) {
  if (product_ != FakeProduct::kRedis7 || !world_.keeps_marks()) {
    not_claimed_.erase(slot);
  }
  std::int16_t& owner = owners_[static_cast<std::size_t>(slot)];
  if (owner >= 0) {
    rows_[static_cast<std::size_t>(owner)].slots.erase(slot);
  }
  owner = static_cast<std::int16_t>(row);
  if (row >= 0) {
    rows_[static_cast<std::size_t>(row)].slots.insert(slot);
  }
}

void FakeServer::add_slots(const SlotSet& slots) {
  for (const int slot : slots.slots()) {
    importing_.erase(slot);
    set_owner(slot, 0);
  }
}

std::string FakeServer::owner_of(int slot) const {
  const int owner = owners_[static_cast<std::size_t>(slot)];
  return owner < 0 ? "" : rows_[static_cast<std::size_t>(owner)].id;
}

std::size_t FakeServer::key_count() const {
  std::size_t count = 0;
  for (const auto& [slot, keys] : data_) {
    count += keys.size();
  }
  return count;
}

bool FakeServer::banned(const std::string& id) const {
  const auto it = ban_.find(id);
  return it != ban_.end() && world_.now() < it->second;
}

bool FakeServer::state_ok() const {
  return covered() && world_.now() >= ok_from_;
}

bool FakeServer::covered() const {
  if (config.at("cluster-require-full-coverage") == "no") {
    return true;
  }
  SlotSet served;
  for (const FakeRow& row : rows_) {
    if (row.failed && !row.slots.empty()) {
      return false;
    }
    served |= row.slots;
  }
  return served == SlotSet::all();
}

FakeMessagePtr FakeServer::message(FakeMessage::Type type) const {
  auto result = std::make_shared<FakeMessage>();
  const FakeRow& me = rows_.front();
  result->type = type;
  result->sender = me.id;
  result->from = me.at;
  result->primary = me.primary;
  result->replicates = me.replicates;
  result->current_epoch = current_epoch_;
  const FakeRow* leader = me.primary ? &me : find(me.replicates);
  result->epoch = leader == nullptr ? me.epoch : leader->epoch;
  result->slots = leader == nullptr ? me.slots : leader->slots;
  if (product_ == FakeProduct::kValkey9) {
    for (const auto& [id, until] : ban_) {
      if (world_.now() < until) {
        result->forgotten.emplace_back(id, until);
      }
    }
  }
  for (std::size_t i = 1; i < rows_.size(); ++i) {
    if (!rows_[i].no_address) {
      result->gossip.push_back(
          {rows_[i].id, rows_[i].at, rows_[i].failed || rows_[i].maybe_failed});
    }
  }
  return result;
}

void FakeServer::send(const FakeAddress& to, FakeMessage::Type type) {
  world_.send(*this, to, message(type));
}

void FakeServer::broadcast() {
  const FakeMessagePtr pong = message(FakeMessage::Type::kPong);
  for (std::size_t i = 1; i < rows_.size(); ++i) {
    if (!rows_[i].no_address) {
      world_.send(*this, rows_[i].at, pong);
    }
  }
}

void FakeServer::receive(const FakeMessage& message) {
  using Type = FakeMessage::Type;
  FakeRow* sender = find(message.sender);
  if (message.type == Type::kPing || message.type == Type::kMeet) {
    const bool ignored = product_ == FakeProduct::kValkey9 && banned(message.sender);
    if (sender == nullptr && message.type == Type::kMeet && !ignored &&
        !pending_.contains(message.from)) {
      pending_[message.from] = {false, world_.now(), random_id(world_)};
    }
    send(message.from, Type::kPong);
  }
  if (message.type == Type::kPong) {
    if (const auto it = pending_.find(message.from); it != pending_.end()) {
      // The handshake is over: the node gets its real name, or was known and gets its new address.
      pending_.erase(it);
      if (sender == nullptr && message.sender != id()) {
        add_row(message.sender, message.from);
        sender = find(message.sender);
        send(message.from, Type::kPing);
      } else if (sender != nullptr && sender != &self()) {
        move_row(*sender, message.from);
      }
    }
    for (FakeRow& row : rows_) {
      // Another ID answers where this node was (cluster.c: the node loses its address).
      if (&row != &self() && row.at == message.from && row.id != message.sender &&
          !row.no_address && sender == nullptr) {
        row.no_address = true;
        row.linked = false;
      }
    }
  }
  if (sender == nullptr || sender == &self()) {
    return;
  }
  if (message.type == Type::kPing && sender->at != message.from) {
    move_row(*sender, message.from);
  }
  sender->heard = world_.now();
  sender->pinged = message.type == Type::kPong ? sender->pinged : world_.now();
  sender->linked = true;
  sender->maybe_failed = false;
  sender->failed = false;
  current_epoch_ = std::max(current_epoch_, message.current_epoch);
  if (message.type == Type::kFail) {
    if (FakeRow* row = find(message.about); row != nullptr && row != &self()) {
      row->failed = true;
    }
    return;
  }
  if (message.type == Type::kUpdate) {
    if (FakeRow* about = find(message.about); about != nullptr && about->epoch < message.epoch) {
      about->epoch = message.epoch;
      about->primary = true;
      update_slots(message.about, message.epoch, message.slots);
    }
    return;
  }
  if (message.primary) {
    sender->primary = true;
    sender->replicates.clear();
    sender->epoch = std::max(sender->epoch, message.epoch);
  } else {
    if (sender->primary) {
      for (int slot = sender->slots.next(0); slot < kSlotCount;
           slot = sender->slots.next(slot + 1)) {
        set_owner(slot, -1);
      }
    }
    sender->primary = false;
    sender->replicates = message.replicates;
  }
  const std::string leader = message.primary ? message.sender : message.replicates;
  if (FakeRow* row = find(leader); row != nullptr && row->slots != message.slots) {
    if (message.primary) {
      update_slots(message.sender, message.epoch, message.slots);
    }
    correct(message);
  }
  settle_epoch(message);
  take_gossip(message);
  take_forgotten(message);
}

void FakeServer::take_forgotten(const FakeMessage& message) {
  for (const auto& [gone, until] : message.forgotten) {
    if (gone != id() && find(gone) != nullptr && self().replicates != gone) {
      ban_[gone] = until;
      remove_row(gone);
    }
  }
}

void FakeServer::take_gossip(const FakeMessage& message) {
  int primaries = 0;
  for (const FakeRow& row : rows_) {
    primaries += row.primary && !row.slots.empty() ? 1 : 0;
  }
  for (const auto& gossip : message.gossip) {
    if (gossip.id == id()) {
      continue;
    }
    FakeRow* row = find(gossip.id);
    if (row == nullptr) {
      if (!gossip.suspected && !banned(gossip.id)) {
        add_row(gossip.id, gossip.at);
      }
      continue;
    }
    // A reachable majority agrees if I suspect it too; two reports are enough here, as in a cluster
    // of three.
    if (gossip.suspected && row->maybe_failed && !row->failed && message.primary) {
      row->failed = true;
      auto fail = std::make_shared<FakeMessage>(*this->message(FakeMessage::Type::kFail));
      fail->about = row->id;
      for (std::size_t i = 1; i < rows_.size(); ++i) {
        world_.send(*this, rows_[i].at, fail);
      }
    }
    // The address of a node that cannot be reached is taken from those who can (cluster.c
    // clusterProcessGossipSection).
    if ((row->failed || row->maybe_failed || row->no_address) && !gossip.suspected &&
        row->at != gossip.at) {
      if (product_ == FakeProduct::kValkey9) {
        move_row(*row, gossip.at);
      } else {
        row->at = gossip.at;
        row->no_address = false;
      }
    }
  }
}

/// A node has a new address, and its replica looks for it there (cluster.c
/// nodeUpdateAddressIfNeeded).
void FakeServer::move_row(FakeRow& row, const FakeAddress& at) {
  row.at = at;
  row.no_address = false;
  if (!is_primary() && self().replicates == row.id) {
    link_at_ = at;
    lose_link();
  }
}

void FakeServer::update_slots(const std::string& sender,
                              std::uint64_t epoch,
                              const SlotSet& slots) {
  if (sender == id()) {
    return;
  }
  const std::string leader = my_primary_id();
  const auto sender_row = static_cast<int>(find(sender) - rows_.data());
  // Redis 7.2 (#12344) and Valkey: what its owner no longer claims is anybody's to claim, and
  // nobody is told that it is still the owner's.
  not_claimed_ |= rows_[static_cast<std::size_t>(sender_row)].slots - slots;
  not_claimed_ -= rows_[static_cast<std::size_t>(sender_row)].slots & slots;
  std::vector<int> dirty;
  int taken_from_us = 0;
  const SlotSet fresh = slots - find(sender)->slots;
  for (int slot = fresh.next(0); slot < kSlotCount; slot = fresh.next(slot + 1)) {
    const int owner = owners_[static_cast<std::size_t>(slot)];
    if (importing_.contains(slot)) {
      continue;
    }
    if (owner >= 0 && rows_[static_cast<std::size_t>(owner)].epoch >= epoch && !unclaimed(slot)) {
      continue;
    }
    if (owner == 0 && data_.contains(slot) && !data_[slot].empty()) {
      dirty.push_back(slot);
    }
    taken_from_us += owner >= 0 && rows_[static_cast<std::size_t>(owner)].id == leader ? 1 : 0;
    set_owner(slot, sender_row);
    not_claimed_.erase(slot);
  }
  const FakeRow* mine = find(leader);
  const bool allowed =
      config["cluster-allow-replica-migration"] != "no" || slots.size() == taken_from_us;
  if (taken_from_us > 0 && mine != nullptr && mine->slots.empty() && allowed) {
    for (const int slot : dirty) {
      dropped_keys_ += static_cast<int>(data_[slot].size());
    }
    follow(sender);
    return;
  }
  for (const int slot : dirty) {
    dropped_keys_ += static_cast<int>(data_[slot].size());
    data_.erase(slot);
  }
}

/// Tells a sender that claims slots of which we know a newer owner.
void FakeServer::correct(const FakeMessage& message) {
  for (int slot = message.slots.next(0); slot < kSlotCount; slot = message.slots.next(slot + 1)) {
    const int owner = owners_[static_cast<std::size_t>(slot)];
    if (owner < 0 || unclaimed(slot)) {
      continue;
    }
    const FakeRow& row = rows_[static_cast<std::size_t>(owner)];
    if (row.id != message.sender && row.id != message.replicates && row.epoch > message.epoch) {
      auto update = std::make_shared<FakeMessage>(*this->message(FakeMessage::Type::kUpdate));
      update->about = row.id;
      update->epoch = row.epoch;
      // What an owner has stopped claiming is not told on.
      update->slots = product_ == FakeProduct::kRedis62 ? row.slots : row.slots - not_claimed_;
      world_.send(*this, message.from, update);
      return;
    }
  }
}

void FakeServer::settle_epoch(const FakeMessage& message) {
  const bool equal = message.primary && is_primary() && message.epoch == epoch();
  if (equal && message.sender > id()) {
    self().epoch = ++current_epoch_;
    broadcast();
  }
}

void FakeServer::follow(const std::string& primary) {
  self().primary = false;
  self().replicates = primary;
  migrating_.clear();
  importing_.clear();
  data_.clear();
  link_up_ = false;
  link_lost_.reset();
  const FakeRow* row = find(primary);
  link_at_ = row == nullptr || row->no_address ? FakeAddress{} : row->at;
}

void FakeServer::bump_epoch() {
  std::uint64_t highest = current_epoch_;
  for (const FakeRow& row : rows_) {
    highest = std::max(highest, row.epoch);
  }
  if (epoch() == 0 || epoch() != highest) {
    current_epoch_ = highest + 1;
    self().epoch = current_epoch_;
  }
}

void FakeServer::promote(std::uint64_t epoch) {
  const std::string old = self().replicates;
  self().primary = true;
  self().replicates.clear();
  self().epoch = epoch;
  current_epoch_ = std::max(current_epoch_, epoch);
  if (FakeRow* row = find(old)) {
    const SlotSet slots = row->slots;
    for (int slot = slots.next(0); slot < kSlotCount; slot = slots.next(slot + 1)) {
      set_owner(slot, 0);
    }
  }
  broadcast();
}

FakeServer* FakeServer::my_primary() {
  const FakeRow* row = is_primary() ? nullptr : find(self().replicates);
  FakeServer* server =
      row == nullptr || row->no_address ? nullptr : world_.replication_peer(row->at);
  const bool answers = server != nullptr && !server->paused;
  return answers && server->id() == row->id && server->is_primary() ? server : nullptr;
}

void FakeServer::sync_with_primary() {
  FakeServer* primary = my_primary();
  if (primary != nullptr && link_at_.port == 0) {
    link_at_ = primary->address();
  }
  if (link_cut_ || primary == nullptr || primary->address() != link_at_) {
    lose_link();
  } else if (!link_up_) {
    data_ = primary->data_;
    link_up_ = true;
  }
}

bool FakeServer::data_is_fresh() const {
  const auto limit = 10 * timeout_of(config) + std::chrono::seconds(10);
  return link_up_ || (link_lost_ && world_.now() - *link_lost_ <= limit);
}

void FakeServer::lose_link() {
  if (std::exchange(link_up_, false)) {
    link_lost_ = world_.now();
  }
}

/// Passes a change on to the replicas at once: what is acknowledged is never lost by a failover
/// here.
void FakeServer::replicate(int slot, const std::string& key, const std::string* value) {
  for (std::size_t i = 1; i < rows_.size(); ++i) {
    FakeServer* replica = rows_[i].no_address ? nullptr : world_.replication_peer(rows_[i].at);
    if (replica == nullptr || replica->is_primary() || replica->self().replicates != id() ||
        !replica->link_up_) {
      continue;
    }
    if (value != nullptr) {
      replica->data_[slot][key] = *value;
    } else {
      replica->data_[slot].erase(key);
    }
  }
}

void FakeServer::judge() {
  const TimePoint now = world_.now();
  const milliseconds timeout = timeout_of(config);
  for (std::size_t i = 1; i < rows_.size(); ++i) {
    FakeRow& row = rows_[i];
    if (now - row.heard > timeout && !row.maybe_failed) {
      row.maybe_failed = true;
    }
    row.linked = row.linked && (world_.silent_addresses() || now - row.heard <= timeout);
  }
  std::erase_if(pending_, [&](const auto& entry) {
    return now - entry.second.since > std::max(timeout, milliseconds(1000));
  });
}

void FakeServer::try_failover() {
  if (is_primary()) {
    return;
  }
  FakeRow* primary = find(self().replicates);
  if (primary == nullptr || !primary->failed || primary->slots.empty() || !data_is_fresh()) {
    primary_failed_since_ = TimePoint{};
    return;
  }
  if (primary_failed_since_ == TimePoint{}) {
    primary_failed_since_ = world_.now() + milliseconds(500 + world_.random() % 500);
    return;
  }
  if (world_.now() < primary_failed_since_) {
    return;
  }
  int primaries = 0;
  std::vector<FakeServer*> voters;
  const std::uint64_t epoch = current_epoch_ + 1;
  for (const FakeRow& row : rows_) {
    if (!row.primary || row.slots.empty()) {
      continue;
    }
    ++primaries;
    FakeServer* voter = row.no_address ? nullptr : world_.reach(*this, row.at);
    if (voter == nullptr || voter->id() != row.id || !voter->is_primary() ||
        voter->find(id()) == nullptr || voter->last_vote_ >= epoch ||
        voter->current_epoch_ > epoch) {
      continue;
    }
    const FakeRow* seen = voter->find(primary->id);
    if (seen != nullptr && seen->failed) {
      voters.push_back(voter);
    }
  }
  current_epoch_ = epoch;
  if (static_cast<int>(voters.size()) > primaries / 2) {
    for (FakeServer* voter : voters) {
      voter->last_vote_ = epoch;
    }
    promote(epoch);
  }
  primary_failed_since_ = TimePoint{};
}

void FakeServer::run_jobs() {
  for (FakeJob& job : jobs_) {
    if (job.state != "snapshotting" || world_.now() < job.ends) {
      continue;
    }
    const FakeRow* row = find(job.target);
    FakeServer* target = row == nullptr ? nullptr : world_.reach(*this, row->at);
    const bool fine = target != nullptr && target->id() == job.target && target->is_primary() &&
                      is_primary() && (job.slots - slots()).empty() &&
                      target->find(id()) != nullptr && world_.random() % 8 != 0;
    if (!fine) {
      job.state = "failed";
      continue;
    }
    job.state = "success";
    for (int slot = job.slots.next(0); slot < kSlotCount; slot = job.slots.next(slot + 1)) {
      for (const auto& [key, value] : data_[slot]) {
        target->data_[slot][key] = value;
        target->replicate(slot, key, &value);
      }
      while (!data_[slot].empty()) {
        const std::string key = data_[slot].begin()->first;
        data_[slot].erase(key);
        replicate(slot, key, nullptr);
      }
      target->set_owner(slot, 0);
    }
    target->bump_epoch();
    update_slots(job.target, target->epoch(), job.slots);
    if (FakeRow* known = find(job.target)) {
      known->epoch = target->epoch();
    }
    target->broadcast();
  }
}

void FakeServer::tick() {
  judge();
  if (!covered()) {
    ok_from_ = world_.now() + kRejoin;
  }
  sync_with_primary();
  try_failover();
  run_jobs();
  for (auto& [at, pending] : pending_) {
    send(at, pending.meet ? FakeMessage::Type::kMeet : FakeMessage::Type::kPing);
  }
  if (rows_.size() < 2) {
    return;
  }
  const FakeMessagePtr ping = message(FakeMessage::Type::kPing);
  const FakeMessagePtr meet = message(FakeMessage::Type::kMeet);
  const milliseconds timeout = timeout_of(config);
  const auto chosen = 1 + world_.random() % (rows_.size() - 1);
  for (std::size_t i = 1; i < rows_.size(); ++i) {
    const bool due = world_.now() - rows_[i].heard > timeout / 2;
    if ((i == chosen || due || !rows_[i].linked) && !rows_[i].no_address) {
      // Valkey 8.1 and later introduce themselves to whoever never speaks to them (valkey #2788).
      const bool forgotten = product_ == FakeProduct::kValkey9 && rows_[i].linked &&
                             world_.now() - rows_[i].pinged > 3 * timeout;
      world_.send(*this, rows_[i].at, forgotten ? meet : ping);
    }
  }
}

}  // namespace autocache::hook
