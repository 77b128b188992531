#include "runtime-hook/info.h"

#include "base/number.h"
#include "base/text.h"

#include <optional>

namespace autocache::hook {
namespace {

template <class T>
bool to_number(std::string_view text, T& value) {
  const auto number = parse_number<T>(text);
  value = number.value_or(T{});
  return number.has_value();
}

/// The value of a `slaveN` line.
std::optional<AttachedReplica> parse_attached_replica(std::string_view value) {
  AttachedReplica replica;
  for (const std::string_view part : split(value, ',')) {
    const auto equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const std::string_view given =
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    if (name == "ip") {
      replica.host = given;
    } else if (name == "state") {
      replica.online = given == "online";
    } else if ((name == "port" && !to_number(given, replica.port)) ||
               (name == "offset" && !to_number(given, replica.offset))) {
      return std::nullopt;
    }
  }
  if (replica.host.empty() || replica.port == 0) {
    return std::nullopt;
  }
  return replica;
}

}  // namespace

Version parse_version(std::string_view text) {
  Version version;
  for (int* part : {&version.major_number, &version.minor_number, &version.patch}) {
    // What is no number at the start of a part counts as 0 ("1-rc1" is 1).
    *part = leading_number<int>(text);
    const std::size_t dot = text.find('.');
    text = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  }
  return version;
}

std::string_view info_field(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const bool starts_line = at == 0 || text[at - 1] == '\n';
    const std::size_t colon = at + name.size();
    if (starts_line && colon < text.size() && text[colon] == ':') {
      const std::string_view value = text.substr(colon + 1);
      return value.substr(0, value.find_first_of("\r\n"));
    }
  }
  return {};
}

std::vector<AttachedReplica> attached_replicas(std::string_view info) {
  std::vector<AttachedReplica> attached;
  for (int i = 0;; ++i) {
    const std::string_view value = info_field(info, "slave" + std::to_string(i));
    if (value.empty()) {
      return attached;
    }
    if (auto replica = parse_attached_replica(value)) {
      attached.push_back(*std::move(replica));
    }
  }
}

}  // namespace autocache::hook
