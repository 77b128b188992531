"""The steps of `autocache plan --out`, each command as it is printed, form, scale and update a cluster with kubectl alone."""
import json
import os
import pathlib
import tempfile

import gitops
import kube

SPEC = """
apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata: {name: cache}
spec:
  engine: valkey
  image: valkey/valkey:%(version)s
  replicas: %(replicas)d
  config: {custom: {%(custom)s}}
"""


class StepsTest(kube.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="autocache-e2e-")))
        self.ns = self.enterContext(kube.namespace("steps"))
        self.cache = gitops.Cache(self.ns, "cache", "valkey-cli")
        self.count = 0
        self.old = self.folder / "empty.yaml"
        self.old.write_text("")

    def change(self, replicas=3, version="8.1", custom=""):
        """Plans the way from the last spec to this one and carries the plan out."""
        self.count += 1
        new, out = self.folder / f"{self.count}.yaml", self.folder / f"steps-{self.count}"
        new.write_text(SPEC % {"replicas": replicas, "version": version, "custom": custom})
        plan = json.loads(kube.autocache("plan", self.old, new, "--allow-empty", "-o", "json", "--out", out))
        for step in plan["steps"]:
            for command in step["commands"]:
                script = f'kubectl() {{ {os.environ.get("KUBECTL", "kubectl")} -n {self.ns.name} "$@"; }}\n{command}'
                kube.run("bash", "-ec", script, cwd=out, timeout=400)
        self.assertTrue((out / "RUNBOOK.md").exists())
        self.old = new
        kube.eventually("the cluster is formed", lambda: self.cache.is_formed(replicas, replicas), 60, 2)
        return plan

    def test_forms_scales_and_updates(self):
        self.change()
        with gitops.load(self.ns, "cache") as client:
            for replicas in (5, 3):
                with self.subTest(replicas=replicas):
                    self.assertIn(self.change(replicas)["slots"]["moved"], (6553, 6554))
            result = client.finish()
            print(result)
            self.assertEqual((result["lost"], result["errors"]), ([], {}))
        with self.subTest("image change"):
            self.assertEqual(self.change(version="9.1")["impact"], "rolling-restart")
            for pod in self.cache.pods():
                self.assertIn("valkey_version:9.1", self.cache.ask(pod, "info", "server"))
        with self.subTest("live config"):
            pods = [p["metadata"]["uid"] for p in self.ns.cache_pods()]
            self.assertEqual(self.change(version="9.1", custom="slowlog-max-len: \"77\"")["impact"], "live")
            self.assertEqual([p["metadata"]["uid"] for p in self.ns.cache_pods()], pods)
            for pod in self.cache.pods():
                self.assertIn("77", self.cache.ask(pod, "config", "get", "slowlog-max-len"))
        with self.subTest("restart-only config"):
            self.assertEqual(self.change(version="9.1", custom="tcp-backlog: \"256\"")["impact"], "rolling-restart")
            for pod in self.cache.pods():
                self.assertIn("256", self.cache.ask(pod, "config", "get", "tcp-backlog"))


if __name__ == "__main__":
    kube.main()
