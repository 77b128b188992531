"""What `plan` says a real API server will take, refuse, and restart is what it does."""
import concurrent.futures
import json
import os
import pathlib
import re
import tempfile

import kube

ROWS = json.loads((kube.ROOT / "tests/unit/plan/rows.json").read_text())
SPEC_ROWS = json.loads((kube.ROOT / "tests/unit/plan/spec_rows.json").read_text())
# Addresses of the table's Services; replaced by ones of this cluster's range.
TABLE_RANGE = "10.96.0."
CLUSTER_SCOPED = ("ClusterRoleBinding", "StorageClass", "PriorityClass", "CustomResourceDefinition", "Namespace")


def edited(thing, path, value):
    """A copy of `thing` with the value at a JSON pointer set; "$remove" removes it."""
    made = json.loads(json.dumps(thing))
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in path.split("/")[1:]]
    at = made
    for token in tokens[:-1]:
        at = at[int(token)] if isinstance(at, list) else at.setdefault(token, {})
    last = tokens[-1]
    if isinstance(at, list):
        at[int(last):int(last) + 1] = [] if value == "$remove" else [value]
    elif value == "$remove":
        at.pop(last, None)
    else:
        at[last] = value
    return made


def edited_all(thing, path, value):
    """The same for a row's one path and value, or its lists of them."""
    for one, to in zip(*((path, value) if isinstance(path, list) else ([path], [value]))):
        thing = edited(thing, one, to)
    return thing


def rows_for_the_server():
    """The rows that edit an object under the newest Kubernetes rules."""
    for row in ROWS["rows"]:
        name, path, value, rule, impact, *more = row
        more = more[0] if more else {}
        if path == "" or "kube" in more or more.get("server") == "skip":
            continue
        yield name, edited_all(ROWS["objects"][name], path, value), f"{name} {path} -> {rule or 'no change'}"


def plan(before, after, *flags):
    """The JSON report about two objects or texts."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, content in (("old", before), ("new", after)):
            path = pathlib.Path(folder) / f"{name}.yaml"
            path.write_text(content if isinstance(content, str) else json.dumps(content))
            files.append(path)
        return json.loads(kube.autocache("plan", *files, "-o", "json", "--kube-version", "1.34", "--allow-empty", *flags))


def refuses(report):
    """Whether the plan says that the API server refuses the update."""
    return any(map(is_refusal, report["changes"]))


def is_refusal(change):
    return change["effect"].startswith("the API server refuses")


def identity(thing):
    """Kind and name of an object, as reports write them of one without a namespace."""
    return f"{thing['kind']}/{thing['metadata']['name']}"


def local_addresses(thing, prefix):
    return json.loads(json.dumps(thing).replace(TABLE_RANGE, prefix))


class ServerTest(kube.TestCase):
    def test_the_server_takes_and_refuses_what_the_plan_says(self):
        service = kube.kubectl("get", "service", "kubernetes", "-n", "default", "-o", "jsonpath={.spec.clusterIP}")
        prefix = service.rsplit(".", 1)[0] + "."
        with kube.namespace("plan", restricted=False) as ns, kube.namespace("plan-memory", restricted=False) as other, \
                concurrent.futures.ThreadPoolExecutor(4) as pool:
            places = {name: other if name == "memory" else ns for name in ROWS["objects"]}
            rows = list(rows_for_the_server())
            self.addCleanup(self.delete_cluster_scoped)
            self.delete_cluster_scoped()
            list(pool.map(lambda name: self.create(places[name], local_addresses(ROWS["objects"][name], prefix)), {name for name, *_ in rows}))
            self.bind(ns, "data-cache-0")

            def difference(row):
                name, after, title = row
                refused = refuses(plan(ROWS["objects"][name], after))
                result = places[name].kubectl("apply", "--dry-run=server", "-f", "-", check=False,
                                              input=json.dumps(local_addresses(after, prefix)))
                if refused != (result.returncode != 0):
                    return f"{title}: the plan says {'refused' if refused else 'taken'}, the server: {result.stdout.strip()} {result.stderr.strip()[:300]}"

            self.assertEqual([wrong for wrong in pool.map(difference, rows) if wrong], [])
            self.assertGreaterEqual(len(rows), 110)

    @staticmethod
    def create(place, thing):
        place.kubectl("apply", "-f", "-", input=json.dumps(thing))

    @staticmethod
    def bind(ns, claim):
        """A claim grows and shrinks by other rules once it is bound, and it is bound when a Pod uses it."""
        ns.kubectl("apply", "-f", "-", input=json.dumps({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "user"},
            "spec": {"containers": [{"name": "a", "image": "example.com/none:1", "volumeMounts": [{"name": "d", "mountPath": "/d"}]}],
                     "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": claim}}]}}))
        kube.eventually("the claim is bound", lambda: ns.get(f"pvc/{claim}")["status"]["phase"] == "Bound", timeout=120)

    @staticmethod
    def delete_cluster_scoped():
        for thing in ROWS["objects"].values():
            if thing["kind"] in CLUSTER_SCOPED:
                kube.kubectl("delete", thing["kind"], thing["metadata"]["name"], "--ignore-not-found", "--wait=true", check=False)


SPEC = """apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata:
  name: cache
