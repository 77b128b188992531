#pragma once

// A hook that runs against a FakeCluster, and what tests ask about the cluster afterwards.

#include "fakes/fake_cluster.h"
#include "runtime-hook/executor.h"

#include <string>
#include <vector>

namespace autocache::hook {

/// The desired state of the servers `nodes`, in that order.
Desired desired_of(const FakeCluster& cluster,
                   const std::vector<std::size_t>& nodes,
                   int replicas_per_shard = 0);

/// Keeps what is logged, for a failure's message.
class MemoryLog final : public Log {
 public:
  void write(Level level,
             std::string_view event,
             std::string_view message,
             const Fields& fields) override;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct HookRun {
  PlanCommand command = PlanCommand::kSync;
  DataLoss data_loss = DataLoss::kRefuse;
  RunMode mode = RunMode::kApply;
  std::chrono::milliseconds limit{60'000};
  SlotSet census = SlotSet::all();
};

/// One run of the executor over `transport`.
RunReport run_hook(FakeCluster& cluster,
                   FakeTransport& transport,
                   const Desired& desired,
                   const HookRun& run,
                   Log* log = nullptr);

/// The same over a transport of its own.
RunReport run_hook(FakeCluster& cluster,
                   const Desired& desired,
                   const HookRun& run = {},
                   Log* log = nullptr);

/// Everything that is wrong with a cluster that should be whole (invariants I1 and I2): empty if
/// nothing is.
std::string faults_of(FakeCluster& cluster, const std::vector<std::size_t>& members);

}  // namespace autocache::hook
