"""What render prints, on a real API server: strict validation, the restricted Pod Security level, no drift, and stock servers that
become ready."""
import json
import pathlib
import re
import shlex
import tempfile

import kube

EXAMPLES = sorted((kube.ROOT / "examples").glob("*.yaml"))
GOLDEN = kube.ROOT / "tests" / "golden"


def objects_of(manifests):
    """Kind and name of each object of a text, in YAML as we write it or in JSON."""
    if manifests.startswith("{"):
        return {(item["kind"], item["metadata"]["name"]) for item in json.loads(manifests)["items"]}
    parts = manifests.split("---\n")[1:]
    return {(re.search(r"^kind: (.*)$", part, re.M)[1], re.search(r"^  name: (.*)$", part, re.M)[1]) for part in parts}


def golden_batches():
    """What the golden cases print for kubectl, in batches in which no two cases have an object of the same name."""
    batches = []
    for folder in sorted(p.parent for p in GOLDEN.glob("*/cmd")):
        arguments = shlex.split((folder / "cmd").read_text())
        out = folder / "expected.out"
        if arguments[0] != "render" or "ndjson" in arguments or not out.exists() or (folder / "expected.exit").exists():
            continue
        text = out.read_text()
        objects = objects_of(text)
        batch = next((b for b in batches if not b["objects"] & objects), None)
        if batch is None:
            batch = {"names": [], "objects": set(), "texts": []}
            batches.append(batch)
        batch["names"].append(folder.name)
        batch["objects"] |= objects
        batch["texts"].append(text)
    return batches


class ApplyTest(kube.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        kube.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input=kube.autocache("crd"))
        # In the first moments it has no conditions, which kubectl does not wait for.
        kube.eventually("the definition is there", lambda: "True" in kube.kubectl(
            "get", "crd/autocaches.cache.autocache.io", "-o", "jsonpath={.status.conditions[?(@.type=='Established')].status}"))

    def check_no_drift(self, *flags):
        for batch in golden_batches():
            with self.subTest(cases=batch["names"]), kube.namespace("apply") as ns, tempfile.TemporaryDirectory() as folder:
                # No Pod starts: nothing here waits for one, and their state is not ours.
                ns.kubectl("create", "quota", "none", "--hard=pods=0")
                for name, text in zip(batch["names"], batch["texts"]):
                    # What names a namespace of its own goes to that of the test.
                    text = text.replace("namespace: shop\n", f"namespace: {ns.name}\n")
                    (pathlib.Path(folder) / f"{name}.{'json' if text.startswith('{') else 'yaml'}").write_text(text)
                ns.kubectl("apply", "--validate=strict", *flags, "-f", folder)
                for mode in ([], ["--server-side"]):
                    difference = ns.kubectl("diff", *mode, "-f", folder, check=False)
                    self.assertEqual(difference.stderr, "", f"kubectl diff {mode} after apply {flags}")
                    self.assertEqual(difference.stdout, "", f"kubectl diff {mode} after apply {flags}")

    def test_golden_output_applies_server_side_without_drift(self):
        self.check_no_drift("--server-side")

    def test_golden_output_applies_client_side_without_drift(self):
        self.check_no_drift()

    def test_every_pod_meets_the_restricted_level(self):
        # Admission of a StatefulSet only warns about its Pods; a Pod of each template is refused if it does not meet the level.
        with kube.namespace("restricted") as ns:
            for example in EXAMPLES:
                with self.subTest(example.name):
                    pods = list(self.pods_of(example))
                    self.assertTrue(pods)
                    pods = {"apiVersion": "v1", "kind": "List", "items": pods}
                    ns.kubectl("create", "--dry-run=server", "-f", "-", input=json.dumps(pods))

    @staticmethod
    def pods_of(example):
        """A Pod of each template that the example renders."""
        for rendered in kube.rendered(example, "--hooks", "argocd"):
            spec = rendered.get("spec", {})
            template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
            if template is None:
                continue
            template["spec"].pop("serviceAccountName", None)
            template["spec"].setdefault("restartPolicy", "Always")
            mounted = {m["name"] for c in template["spec"]["containers"] for m in c.get("volumeMounts", [])}
            volumes = template["spec"].setdefault("volumes", [])
            present = {v["name"] for v in volumes}
            volumes += [{"name": n, "emptyDir": {}} for n in sorted(mounted - present)]
            yield {"apiVersion": "v1", "kind": "Pod", "metadata": {**template["metadata"], "generateName": "probe-"},
                   "spec": template["spec"]}


class ReadyTest(kube.TestCase):
    """Stock images; nothing of ours is in the Pods where there are neither replicas nor a password."""

    def check_ready(self, example, sets, program, *flags, plain=True):
        with kube.namespace("ready") as ns:
            manifests = kube.autocache("render", example, *flags)
            self.assertEqual("autocache-hook" not in manifests, plain)
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

    def test_redis_7_with_storage(self):
        self.check_ready("examples/redis-7.yaml", ["redis7"], "redis-cli", "--set", "spec.storage={enabled: true, size: 1Gi}")

    def test_redis_8_with_storage(self):
        self.check_ready("examples/redis-8.yaml", ["redis8"], "redis-cli")

    def test_valkey_9_with_storage(self):
        self.check_ready("examples/valkey-9.yaml", ["valkey9"], "valkey-cli")

    def test_valkey_9_without_storage(self):
        self.check_ready("examples/valkey-9.yaml", ["valkey9"], "valkey-cli", "--set", "spec.storage.enabled=false")

    def test_valkey_9_shards(self):
        self.check_ready("examples/replicas.yaml", ["sharded-0", "sharded-1", "sharded-2"], "valkey-cli", plain=False)

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
