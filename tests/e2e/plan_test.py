"""What `plan` says a real API server will take, refuse, and restart is what it does."""
import json
import pathlib
import tempfile

import kube

ROWS = json.loads((kube.ROOT / "tests/unit/plan/rows.json").read_text())
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


def rows_for_the_server():
    """The rows that edit an object under the newest Kubernetes rules."""
    for row in ROWS["rows"]:
        name, path, value, rule, impact, *more = row
        more = more[0] if more else {}
        if path == "" or "kube" in more or more.get("server") == "skip":
            continue
        paths, values = (path, value) if isinstance(path, list) else ([path], [value])
        after = ROWS["objects"][name]
        for one, to in zip(paths, values):
            after = edited(after, one, to)
        yield name, after, rule, f"{name} {path} -> {rule or 'no change'}"


def plan(before, after, tmp):
    """The JSON report about two objects or texts."""
    files = []
    for name, content in (("old", before), ("new", after)):
        path = pathlib.Path(tmp) / f"{name}.yaml"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        files.append(path)
    return json.loads(kube.autocache("plan", *files, "-o", "json", "--kube-version", "1.34", "--allow-empty"))


def refuses(report):
    """Whether the plan says that the API server refuses the update."""
    return any(c["effect"].startswith("the API server refuses") for c in report["changes"])


def local_addresses(thing, prefix):
    return json.loads(json.dumps(thing).replace(TABLE_RANGE, prefix))


class ServerTest(kube.TestCase):
    def test_the_server_takes_and_refuses_what_the_plan_says(self):
        service = kube.kubectl("get", "service", "kubernetes", "-n", "default", "-o", "jsonpath={.spec.clusterIP}")
        prefix = service.rsplit(".", 1)[0] + "."
        wrong, checked = [], 0
        with kube.namespace("plan", restricted=False) as ns, kube.namespace("plan-memory", restricted=False) as other, \
                tempfile.TemporaryDirectory() as tmp:
            places = {name: other if name == "memory" else ns for name in ROWS["objects"]}
            needed = {name for name, *_ in rows_for_the_server()}
            self.addCleanup(self.delete_cluster_scoped)
            self.delete_cluster_scoped()
            for name in needed:
                self.create(places[name], local_addresses(ROWS["objects"][name], prefix))
            self.bind(ns, "data-cache-0")
            for name, after, rule, title in rows_for_the_server():
                report = plan(ROWS["objects"][name], after, tmp)
                result = places[name].kubectl("apply", "--dry-run=server", "-f", "-", check=False,
                                              input=json.dumps(local_addresses(after, prefix)))
                checked += 1
                if refuses(report) != (result.returncode != 0):
                    wrong.append(f"{title}: the plan says {'refused' if refuses(report) else 'taken'}, the server: "
                                 f"{result.stdout.strip()} {result.stderr.strip()[:300]}")
        self.assertEqual(wrong, [])
        self.assertGreaterEqual(checked, 110)

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


class RestartTest(kube.TestCase):
    """Exactly the Pods that a plan names restart."""

    STEPS = [
        ("a live directive", ("maxMemory: 64mb", "maxMemory: 65mb"), 0),
        ("an annotation of the Service", ("config:", "serviceAnnotations:\n    a: b\n  config:"), 0),
        ("a restart-only directive", ("maxMemory: 65mb", "maxMemory: 65mb\n    databases: 32"), 2),
        ("an annotation of the Pods", ("serviceAnnotations:", "podAnnotations:\n    a: b\n  serviceAnnotations:"), 2),
        ("another spelling", ("maxMemory: 65mb", "maxMemory: 66560kb"), 0),
        ("one node more", ("replicas: 2", "replicas: 3"), 0),
    ]

    def pods(self, ns):
        return {pod["metadata"]["name"]: pod["metadata"]["uid"]
                for pod in ns.items("pods", "-l", "app.kubernetes.io/instance=cache,app.kubernetes.io/component=cache")}

    def test_the_named_pods_restart_and_no_others(self):
        with kube.namespace("plan-restart") as ns, tempfile.TemporaryDirectory() as tmp:
            spec = SPEC
            ns.apply(self.render(spec, tmp))
            ns.wait_rollout("statefulset/cache")
            for title, (before, after), restarts in self.STEPS:
                with self.subTest(title):
                    self.assertIn(before, spec)
                    changed = spec.replace(before, after, 1)
                    live = ns.kubectl("get", "statefulset,service,configmap,serviceaccount,poddisruptionbudget", "-o", "yaml")
                    report = plan(live, changed, tmp)
                    self.assertEqual(report["restarts"], plan(spec, changed, tmp)["restarts"])
                    self.assertEqual(len(report["restarts"]), restarts)
                    old = self.pods(ns)
                    ns.apply(self.render(changed, tmp))
                    ns.wait_rollout("statefulset/cache")
                    new = self.pods(ns)
                    restarted = {name for name in old if new.get(name) != old[name]}
                    self.assertEqual(restarted, set(report["restarts"]))
                    spec = changed
            live = ns.kubectl("get", "statefulset,service,configmap,serviceaccount,poddisruptionbudget", "-o", "json")
            self.assertEqual(plan(live, spec, tmp)["changes"], [])

    def render(self, spec, tmp):
        path = pathlib.Path(tmp) / "spec.yaml"
        path.write_text(spec)
        return kube.autocache("render", path)


if __name__ == "__main__":
    kube.main()
