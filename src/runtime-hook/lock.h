#pragma once

// One hook at a time, as a courtesy: a named connection to every reachable node. Who was first on a
// majority of them holds the lock; a holder that dies loses its connections, so nothing has to be
// cleaned up. Safety never rests on it: two hooks at once only get in each other's way.

#include "runtime-hook/clock.h"
#include "runtime-hook/log.h"
#include "runtime-hook/transport.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace autocache::hook {

enum class LockState {
  kHeld,
  kBusy,     ///< another hook holds it
  kStopped,  ///< asked to stop while waiting
};

class Lock {
 public:
  /// `name` is the cluster's (only hooks of the same cluster exclude each other), `token` this
  /// process's, without blanks.
  Lock(Transport& transport,
       Clock& clock,
       Log& log,
       std::string name,
       std::string token,
       std::vector<Endpoint> nodes);

  /// Waits for the lock up to `timeout`. Held if no node answers at all: then there is nothing to
  /// protect.
  LockState acquire(std::chrono::milliseconds timeout, const std::function<bool()>& stop);
  /// True if this process still holds it; takes it again where a node has restarted meanwhile.
  bool check();
  /// Closes the named connections' claim by giving them another name.
  void release();

 private:
  struct Count {
    int asked = 0;       ///< nodes that gave an answer
    int first = 0;       ///< of those, where this process is the first
    int best_other = 0;  ///< the largest number of nodes on which one other process is the first
    std::string other;   ///< its token
  };

  Count look();
  void set_name(const std::string& name);
  [[nodiscard]] std::string full_name() const { return prefix_ + token_; }

  Transport& transport_;
  Clock& clock_;
  Log& log_;
  std::string prefix_;
  std::string token_;
  std::vector<Endpoint> nodes_;
};

}  // namespace autocache::hook
