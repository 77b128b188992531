#include "runtime-hook/commands_of.h"

#include "base/json.h"

#include <algorithm>
#include <type_traits>

namespace autocache::hook {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

bool has_slot_ranges(const Member& member) {
  return member.product == Product::kValkey ||
         (member.product == Product::kRedis && member.version >= Version{7, 0, 0});
}

Argv slot_command(const Member& member, const char* word, const SlotSet& slots) {
  Argv argv{"CLUSTER", word};
  if (has_slot_ranges(member)) {
    argv.back() += "RANGE";
    for (const SlotRange range : slots.ranges()) {
      argv.push_back(std::to_string(range.first));
      argv.push_back(std::to_string(range.last));
    }
  } else {
    for (const int slot : slots.slots()) {
      argv.push_back(std::to_string(slot));
    }
  }
  return argv;
}

Argv setslot(int slot, std::initializer_list<std::string> rest) {
  Argv argv{"CLUSTER", "SETSLOT", std::to_string(slot)};
  argv.insert(argv.end(), rest);
  return argv;
}

/// SETSLOT NODE raises the epoch only of a server that is importing the slot, so it is made to
/// import it from whom it takes for the owner, or from any other primary.
std::vector<NodeCommand> claim(const Snapshot& snapshot, const ClaimSlots& step) {
  const Member& member = snapshot.at(step.node);
  int any = -1;
  for (const Peer& peer : member.peers) {
    if (peer.member != step.node && peer.has(kPrimaryFlag) && !peer.has(kHandshake)) {
      any = peer.member;
    }
  }
  std::vector<NodeCommand> commands;
  if (any < 0) {
    commands.push_back({step.node, slot_command(member, "ADDSLOTS", step.slots)});
    return commands;
  }
  for (const int slot : step.slots.slots()) {
    const int owner = (*member.owners)[static_cast<std::size_t>(slot)];
    const int from = owner >= 0 && owner != step.node ? owner : any;
    commands.push_back({step.node, setslot(slot, {"IMPORTING", snapshot.at(from).id})});
    commands.push_back({step.node, setslot(slot, {"NODE", member.id})});
  }
  return commands;
}

}  // namespace

