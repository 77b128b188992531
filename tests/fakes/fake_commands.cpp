// The commands of a fake server, with the conditions and error texts of redis 7.0 cluster.c.

#include "base/text.h"
#include "fakes/fake_server.h"
#include "runtime-hook/mark_clearing.h"

#include <algorithm>
#include <charconv>

namespace autocache::hook {
namespace {

Reply ok() {
  return {ReplyKind::kStatus, 0, "OK", {}};
}
Reply error(std::string text) {
  return {ReplyKind::kError, 0, std::move(text), {}};
}
Reply integer(std::int64_t value) {
  return {ReplyKind::kInteger, value, {}, {}};
}
Reply bulk(std::string text) {
  return {ReplyKind::kBulk, 0, std::move(text), {}};
}
Reply array(std::vector<Reply> elements = {}) {
  return {ReplyKind::kArray, 0, {}, std::move(elements)};
}

int number(const std::string& text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  return text;
}

}  // namespace

class FakeCommands {
 public:
  FakeCommands(FakeServer& server, const Argv& argv, bool asking)
      : s_(server), argv_(argv), asking_(asking) {}

  Reply run() {
    const std::string name = upper(argv_[0]);
    if (name == "PING") return {ReplyKind::kStatus, 0, "PONG", {}};
    if (name == "INFO") return bulk(info());
    if (name == "DBSIZE") return integer(static_cast<std::int64_t>(s_.key_count()));
    if (name == "CLUSTER" && argv_.size() > 1) return cluster(upper(argv_[1]));
    if (name == "CONFIG" && argv_.size() > 2) return config(upper(argv_[1]));
    if (name == "FUNCTION")
      return s_.product_ == FakeProduct::kRedis62 ? error("ERR unknown command 'FUNCTION'")
                                                  : array();
    if (name == "MIGRATE") return migrate();
    if (name == "EVAL" && arg(1) == kForgetSlotsScript) return forget_slots();
    if (name == "CLIENT" || name == "READONLY") return ok();
    if (argv_.size() > 1) return on_key(name);
    return error("ERR unknown command '" + argv_[0] + "'");
  }

 private:
  [[nodiscard]] const std::string& arg(std::size_t i) const {
    static const std::string kNone;
    return i < argv_.size() ? argv_[i] : kNone;
  }

  std::string info() const {
    const bool valkey = s_.product_ == FakeProduct::kValkey9;
    std::string text = "# Server\r\nredis_version:" + (valkey ? "7.2.4" : s_.version) + "\r\n";
    if (valkey) {
      text += "valkey_version:" + s_.version + "\r\n";
    }
    const auto uptime =
        std::chrono::duration_cast<std::chrono::seconds>(s_.world_.now() - s_.started_);
    text += "uptime_in_seconds:" + std::to_string(uptime.count()) +
            "\r\nserver_time_usec:" + std::to_string(s_.world_.now().time_since_epoch().count()) +
            "\r\n";
    const auto dataset = static_cast<std::int64_t>(s_.key_count()) * 100;
    text += "used_memory:" + std::to_string(s_.used_memory + dataset) +
            "\r\nused_memory_dataset:" + std::to_string(dataset) +
            "\r\nmaxmemory:" + std::to_string(s_.max_memory) +
            "\r\nmaxmemory_policy:noeviction\r\nloading:0\r\n";
    text += s_.is_primary()
                ? "role:master\r\n"
                : "role:slave\r\nmaster_host:" + s_.link_at_.ip +
                      "\r\nmaster_port:" + std::to_string(s_.link_at_.port) +
                      "\r\nmaster_link_status:" + (s_.link_up_ ? "up" : "down") +
                      "\r\nmaster_link_down_since_seconds:" + link_down_seconds() + "\r\n";
    text += "master_repl_offset:100\r\ncluster_enabled:1\r\n";
    if (s_.key_count() > 0) {
      text += "db0:keys=" + std::to_string(s_.key_count()) + ",expires=0,avg_ttl=0\r\n";
    }
    return text;
  }

