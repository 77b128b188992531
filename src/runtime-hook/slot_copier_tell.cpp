// Who owns the slots that were copied: telling every node, so that gossip of an older state does
// not undo it.

#include "runtime-hook/info.h"
#include "runtime-hook/slot_copier.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace autocache::hook {
namespace {

constexpr int kConfirmations = 5;
constexpr std::int64_t kCommandsAtOnce = 1000;
constexpr Duration kAffirmEvery{500'000};

}  // namespace

CopyResult SlotCopier::outrank(const Batch& batch) {
  std::vector<Request> requests{destination_.request({"CLUSTER", "INFO"}),
                                source_.request({"CLUSTER", "INFO"})};
  for (const MoveNode& other : others_) {
    requests.push_back(CopyNode(context_, other).request({"CLUSTER", "INFO"}));
  }
  const std::vector<Outcome> outcomes = CopyNode::wait(context_, std::move(requests));
  std::vector<std::int64_t> epochs;
  for (const Outcome& outcome : outcomes) {
    if (const std::string why = problem_of(outcome); !why.empty()) {
      return CopyProblem{why, ""};
    }
    epochs.push_back(
        leading_number<std::int64_t>(info_field(outcome->text, "cluster_current_epoch")));
  }
  // What follows raises the source's by two, the others' by one for each slot.
  const std::int64_t goal = *std::max_element(epochs.begin() + 1, epochs.end()) +
                            4 * static_cast<std::int64_t>(batch.size()) + 16;
  const std::vector<int> one(kCommandsAtOnce, batch.front());
  for (std::int64_t epoch = epochs.front(); epoch < goal;) {
    const auto count = std::min<std::int64_t>(goal - epoch, kCommandsAtOnce);
    // Says what it believes anyway.
    if (CopyResult failed =
            destination_.set_owner({one.begin(), one.begin() + count}, move_.source.id)) {
      return failed;
    }
    epoch += count;
  }
  return std::nullopt;
}

CopyResult SlotCopier::tell_everybody(const Batch& batch) {
  for (int i = 0; i < kConfirmations; ++i) {
    if (CopyResult failed = source_.set_owner(batch, move_.destination.id)) {
      return failed;
    }
    std::vector<Request> requests;
    for (const MoveNode& other : others_) {
      const CopyNode node(context_, other);
      for (const int slot : batch) {
        requests.push_back(node.request(
            {"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", move_.destination.id}));
      }
    }
    // Who does not answer is told by the next plan.
    static_cast<void>(CopyNode::wait(context_, std::move(requests)));
    if (CopyResult failed = introduce()) {
      return failed;
    }
    const auto kept = is_kept();
    if (!kept) {
      return kept.error();
    }
    if (*kept) {
      return std::nullopt;
    }
    if (CopyResult failed = destination_.set_owner(batch, move_.destination.id)) {
      return failed;
    }
  }
  return CopyProblem{to_string(move_.destination.endpoint) + " does not keep its new slots", ""};
}

CopyResult SlotCopier::introduce() {
  const auto meet = [](const MoveNode& node) -> Argv {
    return {"CLUSTER", "MEET", node.address, std::to_string(node.endpoint.port),
            std::to_string(node.endpoint.bus_port)};
  };
  std::vector<Argv> commands{meet(move_.source)};
  for (const MoveNode& other : others_) {
    commands.push_back(meet(other));
  }
  const std::vector<Outcome> outcomes = destination_.ask(commands);
  const std::string why = problem_of(outcomes.front());
  return why.empty() ? CopyResult() : CopyProblem{why, ""};
}

CopyResult SlotCopier::affirm() {
  if (context_.loop.now() < affirm_at_ || moved_.empty()) {
    return std::nullopt;
  }
  affirm_at_ = context_.loop.now() + kAffirmEvery;
  return destination_.set_owner(moved_, move_.destination.id);
}

tl::expected<bool, CopyProblem> SlotCopier::is_kept() {
  const std::vector<std::string> keys = copied_keys();
  const auto here = source_.serves(keys);
  const auto there = destination_.serves(keys);
  if (!here || !there) {
    return tl::unexpected(here ? there.error() : here.error());
  }
  const auto yes = [](bool serves) { return serves; };
  return std::none_of(here->begin(), here->end(), yes) &&
         std::all_of(there->begin(), there->end(), yes);
}

}  // namespace autocache::hook