spec:
  engine: redis
  engineVersion: "7.0"
  image: redis:7.0
  replicas: 2
  config:
    maxMemory: 64mb
"""


SHARDED = """apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata:
  name: cache
spec:
  engine: valkey
  image: valkey/valkey:9.1
  replicas: 4
  replicasPerShard: 1
"""


class RestartTest(kube.TestCase):
    """Exactly the Pods that a plan names restart."""

    STEPS = [
        ("a live directive", ("maxMemory: 64mb", "maxMemory: 65mb"), 0),
        ("an annotation of the Service", ("config:", "serviceAnnotations:\n    a: b\n  config:"), 0),
        ("a restart-only directive", ("maxMemory: 65mb", "maxMemory: 65mb\n    databases: 32"), 2),
        ("an annotation of the Pods", ("serviceAnnotations:", "podAnnotations:\n    a: b\n  serviceAnnotations:"), 2),
        ("another spelling", ("maxMemory: 65mb", "maxMemory: 66560kb"), 0),
        ("another release", ('engineVersion: "7.0"\n  image: redis:7.0', 'engineVersion: "8.0"\n  image: redis:8.0'), 2),
        ("one node more", ("replicas: 2", "replicas: 3"), 0),
    ]
    KINDS = "statefulset,service,configmap,serviceaccount,poddisruptionbudget"

    @staticmethod
    def pods(ns):
        return {pod["metadata"]["name"]: pod["metadata"]
                for pod in ns.items("pods", "-l", "app.kubernetes.io/instance=cache,app.kubernetes.io/component=cache")}

    def check_step(self, ns, before, after, restarts):
        """Applies `after`, and checks that what restarts is what the plans from the spec and from the live objects name."""
        report = plan(ns.kubectl("get", self.KINDS, "-o", "yaml"), after)
        self.assertEqual(report["restarts"], plan(before, after)["restarts"])
        self.assertEqual(len(report["restarts"]), restarts)
        old = self.pods(ns)
        self.roll_out(ns, after)
        new = self.pods(ns)
        self.assertEqual({name for name in old if name not in new or new[name]["uid"] != old[name]["uid"]}, set(report["restarts"]))
        for step in report["steps"]:
            created = [new[name]["creationTimestamp"] for name in step.get("pods", [])]
            self.assertEqual(created, sorted(created), step)

    @staticmethod
    def roll_out(ns, spec):
        ns.apply(kube.autocache("render", "-", input=spec))
        for stateful_set in ns.items("statefulsets"):
            ns.wait_rollout("statefulset/" + stateful_set["metadata"]["name"])

    def test_the_named_pods_restart_and_no_others(self):
        with kube.namespace("plan-restart") as ns:
            spec = SPEC
            self.roll_out(ns, spec)
            for title, (before, after), restarts in self.STEPS:
                with self.subTest(title):
                    self.assertIn(before, spec)
                    changed = spec.replace(before, after, 1)
                    self.check_step(ns, spec, changed, restarts)
                    spec = changed
            self.assertEqual(plan(ns.kubectl("get", self.KINDS, "-o", "json"), spec)["changes"], [])

    def test_with_a_stateful_set_for_each_shard(self):
        with kube.namespace("plan-shards") as ns:
            self.roll_out(ns, SHARDED)
            changed = SHARDED + "  podAnnotations:\n    a: b\n"
            self.check_step(ns, SHARDED, changed, 4)
            self.check_step(ns, changed, changed + "  config:\n    maxMemory: 64mb\n", 0)

    def test_every_row_of_specs_rolls_and_is_refused_where_the_plan_says_so(self):
        """A StatefulSet restarts its Pods when its controller makes another revision of their template, and only then. The Pods here
        fit no node, so nothing runs."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            found = [row for rows in pool.map(lambda name: list(self.checked_rows(name)), SPEC_ROWS["specs"]) for row in rows]
        self.assertEqual([row for row in found if row[1] != row[2] or row[3] != row[4]], [])
        self.assertGreaterEqual(len(found), 60)
        self.assertGreaterEqual(sum(bool(named) for _, _, named, _, _ in found), 12)
        self.assertGreaterEqual(sum(bool(refused) for _, _, _, _, refused in found), 11)

    def checked_rows(self, name):
        """For each row of a spec: the row, the StatefulSets that roll, those whose Pods the plan names, the objects that the server
        refuses, those of which the plan says so."""
        base = edited(SPEC_ROWS["specs"][name], "/spec/nodeSelector", {"none": "none"})
        base["metadata"].pop("namespace")
        with kube.namespace("plan-rows") as ns:
            objects = kube.rendered("-", input=json.dumps(base))
            ns.apply_objects(objects, "--server-side")
            first = self.revisions(ns, base)
            for row in SPEC_ROWS["rows"]:
                if row[0] != name or str(row[1]).startswith("/metadata"):
                    continue
                after = edited_all(base, row[1], row[2])
                report = plan(base, after)
                refused = sorted({c["object"] for c in report["changes"] if is_refusal(c)})
                # A claim grows only once it is bound; the tables' objects have such a one.
                unbound = {c["object"] for c in report["changes"] if c["rule"] == "pvc.grow"}
                forbidden = self.forbidden(ns, after, {identity(o) for o in objects} - unbound)
                rolled, named = [], []
                replaced = any(c["object"].startswith("StatefulSet/") and c["path"] == "" for c in report["changes"])
                if not refused and not replaced:
                    now = self.revisions(ns, after)
                    rolled = sorted(s for s in first if now[s] != first[s])
                    named = sorted({pod.rsplit("-", 1)[0] for pod in report["restarts"]})
                yield row, rolled, named, forbidden, refused

    @staticmethod
    def forbidden(ns, spec, known):
        """Those of `known` objects whose update to what `spec` renders to the server refuses."""
        objects = [o for o in kube.rendered("-", input=json.dumps(spec)) if identity(o) in known]
        result = ns.kubectl("apply", "--server-side", "--force-conflicts", "--dry-run=server", "-o", "name", "-f", "-", check=False,
                            input="\n---\n".join(map(json.dumps, objects)))
        taken = {line.split()[0] for line in result.stdout.splitlines()}
        return sorted(identity(o) for o in objects if not any(identity(o).lower() == re.sub(r"\.[^/]*", "", one) for one in taken))

    @staticmethod
    def revisions(ns, spec):
        """Applies the StatefulSets of `spec`; the revision of each once its controller has seen it."""
        sets = [o for o in kube.rendered("-", input=json.dumps(spec)) if o["kind"] == "StatefulSet"]
        ns.apply_objects(sets, "--server-side", "--force-conflicts")

        def seen():
            found = ns.items("statefulsets")
            if all(s["status"].get("observedGeneration") == s["metadata"]["generation"] for s in found):
                return {s["metadata"]["name"]: s["status"]["updateRevision"] for s in found}
        return kube.eventually("the controller has seen the StatefulSets", seen, timeout=60, interval=0.2)