  std::string link_down_seconds() const {
    const auto since = s_.link_lost_ ? s_.world_.now() - *s_.link_lost_ : TimePoint::duration(-1);
    return std::to_string(since.count() < 0 ? -1 : since.count() / 1'000'000);
  }

  Reply config(const std::string& sub) {
    if (sub == "GET") {
      std::vector<Reply> pairs;
      for (const auto& [name, value] : s_.config) {
        if (arg(2) == "*" || arg(2) == name) {
          pairs.push_back(bulk(name));
          pairs.push_back(bulk(value));
        }
      }
      return array(std::move(pairs));
    }
    ++s_.writes_;
    s_.from_file_.try_emplace(arg(2), s_.config[arg(2)]);
    s_.config[arg(2)] = arg(3);
    return ok();
  }

  Reply cluster(const std::string& sub) {
    if (sub == "MYID") return bulk(s_.id());
    if (sub == "INFO") return bulk(cluster_info());
    if (sub == "NODES") return bulk(nodes());
    if (sub == "COUNTKEYSINSLOT") return integer(count(number(arg(2))));
    if (sub == "GETKEYSINSLOT") return keys_in_slot();
    if (sub == "GETSLOTMIGRATIONS") return migrations();
    ++s_.writes_;
    if (sub == "MEET") return meet();
    if (sub == "ADDSLOTS" || sub == "ADDSLOTSRANGE") return add_slots(sub == "ADDSLOTSRANGE");
    if (sub == "DELSLOTS" || sub == "DELSLOTSRANGE") return del_slots(sub == "DELSLOTSRANGE");
    if (sub == "SETSLOT") return set_slot();
    if (sub == "REPLICATE") return replicate();
    if (sub == "FORGET") return forget();
    if (sub == "RESET") return reset();
    if (sub == "FAILOVER") return failover();
    if (sub == "SET-CONFIG-EPOCH") return set_config_epoch();
    if (sub == "BUMPEPOCH") return bump_epoch();
    if (sub == "MIGRATESLOTS") return migrate_slots();
    if (sub == "CANCELSLOTMIGRATIONS") return cancel_migrations();
    return error("ERR unknown subcommand '" + sub + "'. Try CLUSTER HELP.");
  }

  [[nodiscard]] std::int64_t count(int slot) const {
    const auto it = s_.data_.find(slot);
    return it == s_.data_.end() ? 0 : static_cast<std::int64_t>(it->second.size());
  }

  std::string cluster_info() const {
    return std::string("cluster_state:") + (s_.state_ok() ? "ok" : "fail") +
           "\r\ncluster_known_nodes:" + std::to_string(s_.rows_.size()) +
           "\r\ncluster_current_epoch:" + std::to_string(s_.current_epoch_) +
           "\r\ncluster_my_epoch:" + std::to_string(s_.epoch()) + "\r\n";
  }

  std::string nodes() const {
    std::string text;
    for (const FakeRow& row : s_.rows_) {
      const bool myself = &row == &s_.rows_.front();
      text += row.id + " " +
              (row.no_address ? ":0@0"
                              : row.at.ip + ":" + std::to_string(row.at.port) + "@" +
                                    std::to_string(row.at.port + 10000));
      if (myself && !s_.hostname.empty()) {
        text += "," + s_.hostname;
      }
      text += myself ? " myself," : " ";
      text += row.primary ? "master" : "slave";
      text += row.failed ? ",fail" : row.maybe_failed ? ",fail?" : "";
      text += row.no_address ? ",noaddr" : "";
      text += " " + (row.replicates.empty() ? std::string("-") : row.replicates) + " 0 " +
              std::to_string(row.heard.time_since_epoch().count() / 1000) + " " +
              std::to_string(row.epoch) + (row.linked || myself ? " connected" : " disconnected");
      for (const SlotRange range : row.slots.ranges()) {
        text += " " + to_string(range);
      }
      if (myself) {
        for (const auto& [slot, to] : s_.migrating_) {
          text += " [" + std::to_string(slot) + "->-" + to + "]";
        }
        for (const auto& [slot, from] : s_.importing_) {
          text += " [" + std::to_string(slot) + "-<-" + from + "]";
        }
      }
      text += "\n";
    }
    for (const auto& [at, pending] : s_.pending_) {
      text += pending.alias + " " + at.ip + ":" + std::to_string(at.port) + "@" +
              std::to_string(at.port + 10000) + " handshake - 0 0 0 disconnected\n";
    }
    return text;
  }

