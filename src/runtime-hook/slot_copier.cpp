#include "runtime-hook/slot_copier.h"

#include <algorithm>
#include <utility>

namespace autocache::hook {
namespace {

/// A gentle move is idle for this many times as long as it was busy.
constexpr int kRestFactor = 2;

/// How much is frozen at a time.
struct BatchLimits {
  std::size_t slots = 32;
  std::int64_t keys = 200;
};

BatchLimits limits_for(Pace pace) {
  return pace == Pace::kFast ? BatchLimits{256, 4000} : BatchLimits{};
}

}  // namespace

void SlotCopier::run() {
  const auto slots = move_.slots.slots();
  left_.assign(slots.begin(), slots.end());
  while (!left_.empty() && !context_.stopping()) {
    const auto batch = next_batch();
    if (!batch) {
      give_up(batch.error());
      return;
    }
    if (batch->empty()) {
      continue;
    }
    if (const CopyResult failed = move_batch(*batch)) {
      left_.insert(left_.end(), batch->begin(), batch->end());
      give_up(*failed);
      return;
    }
  }
}

void SlotCopier::give_up(const CopyProblem& problem) {
  for (const int slot : left_) {
    fail(slot, problem);
  }
  left_.clear();
}

void SlotCopier::refuse(const CopyProblem& problem) {
  const auto slots = move_.slots.slots();
  left_.assign(slots.begin(), slots.end());
  give_up(problem);
}

void SlotCopier::fail(int slot, const CopyProblem& problem) {
  context_.failed(move_.source, move_.destination, slot, problem.message, false);
  for (MoveFailure& failure : context_.report.failures) {
    if (failure.source_id == move_.source.id && failure.destination_id == move_.destination.id &&
        failure.check.empty()) {
      failure.check = problem.check;
    }
  }
}

tl::expected<SlotCopier::Batch, CopyProblem> SlotCopier::next_batch() {
  const BatchLimits limits = limits_for(context_.options.pace);
  const Batch some(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(
                                                      std::min(limits.slots, left_.size())));
  const auto here = source_.counts(some);
  const auto there = destination_.counts(some);
  if (!here || !there) {
    return tl::unexpected(here ? there.error() : here.error());
  }
  Batch batch;
  std::int64_t keys = 0;
  for (std::size_t i = 0; i < some.size(); ++i) {
    if (i > 0 && keys + (*here)[i] > limits.keys) {
      break;
    }
    left_.pop_front();
    if ((*there)[i] > 0) {
      fail(some[i], {"the destination holds keys of slot " + std::to_string(some[i]), ""});
    } else if ((*here)[i] > 0 && move_.destination.replicas > 0) {
      fail(some[i], {"replicas of this server do not get the keys that are moved to their primary",
                     "detach the replicas of " + to_string(move_.destination.endpoint) +
                         " before the number of shards changes"});
    } else {
      batch.push_back(some[i]);
      keys += (*here)[i];
    }
  }
  return batch;
}

CopyResult SlotCopier::move_batch(const Batch& batch) {
  copied_.clear();
  bytes_ = 0;
  const TimePoint began = context_.loop.now();
  CopyResult failed = outrank(batch);
  if (failed) {
    return failed;
  }
  failed = source_.freeze(batch);
  if (!failed) {
    failed = copy(batch);
  }
  if (failed) {
    thaw(batch);
    return failed;
  }
  failed = destination_.set_owner(batch, move_.destination.id);
  if (!failed) {
    failed = compare(batch);
  }
  if (!failed) {
    failed = tell_everybody(batch);
  }
  if (!failed) {
    failed = source_.discard(copied_keys());
  }
  if (failed) {
    return failed;
  }
  moved_.insert(moved_.end(), batch.begin(), batch.end());
  if ((failed = affirm())) {
    return failed;
  }
  context_.moved(static_cast<std::int64_t>(batch.size()), static_cast<std::int64_t>(copied_.size()),
                 bytes_);
  rest(began);
  return std::nullopt;
}

void SlotCopier::rest(TimePoint began) {
  const TimePoint now = context_.loop.now();
  TimePoint when = rate_.reserve(bytes_, now);
  if (context_.options.pace == Pace::kGentle) {
    when = std::max(when, now + (now - began) * kRestFactor);
  }
  if (when > now) {
    context_.loop.at(when, [] {});
    context_.loop.run();
  }
}

CopyResult SlotCopier::copy(const Batch& batch) {
  const auto keys = source_.keys_in(batch);
  if (!keys) {
    return keys.error();
  }
  if (CopyResult failed = source_.read(*keys, [this](std::vector<CopiedKey>& piece) {
        for (const CopiedKey& key : piece) {
          copied_[key.key] = key.digest();
          bytes_ += static_cast<std::int64_t>(key.payload.size());
        }
        return destination_.restore(piece, OnExisting::kReplace);
      })) {
    return failed;
  }
  return check_arrived(batch);
}

CopyResult SlotCopier::check_arrived(const Batch& batch) {
  const auto there = destination_.counts(batch);
  const auto here = there ? source_.counts(batch) : there;
  if (!here) {
    return here.error();
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if ((*there)[i] < (*here)[i]) {
      return CopyProblem{to_string(move_.destination.endpoint) + " kept only " +
                             std::to_string((*there)[i]) + " of " + std::to_string((*here)[i]) +
                             " keys of slot " + std::to_string(batch[i]),
                         "it may evict keys: give it more memory"};
    }
  }
  return std::nullopt;
}

void SlotCopier::thaw(const Batch& batch) {
  const CopyResult failed = source_.set_owner(batch, move_.source.id);
  if (!failed) {
    static_cast<void>(destination_.discard(copied_keys()));
  } else {
    context_.log.warn("slot_frozen", "slots that cannot be moved refuse writes until the next run",
                      {{"node", move_.source.id}, {"error", failed->message}});
  }
}

std::vector<std::string> SlotCopier::copied_keys() const {
  std::vector<std::string> keys;
  keys.reserve(copied_.size());
  for (const auto& [key, digest] : copied_) {
    keys.push_back(key);
  }
  return keys;
}

CopyResult SlotCopier::compare(const Batch& batch) {
  if (CopyResult failed = source_.freeze(batch)) {
    return failed;
  }
  const auto keys = source_.keys_in(batch);
  if (!keys) {
    return keys.error();
  }
  std::set<std::string> deleted;
  for (const auto& [key, digest] : copied_) {
    deleted.insert(key);
  }
  CopyResult failed = source_.read(*keys, [&](std::vector<CopiedKey>& piece) {
    std::vector<CopiedKey> late;
    for (CopiedKey& key : piece) {
      deleted.erase(key.key);
      const auto known = copied_.find(key.key);
      if (known == copied_.end() || known->second != key.digest()) {
        late.push_back(std::move(key));
      }
    }
    return late.empty() ? CopyResult() : repair(late);
  });
  if (!failed && !deleted.empty()) {
    failed = remove_unchanged({deleted.begin(), deleted.end()});
  }
  return failed;
}

tl::expected<std::set<std::string>, CopyProblem> SlotCopier::unchanged(
    const std::vector<std::string>& keys) {
  std::map<std::string, std::uint64_t> there;
  const CopyResult failed = destination_.read(keys, [&](std::vector<CopiedKey>& piece) {
    for (const CopiedKey& key : piece) {
      there[key.key] = key.digest();
    }
    return CopyResult();
  });
  if (failed) {
    return tl::unexpected(*failed);
  }
  std::set<std::string> same;
  for (const std::string& key : keys) {
    const auto copy = copied_.find(key);
    const auto now = there.find(key);
    const bool equal = copy == copied_.end() ? now == there.end()
                                             : now != there.end() && now->second == copy->second;
    if (equal) {
      same.insert(key);
    }
  }
  return same;
}

CopyResult SlotCopier::repair(std::vector<CopiedKey>& late) {
  std::vector<std::string> keys;
  keys.reserve(late.size());
  for (const CopiedKey& key : late) {
    keys.push_back(key.key);
  }
  const auto same = unchanged(keys);
  if (!same) {
    return same.error();
  }
  std::erase_if(late, [&](const CopiedKey& key) { return !same->contains(key.key); });
  for (const std::string& key : keys) {
    copied_.emplace(key, 0);  // to be dropped at the source with the others
  }
  return destination_.restore(late, OnExisting::kReplace);
}

CopyResult SlotCopier::remove_unchanged(const std::vector<std::string>& keys) {
  const auto same = unchanged(keys);
  if (!same) {
    return same.error();
  }
  // The destination is the owner, so it takes a plain DEL.
  std::vector<Argv> commands;
  commands.reserve(same->size());
  for (const std::string& key : *same) {
    commands.push_back({"DEL", key});
  }
  for (const Outcome& outcome : destination_.ask(commands)) {
    if (const std::string why = problem_of(outcome); !why.empty()) {
      return CopyProblem{to_string(move_.destination.endpoint) + ": " + why, ""};
    }
  }
  return std::nullopt;
}

}  // namespace autocache::hook
