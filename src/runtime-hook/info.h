#pragma once

// Reads the text of INFO and CLUSTER INFO.

#include <charconv>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::hook {

struct Version {
  int major_number = 0;
  int minor_number = 0;
  int patch = 0;
  auto operator<=>(const Version&) const = default;
};

/// Reads "7.0.15", "9.1.0-rc1".
Version parse_version(std::string_view text);

/// The value of the line "name:value" in the text of INFO or CLUSTER INFO, empty if there is none.
std::string_view info_field(std::string_view text, std::string_view name);

/// The number that `text` begins with; `otherwise` if it begins with none.
template <class Number>
Number leading_number(std::string_view text, Number otherwise = 0) {
  Number value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// One replica in a primary's INFO replication
/// ("slave0:ip=10.0.0.1,port=6379,state=online,offset=5,lag=0").
struct AttachedReplica {
  std::string host;
  std::uint16_t port = 0;
  bool online = false;
  std::int64_t offset = 0;
};

/// Those of an INFO text; lines that cannot be read are left out.
std::vector<AttachedReplica> attached_replicas(std::string_view info);

}  // namespace autocache::hook