  Reply keys_in_slot() const {
    std::vector<Reply> keys;
    const auto it = s_.data_.find(number(arg(2)));
    const auto most = static_cast<std::size_t>(number(arg(3)));
    if (it != s_.data_.end()) {
      for (const auto& [key, value] : it->second) {
        if (keys.size() < most) {
          keys.push_back(bulk(key));
        }
      }
    }
    return array(std::move(keys));
  }

  Reply meet() {
    const FakeAddress at{arg(2), number(arg(3))};
    if (at == s_.address()) {
      return ok();
    }
    auto [it, fresh] = s_.pending_.try_emplace(
        at, FakeServer::Pending{true, s_.world_.now(), random_id(s_.world_)});
    if (fresh) {
      s_.send(at, FakeMessage::Type::kMeet);
    }
    return ok();
  }

  SlotSet slots_from(std::size_t first, bool ranges) const {
    SlotSet slots;
    for (std::size_t i = first; i < argv_.size(); i += ranges ? 2 : 1) {
      slots.insert(ranges ? SlotRange{number(arg(i)), number(arg(i + 1))}
                          : SlotRange{number(arg(i)), number(arg(i))});
    }
    return slots;
  }

  Reply add_slots(bool ranges) {
    if (ranges && s_.product_ == FakeProduct::kRedis62) {
      return error(
          "ERR Unknown subcommand or wrong number of arguments for 'ADDSLOTSRANGE'. Try CLUSTER "
          "HELP.");
    }
    const SlotSet slots = slots_from(2, ranges);
    for (const int slot : slots.slots()) {
      if (s_.owners_[static_cast<std::size_t>(slot)] >= 0) {
        return error("ERR Slot " + std::to_string(slot) + " is already busy");
      }
    }
    s_.add_slots(slots);
    return ok();
  }

  Reply del_slots(bool ranges) {
    const SlotSet slots = slots_from(2, ranges);
    for (const int slot : slots.slots()) {
      if (s_.owners_[static_cast<std::size_t>(slot)] < 0) {
        return error("ERR Slot " + std::to_string(slot) + " is already unassigned");
      }
    }
    for (const int slot : slots.slots()) {
      s_.importing_.erase(slot);
      s_.set_owner(slot, -1);
    }
    return ok();
  }

  /// What kForgetSlotsScript does.
  Reply forget_slots() {
    std::vector<Reply> forgotten;
    for (std::size_t i = 3; i + 1 < argv_.size(); i += 2) {
      int chosen = -1;
      for (const std::string_view word : split(argv_[i + 1], ' ')) {
        const int slot = number(std::string(word));
        if (slot >= 0 && s_.owner_of(slot) == argv_[i] && count(slot) == 0) {
          chosen = slot;
          ++s_.writes_;
          s_.importing_.erase(slot);
          s_.set_owner(slot, -1);
          break;
        }
      }
      forgotten.push_back(integer(chosen));
    }
    return array(std::move(forgotten));
  }

  Reply set_slot() {
    if (!s_.is_primary()) {
      return error("ERR Please use SETSLOT only with masters.");
    }
    const int slot = number(arg(2));
    const std::string action = upper(arg(3));
    const int owner = s_.owners_[static_cast<std::size_t>(slot)];
    if (action == "STABLE") {
      s_.migrating_.erase(slot);
      s_.importing_.erase(slot);
      return ok();
    }
    FakeRow* node = s_.find(arg(4));
    if (node == nullptr) {
      return error(action == "NODE" ? "ERR Unknown node " + arg(4)
                                    : "ERR I don't know about node " + arg(4));
    }
    if (!node->primary) {
      return error("ERR Target node is not a master");
    }
    if (action == "MIGRATING") {
      if (owner != 0) {
        return error("ERR I'm not the owner of hash slot " + std::to_string(slot));
      }
      s_.migrating_[slot] = node->id;
      return ok();
    }
    if (action == "IMPORTING") {
      if (owner == 0) {
        return error("ERR I'm already the owner of hash slot " + std::to_string(slot));
      }
      s_.importing_[slot] = node->id;
      return ok();
    }
    return set_slot_node(slot, *node, owner == 0);
  }

