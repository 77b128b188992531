#include "runtime-hook/snapshot.h"

#include "runtime-hook/desired.h"

#include <algorithm>

namespace autocache::hook {

std::string to_string(Product product, const Version& version) {
  const char* name = "unknown server";
  switch (product) {
    case Product::kRedis:
      name = "redis";
      break;
    case Product::kValkey:
      name = "valkey";
      break;
    case Product::kAutocache:
      name = "autocache";
      break;
    case Product::kUnknown:
      return name;
  }
  return std::string(name) + " " + std::to_string(version.major_number) + "." +
         std::to_string(version.minor_number) + "." + std::to_string(version.patch);
}

bool knows_an_owner(const Member& member) {
  return member.place >= 0 && std::any_of(member.owners->begin(), member.owners->end(),
                                          [](int owner) { return owner != kNoOwner; });
}

bool keeps_marks(const Member& member) {
  return member.product == Product::kRedis && member.version >= Version{7, 0, 13} &&
         member.version < Version{7, 2, 4};
}

bool tells_dropped_claims(const Member& member) {
  return member.product == Product::kRedis && member.version < Version{7, 0, 13};
}

std::string describe(const Snapshot& snapshot, int member) {
  if (member < 0 || member >= static_cast<int>(snapshot.members.size())) {
    return "an unknown node";
  }
  const Member& node = snapshot.at(member);
  std::string name;
  if (node.place >= 0) {
    const Endpoint& at = snapshot.endpoint_of(member);
    name = is_address(at.host) ? to_string(at) : std::string(first_label(at.host));
  } else if (!node.hostname.empty()) {
    name = first_label(node.hostname);
  } else if (node.address >= 0) {
    name = to_string(snapshot.addresses[static_cast<std::size_t>(node.address)]);
  }
  const std::string id = node.id.substr(0, 8);
  return name.empty() ? id : name + " (" + id + ")";
}

}  // namespace autocache::hook
