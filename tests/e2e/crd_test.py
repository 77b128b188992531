"""The CustomResourceDefinition on a real API server: it is established, has no drift, and its verdicts and defaults are ours."""
import concurrent.futures
import decimal
import json
import pathlib
import re

import yaml

import kube

TABLE = pathlib.Path("tests/table/specs.yaml")
NAME = "autocaches.cache.autocache.io"
SUFFIXES = {"": 1, "m": decimal.Decimal("0.001"), "u": decimal.Decimal("0.000001"), "n": decimal.Decimal("0.000000001"),
            **{unit: 1000 ** (i + 1) for i, unit in enumerate("kMGTPE")},
            **{unit + "i": 1024 ** (i + 1) for i, unit in enumerate("KMGTPE")}}


def crd():
    return kube.autocache("crd")


def establish():
    kube.kubectl("apply", "--server-side",
                 "--force-conflicts", "--validate=strict", "-f", "-", input=crd())
    kube.kubectl("wait", "--for=condition=Established", f"crd/{NAME}", "--timeout=60s")


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
            kube.kubectl("wait", "--for=condition=Established", "crd/driftprobes.cache.autocache.io", "--timeout=60s")
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
        with kube.namespace("crd") as ns:
            def ask(case):
                return ns.kubectl("create", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-", input=case["text"], check=False)
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


if __name__ == "__main__":
    kube.main()