  Reply set_slot_node(int slot, FakeRow& node, bool was_mine) {
    const bool to_me = &node == &s_.self();
    if (was_mine && !to_me && count(slot) > 0) {
      return error("ERR Can't assign hashslot " + std::to_string(slot) +
                   " to a different node while I still hold keys for this hash slot.");
    }
    if (count(slot) == 0) {
      s_.migrating_.erase(slot);
    }
    const std::string id = node.id;
    s_.set_owner(slot, static_cast<int>(&node - s_.rows_.data()));
    if (was_mine && !to_me && s_.slots().empty() &&
        s_.config["cluster-allow-replica-migration"] != "no") {
      s_.follow(id);
    }
    if (to_me && s_.importing_.contains(slot)) {
      s_.bump_epoch();
      s_.importing_.erase(slot);
      s_.broadcast();
    }
    return ok();
  }

  Reply replicate() {
    FakeRow* node = s_.find(arg(2));
    if (node == nullptr) {
      return error("ERR Unknown node " + arg(2));
    }
    if (node == &s_.self()) {
      return error("ERR Can't replicate myself");
    }
    if (!node->primary) {
      return error("ERR I can only replicate a master, not a replica.");
    }
    if (s_.is_primary() && (!s_.slots().empty() || s_.key_count() > 0)) {
      return error("ERR To set a master the node must be empty and without assigned slots.");
    }
    s_.follow(node->id);
    return ok();
  }

  Reply forget() {
    FakeRow* node = s_.find(arg(2));
    if (node == nullptr) {
      return error("ERR Unknown node " + arg(2));
    }
    if (node == &s_.self()) {
      return error("ERR I tried hard but I can't forget myself...");
    }
    if (!s_.is_primary() && s_.self().replicates == node->id) {
      return error("ERR Can't forget my master!");
    }
    const auto ttl = s_.config.find("cluster-blacklist-ttl");
    const long seconds =
        ttl == s_.config.end() ? 60 : std::strtol(ttl->second.c_str(), nullptr, 10);
    s_.ban_[node->id] = s_.world_.now() + std::chrono::seconds(seconds);
    s_.remove_row(std::string(node->id));
    return ok();
  }

  Reply reset() {
    if (s_.is_primary() && s_.key_count() > 0) {
      return error("ERR CLUSTER RESET can't be called with master nodes containing keys");
    }
    FakeRow row;
    row.id = upper(arg(2)) == "HARD" ? random_id(s_.world_) : s_.id();
    row.at = s_.address();
    if (upper(arg(2)) == "HARD") {
      s_.current_epoch_ = 0;
      s_.last_vote_ = 0;
    } else {
      row.epoch = s_.epoch();
    }
    s_.rows_.assign(1, row);
    s_.owners_.fill(-1);
    s_.data_.clear();
    s_.migrating_.clear();
    s_.importing_.clear();
    s_.pending_.clear();
    s_.ban_.clear();
    return ok();
  }

  Reply failover() {
    if (s_.is_primary()) {
      return error("ERR You should send CLUSTER FAILOVER to a replica");
    }
    FakeServer* primary = s_.my_primary();
    if (upper(arg(2)) == "TAKEOVER") {
      s_.promote(s_.current_epoch_ + 1);
      return ok();
    }
    if (primary == nullptr || !s_.link_up_) {
      return error("ERR Master is down or failed, please use CLUSTER FAILOVER FORCE");
    }
    s_.promote(s_.current_epoch_ + 1);
    return ok();
  }

  Reply set_config_epoch() {
    const auto epoch = static_cast<std::uint64_t>(number(arg(2)));
    if (s_.rows_.size() > 1) {
      return error(
          "ERR The user can assign a config epoch only when the node does not know any other "
          "node.");
    }
    if (s_.epoch() != 0) {
      return error("ERR Node config epoch is already non-zero");
    }
    s_.self().epoch = epoch;
    s_.current_epoch_ = std::max(s_.current_epoch_, epoch);
    return ok();
  }

