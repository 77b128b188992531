#include "plan/cache.h"

#include "base/number.h"
#include "base/quantity.h"
#include "base/text.h"
#include "plan/json_tools.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace autocache::plan {
namespace {

using directives::Engine;
using directives::Version;

/// The part of an image reference after the last colon that is a tag.
std::string_view image_tag(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const std::size_t colon = image.rfind(':');
  if (colon == std::string_view::npos || image.find('/', colon) != std::string_view::npos)
    return {};
  return image.substr(colon + 1);
}

void set_version(Cache& cache, std::string_view stated, std::string_view image) {
  for (const std::string_view text : {stated, image_tag(image)}) {
    if (const auto version = directives::parse_version(cache.engine, text)) {
      cache.version = *version;
      cache.version_known = true;
      return;
    }
  }
  cache.version = directives::newest(cache.engine);
}

int index_after(std::string_view text, std::string_view prefix) {
  if (text.size() <= prefix.size() + 1 || !text.starts_with(prefix) || text[prefix.size()] != '-')
    return -1;
  return parse_number<int>(text.substr(prefix.size() + 1)).value_or(-1);
}

void read_slot_plan(Cache& cache, const Json& plan) {
  if (!plan.is_object()) return;
  for (const auto& [ranges, shard] : plan.items()) {
    if (!shard.is_string()) continue;
    const int index = index_after(shard.get_ref<const std::string&>(), cache.name);
    const auto slots = hook::parse_slots(ranges);
    if (index < 0 || !slots) continue;
    for (const hook::SlotRange range : slots->ranges()) cache.slot_plan.emplace_back(range, index);
  }
  std::sort(cache.slot_plan.begin(), cache.slot_plan.end());
}

Cache from_spec(const Spec& spec) {
  Cache cache;
  cache.name_space = spec.name_space;
  cache.name = spec.name;
  cache.spec = spec.spec;
  cache.engine =
      directives::parse_engine(text_at(spec.spec, "engine")).value_or(Engine::kAutocache);
  set_version(cache, text_at(spec.spec, "engineVersion"), text_at(spec.spec, "image"));
  cache.shape_known = true;
  cache.slot_plan_known = true;
  cache.replicas_per_shard = static_cast<int>(integer_at(spec.spec, "replicasPerShard", 0));
  const std::string_view layout = text_at(spec.spec, "layout");
  cache.per_shard = layout == "PerShard" || (layout.empty() && cache.replicas_per_shard > 0);
  const Json* storage = at_path(spec.spec, "storage/enabled");
  cache.storage = storage != nullptr && *storage == true;
  if (const Json* rate = at_path(spec.spec, "hook/rateLimitMBps");
      rate != nullptr && rate->is_number()) {
    cache.rate_limit_mbps = rate->get<double>();
  }
  if (const Json* plan = member(spec.spec, "slotPlan")) read_slot_plan(cache, *plan);

  const int total = static_cast<int>(integer_at(spec.spec, "replicas", 3));
  if (!cache.per_shard) {
    cache.sets.push_back({cache.name, total, cache.storage});
  } else {
    const int size = cache.replicas_per_shard + 1;
    for (int i = 0; i < total / size; ++i) {
      cache.sets.push_back({cache.name + "-" + std::to_string(i), size, cache.storage});
    }
  }
  return cache;
}

const Json* server_container(const Json& stateful_set) {
  for (const Json& container : list_at(stateful_set, "spec/template/spec/containers")) {
    if (text_at(container, "name") == "cache") return &container;
  }
  const Json& all = list_at(stateful_set, "spec/template/spec/containers");
  return all.empty() ? nullptr : &all.front();
}

Engine guess_engine(const Json& container) {
  std::string words = to_lower(text_at(container, "image"));
  for (const char* list : {"command", "args"}) {
    for (const Json& word : list_at(container, list)) {
      if (word.is_string()) words += " " + to_lower(word.get<std::string>());
    }
  }
  if (words.find("valkey") != std::string::npos) return Engine::kValkey;
  if (words.find("redis") != std::string::npos) return Engine::kRedis;
  return words.find("autocache-server") != std::string::npos ||
                 words.find("autocache:") != std::string::npos
             ? Engine::kAutocache
             : Engine::kRedis;
}

bool has_claims(const Json& stateful_set) {
  if (!list_at(stateful_set, "spec/volumeClaimTemplates").empty()) return true;
  for (const Json& volume : list_at(stateful_set, "spec/template/spec/volumes")) {
    if (member(volume, "persistentVolumeClaim") != nullptr) return true;
  }
  return false;
}

/// The label of an object; at_path cannot be used for keys that hold a slash.
std::string label(const Json& object, std::string_view key) {
  const Json* labels = at_path(object, "metadata/labels");
  const Json* value = labels == nullptr ? nullptr : member(*labels, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

/// What the hook's Jobs carry: the one place in manifests that names replicas per shard and slot
/// plan.
void read_desired(Cache& cache, const Object& job) {
  const Json desired = desired_of(job.value);
  if (!desired.is_object()) return;
  cache.shape_known = true;
  cache.slot_plan_known = true;
  cache.replicas_per_shard = static_cast<int>(integer_at(desired, "replicasPerShard", 0));
  if (const Json* plan = member(desired, "slotPlan"); plan != nullptr && cache.slot_plan.empty())
    read_slot_plan(cache, *plan);
}

void add_stateful_set(Cache& cache, const Object& object) {
  const int replicas = static_cast<int>(replicas_of(object.value));
  cache.sets.push_back({object.id.name, replicas, has_claims(object.value)});
  cache.storage = cache.storage || has_claims(object.value);
  if (object.id.name != cache.name) {
    cache.per_shard = true;
    cache.shape_known = true;
    cache.replicas_per_shard = std::max(cache.replicas_per_shard, replicas - 1);
  }
  if (cache.sets.size() > 1) return;
  if (const Json* container = server_container(object.value)) {
    cache.engine = guess_engine(*container);
    set_version(cache, "", text_at(*container, "image"));
  }
}

/// Shards in the order of their numbers, not of their names: cache-10 after cache-9.
void sort_sets(Cache& cache) {
  std::sort(cache.sets.begin(), cache.sets.end(), [&](const NodeSet& a, const NodeSet& b) {
    const int index_a = index_after(a.name, cache.name);
    const int index_b = index_after(b.name, cache.name);
    return index_a != index_b ? index_a < index_b : a.name < b.name;
  });
}

}  // namespace

int Cache::nodes() const {
  return std::accumulate(sets.begin(), sets.end(), 0,
                         [](int sum, const NodeSet& set) { return sum + set.replicas; });
}

int Cache::shards() const {
  if (per_shard) return static_cast<int>(sets.size());
  return nodes() / (replicas_per_shard + 1);
}

std::string Cache::shard_name(int index) const {
  return name + "-" + std::to_string(index);
}

int Cache::shard_of_pod(std::string_view pod) const {
  if (!per_shard) {
    const int ordinal = index_after(pod, name);
    return ordinal < 0 ? -1 : ordinal / (replicas_per_shard + 1);
  }
  const std::size_t dash = pod.rfind('-');
  return dash == std::string_view::npos ? -1 : index_after(pod.substr(0, dash), name);
}

std::vector<Cache> find_caches(const Side& side) {
  std::map<std::pair<std::string, std::string>, Cache> found;
  for (const Spec& spec : side.specs) found[{spec.name_space, spec.name}] = from_spec(spec);

  std::map<std::pair<std::string, std::string>, Cache> from_objects;
  for (const Object& object : side.objects) {
    const std::string instance = instance_of(object);
    if (instance.empty() || found.contains({object.id.name_space, instance})) continue;
    const bool set = object.id.kind == "StatefulSet";
    if (!set && object.id.kind != "Job" && object.id.kind != "CronJob") continue;
    Cache& cache = from_objects[{object.id.name_space, instance}];
    cache.name_space = object.id.name_space;
    cache.name = instance;
    if (set) {
      add_stateful_set(cache, object);
    } else {
      read_desired(cache, object);
    }
  }
  for (auto& [key, cache] : from_objects) {
    sort_sets(cache);
    if (!cache.sets.empty()) found.emplace(key, std::move(cache));
  }

  std::vector<Cache> result;
  result.reserve(found.size());
  for (auto& [key, cache] : found) result.push_back(std::move(cache));
  return result;
}

bool same_cache(const Cache& a, const Cache& b) {
  return a.name == b.name &&
         (a.name_space == b.name_space || a.name_space.empty() || b.name_space.empty());
}

void fill_in_unknown(std::vector<Cache>& before, std::vector<Cache>& after) {
  const auto fill = [](Cache& gap, const Cache& source) {
    if (gap.engine == source.engine && !gap.version_known) gap.version = source.version;
    if (gap.per_shard != source.per_shard) return;
    if (!gap.shape_known) gap.replicas_per_shard = source.replicas_per_shard;
    if (!gap.slot_plan_known) gap.slot_plan = source.slot_plan;
  };
  for (Cache& a : before) {
    for (Cache& b : after) {
      if (!same_cache(a, b)) continue;
      fill(a, b);
      fill(b, a);
    }
  }
}

std::optional<double> tier_capacity(const Cache& cache) {
  const Json* tiers = at_path(cache.spec, "tieredStorage");
  const Json* enabled = tiers == nullptr ? nullptr : member(*tiers, "enabled");
  if (enabled == nullptr || *enabled != true) return std::nullopt;
  double total = 0;
  for (const char* name : {"hotTier", "warmTier", "coldTier"}) {
    const Json* tier = member(*tiers, name);
    if (tier == nullptr) continue;
    const auto capacity = Quantity::parse(text_at(*tier, "capacity"));
    if (!capacity) return std::nullopt;
    total += static_cast<double>(capacity->value());
  }
  return total * cache.shards();
}

std::string instance_of(const Object& object) {
  return instance_of(object.value);
}

std::string instance_of(const Json& object) {
  if (label(object, "app.kubernetes.io/managed-by") != "autocache") return {};
  return label(object, "app.kubernetes.io/instance");
}

bool is_of_hook(const Json& object) {
  return label(object, "app.kubernetes.io/name") == "autocache-hook";
}

Json desired_of(const Json& job) {
  const bool scheduled = text_at(job, "kind") == "CronJob";
  const Json& containers = list_at(job, scheduled ? "spec/jobTemplate/spec/template/spec/containers"
                                                  : "spec/template/spec/containers");
  for (const Json& container : containers) {
    for (const Json& variable : list_at(container, "env")) {
      if (text_at(variable, "name") == "AUTOCACHE_DESIRED")
        return Json::parse(text_at(variable, "value"), nullptr, false);
    }
  }
  return nullptr;
}

bool comes_and_goes(const Object& object) {
  if (!is_of_hook(object.value)) return false;
  if (object.id.kind == "Job") return true;
  const Json* annotations = at_path(object.value, "metadata/annotations");
  return annotations != nullptr && (member(*annotations, "argocd.argoproj.io/hook") != nullptr ||
                                    member(*annotations, "helm.sh/hook") != nullptr);
}

bool belongs_to(const Object& object, const Cache& cache) {
  return object.id.name_space == cache.name_space && instance_of(object) == cache.name;
}

int rdb_version(Engine engine, Version version) {
  if (engine == Engine::kAutocache) return 0;
  if (engine == Engine::kValkey) return version < Version{9, 0} ? 11 : 80;
  if (version < Version{7, 0}) return 9;
  if (version < Version{7, 2}) return 10;
  return version < Version{7, 4} ? 11 : 12;
}

bool can_read_data(Engine old_engine, Version old_version, Engine new_engine, Version new_version) {
  if (old_engine == Engine::kAutocache || new_engine == Engine::kAutocache)
    return old_engine == new_engine;
  const int written = rdb_version(old_engine, old_version);
  const bool foreign = new_engine == Engine::kValkey && written > 11 && written < 80;
  return written <= rdb_version(new_engine, new_version) && !foreign;
}

}  // namespace autocache::plan
