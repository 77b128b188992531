"""What render prints, on a real API server: strict validation, the restricted Pod Security level, no drift, and stock servers that
become ready."""
import json
import pathlib
import shlex

import kube

EXAMPLES = sorted((kube.ROOT / "examples").glob("*.yaml"))
GOLDEN = kube.ROOT / "tests" / "golden"


def golden_manifests():
    """Command line and output of every golden case that prints manifests for kubectl."""
    for folder in sorted(p.parent for p in GOLDEN.glob("*/cmd")):
        arguments = shlex.split((folder / "cmd").read_text())
        out = folder / "expected.out"
        if arguments[0] == "render" and "ndjson" not in arguments and out.exists() and not (folder / "expected.exit").exists():
            yield folder.name, out.read_text()


class ApplyTest(kube.TestCase):
    def setUp(self):
        kube.kubectl("apply", "--server-side", "-f", "-", input=kube.autocache("crd"))
        kube.kubectl("wait", "--for=condition=Established", "crd/autocaches.cache.autocache.io", "--timeout=60s")

    def check_no_drift(self, name, manifests, *flags):
        # Output that names a namespace of its own goes there.
        manifests = manifests.replace("namespace: shop\n", "namespace: NAMESPACE\n")
        with kube.namespace("apply") as ns:
            manifests = manifests.replace("namespace: NAMESPACE\n", f"namespace: {ns.name}\n")
            ns.apply(manifests, *flags)
            self.assertEqual(ns.diff(manifests), "", f"{name}: kubectl diff after apply {flags}")
            if "--server-side" in flags:
                # After a client-side apply, kubectl's own last-applied annotation is in the way of the other comparison.
                self.assertEqual(ns.diff(manifests, "--server-side"), "", f"{name}: kubectl diff --server-side")

    def test_golden_output_applies_server_side_without_drift(self):
        for name, manifests in golden_manifests():
            with self.subTest(name):
                self.check_no_drift(name, manifests, "--server-side")

    def test_golden_output_applies_client_side_without_drift(self):
        for name, manifests in golden_manifests():
            with self.subTest(name):
                self.check_no_drift(name, manifests)

    def test_every_pod_meets_the_restricted_level(self):
        # Admission of a StatefulSet only warns about its Pods; a Pod of each template is refused if it does not meet the level.
        for example in EXAMPLES:
            with self.subTest(example.name), kube.namespace("restricted") as ns:
                text = kube.autocache("render", example, "--hooks", "argocd", "-o", "ndjson")
                for line in text.splitlines():
                    template = json.loads(line)["spec"].get("template") if '"template"' in line else None
                    if template is None:
                        continue
                    template["spec"].pop("serviceAccountName", None)
                    template["spec"].setdefault("restartPolicy", "Always")
                    mounted = {m["name"] for c in template["spec"]["containers"] for m in c.get("volumeMounts", [])}
                    volumes = template["spec"].setdefault("volumes", [])
                    present = {v["name"] for v in volumes}
                    volumes += [{"name": n, "emptyDir": {}} for n in sorted(mounted - present)]
                    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {**template["metadata"], "generateName": "probe-"},
                           "spec": template["spec"]}
                    ns.kubectl("create", "--dry-run=server", "-f", "-", input=json.dumps(pod))


