#include "runtime-hook/mark_clearing.h"
#include "runtime-hook/migrate_strand.h"
#include "runtime-hook/mover_loop.h"

#include <algorithm>
#include <map>

namespace autocache::hook {
namespace {

/// Lanes of the mover lie above those of everybody else.
constexpr int kFirstLane = 10;
constexpr int kFastStrands = 2;
/// On Valkey each SETSLOT holds its connection until the replicas have it: more connections, more
/// at a time.
constexpr int kStrandsWithReplicas = 8;
/// Each slot that a destination takes over makes all nodes read its whole claim and save their
/// tables; what is closed together holds their clients up together.
constexpr int kWindow = 4;
constexpr int kWindowWithReplicas = 8;
/// A client's request that comes at the wrong time waits for a whole MIGRATE, at times for two.
constexpr Duration kQuick{250};
constexpr Duration kSlow{450};
constexpr Duration kStateWait{10'000'000};
constexpr Duration kStatePoll{20'000};
constexpr std::chrono::milliseconds kStateTimeout{5000};

StrandShape shape_for(const MoveOptions& options, bool replicas) {
  StrandShape shape;
  shape.window = kWindow;
  if (replicas) {
    shape.strands = kStrandsWithReplicas;
    shape.window = kWindowWithReplicas;
    shape.exclusive = Exclusive::kMigrate;
  }
  if (options.pace == Pace::kFast) {
    shape.strands = std::max(shape.strands, kFastStrands);
    shape.window = replicas ? 16 : 64;
    shape.slots_per_step = shape.window;
    shape.chunks_per_step = 1000;
    shape.keys_per_chunk = 1000;
    shape.bytes_per_chunk = std::int64_t{4} * 1024 * 1024;
    shape.close_after = Duration::max() / 4;
    shape.exclusive = Exclusive::kNone;
    shape.listen_every = Duration(4000);
  }
  if (options.bytes_per_second > 0) {
    shape.slots_per_step = 1;
    shape.chunks_per_step = 1;
    shape.exclusive = Exclusive::kMigrate;
  }
  return shape;
}

/// Waits until every destination says cluster_state:ok, at most kStateWait: a node that has just
/// joined answers CLUSTERDOWN for up to five seconds (redis cluster.c, rejoin delay), to MIGRATE
/// too.
class StateWait {
 public:
  StateWait(MoveContext& context, const std::vector<Move>& moves) : context_(context) {
    for (const Move& move : moves) {
      destinations_.emplace(move.destination.id, move.destination.endpoint);
    }
  }

  void run() {
    give_up_at_ = context_.loop.now() + kStateWait;
    ask();
    context_.loop.run();
  }

 private:
  void ask() {
    std::vector<Request> requests;
    for (const auto& [id, endpoint] : destinations_) {
      requests.push_back({endpoint, {"CLUSTER", "INFO"}, kFirstLane, kStateTimeout});
    }
    context_.loop.exchange(std::move(requests), [this](std::vector<Outcome>& outcomes) {
      const bool down = std::any_of(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
        return outcome && outcome->text.find("cluster_state:fail") != std::string::npos;
      });
      const TimePoint now = context_.loop.now();
      if (down && now < give_up_at_ && !context_.stopping()) {
        context_.loop.at(now + kStatePoll, [this] { ask(); });
      }
    });
  }

  MoveContext& context_;
  std::map<std::string, Endpoint> destinations_;
  TimePoint give_up_at_;
};

}  // namespace

void move_by_migrate(MoveContext& context, const std::vector<Move>& planned) {
  const std::vector<Move> moves = clear_marks(context, planned);
  StateWait(context, moves).run();
  RateLimit rate(context.options.bytes_per_second);
  MigrateTurns turns;
  std::map<std::string, std::unique_ptr<MigrateSource>> sources;
  for (const Move& move : moves) {
    auto& source = sources[move.source.id];
    if (!source) {
      source = std::make_unique<MigrateSource>(
          MigrateSource{move.source, {}, {}, BatchSize(kQuick, kSlow), rate, turns});
    }
    const auto slots = move.slots.slots();
    source->targets.push_back({move.destination, {slots.begin(), slots.end()}, 0});
  }
  std::vector<std::unique_ptr<MigrateStrand>> strands;
  std::size_t rotation = 0;
  for (auto& [id, source] : sources) {
    const bool replicas =
        source->node.replicas > 0 ||
        std::any_of(source->targets.begin(), source->targets.end(),
                    [](const MigrateSource::Target& target) { return target.node.replicas > 0; });
    source->shape = shape_for(context.options, replicas);
    for (int i = 0; i < source->shape.strands; ++i) {
      // Lanes are numbered through, so that two sources never share a connection to a destination.
      strands.push_back(std::make_unique<MigrateStrand>(
          context, *source, kFirstLane + static_cast<int>(strands.size()),
          rotation++ % source->targets.size()));
      strands.back()->start();
    }
  }
  context.loop.run();
}

}  // namespace autocache::hook
