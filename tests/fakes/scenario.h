#pragma once

// Small ready-made clusters for tests that read like a specification.

#include "fakes/fake_hook.h"

#include <string>
#include <vector>

namespace autocache::hook {

/// 0, 1 ... count - 1.
std::vector<std::size_t> first(std::size_t count);

/// The even layout of `nodes` primaries.
std::vector<SlotSet> even(int nodes);

/// A formed cluster of equal primaries with `keys` keys ("key:0" ...), and room for what a test
/// does to it.
class Scenario {
 public:
  explicit Scenario(std::size_t primaries,
                    int keys = 0,
                    FakeProduct product = FakeProduct::kRedis7);

  FakeCluster cluster;
  /// The first primaries as they are; change it at will.
  Desired desired;
  MemoryLog log;

  /// Runs the hook; keeps its report.
  RunOutcome run(PlanCommand command,
                 std::chrono::milliseconds limit = std::chrono::seconds(60),
                 DataLoss data_loss = DataLoss::kRefuse);
  RunReport report;

  /// A raw command for server `i`.
  Reply raw(std::size_t i, const Argv& argv);
  /// Puts the keys key:0 ... key:<count - 1> where their slots are.
  void fill(int count);
  /// Everything that is wrong with the servers `members`, or with the keys; empty if nothing is.
  std::string wrong(std::size_t members);
  [[nodiscard]] std::string refusal() const { return report.refusal ? report.refusal->code : ""; }

 private:
  int keys_ = 0;
};

}  // namespace autocache::hook
