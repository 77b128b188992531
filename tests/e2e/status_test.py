"""With hook.writeStatus the Jobs keep the status of the AutoCache resource, with the least rights."""
import gitops
import kube

SPEC = """
apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata: {name: cache}
spec:
  engine: valkey
  image: valkey/valkey:8.1
  replicas: %d
  hook: {writeStatus: true}
"""


class StatusTest(kube.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        kube.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input=kube.autocache("crd"))
        kube.kubectl("wait", "--for=condition=Established", "crd/autocaches.cache.autocache.io", "--timeout=60s")

    def deploy(self, ns, replicas):
        """Applies all but the Jobs, waits for the Pods, runs the sync Job."""
        objects = kube.rendered("-", "--hooks", "argocd", "--include-resource", input=SPEC % replicas)
        ns.apply_objects(o for o in objects if o["kind"] != "Job")
        ns.wait_rollout("statefulset/cache")
        return ns.run_job(next(o for o in objects if o["kind"] == "Job" and o["metadata"]["name"] == "cache-sync"))

    def test_the_status_follows_the_cluster(self):
        with kube.namespace("status") as ns:
            log = self.deploy(ns, 3)
            self.assertNotIn("status_not_written", log)
            ns.kubectl("wait", "--for=condition=Ready", "autocache/cache", "--timeout=30s")
            resource = ns.get("autocache/cache")
            status = resource["status"]
            self.assertEqual(status["phase"], "Running")
            self.assertEqual((status["replicas"], status["readyReplicas"], status["slotsAssigned"]), (3, 3, 16384))
            self.assertEqual(status["observedGeneration"], resource["metadata"]["generation"])
            addresses = {p["metadata"]["name"]: p["status"]["podIP"] for p in ns.cache_pods()}
            self.assertEqual({n["name"]: n["podIP"] for n in status["nodes"]}, addresses)
            self.assertEqual({n["role"] for n in status["nodes"]}, {"master"})
            cache = gitops.Cache(ns, "cache", "valkey-cli")
            self.assertEqual({n["nodeID"] for n in status["nodes"]}, {cache.ask(p, "cluster", "myid").strip() for p in cache.pods()})
            row = ns.kubectl("get", "ac").splitlines()[1].split()
            self.assertEqual(row[:5], ["cache", "3", "3", "Running", "ok"])

            self.deploy(ns, 4)
            changed = ns.get("autocache/cache")
            self.assertEqual((changed["status"]["replicas"], changed["status"]["phase"]), (4, "Running"))
            self.assertEqual(changed["status"]["observedGeneration"], resource["metadata"]["generation"] + 1)
            def since(s):
                return next(c["lastTransitionTime"] for c in s["conditions"] if c["type"] == "Ready")
            self.assertEqual(since(changed["status"]), since(status))

            with self.subTest("the rights are no more than needed"):
                who = f"--as=system:serviceaccount:{ns.name}:cache-hook"
                allowed = [("get", "autocaches/cache"), ("patch", "autocaches/cache", "--subresource=status")]
                refused = [("list", "autocaches"), ("patch", "autocaches/cache"), ("get", "autocaches/other"), ("get", "secrets"),
                           ("get", "pods"), ("update", "autocaches/cache", "--subresource=status")]
                for wanted, answer in [(w, "yes") for w in allowed] + [(w, "no") for w in refused]:
                    found = ns.kubectl("auth", "can-i", *wanted, who, check=False).stdout.split()[0]
                    self.assertEqual(found, answer, wanted)


if __name__ == "__main__":
    kube.main()
