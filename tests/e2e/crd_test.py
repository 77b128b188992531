"""The CustomResourceDefinition on a real API server: it is established, has no drift, and its verdicts and defaults are ours."""
import concurrent.futures
import contextlib
import decimal
import json
import pathlib
import re
import secrets

import yaml

import kube

TABLE = pathlib.Path("tests/table/specs.yaml")
GROUP = "cache.autocache.io"
NAME = "autocaches.cache.autocache.io"
SUFFIXES = {"": 1, "m": decimal.Decimal("0.001"), "u": decimal.Decimal("0.000001"), "n": decimal.Decimal("0.000000001"),
            **{unit: 1000 ** (i + 1) for i, unit in enumerate("kMGTPE")},
            **{unit + "i": 1024 ** (i + 1) for i, unit in enumerate("KMGTPE")}}


def crd():
    return kube.autocache("crd")


def wait_established(name):
    def established():
        conditions = json.loads(kube.kubectl("get", "crd", name, "-o", "json"))["status"].get("conditions") or []
        return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
    kube.eventually(f"{name} is established", established, timeout=60)


def establish():
    kube.kubectl("apply", "--server-side",
                 "--force-conflicts", "--validate=strict", "-f", "-", input=crd())
    wait_established(NAME)


@contextlib.contextmanager
def own_group():
    """A group of its own with the same definition, which no other test on the cluster replaces meanwhile."""
    group = f"t{secrets.token_hex(4)}.autocache.io"
    try:
        kube.kubectl("create", "-f", "-", input=crd().replace(GROUP, group))
        wait_established(f"autocaches.{group}")
        probe = cache({}).replace(GROUP, group)
        kube.eventually(f"{group} is served", lambda: kube.kubectl("create", "--dry-run=server", "-f", "-", input=probe), timeout=60)
        yield group
    finally:
        kube.kubectl("delete", "crd", f"autocaches.{group}", "--ignore-not-found", "--wait=false", check=False)


def quantity(value):
    """The number that a Kubernetes quantity stands for, or None."""
    match = re.fullmatch(r"([-+]?[0-9]*\.?[0-9]*)([eE][-+]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?", str(value))
    if not match or not re.search("[0-9]", match[1]):
        return None
    suffix = match[2] or ""
    if suffix[:1] in ("e", "E") and len(suffix) > 1 and suffix[1] != "i":
        return decimal.Decimal(match[1] + suffix)
    return decimal.Decimal(match[1]) * SUFFIXES[suffix]


