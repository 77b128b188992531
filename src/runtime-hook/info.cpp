#include "runtime-hook/info.h"

#include "base/text.h"

#include <charconv>

namespace autocache::hook {
namespace {

template <class T>
bool to_number(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Version parse_version(std::string_view text) {
  Version version;
  for (int* part : {&version.major_number, &version.minor_number, &version.patch}) {
    // What is no number at the start of a part counts as 0 ("1-rc1" is 1).
    std::from_chars(text.data(), text.data() + text.size(), *part);
    const std::size_t dot = text.find('.');
    text = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  }
  return version;
}

std::map<std::string, std::string, std::less<>> info_fields(std::string_view text) {
  std::map<std::string, std::string, std::less<>> values;
  for (const std::string_view line : split(text, '\n')) {
    const auto colon = line.find(':');
    if (!line.starts_with('#') && colon != std::string_view::npos) {
      values.emplace(line.substr(0, colon), trim(line.substr(colon + 1)));
    }
  }
  return values;
}

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

}  // namespace autocache::hook
