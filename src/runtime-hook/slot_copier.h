#pragma once

// Moves the slots of one move between two AutoCache servers, a few at a time; mover_copy.cpp says
// in which order and why. Internal to the mover.

#include "runtime-hook/copy_node.h"
#include "runtime-hook/pace.h"

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace autocache::hook {

class SlotCopier {
 public:
  /// `others` are all nodes that have to be told; `rate` is shared by all moves.
  SlotCopier(MoveContext& context, const Move& move, std::vector<MoveNode> others, RateLimit& rate)
      : context_(context),
        move_(move),
        others_(std::move(others)),
        rate_(rate),
        source_(context, move_.source),
        destination_(context, move_.destination) {}
  /// Moves slots until all are done, one cannot be moved, or the move is stopped. What did not
  /// arrive is in the report.
  void run();
  /// Moves nothing: all slots are reported with `problem`.
  void refuse(const CopyProblem& problem);

 private:
  using Batch = std::vector<int>;

  void give_up(const CopyProblem& problem);
  void fail(int slot, const CopyProblem& problem);
  tl::expected<Batch, CopyProblem> next_batch();
  CopyResult move_batch(const Batch& batch);
  /// The rate limit is kept on the average: nobody waits while slots are frozen. In between clients
  /// get their turn: a source with frozen slots answers CLUSTER SLOTS with an array that is shorter
  /// than it says.
  void rest(TimePoint began);
  CopyResult copy(const Batch& batch);
  /// The destination may evict what it has just been given. Keys that expire leave both ends, the
  /// source first: it is counted after the destination.
  CopyResult check_arrived(const Batch& batch);
  /// The source serves its slots again and the copies go.
  void thaw(const Batch& batch);
  [[nodiscard]] std::vector<std::string> copied_keys() const;
  /// Gossip from a node that has not heard of it may have made the source the owner again for a
  /// moment, and somebody may have written there.
  CopyResult compare(const Batch& batch);
  /// Which of `keys` are at the destination as they were copied, or not at all if they were not.
  tl::expected<std::set<std::string>, CopyProblem> unchanged(const std::vector<std::string>& keys);
  CopyResult repair(std::vector<CopiedKey>& late);
  CopyResult remove_unchanged(const std::vector<std::string>& keys);
  /// A claim that a node hears counts if its sender's epoch is higher than what was heard about the
  /// slot before. The destination's is made the highest of all, so that no older news, which may
  /// still be on its way, wins over it.
  CopyResult outrank(const Batch& batch);
  CopyResult tell_everybody(const Batch& batch);
  /// MEET carries what the destination claims, with its epoch, and is answered when that is heard.
  CopyResult introduce();
  /// Old news may also have reached the destination: it is told again from time to time.
  CopyResult affirm();
  /// Gossip of an older state may have reached either end. A key of each slot tells: it is served
  /// here and redirected there. (CLUSTER NODES takes this server tens of milliseconds.)
  tl::expected<bool, CopyProblem> is_kept();

  MoveContext& context_;
  const Move move_;
  const std::vector<MoveNode> others_;
  RateLimit& rate_;
  CopyNode source_;
  CopyNode destination_;
  std::deque<int> left_;
  Batch moved_;
  TimePoint affirm_at_;
  /// What the batch's keys were when they were copied.
  std::map<std::string, std::uint64_t> copied_;
  std::int64_t bytes_ = 0;
};

}  // namespace autocache::hook