  Reply bump_epoch() {
    s_.bump_epoch();
    s_.broadcast();
    return {ReplyKind::kStatus, 0, "BUMPED " + std::to_string(s_.epoch()), {}};
  }

  Reply migrate_slots() {
    if (s_.product_ != FakeProduct::kValkey9) {
      return error("ERR unknown subcommand 'MIGRATESLOTS'. Try CLUSTER HELP.");
    }
    SlotSet slots;
    std::string target;
    for (std::size_t i = 2; i < argv_.size(); ++i) {
      if (upper(arg(i)) == "NODE") {
        target = arg(i + 1);
        break;
      }
      if (upper(arg(i)) != "SLOTSRANGE") {
        slots.insert(SlotRange{number(arg(i)), number(arg(i + 1))});
        ++i;
      }
    }
    const FakeRow* node = s_.find(target);
    if (node == nullptr || !node->primary || !s_.is_primary() || !(slots - s_.slots()).empty()) {
      return error("ERR Slots are not served by this node or the target is not a known primary");
    }
    for (const int slot : slots.slots()) {
      if (s_.migrating_.contains(slot)) {
        return error("ERR Slot is being manually migrated");
      }
    }
    for (const FakeJob& job : s_.jobs_) {
      if (job.state == "snapshotting" && !(job.slots & slots).empty()) {
        return error("ERR Slot range already being migrated");
      }
    }
    s_.jobs_.push_back(
        {random_id(s_.world_), slots, target, "snapshotting",
         s_.world_.now() + std::chrono::milliseconds(20 + s_.world_.random() % 200)});
    return ok();
  }

  Reply migrations() const {
    if (s_.product_ != FakeProduct::kValkey9) {
      return error("ERR unknown subcommand 'GETSLOTMIGRATIONS'. Try CLUSTER HELP.");
    }
    std::vector<Reply> jobs;
    for (const FakeJob& job : s_.jobs_) {
      jobs.push_back(array({bulk("name"), bulk(job.name), bulk("operation"), bulk("EXPORT"),
                            bulk("slot_ranges"), bulk(to_string(job.slots)), bulk("target_node"),
                            bulk(job.target), bulk("source_node"), bulk(s_.id()), bulk("state"),
                            bulk(job.state), bulk("message"), bulk("")}));
    }
    return array(std::move(jobs));
  }

  Reply cancel_migrations() {
    bool any = false;
    for (FakeJob& job : s_.jobs_) {
      if (job.state == "snapshotting") {
        job.state = "cancelled";
        any = true;
      }
    }
    return any ? ok() : error("ERR No migrations ongoing");
  }

  /// Where a command on `slot` goes: nothing means here.
  std::optional<Reply> redirect(int slot, bool missing, bool migrate_command) const {
    const int owner = s_.owners_[static_cast<std::size_t>(slot)];
    const bool open = s_.migrating_.contains(slot) || s_.importing_.contains(slot);
    if (owner < 0 && !s_.importing_.contains(slot)) {
      return error("CLUSTERDOWN Hash slot not served");
    }
    if (migrate_command && open) {
      return std::nullopt;
    }
    if (owner == 0) {
      if (s_.migrating_.contains(slot) && missing) {
        return error("ASK " + std::to_string(slot) + " " + address(s_.migrating_.at(slot)));
      }
      return std::nullopt;
    }
    if (s_.importing_.contains(slot) && asking_) {
      return std::nullopt;
    }
    return error("MOVED " + std::to_string(slot) + " " + address(s_.owner_of(slot)));
  }

  std::string address(const std::string& id) const {
    const FakeRow* row = s_.find(id);
    return row == nullptr ? ":0" : row->at.ip + ":" + std::to_string(row->at.port);
  }

