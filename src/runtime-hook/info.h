#pragma once

// Reads the text of INFO and CLUSTER INFO.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace autocache::hook {

/// The `name:value` lines of INFO or CLUSTER INFO; section headers are left out.
std::map<std::string, std::string, std::less<>> parse_info(std::string_view text);

/// One replica in a primary's INFO replication
/// ("slave0:ip=10.0.0.1,port=6379,state=online,offset=5,lag=0").
struct AttachedReplica {
  std::string host;
  std::uint16_t port = 0;
  bool online = false;
  std::int64_t offset = 0;
};

/// The value of a `slaveN` line; nothing if it is not one.
std::optional<AttachedReplica> parse_attached_replica(std::string_view value);

}  // namespace autocache::hook
