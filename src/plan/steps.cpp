#include "plan/steps.h"

#include "base/text.h"
#include "plan/json_tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace autocache::plan {
namespace {

std::string in_namespace(const std::string& name_space) {
  return name_space.empty() ? std::string() : " --namespace " + name_space;
}

std::string kubectl_name(const manifest::Id& id) {
  return to_lower(id.kind) + " " + id.name;
}

bool is_set(const ObjectPair& pair) {
  const Object* object = pair.after != nullptr ? pair.after : pair.before;
  return object->id.kind == "StatefulSet";
}

/// The changes of one object.
class ByObject {
 public:
  explicit ByObject(const std::vector<Change>& changes) {
    for (const Change& change : changes) changes_[change.object].push_back(&change);
  }

  [[nodiscard]] const std::vector<const Change*>& of(const manifest::Id& id) const {
    static const std::vector<const Change*> kNone;
    const auto found = changes_.find(id);
    return found == changes_.end() ? kNone : found->second;
  }

 private:
  std::map<manifest::Id, std::vector<const Change*>> changes_;
};

bool touches_template(const Change& change) {
  return change.path.starts_with("/spec/template");
}

/// The API server refuses the update: the object has to go first.
bool needs_delete(const Change& change) {
  if (change.path.empty() || change.object.kind == "AutoCache" ||
      change.object.kind == "PersistentVolumeClaim")
    return false;
  return change.impact == Impact::kRecreate || change.rule == "claims.removed";
}

/// Nodes or shards leave, so the gate moves the slots.
bool shrinks(const Cache& before, const Cache& after) {
  return after.nodes() < before.nodes() || after.shards() < before.shards();
}

/// The Pods of a set that restart, highest number first; those above the partition only.
std::vector<std::string> pods_of(const Object& before, const Object& after) {
  const auto replicas = std::min(replicas_of(before.value), replicas_of(after.value));
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  const auto start =
      std::clamp<std::int64_t>(integer_at(after.value, "spec/ordinals/start", 0), 0, kMost);
  const auto partition =
      std::max(start, integer_at(after.value, "spec/updateStrategy/rollingUpdate/partition", 0));
  std::vector<std::string> pods;
  for (auto ordinal = start + replicas - 1; ordinal >= partition; --ordinal) {
    pods.push_back(after.id.name + "-" + std::to_string(ordinal));
  }
  return pods;
}

class Maker {
 public:
  explicit Maker(const Findings& findings) : in_(findings), by_object_(findings.changes) {}

  std::vector<Step> make() {
    if (std::none_of(in_.changes.begin(), in_.changes.end(),
                     [](const Change& c) { return c.impact != Impact::kNone; }) &&
        std::none_of(in_.slots.begin(), in_.slots.end(),
                     [](const SlotSection& s) { return s.moved > 0; })) {
      return {};
    }
    prepare();
    gates();
    patches();
    deletions();
    apply();
    rolls();
    prune();
    syncs();
    check();
    return std::move(steps_);
  }

 private:
  Step& add(std::string_view phase, std::string title, std::string detail = {}) {
    Step& step = steps_.emplace_back();
    step.phase = phase;
    step.title = std::move(title);
    step.detail = std::move(detail);
    return step;
  }

  void prepare() {
    std::set<std::string> seen;
    std::vector<std::string> lines;
    bool loses_data = false;
    for (const Change& change : in_.changes) {
      loses_data = loses_data || change.impact == Impact::kDataLoss;
      if (change.todo.empty() || !seen.insert(change.todo).second) continue;
      lines.push_back(manifest::to_string(change.object) + ": " + change.todo);
    }
    if (lines.empty()) return;
    Step& step =
        add("prepare", loses_data ? "Save the data, and prepare" : "Prepare", join(lines, "\n"));
    step.by_hand = true;
  }

  [[nodiscard]] const Json* hook(std::string_view kind,
                                 const std::string& name_space,
                                 std::string_view name) const {
    for (const Json& one : in_.hooks) {
      if (text_at(one, "kind") == kind && text_at(one, "metadata/namespace") == name_space &&
          text_at(one, "metadata/name") == name)
        return &one;
    }
    return nullptr;
  }

  void run_job(const Cache& cache, std::string_view command, Step& step) const {
    const std::string name = cache.name + "-" + std::string(command);
    const Json* job = hook("Job", cache.name_space, name);
    if (job == nullptr) {
      step.by_hand = true;
      step.detail +=
          fmt::format("{}There is no Job {} in the new manifests: render them with --hooks.",
                      step.detail.empty() ? "" : "\n", name);
      return;
    }
    const auto account = text_at(*job, "spec/template/spec/serviceAccountName");
    for (const char* kind : {"ServiceAccount", "Role", "RoleBinding"}) {
      if (const Json* found = hook(kind, cache.name_space, account)) step.objects.push_back(*found);
    }
    step.objects.push_back(*job);
    const std::string where = in_namespace(cache.name_space);
    step.commands = {
        fmt::format("kubectl delete job {}{} --ignore-not-found", name, where),
        "kubectl apply -f DIR",
        fmt::format("kubectl wait job {}{} --for=condition=complete --timeout=1h", name, where)};
  }

