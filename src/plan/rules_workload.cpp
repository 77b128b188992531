#include "plan/conditions.h"
#include "plan/json_tools.h"
#include "plan/rules.h"

#include <array>

namespace autocache::plan {
namespace {

/// The cache goes on with fewer shards.
bool removed_shard(const Match& m) {
  return removed(m) && m.new_cache != nullptr && m.new_cache->per_shard && m.old_cache != nullptr &&
         m.old_cache->per_shard;
}

bool has_claims(const Json* set) {
  return set != nullptr && !list_at(*set, "spec/volumeClaimTemplates").empty();
}

bool removed_with_data(const Match& m) {
  if (!removed(m)) return false;
  return !has_claims(m.old_object) ||
         text_at(*m.old_object, "spec/persistentVolumeClaimRetentionPolicy/whenDeleted") ==
             "Delete";
}

bool to_zero(const Match& m) {
  return m.after != nullptr && *m.after == 0;
}
bool to_zero_without_claims(const Match& m) {
  return to_zero(m) && !has_claims(m.new_object);
}

bool one_way_image(const Match& m) {
  return releases_known(m) && one_way(m);
}

bool older_image(const Match& m) {
  return releases_known(m) && older(m);
}

/// The volume with the password of a cache: what its servers and probes read at their start.
bool is_password_volume(const Match& m, const Json* volume) {
  return both(m) && volume != nullptr && text_at(*volume, "name") == "password" &&
         member(*volume, "secret") != nullptr;
}

bool auth_on(const Match& m) {
  return added(m) && is_password_volume(m, m.after);
}
bool auth_off(const Match& m) {
  return removed(m) && is_password_volume(m, m.before);
}
bool other_password(const Match& m) {
  if (m.new_object == nullptr) return false;
  const Json& volumes = list_at(*m.new_object, "spec/template/spec/volumes");
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    if (m.path[4] == std::to_string(i)) return is_password_volume(m, &volumes[i]);
  }
  return false;
}

bool is_claim_list_or_item(const Match& m) {
  return m.path.size() <= 3;
}
bool claims_removed(const Match& m) {
  return removed(m) && is_claim_list_or_item(m);
}
bool claims_added(const Match& m) {
  return added(m) && is_claim_list_or_item(m);
}

bool deletes_claims(const Match& m) {
  return m.after != nullptr && *m.after == "Delete";
}

bool to_on_delete(const Match& m) {
  return m.after != nullptr && *m.after == "OnDelete";
}

bool was_suspended(const Match& m) {
  const Json* suspend = m.old_object == nullptr ? nullptr : at_path(*m.old_object, "spec/suspend");
  return suspend != nullptr && *suspend == true;
}

bool elastic_indexed(const Match& m) {
  if (m.old_object == nullptr || m.new_object == nullptr) return false;
  const Json* completions = at_path(*m.new_object, "spec/completions");
  const Json* parallelism = at_path(*m.new_object, "spec/parallelism");
  return text_at(*m.old_object, "spec/completionMode") == "Indexed" && completions != nullptr &&
         parallelism != nullptr && *completions == *parallelism;
}

constexpr std::string_view kStatefulSetUpdate =
    "kubernetes pkg/apis/apps/validation/validation.go ValidateStatefulSetUpdate";
constexpr std::string_view kJobUpdate =
    "kubernetes pkg/apis/batch/validation/validation.go ValidateJobSpecUpdate";
constexpr std::string_view kRollingUpdate =
    "kubernetes.io/docs/concepts/workloads/controllers/statefulset: rolling updates";
constexpr std::string_view kOrphan =
    "delete the StatefulSet with --cascade=orphan, then apply: its Pods keep running and are "
    "adopted";

// clang-format off
constexpr Rule kRules[] = {
    {"sts.shard-removed", "StatefulSet", "", removed_shard, Impact::kScale, "a shard leaves: its slots move to the others before its Pods stop",
     "", "src/runtime-hook/planner_slots.cpp"},
    {"sts.removed-with-data", "StatefulSet", "", removed_with_data, Impact::kDataLoss, "the Pods are deleted, and their data with them",
     "make a backup first", "kubernetes.io/docs/concepts/workloads/controllers/statefulset: persistentVolumeClaimRetentionPolicy"},
    {"sts.removed", "StatefulSet", "", removed, Impact::kRecreate, "the Pods are deleted; their volume claims stay with the data",
     "delete the claims by hand when the data is no longer needed", "kubernetes.io/docs/concepts/workloads/controllers/statefulset: limitations"},
    {"sts.added", "StatefulSet", "", added, Impact::kScale, "new Pods start and join the cluster", "", "kubernetes.io/docs/concepts/workloads/controllers/statefulset"},

    {"sts.replicas-zero-data", "StatefulSet", "spec/replicas", to_zero_without_claims, Impact::kDataLoss, "every node stops, and nothing of its data is stored",
     "make a backup first", kStatefulSetUpdate},
    {"sts.replicas-zero", "StatefulSet", "spec/replicas", to_zero, Impact::kRecreate, "every node stops; the data stays on the volumes", "", kStatefulSetUpdate},
    {"sts.replicas-up", "StatefulSet", "spec/replicas", grows, Impact::kScale, "new Pods start; running Pods do not restart", "", kStatefulSetUpdate},
    {"sts.replicas-down", "StatefulSet", "spec/replicas", nullptr, Impact::kScale, "the Pods with the highest numbers stop, once the gate has emptied them",
     "", kStatefulSetUpdate},
    {"sts.ordinals", "StatefulSet", "spec/ordinals/**", nullptr, Impact::kScale, "Pods get other numbers: those outside the new range stop, new ones start",
     "move their slots away first", "KEP-3335; kubernetes validation.go since 1.26", {26}},

    {"sts.image-unreadable", "StatefulSet", "spec/template/spec/containers/*/image", unreadable_image, Impact::kDataLoss,
     "the new server cannot read what the present one has written (RDB version)", "make a backup that the new server reads, or keep the version",
     "redis and valkey src/rdb.h RDB_VERSION, measured"},
    {"sts.image-one-way", "StatefulSet", "spec/template/spec/containers/*/image", one_way_image, Impact::kRollingRestart,
     "the Pods restart with the new image; there is no way back once it has written its data (RDB version)", "", "redis and valkey src/rdb.h RDB_VERSION, measured"},
    {"sts.image-older", "StatefulSet", "spec/template/spec/containers/*/image", older_image, Impact::kRollingRestart,
     "an older release with the same data format: the Pods restart", "check that no directive of the newer release is used", "redis and valkey src/rdb.h RDB_VERSION, measured"},
    {"sts.image", "StatefulSet", "spec/template/spec/containers/*/image", nullptr, Impact::kRollingRestart, "the Pods restart with the new image", "", kRollingUpdate},
    {"sts.resources", "StatefulSet", "spec/template/spec/containers/*/resources/**", nullptr, Impact::kRollingRestart,
     "the Pods restart with the new requests and limits", "", "KEP-1287 resizes Pods in place, not templates"},
    {"sts.auth-on", "StatefulSet", "spec/template/spec/volumes/*", auth_on, Impact::kRollingRestart,
     "while the Pods restart, some ask for the password and others do not: nodes and clients must live with both",
     "give the clients the password first, and clients that connect without one where none is asked for", "redis AUTH, masterauth"},
    {"sts.auth-off", "StatefulSet", "spec/template/spec/volumes/*", auth_off, Impact::kRollingRestart,
     "while the Pods restart, some ask for the password and others do not; afterwards everybody may connect", "limit access with a NetworkPolicy", "redis AUTH, masterauth"},
    {"sts.auth-secret", "StatefulSet", "spec/template/spec/volumes/*/secret/**", other_password, Impact::kRollingRestart,
     "the Pods restart with the other password: for a while both are in use", "", "redis AUTH, masterauth"},
    {"sts.template-metadata", "StatefulSet", "spec/template/metadata/**", nullptr, Impact::kRollingRestart,
     "labels and annotations of the Pods are part of their template: the Pods restart", "", kRollingUpdate},
    {"sts.template", "StatefulSet", "spec/template/**", nullptr, Impact::kRollingRestart, "the Pods restart one by one, highest number first", "", kRollingUpdate},

    {"sts.update-on-delete", "StatefulSet", "spec/updateStrategy/type", to_on_delete, Impact::kInPlace,
     "from now on Pods restart with a new template only when somebody deletes them",
     "write `rollingUpdate: null` beside it: a client-side apply would keep the default that the server has set, and be refused", kStatefulSetUpdate},
    {"sts.update-strategy", "StatefulSet", "spec/updateStrategy/**", nullptr, Impact::kInPlace, "counts from the next change of the Pod template", "", kStatefulSetUpdate},
    {"sts.min-ready-seconds", "StatefulSet", "spec/minReadySeconds", nullptr, Impact::kInPlace, "counts from the next change of the Pod template", "",
     "KEP-2599; kubernetes validation.go since 1.22", {22}},
    {"sts.revision-history", "StatefulSet", "spec/revisionHistoryLimit", nullptr, Impact::kInPlace, "old revisions are kept or removed", "",
     "kubernetes validation.go: in the list of 1.34, not in that of 1.31 (issue 130263)", {33}},
    {"sts.retention-delete", "StatefulSet", "spec/persistentVolumeClaimRetentionPolicy/*", deletes_claims, Impact::kInPlace,
     "from now on volume claims are deleted, with their data, together with their Pods", "make sure that this is meant", "KEP-1847", {23}},
    {"sts.retention", "StatefulSet", "spec/persistentVolumeClaimRetentionPolicy/**", nullptr, Impact::kInPlace, "decides what happens to volume claims later", "",
     "KEP-1847", {23}},

    {"claims.removed", "StatefulSet", "spec/volumeClaimTemplates/**", claims_removed, Impact::kDataLoss,
     "the API server refuses this update; done by hand, the Pods restart without their volumes, and what is stored there is not used any more", "make a backup; then delete the StatefulSet with --cascade=orphan and apply",
     kStatefulSetUpdate},
    {"claims.added", "StatefulSet", "spec/volumeClaimTemplates/**", claims_added, Impact::kRecreate,
     "the API server refuses this update; the Pods restart with new, empty volumes", kOrphan, kStatefulSetUpdate},
    {"claims.grow", "StatefulSet", "spec/volumeClaimTemplates/*/spec/resources/requests/storage", grows, Impact::kRecreate,
     "the API server refuses this update, and a new template does not resize existing claims",
     "patch every claim to the new size; delete the StatefulSet with --cascade=orphan, then apply", "kubernetes issue 69041; KEP-4650 is not merged"},
    {"claims.shrink", "StatefulSet", "spec/volumeClaimTemplates/*/spec/resources/requests/storage", nullptr, Impact::kRecreate,
     "the API server refuses this update; existing claims keep their size, only new Pods get smaller ones", kOrphan, "kubernetes issue 69041"},
    {"claims.class", "StatefulSet", "spec/volumeClaimTemplates/*/spec/storageClassName", nullptr, Impact::kRecreate,
     "the API server refuses this update; existing claims keep their class, only new Pods get the other", kOrphan, kStatefulSetUpdate},
    {"claims.other", "StatefulSet", "spec/volumeClaimTemplates/**", nullptr, Impact::kRecreate, "the API server refuses this update", kOrphan, kStatefulSetUpdate},
    {"sts.selector", "StatefulSet", "spec/selector/**", nullptr, Impact::kRecreate,
     "the API server refuses this update; Pods with the old labels are not adopted by the new StatefulSet",
     "delete the StatefulSet; with --cascade=orphan the old Pods must be relabelled or deleted one by one", kStatefulSetUpdate},
    {"sts.service-name", "StatefulSet", "spec/serviceName", nullptr, Impact::kRecreate, "the API server refuses this update; the Pods get other DNS names", kOrphan, kStatefulSetUpdate},
    {"sts.pod-management", "StatefulSet", "spec/podManagementPolicy", nullptr, Impact::kRecreate, "the API server refuses this update", kOrphan, kStatefulSetUpdate},
    {"sts.immutable", "StatefulSet", "spec/**", nullptr, Impact::kRecreate, "the API server refuses this update", kOrphan, kStatefulSetUpdate},

    {"deployment.selector", "Deployment", "spec/selector/**", nullptr, Impact::kRecreate, "the API server refuses this update: the selector is immutable", "delete the Deployment, then apply",
     "kubernetes pkg/registry/apps/deployment/strategy.go"},
    {"deployment.replicas", "Deployment", "spec/replicas", nullptr, Impact::kScale, "Pods start or stop", "", "kubernetes.io/docs/concepts/workloads/controllers/deployment"},
    {"deployment.template", "Deployment", "spec/template/**", nullptr, Impact::kRollingRestart, "the Pods are replaced", "", "kubernetes.io/docs/concepts/workloads/controllers/deployment"},
    {"daemonset.selector", "DaemonSet", "spec/selector/**", nullptr, Impact::kRecreate, "the API server refuses this update: the selector is immutable", "delete the DaemonSet, then apply",
     "kubernetes pkg/registry/apps/daemonset/strategy.go"},
    {"daemonset.template", "DaemonSet", "spec/template/**", nullptr, Impact::kRollingRestart, "the Pods are replaced", "", "kubernetes.io/docs/concepts/workloads/controllers/daemonset"},
    {"pod.image", "Pod", "spec/containers/*/image", nullptr, Impact::kRollingRestart, "the container restarts", "", "kubernetes pkg/apis/core/validation ValidatePodUpdate"},
    {"pod.immutable", "Pod", "spec/**", nullptr, Impact::kRecreate, "the API server refuses this update", "delete the Pod, then apply", "kubernetes pkg/apis/core/validation ValidatePodUpdate"},

    {"job.hook", "Job", "**", of_hook, Impact::kNone, "hook Jobs are replaced on every run", "", "argo-cd docs/user-guide/sync-waves: BeforeHookCreation"},
    {"job.suspended-nodes", "Job", "spec/template/spec/nodeSelector/**", was_suspended, Impact::kInPlace, "a suspended Job takes other nodes", "", "KEP-2926", {23}},
    {"job.suspended-tolerations", "Job", "spec/template/spec/tolerations/**", was_suspended, Impact::kInPlace, "a suspended Job takes other tolerations", "", "KEP-2926", {23}},
    {"job.suspended-metadata", "Job", "spec/template/metadata/**", was_suspended, Impact::kInPlace, "a suspended Job takes other labels and annotations", "", "KEP-2926", {23}},
    {"job.elastic", "Job", "spec/completions", elastic_indexed, Impact::kInPlace, "an indexed Job grows or shrinks together with its parallelism", "", "KEP-3715", {27}},
    {"job.parallelism", "Job", "spec/parallelism", nullptr, Impact::kInPlace, "the Job runs more or fewer Pods at once", "", kJobUpdate},
    {"job.suspend", "Job", "spec/suspend", nullptr, Impact::kInPlace, "the Job pauses or goes on", "", kJobUpdate},
    {"job.deadline", "Job", "spec/activeDeadlineSeconds", nullptr, Impact::kInPlace, "the Job gets more or less time", "", kJobUpdate},
    {"job.backoff", "Job", "spec/backoffLimit", nullptr, Impact::kInPlace, "the Job may fail more or less often", "", kJobUpdate},
    {"job.ttl", "Job", "spec/ttlSecondsAfterFinished", nullptr, Impact::kInPlace, "the finished Job is removed later or sooner", "", kJobUpdate},
    {"job.immutable", "Job", "spec/**", nullptr, Impact::kRecreate, "the API server refuses this update: the field is immutable",
     "delete the Job, then apply", kJobUpdate},
    {"cronjob.hook", "CronJob", "**", of_hook, Impact::kNone, "counts from the next run of the hook", "", "kubernetes.io/docs/concepts/workloads/controllers/cron-jobs"},
    {"cronjob.spec", "CronJob", "spec/**", nullptr, Impact::kInPlace, "counts from the next run", "", "kubernetes.io/docs/concepts/workloads/controllers/cron-jobs"},
};
// clang-format on

}  // namespace

std::span<const Rule> workload_rules() {
  return kRules;
}

}  // namespace autocache::plan