  Reply on_key(const std::string& name) {
    const std::string& key = arg(1);
    const int slot = key_slot(key);
    const auto keys = s_.data_.find(slot);
    const bool missing = keys == s_.data_.end() || !keys->second.contains(key);
    if (const auto away = redirect(slot, missing, false)) {
      return *away;
    }
    if (!s_.is_primary()) {
      return error("MOVED " + std::to_string(slot) + " " + address(s_.self().replicates));
    }
    if (name == "GET") {
      return missing ? Reply{} : bulk(keys->second.at(key));
    }
    if (name == "EXISTS") {
      return integer(missing ? 0 : 1);
    }
    if (name == "STRLEN") {
      return integer(missing ? 0 : static_cast<std::int64_t>(keys->second.at(key).size()));
    }
    if (name == "SET") {
      s_.data_[slot][key] = arg(2);
      s_.replicate(slot, key, &argv_[2]);
      return ok();
    }
    if (name == "DEL") {
      if (!missing) {
        s_.data_[slot].erase(key);
        s_.replicate(slot, key, nullptr);
      }
      return integer(missing ? 0 : 1);
    }
    return error("ERR unknown command '" + argv_[0] + "'");
  }

  Reply migrate() {
    ++s_.writes_;
    const FakeAddress to{arg(1), number(arg(2))};
    bool replace = false;
    std::size_t first = 6;
    for (; first < argv_.size() && upper(arg(first)) != "KEYS"; ++first) {
      replace = replace || upper(arg(first)) == "REPLACE";
    }
    std::vector<std::string> keys(
        argv_.begin() + static_cast<std::ptrdiff_t>(std::min(first + 1, argv_.size())),
        argv_.end());
    if (keys.empty()) {
      return error("ERR wrong number of arguments for 'migrate' command");
    }
    const int slot = key_slot(keys.front());
    if (const auto away = redirect(slot, false, true)) {
      return *away;
    }
    FakeServer* target = s_.world_.reach(s_, to);
    if (target == nullptr) {
      return error("IOERR error or timeout connecting to the client");
    }
    return restore_at(*target, keys, slot, replace);
  }

  Reply restore_at(FakeServer& target,
                   const std::vector<std::string>& keys,
                   int slot,
                   bool replace) {
    std::string problem;
    int sent = 0;
    const bool lose = s_.world_.loses_migrate_reply();
    for (const std::string& key : keys) {
      auto& mine = s_.data_[slot];
      const auto value = mine.find(key);
      if (value == mine.end()) {
        continue;
      }
      ++sent;
      const Argv restore{"RESTORE", key};
      const FakeCommands there(target, restore, true);
      auto& theirs = target.data_[slot];
      if (const auto away = there.redirect(slot, !theirs.contains(key), false);
          away && problem.empty()) {
        problem = "ERR Target instance replied with error: " + away->text;
      }
      if (!target.is_primary()) {
        problem = "ERR Target instance replied with error: READONLY";
      }
      if (theirs.contains(key) && !replace && problem.empty()) {
        problem = "ERR Target instance replied with error: BUSYKEY Target key name already exists.";
      }
      if (!problem.empty()) {
        if (problem.find("BUSYKEY") != std::string::npos) {
          // The keys behind it are sent all the same.
          pending_problem_ = problem;
          problem.clear();
          continue;
        }
        return error(problem);
      }
      theirs[key] = value->second;
      target.replicate(slot, key, &value->second);
      if (!lose) {
        mine.erase(value);
        s_.replicate(slot, key, nullptr);
      }
    }
    if (lose && sent > 0) {
      return error("IOERR error or timeout reading from target instance");
    }
    if (!pending_problem_.empty()) {
      return error(pending_problem_);
    }
    return sent == 0 ? Reply{ReplyKind::kStatus, 0, "NOKEY", {}} : ok();
  }

  FakeServer& s_;
  const Argv& argv_;
  bool asking_;
  std::string pending_problem_;
};

Reply FakeServer::execute(const Argv& argv, bool& asking) {
  if (argv.size() == 1 && argv[0] == "ASKING") {
    asking = true;
    return ok();
  }
  const bool was_asking = asking;
  asking = false;
  return FakeCommands(*this, argv, was_asking).run();
}

}  // namespace autocache::hook