def same(ours, theirs):
    """Whether two specs with defaults are equal; the API server keeps quantities as they were written."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    return ours == theirs or quantity(ours) is not None and quantity(ours) == quantity(theirs)


POD_FIELDS = {"affinity": "affinity", "tolerations": "tolerations", "topologySpreadConstraints": "topologySpreadConstraints",
              "podSecurityContext": "securityContext", "imagePullSecrets": "imagePullSecrets", "nodeSelector": "nodeSelector",
              "extraVolumes": "volumes", "sidecars": "containers", "initContainers": "initContainers"}
SERVER_FIELDS = {"resources": "resources", "env": "env", "securityContext": "securityContext", "extraVolumeMounts": "volumeMounts"}


def stateful_set(spec):
    """A StatefulSet with the fields of a spec that are Kubernetes types; None if the spec has others."""
    if not isinstance(spec, dict) or not spec or not spec.keys() <= POD_FIELDS.keys() | SERVER_FIELDS.keys():
        return None
    server = {"name": "cache", "image": "x", **{SERVER_FIELDS[key]: spec[key] for key in spec.keys() & SERVER_FIELDS.keys()}}
    pod = {POD_FIELDS[key]: spec[key] for key in spec.keys() & POD_FIELDS.keys()}
    if not isinstance(pod.setdefault("containers", []), list):
        return None
    pod["containers"] = [server, *pod["containers"]]
    labels = {"app": "cache"}
    return json.dumps({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "cache"},
                       "spec": {"serviceName": "cache", "selector": {"matchLabels": labels},
                                "template": {"metadata": {"labels": labels}, "spec": pod}}})


def cache(spec):
    return json.dumps({"apiVersion": "cache.autocache.io/v1alpha1", "kind": "AutoCache", "metadata": {"name": "cache"}, "spec": spec})


class CrdTest(kube.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        establish()

    def test_definition_has_no_drift_after_server_side_apply(self):
        text = crd()
        for flags in ((), ("--server-side",)):
            result = kube.kubectl("diff", *flags, "-f", "-", input=text, check=False)
            self.assertEqual((result.returncode, result.stdout), (0, ""))

    def test_definition_fits_client_side_apply_and_has_no_drift_after_it(self):
        # A second kind with the same schema, so that objects of the first stay.
        text = crd().replace("autocaches", "driftprobes").replace("AutoCache", "DriftProbe").replace("singular: autocache\n", "singular: driftprobe\n")
        text = text.replace("- ac\n", "- dp\n")
        try:
            kube.kubectl("apply", "--validate=strict", "-f", "-", input=text)
            wait_established("driftprobes.cache.autocache.io")
            for flags in ((), ("--server-side",)):
                result = kube.kubectl("diff", *flags, "-f", "-", input=text, check=False)
                self.assertEqual((result.returncode, result.stdout), (0, ""))
        finally:
            kube.kubectl("delete", "crd", "driftprobes.cache.autocache.io", "--ignore-not-found", check=False)

    def test_columns_and_scale(self):
        with kube.namespace("crd") as ns:
            ns.apply(cache({"replicas": 3}))
            self.assertEqual(ns.kubectl("get", "ac").split()[:6], ["NAME", "REPLICAS", "READY", "PHASE", "CLUSTER", "AGE"])
            ns.kubectl("scale", "ac/cache", "--replicas=5")
            self.assertEqual(ns.get("ac/cache")["spec"]["replicas"], 5)
            patch = {"status": {"phase": "Running", "readyReplicas": 5, "replicas": 5,
                                "nodes": [{"name": "cache-0", "role": "master", "slots": "0-16383", "ready": True}]}}
            ns.kubectl("patch", "ac/cache", "--subresource=status", "--type=merge", "-p", json.dumps(patch))
            self.assertIn("Running", ns.kubectl("get", "ac/cache"))

    def test_table_of_specs(self):
        stated = {case["name"]: case for case in yaml.safe_load(TABLE.read_text())["cases"]}
        ours = json.loads(kube.run(kube.BUILD / "tests" / "spec_table", TABLE))
        self.assertGreaterEqual(len(ours), 150)
        with kube.namespace("crd") as ns, own_group() as group:
            def ask(case):
                text = case["text"].replace(GROUP, group)
                return ns.kubectl("create", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-", input=text, check=False)
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(ask, ours))
        wrong = []
        for case, answer in zip(ours, answers):
            accepted = answer.returncode == 0
            expected = not case["errors"] or stated[case["name"]]["api"] == "takes"
            if accepted != expected:
                wrong.append(f"{case['name']}: the API server {'takes it' if accepted else 'says ' + answer.stderr[-400:].strip()}; we {case['errors'] or 'take it'}")
            elif accepted and not case["errors"]:
                theirs = json.loads(answer.stdout).get("spec", {})
                if not same(case["spec"], theirs):
                    wrong.append(f"{case['name']}: defaults: ours {json.dumps(case['spec'])}, theirs {json.dumps(theirs)}")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))


    def test_kubernetes_types_are_those_of_the_api_server(self):
        asked = []
        for case in json.loads(kube.run(kube.BUILD / "tests" / "spec_table", TABLE)):
            try:
                text = stateful_set(yaml.safe_load(case["text"]).get("spec"))
            except yaml.YAMLError:
                continue
            if text:
                asked.append((case, text))
        self.assertGreater(len(asked), 80)
        with kube.namespace("types") as ns:
            def ask(pair):
                return ns.kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", input=pair[1], check=False)
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(ask, asked))
        wrong = [f"{case['name']}: {answer.stderr[-400:].strip()}" for (case, _), answer in zip(asked, answers)
                 if not case["errors"] and answer.returncode != 0]
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))


if __name__ == "__main__":
    kube.main()
