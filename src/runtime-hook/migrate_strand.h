#pragma once

// Moves slots out of one primary with SETSLOT and MIGRATE: the source side of a move, and the
// strands (one connection to each side, a few slots at a time) that work through its slots.
//
// The order per slot is what keeps the keys: IMPORTING at the destination, MIGRATING at the source,
// both acknowledged before the first MIGRATE (else clients would miss keys that have left), and
// NODE at the destination only after COUNTKEYSINSLOT said 0 on the source, on the same connection,
// behind the last MIGRATE; then NODE at the source. (A destination that becomes owner while the
// source still has keys makes the source delete them: redis cluster.c
// clusterUpdateSlotsConfigWith.) A hook that was held up between the two asks again: meanwhile
// another one may have finished the move and begun the next.

#include "runtime-hook/migrate_turns.h"
#include "runtime-hook/mover_loop.h"
#include "runtime-hook/pace.h"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace autocache::hook {

/// What only one strand does at a time, of all sources.
enum class Exclusive {
  kNone,
  kMigrate,  ///< from the first MIGRATE of the slots opened together to the last
  kWindow,   ///< all that is done about them: what one strand asks of a destination holds up the
             ///< MIGRATE of another, and so the clients of that source
};

/// How a strand works; made from the pace and from what the servers are.
struct StrandShape {
  int strands = 1;          ///< connections per source, each with slots of its own
  int window = 1;           ///< slots opened together
  int slots_per_step = 1;   ///< slots in one pipeline of MIGRATEs
  int chunks_per_step = 1;  ///< MIGRATEs of one slot in one pipeline
  int keys_per_chunk = 0;   ///< fixed number of keys in one MIGRATE; 0: by measured time
  std::int64_t bytes_per_chunk = 256 * 1024;
  Duration close_after{
      5000};  ///< slots whose keys are gone are closed after this long, or all `window` together
  Exclusive exclusive = Exclusive::kWindow;
  /// How often a source is asked whether it has heard of its slots' new owner; its table costs it
  /// some tenths of a millisecond.
  Duration listen_every{20'000};
};

/// The slots of one source on their way to its destinations, shared by its strands.
struct MigrateSource {
  struct Target {
    MoveNode node;
    std::deque<int> slots;
    int failed_slots = 0;
  };

  MoveNode node;
  std::vector<Target> targets;
  StrandShape shape;
  BatchSize batch;
  RateLimit& rate;
  /// Of all sources.
  MigrateTurns& turns;
};

/// One pair of connections working for a source. Has to live until the loop has ended.
class MigrateStrand {
 public:
  /// `target` is the destination it begins with, so that several sources do not all begin with the
  /// same one.
  MigrateStrand(MoveContext& context, MigrateSource& source, int lane, std::size_t target);
  /// Begins; everything else happens from the loop.
  void start() { take_slots(); }

 private:
  /// One slot on its way.
  struct Work {
    int slot = 0;
    std::vector<std::string> keys;
    /// Payload of each key; measured or the mean of what was measured.
    std::vector<std::int64_t> sizes;
    /// The first key that has not been sent.
    std::size_t next = 0;
    bool migrating = false;
    bool empty = false;
    bool failed = false;
    int io_errors = 0;
    int steps_without_progress = 0;
    /// As the source said last; -1: it has not been asked.
    std::int64_t keys_left = -1;
    /// When the source was last asked whether the slot is empty.
    TimePoint counted;
    int asked_again = 0;
    bool pending() const { return !empty && !failed; }
  };
  /// A run of keys of one slot that go in one MIGRATE.
  struct Chunk {
    Work* work = nullptr;
    std::size_t first = 0;
    std::size_t last = 0;
    std::int64_t bytes = 0;
  };
  /// A slot that is at its destination; the source is told once it has heard so from there.
  struct Unheard {
    int slot = 0;
    std::size_t target = 0;
    TimePoint until;
  };
  using Works = std::vector<Work*>;
  /// No exchange has been timed yet.
  static constexpr Duration kUnknown{60'000'000};
  using Outcomes = std::vector<Outcome>;

  void take_slots();
  void open();
  void on_open(Outcomes& outcomes);
  void measure(const Works& works);
  void on_lengths(const Works& works,
                  std::vector<std::pair<Work*, std::size_t>> asked,
                  Outcomes& outcomes);
  void finish_measuring(const Works& works);
  void step();
  void fetch(const Works& works);
  void prepare_step(const Works& works);
  void reserve(const Works& works);
  void open_source(const Works& works);
  void on_source_open(const Works& works);
  void send_step(const Works& works);
  void on_step(const Works& works, std::vector<Chunk>& chunks, Outcomes& outcomes, TimePoint began);
  void on_migrate(Chunk& chunk, const Outcome& outcome);
  void on_count(Work& work, const Outcome& outcome, TimePoint asked);
  /// The slots that it has taken, now that it is their turn.
  void begin();
  void end_migrate_turn();
  void close_ready();
  [[nodiscard]] bool is_stale(const Work& work) const;
  void ask_again(const Works& works);
  void on_destination_closed(const Works& ready, Outcomes& outcomes);
  void on_source_closed(const Works& ready, Outcomes& outcomes);
  /// Looks for `unheard_` in the source's table until all are there; the strand goes on meanwhile.
  void listen();
  void on_listen(const Outcome& answer);

  std::vector<Chunk> chunks_of(Work& work) const;
  MigrateSource::Target& target() const { return source_.targets[target_]; }
  /// An exchange of SETSLOTs or questions; notes how long it took.
  void timed_exchange(std::vector<Request> requests, MoveLoop::Then then);
  Request to_source(Argv argv) const;
  Request to_destination(Argv argv) const;
  static Argv set_slot(int slot, std::string_view state, const std::string& id);
  Request migrate_request(const Chunk& chunk) const;
  /// Whether nothing new may be begun at the source.
  [[nodiscard]] bool is_over();
  void fail(Work& work, const std::string& message);
  /// Because of what `asked` answered, or that it did not.
  void fail(Work& work, const MoveNode& asked, const Outcome& outcome);
  void fail(const Unheard& slot, const std::string& message);

  MoveContext& context_;
  MigrateSource& source_;
  int lane_;
  std::size_t target_;
  std::vector<std::unique_ptr<Work>> round_;
  Works ready_;
  /// The shortest timed exchange since the slots of this round were taken.
  Duration quickest_ = kUnknown;
  TimePoint close_at_ = TimePoint::max();
  std::vector<Unheard> unheard_;
  bool listening_ = false;
  /// It is the first in the line, and stays there until its slots are done.
  bool has_turn_ = false;
};

}  // namespace autocache::hook
