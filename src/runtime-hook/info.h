#pragma once

// Reads the text of INFO and CLUSTER INFO.

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace autocache::hook {

struct Version {
  int major_number = 0;
  int minor_number = 0;
  int patch = 0;
  auto operator<=>(const Version&) const = default;
};

/// Reads "7.0.15", "9.1.0-rc1".
Version parse_version(std::string_view text);

/// The `name:value` lines of INFO or CLUSTER INFO; section headers are left out.
std::map<std::string, std::string, std::less<>> info_fields(std::string_view text);

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