class ReadyTest(kube.TestCase):
    """Stock images, with nothing of ours in the Pods."""

    def check_ready(self, example, sets, program):
        with kube.namespace("ready") as ns:
            manifests = kube.autocache("render", example)
            self.assertNotIn("autocache-hook", manifests)
            ns.apply(manifests, "--server-side")
            for name in sets:
                ns.wait_rollout(f"statefulset/{name}")
            pod = f"{sets[0]}-0"
            self.assertEqual(ns.redis(pod, "ping", program=program), "PONG")
            self.assertIn("cluster_enabled:1", ns.redis(pod, "info", "cluster", program=program))
            address = ns.get(f"pod/{pod}")["status"]["podIP"]
            nodes = ns.redis(pod, "cluster", "nodes", program=program)
            self.assertIn(f" {address}:6379@16379", nodes)
            self.assertIn(f",{pod}.", nodes)
            for live in ns.items("pods"):
                restarts = [c["restartCount"] for c in live["status"]["containerStatuses"]]
                self.assertEqual(restarts, [0] * len(restarts), live["metadata"]["name"])

    def test_quickstart(self):
        self.check_ready("examples/quickstart.yaml", ["cache"], "redis-cli")

    def test_redis_7(self):
        self.check_ready("examples/redis-7.yaml", ["redis7"], "redis-cli")

    def test_redis_8_with_storage(self):
        self.check_ready("examples/redis-8.yaml", ["redis8"], "redis-cli")

    def test_valkey_9_with_storage(self):
        self.check_ready("examples/valkey-9.yaml", ["valkey9"], "valkey-cli")

    def test_valkey_9_shards(self):
        self.check_ready("examples/replicas.yaml", ["sharded-0", "sharded-1", "sharded-2"], "valkey-cli")

    def test_valkey_8_with_append_only_file(self):
        self.check_ready("examples/persistence.yaml", ["durable"], "valkey-cli")

    def test_explicit_claims_grow_by_an_edit(self):
        with kube.namespace("claims") as ns:
            example = pathlib.Path("examples/explicit-claims.yaml")
            ns.apply(kube.autocache("render", example), "--server-side")
            ns.wait_rollout("statefulset/growing")
            claims = {c["metadata"]["name"]: c for c in ns.items("pvc")}
            self.assertEqual(sorted(claims), ["data-growing-0", "data-growing-1", "data-growing-2"])
            self.assertEqual({c["spec"]["resources"]["requests"]["storage"] for c in claims.values()}, {"2Gi"})
            bigger = kube.autocache("render", example, "--set", "spec.storage.size=3Gi")
            ns.apply(bigger, "--server-side")
            kube.eventually("the volumes grow", lambda: {c["status"]["capacity"]["storage"] for c in ns.items("pvc")} == {"3Gi"})
            self.assertEqual(ns.diff(bigger, "--server-side"), "")

    def test_data_survives_a_restart_of_the_pods(self):
        with kube.namespace("data") as ns:
            ns.apply(kube.autocache("render", "examples/redis-8.yaml"), "--server-side")
            ns.wait_rollout("statefulset/redis8")
            # One node that owns a slot is enough to write a key.
            ns.redis("redis8-0", "cluster", "addslotsrange", "0", "16383")
            kube.eventually("a write", lambda: ns.redis("redis8-0", "set", "key", "value") == "OK")
            old = ns.get("pod/redis8-0")["metadata"]["uid"]
            ns.kubectl("delete", "pod", "redis8-0")
            kube.eventually("a new Pod", lambda: ns.get("pod/redis8-0")["metadata"]["uid"] != old)
            ns.wait_rollout("statefulset/redis8")
            kube.eventually("the key", lambda: ns.redis("redis8-0", "get", "key") == "value")

    def test_without_storage_a_restarted_container_is_a_new_node(self):
        with kube.namespace("layer") as ns:
            ns.apply(kube.autocache("render", "examples/quickstart.yaml"), "--server-side")
            ns.wait_rollout("statefulset/cache")
            old = ns.redis("cache-0", "cluster", "myid")
            ns.kubectl("exec", "cache-0", "-c", "cache", "--", "redis-cli", "shutdown", "nosave", check=False)
            kube.eventually("a restart", lambda: ns.get("pod/cache-0")["status"]["containerStatuses"][0]["restartCount"] == 1)
            ns.wait_rollout("statefulset/cache")
            kube.eventually("another node", lambda: ns.redis("cache-0", "cluster", "myid") != old)


if __name__ == "__main__":
    kube.main()
