#include "runtime-hook/mover.h"

#include "runtime-hook/mover_loop.h"

#include <algorithm>
#include <set>

namespace autocache::hook {

MoveReport move_slots(Transport& transport,
                      Clock& clock,
                      Log& log,
                      const std::vector<Move>& moves,
                      const MoveOptions& options) {
  MoveLoop loop(transport, clock);
  MoveContext context{loop, log, options, {}, {}};
  for (const Move& move : moves) {
    context.report.done.slots_total += move.slots.size();
  }
  if (options.method == MoveMethod::kAutoCache) {
    move_by_copy(context, moves);
  } else if (options.method == MoveMethod::kMigrate) {
    move_by_migrate(context, moves);
  } else {
    const std::vector<Move> rest = move_by_migrateslots(context, moves);
    if (!rest.empty() && !context.stopping()) {
      move_by_migrate(context, rest);
    }
  }
  return std::move(context.report);
}

}  // namespace autocache::hook
