// What users add to our Pods: labels, variables, volumes, containers. They must fit together and
// leave our own names alone.

#include "base/duration.h"
#include "base/json.h"
#include "spec/codes.h"
#include "spec/get.h"
#include "spec/rules.h"
#include "spec/say.h"

#include <algorithm>
#include <array>

namespace autocache::spec {
namespace {

constexpr std::array<std::string_view, 4> kLabels{
    "app.kubernetes.io/component", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by",
    "app.kubernetes.io/name"};
constexpr std::string_view kPrefix = "cache.autocache.io/";
constexpr std::array<std::string_view, 2> kContainers{"cache", "prepare"};
constexpr std::array<std::string_view, 5> kVolumes{"config", "data", "password", "run", "warm"};
constexpr std::array<std::string_view, 3> kVariables{"POD_IP", "POD_NAME", "POD_NAMESPACE"};
constexpr std::array<std::string_view, 6> kColdTierVariables{"AUTOCACHE_COLD_BUCKET",
                                                             "AUTOCACHE_COLD_CAPACITY",
                                                             "AWS_ACCESS_KEY_ID",
                                                             "AWS_ENDPOINT_URL_S3",
                                                             "AWS_REGION",
                                                             "AWS_SECRET_ACCESS_KEY"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string at(std::string_view list, std::size_t i, std::string_view field) {
  return "/spec/" + std::string(list) + "/" + std::to_string(i) + "/" + std::string(field);
}

void check_labels(const RuleContext& context) {
  const auto& labels = get(context.spec(), {"podLabels"});
  for (const auto& label : labels.items()) {
    if (contains(kLabels, label.key()) || label.key().starts_with(kPrefix)) {
      context.error(code::kReserved, pointer_join("/spec/podLabels", label.key()),
                    "is a label that autocache sets");
    }
  }
  const auto& annotations = get(context.spec(), {"podAnnotations"});
  for (const auto& annotation : annotations.items()) {
    if (annotation.key().starts_with(kPrefix)) {
      context.error(code::kReserved, pointer_join("/spec/podAnnotations", annotation.key()),
                    "annotations of cache.autocache.io are set by autocache");
    }
  }
}

void check_variables(const RuleContext& context) {
  const auto& env = get(context.spec(), {"env"});
  const bool cold = get_flag(context.spec(), {"tieredStorage", "enabled"}) &&
                    has(context.spec(), {"tieredStorage", "coldTier", "s3"});
  for (std::size_t i = 0; i < env.size(); ++i) {
    const auto name = get_text(env[i], {"name"});
    if (contains(kVariables, name) || (cold && contains(kColdTierVariables, name))) {
      context.error(code::kReserved, at("env", i, "name"),
                    in_quotes(name) + " is set by autocache");
    }
  }
}

struct Mounts {
  std::vector<std::string_view> volumes;  ///< that can be mounted
  std::set<std::string, std::less<>> used;
};

void check_mount(const RuleContext& context,
                 Mounts& mounts,
                 std::string_view name,
                 const std::string& pointer) {
  if (name.empty() || context.is_broken("/spec/extraVolumes")) {
    return;
  }
  if (std::find(mounts.volumes.begin(), mounts.volumes.end(), name) == mounts.volumes.end()) {
    context.error(code::kUnknownVolume, pointer, "there is no volume " + in_quotes(name),
                  mounts.volumes.empty() ? "add it to extraVolumes"
                                         : "volumes are " + list_of(mounts.volumes));
  }
  mounts.used.emplace(name);
}

void check_own_mounts(const RuleContext& context, Mounts& mounts) {
  const auto& spec = context.spec();
  const auto& list = get(spec, {"extraVolumeMounts"});
  std::vector<std::string_view> taken{"/etc/autocache", "/run/autocache", "/run/secrets/autocache"};
  if (get_flag(spec, {"storage", "enabled"})) {
    taken.emplace_back("/data");
  }
  if (get_flag(spec, {"tieredStorage", "enabled"}) && has(spec, {"tieredStorage", "warmTier"})) {
    taken.emplace_back("/warm");
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto name = get_text(list[i], {"name"});
    auto path = get_text(list[i], {"mountPath"});
    while (path.size() > 1 && path.ends_with('/')) {
      path.remove_suffix(1);
    }
    if (contains(kVolumes, name)) {
      context.error(code::kReserved, at("extraVolumeMounts", i, "name"),
                    in_quotes(name) + " is a volume of autocache, which mounts it itself");
    } else {
      check_mount(context, mounts, name, at("extraVolumeMounts", i, "name"));
    }
    if (std::find(taken.begin(), taken.end(), path) != taken.end()) {
      context.error(code::kReserved, at("extraVolumeMounts", i, "mountPath"),
                    in_quotes(path) + " is where autocache mounts a volume of its own");
    }
  }
}

void check_containers(const RuleContext& context, Mounts& mounts) {
  std::map<std::string_view, std::string> names;
  for (const std::string_view list : {"sidecars", "initContainers"}) {
    const auto& containers = get(context.spec(), {list});
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const auto name = get_text(containers[i], {"name"});
      const auto pointer = at(list, i, "name");
      if (contains(kContainers, name)) {
        context.error(code::kReserved, pointer, in_quotes(name) + " is a container of autocache");
      } else if (const auto [first, is_new] = names.emplace(name, list);
                 !is_new && first->second != list && !name.empty()) {
        context.error(code::kContainerName, pointer,
                      in_quotes(name) + " is a name in " + first->second +
                          " too; containers of a Pod need different names");
      }
      for (const std::string_view kind : {"volumeMounts", "volumeDevices"}) {
        const auto& used = get(containers[i], {kind});
        for (std::size_t k = 0; k < used.size(); ++k) {
          check_mount(context, mounts, get_text(used[k], {"name"}),
                      at(list, i, std::string(kind) + "/" + std::to_string(k) + "/name"));
        }
      }
    }
  }
}

void check_volumes(const RuleContext& context, const Mounts& mounts) {
  const bool mounts_known =
      !context.is_broken("/spec/extraVolumeMounts") && !context.is_broken("/spec/sidecars") &&
      !context.is_broken("/spec/initContainers") && !context.is_broken("/spec/extraVolumes");
  const auto& volumes = get(context.spec(), {"extraVolumes"});
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const auto name = get_text(volumes[i], {"name"});
    if (contains(kVolumes, name)) {
      context.error(code::kReserved, at("extraVolumes", i, "name"),
                    in_quotes(name) + " is a volume of autocache");
    } else if (!name.empty() && mounts_known && !mounts.used.contains(name)) {
      context.warning(code::kUnusedVolume, at("extraVolumes", i, "name"),
                      "no container mounts volume " + in_quotes(name));
    }
  }
}

void check_times(const RuleContext& context) {
  const auto& spec = context.spec();
  for (const char* field : {"timeout"}) {
    const auto time = parse_duration(get_text(spec, {"hook", field}));
    if (time && time->count() == 0) {
      context.error(code::kZeroTime, std::string("/spec/hook/") + field, "must be more than 0");
    }
  }
  const auto interval =
      parse_duration(get_text(spec, {"tieredStorage", "migrationPolicy", "scanInterval"}));
  if (interval && interval->count() == 0) {
    context.error(code::kZeroTime, "/spec/tieredStorage/migrationPolicy/scanInterval",
                  "must be more than 0");
  }
  const auto grace = get_integer(spec, {"terminationGracePeriodSeconds"});
  const bool hands_over = get_text(spec, {"engine"}) == "autocache" ||
                          get_flag(spec, {"storage", "enabled"}) ||
                          get_integer(spec, {"replicasPerShard"}).value_or(0) > 0;
  constexpr std::int64_t kEnough = 30;
  if (grace && hands_over && *grace < kEnough) {
    context.warning(code::kGracePeriod, "/spec/terminationGracePeriodSeconds",
                    "is short for a server that hands over or saves its data before it stops",
                    "leave it out, or set at least " + std::to_string(kEnough));
  }
}

}  // namespace

