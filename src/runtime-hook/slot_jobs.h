#pragma once

// Reads the reply of CLUSTER GETSLOTMIGRATIONS (Valkey 9).

#include "runtime-hook/slots.h"
#include "runtime-hook/transport.h"

#include <string>
#include <vector>

namespace autocache::hook {

/// One slot migration that a server runs or remembers.
struct SlotJob {
  std::string name;
  std::string operation;
  std::string target;  ///< the ID of the node that gets the slots
  std::string state;
  std::string message;
  SlotSet slots;  ///< empty if they cannot be read

  [[nodiscard]] bool active() const {
    return state != "success" && state != "failed" && state != "cancelled";
  }
  /// The server that was asked is the source.
  [[nodiscard]] bool is_export() const { return operation == "EXPORT"; }
};

/// All entries of the reply, in its order.
std::vector<SlotJob> read_slot_jobs(const Reply& reply);

}  // namespace autocache::hook
