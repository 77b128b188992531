#pragma once

// Lets the strands of a move MIGRATE one after the other, whatever their source: two at a time
// would hold each other up at the destination, and the clients of both sources meanwhile. Who is
// next opens its slots while the first is at work.

#include <cstddef>
#include <deque>
#include <functional>

namespace autocache::hook {

class MigrateTurns {
 public:
  using Action = std::function<void()>;

  /// Puts `who` into the line. `open` runs once it is the first or the second.
  void enter(const void* who, Action open);
  /// `who`, which is in the line, has opened its slots: `move` runs once it is the first.
  void opened(const void* who, Action move);
  /// The first one has moved, and leaves the line.
  void leave();

 private:
  struct Turn {
    const void* who = nullptr;
    Action open;
    Action move;
  };
  /// Who may open at a time.
  static constexpr std::size_t kOpen = 2;

  std::deque<Turn> line_;
};

}  // namespace autocache::hook
