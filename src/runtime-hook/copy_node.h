#pragma once

// What the movers of the AutoCache server ask of one node: reads, copies and discards keys of slots
// in pipelines, and freezes slots. Internal to mover_copy.cpp.
//
// Frozen: a server that takes a node which does not exist for the owner of a slot answers reads of
// it itself and refuses writes with READONLY (its router finds no node to redirect to). That makes
// the keys of the slot hold still while they are copied.

#include "runtime-hook/copy_value.h"
#include "runtime-hook/mover_loop.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace autocache::hook {

/// Why a step did not work.
struct CopyProblem {
  std::string message;
  /// What a person must look at; not empty if no repetition will help.
  std::string check;
};
using CopyResult = std::optional<CopyProblem>;

class CopyNode {
 public:
  CopyNode(MoveContext& context, const MoveNode& node) : context_(context), node_(node) {}

  [[nodiscard]] const MoveNode& node() const { return node_; }
  [[nodiscard]] Request request(Argv argv) const;
  /// Sends all and waits; the outcomes in the same order.
  std::vector<Outcome> ask(const std::vector<Argv>& commands);
  static std::vector<Outcome> wait(MoveContext& context, std::vector<Request> requests);

  /// SETSLOT NODE `owner` for each of `slots`.
  CopyResult set_owner(const std::vector<int>& slots, const std::string& owner);
  /// No writes to `slots` until another owner is set.
  CopyResult freeze(const std::vector<int>& slots);
  /// The number of keys in each of `slots`.
  tl::expected<std::vector<std::int64_t>, CopyProblem> counts(const std::vector<int>& slots);
  /// The keys in `slots`, of the tier in memory.
  tl::expected<std::vector<std::string>, CopyProblem> keys_in(const std::vector<int>& slots);
  /// Reads `keys` in pieces of bounded size and hands them over; keys that are gone are left out.
  /// Ends with the first problem.
  using Take = std::function<CopyResult(std::vector<CopiedKey>&)>;
  CopyResult read(const std::vector<std::string>& keys, const Take& take);
  /// RESTORE of all; a BUSYKEY is no problem for kKeep.
  CopyResult restore(const std::vector<CopiedKey>& keys, OnExisting existing);
  /// Deletes `keys`, whose slots this node does not own.
  CopyResult discard(const std::vector<std::string>& keys);
  /// For each of `keys` whether this node answers reads of it, or redirects them.
  tl::expected<std::vector<bool>, CopyProblem> serves(const std::vector<std::string>& keys);

 private:
  struct Found {
    std::size_t index = 0;
    CopyType type = CopyType::kString;
    std::int64_t ttl = 0;
    std::int64_t size = 0;
  };

  CopyProblem problem(const std::string& message) const;
  CopyResult all_ok(const std::vector<Outcome>& outcomes, std::string_view ignored = {}) const;
  tl::expected<std::vector<Found>, CopyProblem> look_at(const std::vector<std::string>& keys,
                                                        std::size_t first,
                                                        std::size_t last);
  tl::expected<std::vector<CopiedKey>, CopyProblem> read_piece(const std::vector<std::string>& keys,
                                                               const std::vector<Found>& found);
  tl::expected<std::vector<std::vector<std::string>>, CopyProblem> scores_of(
      const std::vector<std::string>& keys,
      const std::vector<Found>& found,
      const std::vector<Outcome>& values);

  MoveContext& context_;
  const MoveNode& node_;
};

}  // namespace autocache::hook