STORED = """apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata:
  name: cache
spec:
  engine: redis
  image: redis:8.0
  replicas: 3
  storage:
    enabled: true
    size: 1Gi
"""


class RunbookTest(kube.TestCase):
    """People without a GitOps tool: the commands of the plan, one after the other, in the folder that --out has written."""

    def follow(self, ns, before, after):
        """Runs every command of the plan; the phases of its steps."""
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "old.yaml").write_text(before)
            (folder / "new.yaml").write_text(after)
            report = json.loads(kube.autocache("plan", folder / "old.yaml", folder / "new.yaml", "-n", ns.name, "--allow-empty", "-o", "json",
                                               "--out", folder / "steps"))
            commands = [command for step in report["steps"] for command in step.get("commands", [])]
            for command in commands:
                self.assertIn(command, (folder / "steps/RUNBOOK.md").read_text())
            script = 'set -eu; kubectl() { $KUBECTL "$@"; }\n' + "\n".join(commands)
            kube.run("bash", "-c", script, cwd=folder / "steps", timeout=400, env={"KUBECTL": os.environ.get("KUBECTL", "kubectl")})
            return [step["phase"] for step in report["steps"]]

    def check_cluster(self, ns, nodes, keys):
        info = ns.redis("cache-0", "cluster", "info")
        self.assertIn("cluster_state:ok", info)
        self.assertIn(f"cluster_known_nodes:{nodes}", info)
        self.assertIn(f"cluster_size:{nodes}", info)
        for i in range(keys):
            self.assertEqual(ns.redis("cache-0", "-c", "get", f"key{i}"), f"value{i}")

    def test_install_grow_shrink_and_bigger_volumes_by_the_commands(self):
        with kube.namespace("plan-runbook") as ns:
            self.assertEqual(self.follow(ns, "", STORED), ["apply", "sync", "check"])
            for i in range(8):
                self.assertEqual(ns.redis("cache-0", "-c", "set", f"key{i}", f"value{i}"), "OK")
            self.check_cluster(ns, 3, 8)

            four = STORED.replace("replicas: 3", "replicas: 4")
            self.assertEqual(self.follow(ns, STORED, four), ["apply", "sync", "check"])
            self.check_cluster(ns, 4, 8)
            self.assertEqual(self.follow(ns, four, STORED), ["gate", "apply", "sync", "check"])
            self.check_cluster(ns, 3, 8)

            pods = RestartTest.pods(ns)
            bigger = STORED.replace("size: 1Gi", "size: 2Gi")
            self.assertEqual(self.follow(ns, STORED, bigger), ["prepare", "patch", "delete", "apply", "sync", "check"])
            kube.eventually("the volumes grow", lambda: [c["status"]["capacity"]["storage"] for c in ns.items("pvc")][:3] == ["2Gi"] * 3)
            self.assertEqual({name: pod["uid"] for name, pod in RestartTest.pods(ns).items()}, {name: pod["uid"] for name, pod in pods.items()})
            self.check_cluster(ns, 3, 8)
            live = ns.kubectl("get", RestartTest.KINDS + ",job,pvc", "-o", "yaml")
            self.assertEqual(plan(live, bigger)["changes"], [])


if __name__ == "__main__":
    kube.main()
