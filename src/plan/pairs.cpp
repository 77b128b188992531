#include "plan/compare.h"
#include "plan/json_tools.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

namespace autocache::plan {
namespace {

/// What controllers make of other objects.
constexpr std::array<std::string_view, 9> kMadeByControllers = {
    "Pod",   "Endpoints",  "EndpointSlice", "ControllerRevision", "Event",
    "Lease", "ReplicaSet", "Node",          "PodMetrics"};

bool is_owned(const Object& object) {
  const Json& owners = list_at(object.written, "metadata/ownerReferences");
  return !owners.empty();
}

bool is_managed_by_us(const Object& object) {
  const Json* labels = at_path(object.value, "metadata/labels");
  const Json* value = labels == nullptr ? nullptr : member(*labels, "app.kubernetes.io/managed-by");
  return value != nullptr && *value == "autocache";
}

/// Live objects that no manifest stands for.
bool is_made_by_kubernetes(const Object& object) {
  if (!object.live) return false;
  const bool controller = std::find(kMadeByControllers.begin(), kMadeByControllers.end(),
                                    object.id.kind) != kMadeByControllers.end();
  return controller || is_owned(object) || object.id.name == "kube-root-ca.crt" ||
         (object.id.kind == "ServiceAccount" && object.id.name == "default") ||
         (object.id.kind == "Service" && object.id.name == "kubernetes");
}

/// The same for what lives: accounts and roles of the hook are left over from runs that people have
/// started.
bool is_left_over(const Object& object) {
  return comes_and_goes(object) ||
         (object.live && object.id.kind != "CronJob" && is_of_hook(object.value));
}

bool is_from_server(const Side& side) {
  return std::any_of(side.objects.begin(), side.objects.end(),
                     [](const Object& object) { return object.live; });
}

using Key = std::tuple<std::string, std::string, std::string>;

Key key_of(const Object& object) {
  return {object.id.group, object.id.kind, object.id.name};
}

/// Finds the counterpart of objects of one side on the other.
class Finder {
 public:
  explicit Finder(const Side& side) {
    for (const Object& object : side.objects) by_key_[key_of(object)].push_back(&object);
  }

  [[nodiscard]] const Object* find(const Object& wanted) const {
    const auto found = by_key_.find(key_of(wanted));
    if (found == by_key_.end()) return nullptr;
    const auto& candidates = found->second;
    for (const Object* candidate : candidates) {
      if (candidate->id.name_space == wanted.id.name_space) return candidate;
    }
    // A manifest without a namespace goes wherever it is applied to.
    const bool open = candidates.size() == 1 &&
                      (candidates.front()->id.name_space.empty() || wanted.id.name_space.empty());
    return open ? candidates.front() : nullptr;
  }

 private:
  std::map<Key, std::vector<const Object*>> by_key_;
};

const Cache* find_same(const std::vector<Cache>& caches, const Cache& wanted) {
  const Cache* open = nullptr;
  for (const Cache& cache : caches) {
    if (!same_cache(cache, wanted)) continue;
    if (cache.name_space == wanted.name_space) return &cache;
    open = &cache;
  }
  return open;
}

}  // namespace

std::vector<CachePair> pair_caches(const std::vector<Cache>& before,
                                   const std::vector<Cache>& after) {
  std::vector<CachePair> pairs;
  std::set<const Cache*> taken;
  for (const Cache& cache : after) {
    const Cache* old_cache = find_same(before, cache);
    pairs.push_back({old_cache, &cache});
    taken.insert(old_cache);
  }
  for (const Cache& cache : before) {
    if (!taken.contains(&cache)) pairs.push_back({&cache, nullptr});
  }
  return pairs;
}

std::vector<ObjectPair> pair_objects(const Side& before, const Side& after) {
  const Finder old_objects(before);
  const bool old_lives = is_from_server(before);
  const bool new_lives = is_from_server(after);
  std::vector<ObjectPair> pairs;
  std::set<const Object*> taken;
  for (const Object& object : after.objects) {
    if (is_made_by_kubernetes(object)) continue;
    const Object* old_object = old_objects.find(object);
    if (old_object == nullptr && object.live && !is_managed_by_us(object)) continue;
    if (old_object == nullptr && (old_lives || new_lives) && is_left_over(object)) continue;
    pairs.push_back({old_object, &object});
    taken.insert(old_object);
  }
  for (const Object& object : before.objects) {
    if (taken.contains(&object) || is_made_by_kubernetes(object)) continue;
    // What lives in the cluster beside us is none of our business.
    if (object.live && !is_managed_by_us(object)) continue;
    if ((old_lives || new_lives) && is_left_over(object)) continue;
    pairs.push_back({&object, nullptr});
  }
  std::stable_sort(pairs.begin(), pairs.end(), [](const ObjectPair& a, const ObjectPair& b) {
    const auto rank = [](const ObjectPair& pair) {
      const Object* object = pair.after != nullptr ? pair.after : pair.before;
      return std::tuple(pair.after == nullptr, manifest::kind_rank(object->id.kind),
                        object->id.kind, object->id.name_space, object->id.name);
    };
    return rank(a) < rank(b);
  });
  return pairs;
}

}  // namespace autocache::plan
