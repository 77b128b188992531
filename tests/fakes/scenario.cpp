#include "fakes/scenario.h"

namespace autocache::hook {

std::vector<std::size_t> first(std::size_t count) {
  std::vector<std::size_t> nodes;
  for (std::size_t i = 0; i < count; ++i) {
    nodes.push_back(i);
  }
  return nodes;
}

std::vector<SlotSet> even(int nodes) {
  std::vector<SlotSet> owners;
  owners.reserve(static_cast<std::size_t>(nodes));
  const SlotMap map = even_assignment(nodes);
  for (int i = 0; i < nodes; ++i) {
    owners.push_back(slots_of(map, i));
  }
  return owners;
}

Scenario::Scenario(std::size_t primaries, int keys, FakeProduct product) : cluster(7) {
  for (std::size_t i = 0; i < primaries; ++i) {
    cluster.add(product);
  }
  desired = desired_of(cluster, first(primaries));
  if (primaries > 0) {
    cluster.form(even(static_cast<int>(primaries)));
    fill(keys);
  }
}

RunOutcome Scenario::run(PlanCommand command, std::chrono::milliseconds limit, DataLoss data_loss) {
  HookRun options;
  options.command = command;
  options.limit = limit;
  options.data_loss = data_loss;
  // Counting the keys of slots in which nobody has any would only take time.
  options.census = SlotSet();
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    for (const auto& [slot, slot_keys] : cluster.at(i).data()) {
      options.census.insert(slot);
    }
  }
  report = run_hook(cluster, desired, options, &log);
  return report.outcome;
}

Reply Scenario::raw(std::size_t i, const Argv& argv) {
  bool asking = false;
  return cluster.at(i).execute(argv, asking);
}

void Scenario::fill(int count) {
  keys_ = count;
  for (int i = 0; i < count; ++i) {
    const std::string key = "key:" + std::to_string(i);
    for (std::size_t n = 0; n < cluster.size(); ++n) {
      if (cluster.at(n).is_primary() && cluster.at(n).slots().contains(key_slot(key))) {
        cluster.at(n).put(key_slot(key), key, "value:" + std::to_string(i));
      }
    }
  }
}

std::string Scenario::wrong(std::size_t members) {
  std::string text = faults_of(cluster, first(members));
  for (int i = 0; i < keys_; ++i) {
    const std::string key = "key:" + std::to_string(i);
    const int slot = key_slot(key);
    int holders = 0;
    for (const std::size_t n : first(members)) {
      const auto& data = cluster.at(n).data();
      const auto keys = data.find(slot);
      const bool holds =
          cluster.at(n).is_primary() && keys != data.end() && keys->second.contains(key);
      holders += holds && keys->second.at(key) == "value:" + std::to_string(i) ? 1 : 0;
    }
    if (holders != 1) {
      text += key + " is held by " + std::to_string(holders) + " servers\n";
    }
  }
  return text;
}

}  // namespace autocache::hook
