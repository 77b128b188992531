#include "runtime-hook/mover_loop.h"

namespace autocache::hook {

void move_by_copy(MoveContext& context, const std::vector<Move>& moves) {
  for (const Move& move : moves) {
    for (const int slot : move.slots.slots()) {
      context.failed(move.source, move.destination, slot,
                     "moving slots between AutoCache servers is not implemented", true);
    }
  }
}

}  // namespace autocache::hook