  [[nodiscard]] const SlotSection* slots_of(const Cache& cache) const {
    for (const SlotSection& section : in_.slots) {
      if (section.name == cache.name && section.name_space == cache.name_space) return &section;
    }
    return nullptr;
  }

  void gates() {
    for (const CachePair& pair : in_.caches) {
      if (pair.before == nullptr || pair.after == nullptr ||
          pair.before->per_shard != pair.after->per_shard)
        continue;
      if (!shrinks(*pair.before, *pair.after)) continue;
      const SlotSection* section = slots_of(*pair.after);
      Step& step =
          add("gate", fmt::format("The gate of {} empties the nodes that leave", pair.after->name),
              section == nullptr
                  ? std::string()
                  : fmt::format("{} slots move to the nodes that stay.", section->moved));
      run_job(*pair.after, "gate", step);
    }
  }

  void deletions() {
    Step step;
    step.phase = "delete";
    step.title = "Delete what the API server will not update";
    step.by_hand = true;
    for (const ObjectPair& pair : in_.objects) {
      if (pair.before == nullptr || pair.after == nullptr) continue;
      const auto& changes = by_object_.of(pair.after->id);
      if (std::none_of(changes.begin(), changes.end(),
                       [](const Change* c) { return needs_delete(*c); }))
        continue;
      const bool set = is_set(pair);
      step.commands.push_back(fmt::format("kubectl delete {}{}{}", kubectl_name(pair.before->id),
                                          in_namespace(pair.after->id.name_space),
                                          set ? " --cascade=orphan" : ""));
      if (set)
        step.detail =
            "With --cascade=orphan the Pods keep running; the new StatefulSet adopts them.";
    }
    if (!step.commands.empty()) steps_.push_back(std::move(step));
  }

  void patches() {
    Step step;
    step.phase = "patch";
    step.title = "Grow the existing volume claims";
    step.detail = "A claim template does not resize the claims that exist.";
    step.by_hand = true;
    for (const ObjectPair& pair : in_.objects) {
      if (pair.before == nullptr || pair.after == nullptr || !is_set(pair)) continue;
      const auto& changes = by_object_.of(pair.after->id);
      if (std::none_of(changes.begin(), changes.end(),
                       [](const Change* c) { return c->rule == "claims.grow"; }))
        continue;
      for (const Json& claim : list_at(pair.after->value, "spec/volumeClaimTemplates"))
        grow(*pair.before, claim, pair.after->id, step);
    }
    if (!step.commands.empty()) steps_.push_back(std::move(step));
  }

  static void grow(const Object& set, const Json& claim, const manifest::Id& id, Step& step) {
    const std::string name(text_at(claim, "metadata/name"));
    const std::string size(text_at(claim, "spec/resources/requests/storage"));
    for (const Json& old_claim : list_at(set.value, "spec/volumeClaimTemplates")) {
      if (text_at(old_claim, "metadata/name") != name ||
          text_at(old_claim, "spec/resources/requests/storage") == size)
        continue;
      const auto replicas = replicas_of(set.value);
      for (std::int64_t i = 0; i < replicas; ++i) {
        const std::string pvc = fmt::format("{}-{}-{}", name, id.name, i);
        step.commands.push_back(
            fmt::format("kubectl patch pvc {}{} --patch "
                        "'{{\"spec\":{{\"resources\":{{\"requests\":{{\"storage\":\"{}\"}}}}}}}}'",
                        pvc, in_namespace(id.name_space), size));
        Json patch = {{"apiVersion", "v1"},
                      {"kind", "PersistentVolumeClaim"},
                      {"metadata", {{"name", pvc}}},
                      {"spec", {{"resources", {{"requests", {{"storage", size}}}}}}}};
        if (!id.name_space.empty()) patch["metadata"]["namespace"] = id.name_space;
        step.objects.push_back(std::move(patch));
      }
    }
  }

  void apply() {
    Step step;
    step.phase = "apply";
    step.title = "Apply the manifests";
    for (const ObjectPair& pair : in_.objects) {
      if (pair.after == nullptr || pair.after->live || comes_and_goes(*pair.after)) continue;
      const auto& changes = by_object_.of(pair.after->id);
      const bool acts = std::any_of(changes.begin(), changes.end(),
                                    [](const Change* c) { return c->impact != Impact::kNone; });
      if (pair.before == nullptr || acts) step.objects.push_back(pair.after->written);
    }
    if (step.objects.empty()) return;
    step.detail =
        fmt::format("{} object{}.", step.objects.size(), step.objects.size() == 1 ? "" : "s");
    step.commands.push_back("kubectl apply -f DIR");
    steps_.push_back(std::move(step));
  }

  /// True if a change of the configuration needs a restart that no change of the template brings
  /// about.
  [[nodiscard]] bool restarts_by_config(const std::string& instance,
                                        const std::string& name_space) const {
    return std::any_of(in_.objects.begin(), in_.objects.end(), [&](const ObjectPair& pair) {
      if (pair.after == nullptr || pair.after->id.kind != "ConfigMap" ||
          pair.after->id.name_space != name_space || instance_of(*pair.after) != instance) {
        return false;
      }
      const auto& changes = by_object_.of(pair.after->id);
      return std::any_of(changes.begin(), changes.end(), [](const Change* c) {
        return c->impact == Impact::kRollingRestart && c->rule.starts_with("config.");
      });
    });
  }

