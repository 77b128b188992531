"""A shard survives the loss of a machine, and the heal Job mends the cluster when the machine is back.

After all Pods went at once the cluster comes back, by itself or by the heal Job."""
import time

import gitops
import kube

# With storage a node comes back as itself; without, as a new one that has to be taken in.
SPEC = """
apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata: {name: cache}
spec:
  engine: valkey
  image: valkey/valkey:9.1
  replicas: %s
  replicasPerShard: %s
  scheduling: {topologyAware: {enabled: true}}
  storage: {enabled: %s, size: 1Gi%s}
  config: {maxMemory: 64mb}
"""


class NodesTest(kube.TestCase):
    def deploy(self, ns, storage, replicas_per_shard=1):
        """Applies the manifests of three shards and runs the sync Job; the cluster's handle."""
        nodes = 3 + 3 * replicas_per_shard
        spec = SPEC % (nodes, replicas_per_shard, *(("true", ", persistenceMode: AOF") if storage else ("false", "")))
        objects = kube.rendered("-", "--hooks", "argocd", input=spec)
        ns.apply_objects(o for o in objects if o["kind"] != "Job")
        for name in [o["metadata"]["name"] for o in objects if o["kind"] == "StatefulSet"]:
            ns.wait_rollout(f"statefulset/{name}")
        ns.run_job(next(o for o in objects if o["kind"] == "Job" and o["metadata"]["name"] == "cache-sync"))
        cache = gitops.Cache(ns, "cache", "valkey-cli")
        kube.eventually("the cluster is formed", lambda: cache.is_formed(nodes, 3), 60, 1)
        return cache

    def heal(self, ns, name):
        ns.kubectl("create", "job", name, "--from=cronjob/cache-heal")
        return ns.wait_job(name)

    def zones(self, ns):
        """Shard -> the machines that its Pods run on."""
        shards = {}
        for pod in ns.cache_pods():
            shards.setdefault(pod["metadata"]["name"].rsplit("-", 1)[0], set()).add(pod["spec"]["nodeName"])
        return shards

    def primaries(self, cache):
        """Names of the Pods that are primaries with slots, by what they say themselves."""
        return {pod for pod in cache.pods() if "role:master" in cache.ask(pod, "info", "replication")}

    def pods_on(self, ns, machine):
        return {p["metadata"]["name"] for p in ns.cache_pods() if p["spec"]["nodeName"] == machine}

    def survives_the_loss_of_a_machine(self, storage):
        with kube.namespace("nodes") as ns:
            cache = self.deploy(ns, storage)
            for shard, machines in self.zones(ns).items():
                self.assertEqual(len(machines), 2, f"{shard} has both of its Pods on {machines}")
            # The machine with most primaries; the API server lies on the first.
            held = {m: self.pods_on(ns, m) & self.primaries(cache) for m in kube.nodes()[1:]}
            machine = max(held, key=lambda m: (len(held[m]), m))
            self.assertTrue(held[machine], held)
            number = machine.rsplit("-", 1)[1]
            left = sorted(set(cache.pods()) - self.pods_on(ns, machine))
            with gitops.load(ns, "cache") as client:
                time.sleep(5)
                lost_at = time.time()
                kube.tool("kube", "lose", number)
                try:
                    def taken_over():
                        for pod in left:
                            info = cache.info(pod)
                            self.assertEqual((info["cluster_state"], info["cluster_slots_ok"]), ("ok", "16384"))
                        primaries = {pod for pod in left if "role:master" in cache.ask(pod, "info", "replication")}
                        self.assertEqual({pod.rsplit("-", 1)[0] for pod in primaries}, {"cache-0", "cache-1", "cache-2"})
                        return True
                    # The other primaries elect the replicas if they are the majority; else heal promotes them. It runs every five
                    # minutes, on a machine that Kubernetes takes for alive.
                    kube.kubectl("wait", f"node/{machine}", "--for=condition=Ready=Unknown", "--timeout=120s", timeout=130)
                    ns.kubectl("create", "job", "promote", "--from=cronjob/cache-heal")
                    kube.eventually("the replicas take over", taken_over, 90, 1)
                    print(f"storage {storage}: taken over {time.time() - lost_at:.1f} s after the loss", flush=True)
                finally:
                    back = time.time()
                    kube.tool("kube", "up", str(len(kube.nodes())), timeout=300)
                kube.eventually("all Pods run again", lambda: all(
                    c["ready"] and c["state"].get("running") for p in ns.cache_pods()
                    for c in p["status"]["containerStatuses"]), 180, 1)
                self.heal(ns, "mend")
                kube.eventually("the cluster is as before", lambda: cache.is_formed(6, 3), 60, 1)
                print(f"storage {storage}: healed {time.time() - back:.1f} s after the machine began to start", flush=True)
                self.assertEqual(len(self.primaries(cache)), 3)
                result = client.finish()
            print(result, flush=True)
            # A write that had not reached the replica yet went with its primary; none that is older, and none after.
            self.assertEqual([w for w in result["lost"] if not lost_at - 1 < result["acknowledged"][w] < lost_at + 10], [])
            self.assertLess(len(result["lost"]), 20)
            self.assertGreater(result["writes"], 1000)

    def test_loss_of_a_machine_with_storage(self):
        self.survives_the_loss_of_a_machine(storage=True)

    def test_loss_of_a_machine_without_storage(self):
        self.survives_the_loss_of_a_machine(storage=False)

    def comes_back(self, replicas_per_shard, mend):
        """All Pods are deleted at once under load; `mend` may do something once new ones run."""
        with kube.namespace("nodes") as ns:
            cache = self.deploy(ns, storage=True, replicas_per_shard=replicas_per_shard)
            with gitops.load(ns, "cache") as client:
                time.sleep(5)
                before = {pod: cache.ask(pod, "cluster", "myid") for pod in cache.pods()}
                start = time.time()
                ns.delete_cache_pods()
                mend(ns)
                kube.eventually("the cluster is as before", lambda: cache.is_formed(len(before), 3), 90, 1)
                print(f"formed again {time.time() - start:.1f} s after all Pods were deleted", flush=True)
                self.assertEqual({pod: cache.ask(pod, "cluster", "myid") for pod in cache.pods()}, before)
                result = client.finish()
            print(result, flush=True)
            # All servers were away: they may say so. On an idle machine none of them did.
            self.assertLessEqual(set(result["errors"]), {"CLUSTERDOWN"})
            self.assertEqual(result["lost"], [])

    def test_all_pods_deleted_at_once_with_replicas(self):
        """The probes of the Pods lead them together; no Job is needed."""
        self.comes_back(1, lambda ns: None)

    def test_all_pods_deleted_at_once_without_replicas(self):
        """Nothing but the server is in the Pods: heal leads them together."""
        self.comes_back(0, lambda ns: self.heal(ns, "mend"))


if __name__ == "__main__":
    kube.main()
