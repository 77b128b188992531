// Volumes and storage tiers.

#include "base/duration.h"
#include "base/json.h"
#include "base/memory_size.h"
#include "base/quantity.h"
#include "spec/codes.h"
#include "spec/get.h"
#include "spec/rules.h"
#include "spec/say.h"

namespace autocache::spec {
namespace {

void check_size(const RuleContext& context, Path path, const std::string& pointer) {
  const auto size = Quantity::parse(get_text(context.spec(), path));
  if (size && size->is_zero()) {
    context.error(code::kStorageSize, pointer, "must be more than 0");
  }
}

/// The volume against the data that the server writes into it.
void check_volume(const RuleContext& context) {
  const auto& spec = context.spec();
  const auto size = Quantity::parse(get_text(spec, {"storage", "size"}));
  const auto memory = parse_memory_size(get_text(spec, {"config", "maxMemory"}));
  const auto mode = get_text(spec, {"storage", "persistenceMode"});
  if (!size || !memory || get_text(spec, {"engine"}) == "autocache") {
    return;
  }
  // While the server rewrites its file, the old and the new one are both there.
  const bool appends = mode != "RDB";
  const auto fits = appends ? size->value() / 2 >= *memory : size->value() >= *memory;
  if (!fits) {
    constexpr std::int64_t kGibibyte = std::int64_t{1} << 30;
    const auto gibibytes = *memory / kGibibyte + (*memory % kGibibyte == 0 ? 0 : 1);
    context.warning(
        code::kStorageSize, "/spec/storage/size",
        "holds less than " + std::string(appends ? "twice " : "") +
            "maxMemory; the server cannot write when the volume is full",
        "at least " + std::to_string(appends ? gibibytes * 2 : gibibytes) + "Gi is safe");
  }
}

}  // namespace

void check_storage(const RuleContext& context) {
  const auto& spec = context.spec();
  check_size(context, {"storage", "size"}, "/spec/storage/size");
  if (!has(spec, {"storage", "enabled"})) {
    return;
  }
  if (get_flag(spec, {"storage", "enabled"})) {
    check_volume(context);
    return;
  }
  const bool warm =
      get_flag(spec, {"tieredStorage", "enabled"}) && has(spec, {"tieredStorage", "warmTier"});
  // A warm tier has volumes too, and takes from storage what it does not say itself.
  const bool class_used = warm && !has(spec, {"tieredStorage", "warmTier", "storageClassName"});
  const bool size_used = warm && !has(spec, {"tieredStorage", "warmTier", "capacity"});
  const std::pair<const char*, bool> fields[] = {{"storageClassName", class_used},
                                                 {"size", size_used},
                                                 {"persistenceMode", false},
                                                 {"claims", warm},
                                                 {"retention", warm}};
  for (const auto& [field, used] : fields) {
    if (!used && has(context.written(), {"storage", field})) {
      context.warning(code::kNoEffect, std::string("/spec/storage/") + field,
                      "has no effect while storage.enabled is false");
    }
  }
}

void check_tiers(const RuleContext& context) {
  const auto& spec = context.spec();
  const auto& tiers = get(spec, {"tieredStorage"});
  if (!tiers.is_object()) {
    return;
  }
  const bool enabled = get_flag(tiers, {"enabled"});
  for (const char* tier : {"hotTier", "warmTier", "coldTier", "migrationPolicy"}) {
    const std::string pointer = std::string("/spec/tieredStorage/") + tier;
    const auto& given = get(context.written(), {"tieredStorage", tier});
    if (given.is_null()) {
      continue;
    }
    if (!enabled) {
      context.warning(code::kNoEffect, pointer,
                      "has no effect while tieredStorage.enabled is false");
      continue;
    }
    check_size(context, {"tieredStorage", tier, "capacity"}, pointer + "/capacity");
    // Its thresholds and its policy are constants in its source (cmd/server/main.go).
    for (const char* field : {"thresholdAccessCount", "thresholdIdleTime", "scanInterval",
                              "batchSize", "rateLimitMBps"}) {
      if (has(given, {field})) {
        context.warning(code::kNoEffect, pointer + "/" + field,
                        "the AutoCache server has no setting for this and uses its own value");
      }
    }
  }
  if (!enabled) {
    return;
  }
  if (has(tiers, {"coldTier"})) {
    if (!has(tiers, {"coldTier", "s3"})) {
      context.warning(code::kColdTier, "/spec/tieredStorage/coldTier",
                      "has no effect without s3: endpoint, bucket and credentialsSecret");
    } else if (!has(tiers, {"warmTier"})) {
      context.warning(code::kColdTier, "/spec/tieredStorage/coldTier",
                      "gets its keys from the warm tier, and there is none", "add warmTier");
    }
  }
  const auto hot = Quantity::parse(get_text(tiers, {"hotTier", "capacity"}));
  const auto limit = Quantity::parse(get_text(spec, {"resources", "limits", "memory"}));
  const auto request = Quantity::parse(get_text(spec, {"resources", "requests", "memory"}));
  if (!hot) {
    return;
  }
  if (has(spec, {"config", "maxMemory"})) {
    context.warning(code::kNoEffect, "/spec/tieredStorage/hotTier/capacity",
                    limit
                        ? "has no effect: config.maxMemory says how much memory the data use"
                        : "only sets the memory limit: config.maxMemory says how much the data use",
                    "keep one of the two");
  }
  if (limit && *limit < *hot) {
    context.error(code::kTierCapacity, "/spec/tieredStorage/hotTier/capacity",
                  "is more than the memory limit of the container, " + limit->canonical());
  }
  // Without a limit the container gets a quarter more than the tier holds.
  if (!limit && request && request->value() / 5 * 4 > hot->value()) {
    context.error(
        code::kTierCapacity, "/spec/resources/requests/memory",
        "is over the memory limit that follows from hotTier.capacity, a quarter more than it",
        "set resources.limits.memory, or request less");
  }
}

}  // namespace autocache::spec
