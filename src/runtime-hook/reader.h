#pragma once

// Looks at the cluster: asks every desired address, and every member that names lead to, and puts
// the answers together as a Snapshot. Sends only commands that change nothing.

#include "runtime-hook/clock.h"
#include "runtime-hook/desired.h"
#include "runtime-hook/snapshot.h"
#include "runtime-hook/topology.h"
#include "runtime-hook/transport.h"

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace autocache::hook {

struct ReadOptions {
  /// How long one server may take to answer before it counts as silent.
  std::chrono::milliseconds timeout{2000};
  /// Directives, or patterns of them, to read with CONFIG GET.
  std::vector<std::string> config;
};

class TopologyReader {
 public:
  TopologyReader(Transport& transport, Clock& clock, const Desired& desired);

  /// What the cluster looks like now. Never fails: what does not answer is part of the picture.
  Snapshot read(const ReadOptions& options);

  /// Counts the keys of `slots` at every node of `snapshot` (COUNTKEYSINSLOT): finds keys that a
  /// node holds without owning their slot. A server may take `timeout` to answer.
  void take_census(Snapshot& snapshot, const SlotSet& slots, std::chrono::milliseconds timeout);

 private:
  struct Count {
    int member = -1;
    int slot = 0;
    std::int64_t keys = 0;
  };
  struct CpuSample {
    double seconds = 0;
    TimePoint when;
    int percent = -1;
  };
  struct Names {
    tl::expected<std::vector<std::string>, Failure> addresses;
    TimePoint when;
  };

  void resolve(Place& place);
  void ask(Snapshot& snapshot,
           SnapshotBuilder& builder,
           std::size_t first_place,
           const ReadOptions& options);
  void take(Snapshot& snapshot,
            SnapshotBuilder& builder,
            std::size_t place,
            const std::vector<Outcome>& outcomes,
            std::size_t at);
  void add_found(Snapshot& snapshot);
  void add_found_by_ordinal(Snapshot& snapshot);
  void ask_nameless(Snapshot& snapshot, const ReadOptions& options);
  void ask_details(Snapshot& snapshot, SnapshotBuilder& builder, const ReadOptions& options);
  bool count(const Snapshot& snapshot,
             const std::vector<std::pair<int, SlotSet>>& wanted,
             std::chrono::milliseconds timeout,
             const std::function<void(const Count&)>& take);
  void ask_service(Snapshot& snapshot);
  Existence exists(const std::string& host);

  Transport& transport_;
  Clock& clock_;
  const Desired& desired_;
  std::map<std::string, CpuSample> cpu_;
  std::map<std::string, Names> names_;
};

}  // namespace autocache::hook
