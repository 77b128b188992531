"""The helper itself: a namespace that takes objects, reports drift, and enforces the restricted Pod Security level."""
import kube

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: probe}
data: {key: "%s"}
"""
PRIVILEGED = """
apiVersion: v1
kind: Pod
metadata: {name: probe}
spec: {containers: [{name: a, image: localhost/none:1, securityContext: {privileged: true}}]}
"""


class HarnessTest(kube.TestCase):
    def test_applied_object_has_no_drift_and_a_changed_one_has(self):
        with kube.namespace("harness") as ns:
            ns.apply(CONFIG % "a")
            self.assertEqual(ns.get("configmap/probe")["data"], {"key": "a"})
            self.assertEqual(ns.diff(CONFIG % "a"), "")
            self.assertIn('+  key: b', ns.diff(CONFIG % "b"))
            self.assertIsNone(ns.get("configmap/absent"))

    def test_namespace_is_restricted(self):
        with kube.namespace("harness") as ns:
            with self.assertRaisesRegex(kube.CommandError, "violates PodSecurity"):
                ns.apply(PRIVILEGED)

    def test_unknown_fields_are_refused(self):
        with kube.namespace("harness") as ns:
            with self.assertRaisesRegex(kube.CommandError, "unknown field"):
                ns.apply(CONFIG % "a" + "dada: {}\n")


if __name__ == "__main__":
    kube.main()
