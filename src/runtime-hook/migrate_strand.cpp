#include "runtime-hook/migrate_strand.h"

#include "runtime-hook/migrate_command.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace autocache::hook {
namespace {

using std::chrono::milliseconds;

constexpr int kKeysPerFetch = 1000;
constexpr int kMaxIoErrors = 3;
constexpr int kMaxStepsWithoutProgress = 20;
/// A destination that fails for that many slots gets no more in this run.
constexpr int kMaxFailedSlots = 3;
/// Commands may queue behind a MIGRATE that blocks the source.
constexpr milliseconds kCommandTimeout{60'000};

std::vector<std::string> texts_of(Reply&& reply) {
  std::vector<std::string> texts;
  texts.reserve(reply.elements.size());
  for (Reply& element : reply.elements) {
    texts.push_back(std::move(element.text));
  }
  return texts;
}

}  // namespace

MigrateStrand::MigrateStrand(MoveContext& context,
                             MigrateSource& source,
                             int lane,
                             std::size_t target)
    : context_(context), source_(source), lane_(lane), target_(target) {}

Request MigrateStrand::to_source(Argv argv) const {
  return Request{source_.node.endpoint, std::move(argv), lane_, kCommandTimeout};
}

Request MigrateStrand::to_destination(Argv argv) const {
  return Request{target().node.endpoint, std::move(argv), lane_, kCommandTimeout};
}

void MigrateStrand::timed_exchange(std::vector<Request> requests, MoveLoop::Then then) {
  const TimePoint began = context_.loop.now();
  context_.loop.exchange(std::move(requests),
                         [this, began, then = std::move(then)](Outcomes& outcomes) {
                           quickest_ = std::min(quickest_, context_.loop.now() - began);
                           then(outcomes);
                         });
}

Argv MigrateStrand::set_slot(int slot, std::string_view state, const std::string& id) {
  return {"CLUSTER", "SETSLOT", std::to_string(slot), std::string(state), id};
}

Request MigrateStrand::migrate_request(const Chunk& chunk) const {
  const std::span keys(chunk.work->keys);
  return to_source(
      migrate_command(target().node, keys.subspan(chunk.first, chunk.last - chunk.first),
                      context_.options, OnConflict::kReplace, chunk.work->io_errors > 1 ? 2 : 1));
}

void MigrateStrand::fail(Work& work, const std::string& message) {
  if (work.failed) {
    return;
  }
  work.failed = true;
  const bool permanent = is_permanent_error(message);
  target().failed_slots += permanent ? kMaxFailedSlots : 1;
  context_.failed(source_.node, target().node, work.slot, message, permanent);
}

void MigrateStrand::fail(Work& work, const MoveNode& asked, const Outcome& outcome) {
  context_.heard(asked, outcome);
  fail(work, problem_of(outcome));
}

bool MigrateStrand::is_over() {
  return !context_.answers(source_.node) || context_.stopping();
}

void MigrateStrand::take_slots() {
  if (std::exchange(has_turn_, false)) {
    source_.turns.leave();
  }
  round_.clear();
  ready_.clear();
  quickest_ = kUnknown;
  close_at_ = TimePoint::max();
  if (is_over()) {
    return;
  }
  for (std::size_t i = 0; i < source_.targets.size(); ++i) {
    auto& slots = target().slots;
    if (target().failed_slots < kMaxFailedSlots && !slots.empty() &&
        context_.answers(target().node)) {
      while (!slots.empty() && round_.size() < static_cast<std::size_t>(source_.shape.window)) {
        round_.push_back(std::make_unique<Work>());
        round_.back()->slot = slots.front();
        slots.pop_front();
      }
      if (source_.shape.exclusive == Exclusive::kWindow) {
        source_.turns.enter(this, [this] { source_.turns.opened(this, [this] { begin(); }); });
      } else {
        open();
      }
      return;
    }
    target_ = (target_ + 1) % source_.targets.size();
  }
}

void MigrateStrand::begin() {
  has_turn_ = true;
  if (is_over() || !context_.answers(target().node)) {
    take_slots();
  } else {
    open();
  }
}

void MigrateStrand::open() {
  std::vector<Request> requests;
  for (const auto& work : round_) {
    requests.push_back(to_destination(set_slot(work->slot, "IMPORTING", source_.node.id)));
    requests.push_back(to_source(
        {"CLUSTER", "GETKEYSINSLOT", std::to_string(work->slot), std::to_string(kKeysPerFetch)}));
  }
  timed_exchange(std::move(requests), [this](Outcomes& outcomes) { on_open(outcomes); });
}

void MigrateStrand::on_open(Outcomes& outcomes) {
  Works works;
  for (std::size_t i = 0; i < round_.size(); ++i) {
    Work& work = *round_[i];
    const Outcome& importing = outcomes[2 * i];
    Outcome& keys = outcomes[2 * i + 1];
    if (!problem_of(importing).empty()) {
      fail(work, target().node, importing);
    } else if (!problem_of(keys).empty()) {
      fail(work, source_.node, keys);
    } else {
      work.keys = texts_of(std::move(*keys));
      works.push_back(&work);
    }
  }
  measure(works);
}

void MigrateStrand::step() {
  Works works;
  Works to_fetch;
  for (const auto& work : round_) {
    if (work->pending() && works.size() < static_cast<std::size_t>(source_.shape.slots_per_step)) {
      works.push_back(work.get());
      if (work->keys_left > 0 && work->next == work->keys.size()) {
        to_fetch.push_back(work.get());
      }
    }
  }
  if (!ready_.empty() && (works.empty() || context_.loop.now() >= close_at_)) {
    close_ready();
  } else if (works.empty()) {
    take_slots();
  } else if (!to_fetch.empty()) {
    fetch(to_fetch);
  } else {
    prepare_step(works);
  }
}

void MigrateStrand::fetch(const Works& works) {
  std::vector<Request> requests;
  for (const Work* work : works) {
    requests.push_back(to_source(
        {"CLUSTER", "GETKEYSINSLOT", std::to_string(work->slot), std::to_string(kKeysPerFetch)}));
  }
  context_.loop.exchange(std::move(requests), [this, works](Outcomes& outcomes) {
    Works found;
    for (std::size_t i = 0; i < works.size(); ++i) {
      if (problem_of(outcomes[i]).empty()) {
        works[i]->keys = texts_of(std::move(*outcomes[i]));
        works[i]->next = 0;
        found.push_back(works[i]);
      } else {
        fail(*works[i], source_.node, outcomes[i]);
      }
    }
    measure(found);
  });
}

void MigrateStrand::prepare_step(const Works& works) {
  if (source_.shape.exclusive == Exclusive::kMigrate && !has_turn_) {
    source_.turns.enter(this, [this, works] { reserve(works); });
  } else {
    reserve(works);
  }
}

void MigrateStrand::reserve(const Works& works) {
  std::int64_t bytes = 0;
  for (Work* work : works) {
    for (const Chunk& chunk : chunks_of(*work)) {
      bytes += chunk.bytes;
    }
  }
  const TimePoint now = context_.loop.now();
  const TimePoint when = source_.rate.reserve(bytes, now);
  if (when <= now) {
    open_source(works);
  } else {
    context_.loop.at(when, [this, works] { open_source(works); });
  }
}

void MigrateStrand::on_source_open(const Works& works) {
  if (source_.shape.exclusive == Exclusive::kMigrate && !has_turn_) {
    source_.turns.opened(this, [this, works] {
      has_turn_ = true;
      send_step(works);
    });
  } else {
    send_step(works);
  }
}

void MigrateStrand::end_migrate_turn() {
  const bool goes_on = std::any_of(round_.begin(), round_.end(), [](const auto& work) {
    return work->migrating && work->pending();
  });
  if (source_.shape.exclusive == Exclusive::kMigrate && has_turn_ && !goes_on) {
    has_turn_ = false;
    context_.loop.at(context_.loop.now(), [&turns = source_.turns] { turns.leave(); });
  }
}

std::vector<MigrateStrand::Chunk> MigrateStrand::chunks_of(Work& work) const {
  const StrandShape& shape = source_.shape;
  const auto most_keys = static_cast<std::size_t>(shape.keys_per_chunk != 0 ? shape.keys_per_chunk
                                                                            : source_.batch.keys());
  const std::int64_t most_bytes =
      std::min(shape.bytes_per_chunk, source_.rate.largest_piece().value_or(shape.bytes_per_chunk));
  std::vector<Chunk> chunks;
  std::size_t next = work.next;
  while (next < work.keys.size() &&
         chunks.size() < static_cast<std::size_t>(shape.chunks_per_step)) {
    Chunk chunk{&work, next, next, 0};
    do {
      chunk.bytes += work.sizes[chunk.last++];
    } while (chunk.last < work.keys.size() && chunk.last - chunk.first < most_keys &&
             chunk.bytes + work.sizes[chunk.last] <= most_bytes);
    next = chunk.last;
    chunks.push_back(chunk);
  }
  return chunks;
}

void MigrateStrand::open_source(const Works& works) {
  if (std::all_of(works.begin(), works.end(), [](const Work* work) { return work->migrating; })) {
    on_source_open(works);
    return;
  }
  // All together: the server saves its table each time. Under a rate limit they would wait open.
  const std::size_t most = source_.rate.active() ? 1 : round_.size();
  Works closed;
  std::vector<Request> requests;
  for (const auto& work : round_) {
    if (work->pending() && !work->migrating && closed.size() < most) {
      closed.push_back(work.get());
      requests.push_back(to_source(set_slot(work->slot, "MIGRATING", target().node.id)));
    }
  }
  close_at_ = std::min(close_at_, context_.loop.now() + source_.shape.close_after);
  timed_exchange(std::move(requests), [this, works, closed](Outcomes& outcomes) {
    for (std::size_t i = 0; i < closed.size(); ++i) {
      closed[i]->migrating = problem_of(outcomes[i]).empty();
      if (!closed[i]->migrating) {
        fail(*closed[i], source_.node, outcomes[i]);
      }
    }
    Works opened;
    std::copy_if(works.begin(), works.end(), std::back_inserter(opened),
                 [](const Work* work) { return work->pending(); });
    on_source_open(opened);
  });
}

void MigrateStrand::send_step(const Works& works) {
  std::vector<Request> requests;
  std::vector<Chunk> chunks;
  for (Work* work : works) {
    for (Chunk& chunk : chunks_of(*work)) {
      requests.push_back(migrate_request(chunk));
      chunks.push_back(chunk);
    }
    requests.push_back(to_source({"CLUSTER", "COUNTKEYSINSLOT", std::to_string(work->slot)}));
  }
  const TimePoint began = context_.loop.now();
  context_.loop.exchange(std::move(requests), [this, works, chunks = std::move(chunks),
                                               began](Outcomes& outcomes) mutable {
    on_step(works, chunks, outcomes, began);
  });
}

void MigrateStrand::on_step(const Works& works,
                            std::vector<Chunk>& chunks,
                            Outcomes& outcomes,
                            TimePoint began) {
  std::size_t index = 0;
  std::size_t chunk = 0;
  for (Work* work : works) {
    const std::size_t first_chunk = chunk;
    const int io_errors = work->io_errors;
    while (chunk < chunks.size() && chunks[chunk].work == work) {
      on_migrate(chunks[chunk++], outcomes[index++]);
    }
    if (work->io_errors != io_errors) {
      // The keys of the first chunk that failed and all behind it go again: REPLACE makes that
      // harmless.
      work->next = chunks[first_chunk].first;
    }
    on_count(*work, outcomes[index++], began);
  }
  const Duration took = context_.loop.now() - began;
  if (chunks.size() == 1 && chunks[0].work->io_errors == 0) {
    source_.batch.observe(static_cast<int>(chunks[0].last - chunks[0].first), took);
  }
  end_migrate_turn();
  step();
}

void MigrateStrand::on_migrate(Chunk& chunk, const Outcome& outcome) {
  Work& work = *chunk.work;
  if (!outcome) {
    fail(work, source_.node, outcome);
  } else if (outcome->is_error("IOERR") && ++work.io_errors < kMaxIoErrors) {
    context_.log.warn("migrate_retry", "MIGRATE did not reach the destination, trying again",
                      {{"slot", work.slot}, {"error", outcome->text}});
  } else if (outcome->is_error()) {
    fail(work, outcome->text);
  } else {
    work.next = std::max(work.next, chunk.last);
    context_.moved(0, static_cast<std::int64_t>(chunk.last - chunk.first), chunk.bytes);
  }
}

void MigrateStrand::on_count(Work& work, const Outcome& outcome, TimePoint asked) {
  if (work.failed) {
    return;
  }
  work.counted = asked;
  if (!outcome) {
    fail(work, source_.node, outcome);
    return;
  }
  if (outcome->kind != ReplyKind::kInteger) {
    fail(work, "unexpected answer to COUNTKEYSINSLOT");
    return;
  }
  work.empty = outcome->integer == 0;
  if (work.empty) {
    ready_.push_back(&work);
    return;
  }
  work.steps_without_progress =
      outcome->integer == work.keys_left ? work.steps_without_progress + 1 : 0;
  work.keys_left = outcome->integer;
  if (work.steps_without_progress > kMaxStepsWithoutProgress) {
    fail(work, "the keys of the slot do not leave the source");
  }
}

}  // namespace autocache::hook