void check_pod(const RuleContext& context) {
  check_labels(context);
  check_variables(context);
  const auto& spec = context.spec();
  Mounts mounts;
  for (const auto& volume : get(spec, {"extraVolumes"})) {
    mounts.volumes.push_back(get_text(volume, {"name"}));
  }
  check_own_mounts(context, mounts);
  // The user's containers may look at our volumes too.
  mounts.volumes.emplace_back("config");
  if (get_flag(spec, {"storage", "enabled"})) {
    mounts.volumes.emplace_back("data");
  }
  if (get_flag(spec, {"tieredStorage", "enabled"}) && has(spec, {"tieredStorage", "warmTier"})) {
    mounts.volumes.emplace_back("warm");
  }
  check_containers(context, mounts);
  check_volumes(context, mounts);
  check_times(context);
}

void check_service(const RuleContext& context) {
  const auto& service = get(context.spec(), {"service"});
  const auto type = get_text(service, {"type"});
  if (type.empty()) {
    return;
  }
  const auto need = [&](const char* field, bool fits, const char* types) {
    if (has(service, {field}) && !fits) {
      context.error(code::kService, std::string("/spec/service/") + field,
                    "needs type " + std::string(types) + ", not " + std::string(type));
    }
  };
  const bool outside = type != "ClusterIP";
  need("nodePort", outside, "NodePort or LoadBalancer");
  need("externalTrafficPolicy", outside, "NodePort or LoadBalancer");
  need("loadBalancerClass", type == "LoadBalancer", "LoadBalancer");
  need("loadBalancerSourceRanges", type == "LoadBalancer", "LoadBalancer");
  if (outside) {
    context.warning(code::kServiceOutside, "/spec/service/type",
                    "clients outside the Pod network are redirected to Pod addresses, which they "
                    "must be able to reach");
  }
  const auto port = get_integer(service, {"nodePort"});
  if (port && outside && (*port < 30000 || *port > 32767)) {
    context.warning(code::kServiceOutside, "/spec/service/nodePort",
                    "is outside of 30000 to 32767, the range of a cluster without other settings");
  }
}

}  // namespace autocache::spec
