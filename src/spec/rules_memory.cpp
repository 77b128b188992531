// Memory and other resources: what containers ask for, and what the server may use of it.

#include "base/json.h"
#include "base/memory_size.h"
#include "base/quantity.h"
#include "spec/codes.h"
#include "spec/get.h"
#include "spec/rules.h"
#include "spec/say.h"

namespace autocache::spec {
namespace {

void check_requests(const RuleContext& context, const Json& resources, const std::string& pointer) {
  const auto& requests = get(resources, {"requests"});
  if (!requests.is_object()) {
    return;
  }
  for (const auto& request : requests.items()) {
    const auto limit_text = get_text(resources, {"limits", request.key()});
    const auto limit = Quantity::parse(limit_text);
    const auto value = Quantity::parse(get_text(requests, {request.key()}));
    if (limit && value && *limit < *value) {
      context.error(code::kRequest, pointer_join(pointer + "/requests", request.key()),
                    "request " + value->canonical() + " is over the limit " + limit->canonical());
    }
  }
}

void check_list(const RuleContext& context, std::string_view list) {
  const auto& containers = get(context.spec(), {list});
  for (std::size_t i = 0; i < containers.size(); ++i) {
    check_requests(context, get(containers[i], {"resources"}),
                   "/spec/" + std::string(list) + "/" + std::to_string(i) + "/resources");
  }
}

/// Of how much of its memory limit the data may take, in percent: the rest is for replication
/// buffers, and for the copies of pages that change while a child process writes a snapshot.
std::int64_t safe_share(const Json& spec) {
  const bool forks =
      get_flag(spec, {"storage", "enabled"}) && get_text(spec, {"engine"}) != "autocache";
  const bool replicates = get_integer(spec, {"replicasPerShard"}).value_or(0) > 0;
  return forks ? 75 : replicates ? 80 : 90;
}

/// `share` percent of `bytes`, without an overflow.
std::int64_t part_of(std::int64_t bytes, std::int64_t share) {
  return bytes / 100 * share + bytes % 100 * share / 100;
}

std::string megabytes(std::int64_t bytes) {
  return std::to_string(bytes / (1024 * 1024)) + "mb";
}

}  // namespace

void check_memory(const RuleContext& context) {
  const auto& spec = context.spec();
  check_requests(context, get(spec, {"resources"}), "/spec/resources");
  check_requests(context, get(spec, {"hook", "resources"}), "/spec/hook/resources");
  check_list(context, "sidecars");
  check_list(context, "initContainers");

  const auto limit = Quantity::parse(get_text(spec, {"resources", "limits", "memory"}));
  const auto stated = parse_memory_size(get_text(spec, {"config", "maxMemory"}));
  const bool has_hot = get_flag(spec, {"tieredStorage", "enabled"}) &&
                       has(spec, {"tieredStorage", "hotTier", "capacity"});
  if (!stated || *stated == 0) {
    if (limit && !has_hot && !has(spec, {"config", "maxMemory"}) &&
        !context.is_broken("/spec/config/maxMemory")) {
      context.warning(code::kMaxMemoryMissing, "/spec/resources/limits/memory",
                      "the server does not know this limit and is killed when its data reach it",
                      "set config.maxMemory, to " +
                          megabytes(part_of(limit->value(), safe_share(spec))) + " for example");
    }
    if (!has_hot && has(context.written(), {"config", "maxMemoryPolicy"}) &&
        get_text(spec, {"config", "maxMemoryPolicy"}) != "noeviction") {
      context.warning(code::kNoEffect, "/spec/config/maxMemoryPolicy",
                      "has no effect without maxMemory");
    }
    return;
  }
  if (!limit) {
    return;
  }
  const auto safe = part_of(limit->value(), safe_share(spec));
  if (*stated > limit->value()) {
    context.error(code::kMaxMemory, "/spec/config/maxMemory",
                  "is more than the memory limit of the container, " + limit->canonical(),
                  "at most " + megabytes(safe) + " leaves room for the server itself");
  } else if (*stated > safe) {
    context.warning(code::kMemoryHeadroom, "/spec/config/maxMemory",
                    "leaves too little of the memory limit " + limit->canonical() +
                        " for buffers, fragmentation and snapshots",
                    "at most " + megabytes(safe) + " is safe");
  }
}

}  // namespace autocache::spec
