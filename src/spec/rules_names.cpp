// Names that Kubernetes derives from the name of the resource, and ports of one Pod.

#include "base/json.h"
#include "base/number.h"
#include "spec/codes.h"
#include "spec/formats.h"
#include "spec/get.h"
#include "spec/rules.h"
#include "spec/say.h"

#include <algorithm>
#include <tuple>

namespace autocache::spec {
namespace {

/// The longest name that a CronJob may have (pkg/apis/batch/validation): its Jobs add a suffix of
/// 11 to it. The longest name that we derive is `<name>-heal`.
constexpr std::size_t kMostName = 52 - 5;

/// A port that a container of the Pod listens on; all containers share one address.
struct Listener {
  std::int64_t port = 0;
  std::string what;
};

void check_container_ports(const RuleContext& context,
                           std::string_view list,
                           std::vector<Listener>& taken) {
  const auto& containers = get(context.spec(), {list});
  for (std::size_t i = 0; i < containers.size(); ++i) {
    // Init containers that end have left before the server starts.
    if (list == "initContainers" && get_text(containers[i], {"restartPolicy"}) != "Always") {
      continue;
    }
    const auto& ports = get(containers[i], {"ports"});
    for (std::size_t k = 0; k < ports.size(); ++k) {
      const auto port = get_integer(ports[k], {"containerPort"});
      if (!port || get_text(ports[k], {"protocol"}) != "TCP") {
        continue;
      }
      const auto owner = std::find_if(taken.begin(), taken.end(),
                                      [&](const Listener& other) { return other.port == *port; });
      const std::string pointer = "/spec/" + std::string(list) + "/" + std::to_string(i) +
                                  "/ports/" + std::to_string(k) + "/containerPort";
      if (owner != taken.end()) {
        context.error(code::kContainerPort, pointer,
                      "port " + std::to_string(*port) + " is " + owner->what +
                          "; containers of a Pod share their ports");
      } else {
        taken.push_back(
            {*port, "a port of container " + in_quotes(get_text(containers[i], {"name"}))});
      }
    }
  }
}

}  // namespace

void check_names(const RuleContext& context) {
  const auto& name = context.name();
  const bool fits = is_dns_label(name) && !(name.front() >= '0' && name.front() <= '9');
  if (!name.empty() && !fits) {
    context.error(code::kName, "/metadata/name", in_quotes(name) + " cannot name Services and Pods",
                  "use lower-case letters, digits and -, with a letter at the start");
  } else if (name.size() > kMostName) {
    context.error(code::kName, "/metadata/name",
                  "has " + std::to_string(name.size()) + " characters; at most " +
                      std::to_string(kMostName) +
                      " are allowed, because Kubernetes limits the CronJob <name>-heal to 52",
                  "");
  }
}

void check_ports(const RuleContext& context) {
  const auto& spec = context.spec();
  const auto port = get_integer(spec, {"port"});
  const auto bus = get_integer(spec, {"clusterPort"});
  const bool bus_given = has(context.written(), {"clusterPort"});
  std::vector<Listener> taken;
  if (port) {
    taken.push_back({*port, "the server's port"});
  }
  if (bus) {
    if (bus == port) {
      context.error(code::kPort, bus_given ? "/spec/clusterPort" : "/spec/port",
                    bus_given ? "is the same as port"
                              : "is the same as clusterPort, which is " + std::to_string(*bus) +
                                    " by default",
                    bus_given ? "" : "set clusterPort too");
    }
    taken.push_back({*bus, "the server's clusterPort"});
  }
  const auto server = server_of(spec);
  if (!has(spec, {"engine"})) {
    // Nothing is known about the server then.
  } else if (server.engine == directives::Engine::kAutocache) {
    constexpr std::int64_t kMetrics = 9121;
    for (const char* field : {"port", "clusterPort"}) {
      if (get_integer(spec, {field}) == kMetrics) {
        context.error(code::kPort, std::string("/spec/") + field,
                      "9121 is the port of the AutoCache server's metrics");
      }
    }
    taken.push_back({kMetrics, "the port of the AutoCache server's metrics"});
  } else if (port && bus && *bus != *port + 10000 &&
             directives::find(server.engine, server.version, "cluster-port") == nullptr) {
    context.error(code::kBusPort, bus_given ? "/spec/clusterPort" : "/spec/port",
                  "this version of the server always takes port + 10000 for the cluster bus",
                  *port + 10000 <= 65535 ? "set clusterPort to " + std::to_string(*port + 10000)
                                         : "choose a port below 55536");
  }
  check_container_ports(context, "sidecars", taken);
  check_container_ports(context, "initContainers", taken);
}

NameClaim name_claim(const Resource& resource) {
  NameClaim claim{resource.name_space, resource.name, locate(*resource.document, "/metadata/name"),
                  0};
  const auto& spec = get(resource.object, {"spec"});
  const auto shards = shards_of(spec);
  const bool per_shard = get_text(spec, {"layout"}) == "PerShard" ||
                         (!has(spec, {"layout"}) && shards && shards->nodes_each > 1);
  if (per_shard && shards) {
    claim.shards = shards->count;
  }
  return claim;
}

void check_name_clashes(std::span<const NameClaim> claims, Diagnostics& out) {
  std::map<std::pair<std::string_view, std::string_view>, const NameClaim*> by_name;
  for (const auto& claim : claims) {
    by_name.emplace(std::pair(std::string_view(claim.name_space), std::string_view(claim.name)),
                    &claim);
  }
  for (const auto& claim : claims) {
    const std::string_view name = claim.name;
    const auto dash = name.rfind('-');
    if (dash == std::string_view::npos) {
      continue;
    }
    const auto other = by_name.find({claim.name_space, name.substr(0, dash)});
    if (other == by_name.end()) {
      continue;
    }
    const auto suffix = name.substr(dash + 1);
    std::string_view object;
    const auto shard = parse_number<std::int64_t>(suffix);
    if (suffix == "headless" || suffix == "metrics") {
      object = "Service";
    } else if (shard && std::to_string(*shard) == suffix) {
      object = *shard < other->second->shards ? "StatefulSet" : "";
    }
    if (!object.empty()) {
      const auto& first = other->second->at;
      out.push_back(error_at(code::kNameClash, claim.at, "/metadata/name",
                             std::string(object) + " " + in_quotes(name) + " belongs to " +
                                 in_quotes(other->second->name) + " already, at " +
                                 (first.source != nullptr ? first.source->name : "") + ":" +
                                 std::to_string(first.line) + ":" + std::to_string(first.column),
                             "choose another name"));
    }
  }
}

}  // namespace autocache::spec