std::vector<NodeCommand> commands_of(const Snapshot& snapshot, const Step& step) {
  using Commands = std::vector<NodeCommand>;
  return std::visit(
      Overloaded{
          [&](const Meet& s) -> Commands {
            const Endpoint& to = snapshot.endpoint_of(s.target);
            return {{s.viewer,
                     {"CLUSTER", "MEET", snapshot.address_of(s.target), std::to_string(to.port),
                      std::to_string(to.bus_port)}}};
          },
          [&](const SetConfigEpoch& s) -> Commands {
            return {{s.node, {"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(s.epoch)}}};
          },
          [&](const AddSlots& s) -> Commands {
            return {{s.node, slot_command(snapshot.at(s.node), "ADDSLOTS", s.slots)}};
          },
          [&](const DropClaim& s) -> Commands {
            return {{s.node, slot_command(snapshot.at(s.node), "DELSLOTS", s.slots)}};
          },
          [&](const ClaimSlots& s) -> Commands { return claim(snapshot, s); },
          [&](const TellOwner& s) -> Commands {
            Commands commands;
            for (const int slot : s.slots.slots()) {
              commands.push_back({s.viewer, setslot(slot, {"NODE", snapshot.at(s.owner).id})});
            }
            return commands;
          },
          [&](const CloseSlots& s) -> Commands {
            Commands commands;
            for (const int slot : s.slots.slots()) {
              commands.push_back({s.node, setslot(slot, {"STABLE"})});
            }
            return commands;
          },
          [&](const Replicate& s) -> Commands {
            return {{s.node, {"CLUSTER", "REPLICATE", snapshot.at(s.primary).id}}};
          },
          [&](const Forget& s) -> Commands {
            return {{s.viewer, {"CLUSTER", "FORGET", snapshot.at(s.gone).id}}};
          },
          [&](const Reset& s) -> Commands {
            return {{s.node, {"CLUSTER", "RESET", s.kind == Reset::Kind::kHard ? "HARD" : "SOFT"}}};
          },
          [&](const Failover& s) -> Commands {
            Argv argv{"CLUSTER", "FAILOVER"};
            if (s.kind == Failover::Kind::kTakeover) {
              argv.emplace_back("TAKEOVER");
            }
            return {{s.replica, std::move(argv)}};
          },
          [&](const SetConfig& s) -> Commands {
            Commands commands;
            for (const auto& [name, value] : s.values) {
              commands.push_back({s.node, {"CONFIG", "SET", name, value}});
            }
            return commands;
          },
          [&](const CancelMigrations& s) -> Commands {
            return {{s.node, {"CLUSTER", "CANCELSLOTMIGRATIONS"}}};
          },
          [&](const BumpEpoch& s) -> Commands {
            return {{s.node, {"CLUSTER", "BUMPEPOCH"}}};
          },
          [](const MoveSlots&) -> Commands { return {}; },
          [](const BringHome&) -> Commands { return {}; },
          [](const CopyFunctions&) -> Commands { return {}; },
      },
      step.action);
}

std::vector<int> written_members(const Step& step) {
  return std::visit(Overloaded{
                        [](const Meet& s) -> std::vector<int> {
                          return {s.viewer, s.target};
                        },
                        [](const SetConfigEpoch& s) -> std::vector<int> { return {s.node}; },
                        [](const AddSlots& s) -> std::vector<int> { return {s.node}; },
                        [](const DropClaim& s) -> std::vector<int> { return {s.node}; },
                        [](const ClaimSlots& s) -> std::vector<int> { return {s.node}; },
                        [](const TellOwner& s) -> std::vector<int> { return {s.viewer}; },
                        [](const CloseSlots& s) -> std::vector<int> { return {s.node}; },
                        [](const Replicate& s) -> std::vector<int> { return {s.node}; },
                        [](const MoveSlots& s) -> std::vector<int> {
                          return {s.from, s.to};
                        },
                        [](const BringHome& s) -> std::vector<int> {
                          return {s.from, s.owner};
                        },
                        [](const Forget& s) -> std::vector<int> { return {s.viewer}; },
                        [](const Reset& s) -> std::vector<int> { return {s.node}; },
                        [](const Failover& s) -> std::vector<int> { return {s.replica}; },
                        [](const SetConfig& s) -> std::vector<int> { return {s.node}; },
                        [](const CopyFunctions& s) -> std::vector<int> {
                          return {s.from, s.to};
                        },
                        [](const BumpEpoch& s) -> std::vector<int> { return {s.node}; },
                        [](const CancelMigrations& s) -> std::vector<int> { return {s.node}; },
                    },
                    step.action);
}

bool is_done_already(const Step& step, const Reply& error) {
  const auto says = [&](std::string_view text) {
    return error.text.find(text) != std::string::npos;
  };
  if (std::holds_alternative<Forget>(step.action)) {
    return says("Unknown node");
  }
  if (std::holds_alternative<ClaimSlots>(step.action)) {
    return says("already the owner");
  }
  if (std::holds_alternative<SetConfigEpoch>(step.action)) {
    // Another node's MEET was faster; the servers settle equal epochs by themselves.
    return says("does not know any other node") || says("already non-zero") ||
           says("unknown subcommand");
  }
  if (std::holds_alternative<CancelMigrations>(step.action)) {
    return says("No migrations");
  }
  return false;
}

std::string_view step_name(const Step& step) {
  static constexpr const char* kNames[] = {
      "meet",        "set_config_epoch", "add_slots",      "drop_claim",
      "claim_slots", "tell_owner",       "close_slots",    "replicate",
      "move_slots",  "bring_home",       "forget",         "reset",
      "failover",    "set_config",       "copy_functions", "cancel_migrations",
      "bump_epoch"};
  static_assert(std::size(kNames) == std::variant_size_v<Action>);
  return kNames[step.action.index()];
}

namespace {

Json step_fields(const Snapshot& snapshot, const Step& step) {
  Json json;
  json["step"] = step_name(step);
  const auto id = [&](int member) { return member < 0 ? std::string() : snapshot.at(member).id; };
  std::visit(Overloaded{
                 [&](const Meet& s) {
                   json["node"] = id(s.viewer);
                   json["target"] = id(s.target);
                 },
                 [&](const SetConfigEpoch& s) {
                   json["node"] = id(s.node);
                   json["epoch"] = s.epoch;
                 },
                 [&](const TellOwner& s) {
                   json["node"] = id(s.viewer);
                   json["owner"] = id(s.owner);
                   json["slots"] = to_string(s.slots);
                 },
                 [&](const Replicate& s) {
                   json["node"] = id(s.node);
                   json["primary"] = id(s.primary);
                 },
                 [&](const MoveSlots& s) {
                   json["from"] = id(s.from);
                   json["to"] = id(s.to);
                   json["slots"] = to_string(s.slots);
                 },
                 [&](const BringHome& s) {
                   json["from"] = id(s.from);
                   json["to"] = id(s.owner);
                   json["slots"] = to_string(s.slots);
                 },
                 [&](const Forget& s) {
                   json["node"] = id(s.viewer);
                   json["target"] = id(s.gone);
                 },
                 [&](const Reset& s) {
                   json["node"] = id(s.node);
                   json["kind"] = s.kind == Reset::Kind::kHard ? "hard" : "soft";
                 },
                 [&](const Failover& s) {
                   json["node"] = id(s.replica);
                   json["kind"] = s.kind == Failover::Kind::kTakeover ? "takeover" : "graceful";
                 },
                 [&](const SetConfig& s) {
                   json["node"] = id(s.node);
                   for (const auto& [name, value] : s.values) {
                     json["values"][name] = value;
                   }
                 },
                 [&](const CopyFunctions& s) {
                   json["from"] = id(s.from);
                   json["to"] = id(s.to);
                 },
                 [&](const BumpEpoch& s) { json["node"] = id(s.node); },
                 [&](const CancelMigrations& s) { json["node"] = id(s.node); },
                 [&](const auto& s) {
                   json["node"] = id(s.node);
                   json["slots"] = to_string(s.slots);
                 },
             },
             step.action);
  return json;
}

}  // namespace

std::string step_key(const Snapshot& snapshot, const Step& step) {
  return step_fields(snapshot, step).dump();
}

std::string step_json(const Snapshot& snapshot, const Step& step) {
  Json json = step_fields(snapshot, step);
  for (const char* role : {"node", "target", "owner", "primary", "from", "to"}) {
    if (const auto it = json.find(role); it != json.end()) {
      const auto same = [&](const Member& member) { return member.id == *it; };
      const auto member = std::find_if(snapshot.members.begin(), snapshot.members.end(), same);
      json[std::string(role) + "Name"] =
          describe(snapshot, static_cast<int>(member - snapshot.members.begin()));
    }
  }
  json["why"] = step.why;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace autocache::hook
