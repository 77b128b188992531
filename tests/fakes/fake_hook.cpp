#include "fakes/fake_hook.h"

#include <algorithm>

namespace autocache::hook {

Desired desired_of(const FakeCluster& cluster,
                   const std::vector<std::size_t>& nodes,
                   int replicas_per_shard) {
  Desired desired;
  desired.name = "cache";
  desired.engine = Engine::kRedis;
  desired.replicas_per_shard = replicas_per_shard;
  desired.storage = Storage::kPersistent;
  for (const std::size_t i : nodes) {
    desired.nodes.emplace_back().at = cluster.endpoint(i);
  }
  return desired;
}

void MemoryLog::write(Level level,
                      std::string_view event,
                      std::string_view message,
                      const Fields& fields) {
  text_ += std::string(to_string(level)) + " " + std::string(event) + ": " + std::string(message);
  for (const Field& field : fields) {
    if (const auto* value = std::get_if<std::string>(&field.value)) {
      text_ += " " + std::string(field.name) + "=" + *value;
    }
  }
  text_ += "\n";
}

RunReport run_hook(FakeCluster& cluster,
                   FakeTransport& transport,
                   const Desired& desired,
                   const HookRun& run,
                   Log* log) {
  FakeClock clock(cluster);
  NullLog nobody;
  RunOptions options;
  options.plan = {run.command, run.data_loss};
  options.mode = run.mode;
  options.until = clock.now() + run.limit;
  options.census_slots = run.census;
  options.move.pace = Pace::kFast;
  options.reply_timeout = std::chrono::milliseconds(500);
  return Executor(transport, clock, log == nullptr ? nobody : *log, desired, options).run();
}

RunReport run_hook(FakeCluster& cluster, const Desired& desired, const HookRun& run, Log* log) {
  FakeTransport transport(cluster);
  return run_hook(cluster, transport, desired, run, log);
}

std::string faults_of(FakeCluster& cluster, const std::vector<std::size_t>& members) {
  std::string faults;
  const auto add = [&](const std::string& text) { faults += text + "\n"; };
  for (int slot = 0; slot < kSlotCount; ++slot) {
    int claims = 0;
    for (const std::size_t i : members) {
      claims += cluster.at(i).is_primary() && cluster.at(i).slots().contains(slot) ? 1 : 0;
    }
    if (claims != 1) {
      add("slot " + std::to_string(slot) + " is claimed by " + std::to_string(claims) + " servers");
      break;
    }
  }
  for (const std::size_t i : members) {
    const FakeServer& server = cluster.at(i);
    if (server.has_open_slots()) {
      add(server.id().substr(0, 8) + " has open slots");
    }
    if (!server.state_ok()) {
      add(server.id().substr(0, 8) + " does not say ok");
    }
    for (const auto& [slot, keys] : server.data()) {
      if (server.is_primary() && !keys.empty() && !server.slots().contains(slot)) {
        add(server.id().substr(0, 8) + " holds keys of slot " + std::to_string(slot) +
            " that it does not own");
      }
    }
    for (const std::size_t j : members) {
      const FakeServer& other = cluster.at(j);
      const auto& rows = server.rows();
      const auto row = std::find_if(rows.begin(), rows.end(),
                                    [&](const FakeRow& entry) { return entry.id == other.id(); });
      if (row == rows.end() || row->slots != other.slots() || row->primary != other.is_primary()) {
        add(server.id().substr(0, 8) + " has a wrong view of " + other.id().substr(0, 8));
      }
    }
  }
  return faults;
}

}  // namespace autocache::hook
