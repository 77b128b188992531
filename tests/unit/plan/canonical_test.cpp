#include "plan/canonical.h"

#include "base/json.h"
#include "plan/diff.h"
#include "support/catch.h"

#include <string>

using namespace autocache;
using namespace autocache::plan;

namespace {

Json json(const char* text) {
  return Json::parse(text);
}

/// The number of differences between a manifest and what the server made of it, as plan sees them.
std::size_t differences(const char* a, const char* b) {
  Json first = canonical(json(a));
  Json second = canonical(json(b));
  drop_server_choices(second, first);
  const auto changes = diff(first, second);
  for (const auto& change : changes) UNSCOPED_INFO(change.pointer);
  return changes.size();
}

}  // namespace

TEST_CASE("the API server's defaults are no difference") {
  CHECK(
      differences(
          R"({"kind":"StatefulSet","spec":{"template":{"spec":{"containers":[{"name":"cache","image":"redis:7.2",
      "ports":[{"containerPort":6379}],"readinessProbe":{"tcpSocket":{"port":6379}}}],
      "volumes":[{"name":"config","configMap":{"name":"c"}}]}},
      "volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1024Mi"}}}}]}})",
          R"({"kind":"StatefulSet","status":{"replicas":1},"metadata":{"uid":"u","managedFields":[],"generation":3,"creationTimestamp":"x"},
      "spec":{"replicas":1,"podManagementPolicy":"OrderedReady","revisionHistoryLimit":10,
      "updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}},
      "persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Retain","whenScaled":"Retain"},
      "template":{"metadata":{"creationTimestamp":null},"spec":{"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst",
      "schedulerName":"default-scheduler","securityContext":{},"containers":[{"name":"cache","image":"redis:7.2","imagePullPolicy":"IfNotPresent","resources":{},
      "terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","ports":[{"containerPort":6379,"protocol":"TCP"}],
      "readinessProbe":{"tcpSocket":{"port":6379},"timeoutSeconds":1,"periodSeconds":10,"successThreshold":1,"failureThreshold":3}}],
      "volumes":[{"name":"config","configMap":{"name":"c","defaultMode":420}}]}},
      "volumeClaimTemplates":[{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data","creationTimestamp":null},"status":{"phase":"Pending"},
      "spec":{"volumeMode":"Filesystem","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}]}})") ==
      0);
  CHECK(
      differences(
          R"({"kind":"Service","spec":{"ports":[{"name":"redis","port":6379}],"selector":{"a":"b"}}})",
          R"({"kind":"Service","spec":{"type":"ClusterIP","clusterIP":"10.0.0.7","clusterIPs":["10.0.0.7"],"ipFamilies":["IPv4"],
      "ipFamilyPolicy":"SingleStack","internalTrafficPolicy":"Cluster","sessionAffinity":"None","selector":{"a":"b"},
      "ports":[{"name":"redis","port":6379,"protocol":"TCP","targetPort":6379}]}})") == 0);
  CHECK(
      differences(
          R"({"kind":"Service","spec":{"type":"NodePort","ports":[{"port":6379}]}})",
          R"({"kind":"Service","spec":{"type":"NodePort","externalTrafficPolicy":"Cluster","ports":[{"port":6379,"nodePort":31000}]}})") ==
      0);
  CHECK(
      differences(
          R"({"kind":"Job","spec":{"template":{"metadata":{"labels":{"a":"b"}},"spec":{"restartPolicy":"Never"}}}})",
          R"({"kind":"Job","spec":{"completions":1,"parallelism":1,"backoffLimit":6,"completionMode":"NonIndexed","suspend":false,
      "podReplacementPolicy":"TerminatingOrFailed","manualSelector":false,"selector":{"matchLabels":{"batch.kubernetes.io/controller-uid":"1"}},
      "template":{"metadata":{"labels":{"a":"b","controller-uid":"1","job-name":"j","batch.kubernetes.io/job-name":"j"}},"spec":{"restartPolicy":"Never"}}}})") ==
      0);
  CHECK(
      differences(
          R"({"kind":"Job","spec":{"podFailurePolicy":{"rules":[{"action":"FailJob"}]},"template":{"spec":{"restartPolicy":"Never"}}}})",
          R"({"kind":"Job","spec":{"podFailurePolicy":{"rules":[{"action":"FailJob"}]},"podReplacementPolicy":"Failed","template":{"spec":{"restartPolicy":"Never"}}}})") ==
      0);
  CHECK(differences(R"({"kind":"Secret","stringData":{"password":"hunter2"}})",
                    R"({"kind":"Secret","type":"Opaque","data":{"password":"aHVudGVyMg=="}})") ==
        0);
  CHECK(
      differences(
          R"({"kind":"PersistentVolumeClaim","metadata":{"name":"a"},"spec":{"resources":{"requests":{"storage":"1Gi"}}}})",
          R"({"kind":"PersistentVolumeClaim","metadata":{"name":"a","finalizers":["kubernetes.io/pvc-protection"],"annotations":{"pv.kubernetes.io/bind-completed":"yes"}},
      "spec":{"volumeName":"pv-1","storageClassName":"standard","volumeMode":"Filesystem","resources":{"requests":{"storage":"1024Mi"}}}})") ==
      0);
}

TEST_CASE("quantities, nil and empty, and the order of members are no difference") {
  CHECK(
      differences(
          R"({"kind":"Pod","spec":{"containers":[{"name":"a","image":"x:1","resources":{"limits":{"cpu":"1000m","memory":"1024Mi"}}}]}})",
          R"({"spec":{"containers":[{"image":"x:1","name":"a","env":[],"resources":{"limits":{"memory":"1Gi","cpu":1}}}],"volumes":null},"kind":"Pod"})") ==
      0);
  CHECK(differences(R"({"kind":"ConfigMap","data":{"a":"1"},"immutable":false})",
                    R"({"kind":"ConfigMap","data":{"a":"1"},"binaryData":{}})") == 0);
}

TEST_CASE("what a person wrote differently stays a difference") {
  CHECK(differences(R"({"kind":"Service","spec":{"clusterIP":"None"}})",
                    R"({"kind":"Service","spec":{}})") == 1);
  CHECK(
      differences(
          R"({"kind":"Pod","spec":{"containers":[{"name":"a","image":"x"}]}})",
          R"({"kind":"Pod","spec":{"containers":[{"name":"a","image":"x","imagePullPolicy":"IfNotPresent"}]}})") ==
      1);
  CHECK(differences(
            R"({"kind":"NetworkPolicy","spec":{"podSelector":{}}})",
            R"({"kind":"NetworkPolicy","spec":{"podSelector":{"matchLabels":{"a":"b"}}}})") == 1);
  CHECK(differences(R"({"kind":"PersistentVolumeClaim","spec":{"storageClassName":"fast"}})",
                    R"({"kind":"PersistentVolumeClaim","spec":{"storageClassName":"slow"}})") == 1);
}

TEST_CASE("an object that the API server stored is known as such") {
  CHECK(is_live(json(R"({"metadata":{"uid":"1"}})")));
  CHECK(is_live(json(R"({"metadata":{"managedFields":[]}})")));
  CHECK(!is_live(json(R"({"metadata":{"name":"a"}})")));
  CHECK(!is_live(json("[]")));
}