  void rolls() {
    for (const ObjectPair& pair : in_.objects) {
      if (pair.before == nullptr || pair.after == nullptr || !is_set(pair)) continue;
      const auto& changes = by_object_.of(pair.after->id);
      const bool rolls = std::any_of(changes.begin(), changes.end(),
                                     [](const Change* c) { return touches_template(*c); });
      const bool by_config =
          !rolls && restarts_by_config(instance_of(*pair.after), pair.after->id.name_space);
      if (!rolls && !by_config) continue;
      const bool on_delete = text_at(pair.after->value, "spec/updateStrategy/type") == "OnDelete";
      auto pods = pods_of(*pair.before, *pair.after);
      if (pods.empty()) continue;
      const std::string where = in_namespace(pair.after->id.name_space);
      Step& step = add("roll", fmt::format("StatefulSet {} restarts {}", pair.after->id.name,
                                           pods.size() == 1 ? "its Pod"
                                                            : std::to_string(pods.size()) +
                                                                  " Pods, one after the other"));
      step.by_hand = on_delete || by_config;
      if (by_config) {
        step.detail = "Nothing in the Pod template changes, so the restart has to be asked for.";
        step.commands.push_back(
            fmt::format("kubectl rollout restart statefulset {}{}", pair.after->id.name, where));
      } else if (on_delete) {
        step.detail =
            "With the strategy OnDelete a Pod restarts only when it is deleted: one at a time, "
            "each ready before the next.";
        for (const std::string& pod : pods)
          step.commands.push_back(fmt::format("kubectl delete pod {}{}", pod, where));
      } else {
        step.commands.push_back(
            fmt::format("kubectl rollout status statefulset {}{}", pair.after->id.name, where));
      }
      step.pods = std::move(pods);
    }
    const auto by_itself = [](const Step& step) { return step.phase == "roll" && !step.by_hand; };
    if (std::count_if(steps_.begin(), steps_.end(), by_itself) < 2) return;
    for (Step& step : steps_) {
      if (by_itself(step)) step.detail = "The StatefulSets roll beside each other.";
    }
  }

  void prune() {
    Step step;
    step.phase = "prune";
    step.title = "Delete what is no longer in the manifests";
    for (const ObjectPair& pair : in_.objects) {
      if (pair.after != nullptr) continue;
      const auto& changes = by_object_.of(pair.before->id);
      const bool kept = std::any_of(changes.begin(), changes.end(), [](const Change* c) {
        return c->rule == "pvc.removed-kept" || c->impact == Impact::kNone;
      });
      if (kept) continue;
      step.commands.push_back(fmt::format("kubectl delete {}{}", kubectl_name(pair.before->id),
                                          in_namespace(pair.before->id.name_space)));
    }
    if (!step.commands.empty()) steps_.push_back(std::move(step));
  }

  void syncs() {
    for (const CachePair& pair : in_.caches) {
      if (pair.after == nullptr || !changes_anything(*pair.after)) continue;
      const SlotSection* section = slots_of(*pair.after);
      std::string detail =
          "It waits for the nodes, joins new ones, applies live configuration and reads it back.";
      const bool moves = section != nullptr && section->moved > 0;
      if (moves && pair.before != nullptr && !shrinks(*pair.before, *pair.after)) {
        detail += fmt::format(" {} slots move.", section->moved);
      }
      Step& step =
          add("sync",
              fmt::format("The sync of {} brings the cluster into its new form", pair.after->name),
              detail);
      run_job(*pair.after, "sync", step);
    }
  }

  [[nodiscard]] bool changes_anything(const Cache& cache) const {
    if (const SlotSection* section = slots_of(cache); section != nullptr && section->moved > 0)
      return true;
    return std::any_of(in_.objects.begin(), in_.objects.end(), [&](const ObjectPair& pair) {
      const Object* object = pair.after != nullptr ? pair.after : pair.before;
      if (!belongs_to(*object, cache)) return false;
      const auto& changes = by_object_.of(object->id);
      return std::any_of(changes.begin(), changes.end(),
                         [](const Change* c) { return c->impact != Impact::kNone; });
    });
  }

  void check() {
    Step step;
    step.phase = "check";
    step.title = "Check the result";
    for (const ObjectPair& pair : in_.objects) {
      if (pair.after == nullptr || !is_set(pair) || by_object_.of(pair.after->id).empty()) continue;
      step.commands.push_back(fmt::format("kubectl rollout status statefulset {}{}",
                                          pair.after->id.name,
                                          in_namespace(pair.after->id.name_space)));
    }
    if (!step.commands.empty()) steps_.push_back(std::move(step));
  }

  const Findings& in_;
  ByObject by_object_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> make_steps(const Findings& findings) {
  return Maker(findings).make();
}

}  // namespace autocache::plan
