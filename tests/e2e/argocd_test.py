"""A real Argo CD forms, scales, updates and repairs clusters through Git commits alone, under load, without drift."""
import contextlib
import os
import pathlib
import signal
import time

import argocd
import gitops
import kube

PASSWORD = "correct-horse"
REPLICATED = """
apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata: {name: cache}
spec:
  engine: redis
  image: redis:%(version)s
  replicas: %(replicas)d
  replicasPerShard: 1
  storage: {enabled: true, size: %(size)s, persistenceMode: AOF, claims: Explicit, retention: {whenScaled: Delete}}
  auth: {enabled: true, passwordSecret: cache-password}
  config:
    maxMemory: %(memory)s
    custom: {%(custom)s}
"""
PLAIN = """
apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata: {name: plain}
spec:
  engine: valkey
  image: valkey/valkey:%(version)s
  replicas: %(replicas)d
"""


def replicated(shards=3, version="7.0", memory="64mb", size="1Gi", custom=""):
    return {"cache.yaml": REPLICATED % {"replicas": shards * 2, "version": version, "memory": memory, "size": size, "custom": custom}}


def plain(replicas=3, version="8.1"):
    return {"plain.yaml": PLAIN % {"replicas": replicas, "version": version}}


class ArgocdTest(kube.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(argocd.running())

    def settled(self, app, revision, cache, shards, replicas_per_shard):
        """The promise after each commit: synced and healthy, formed, and without drift."""
        start = time.monotonic()
        app.wait(revision)
        kube.eventually("the cluster is formed", lambda: cache.is_formed(shards * (1 + replicas_per_shard), shards), 120, 2)
        self.assertEqual(app.diff(), "")
        print(f"{app.name}: {shards} shards settled in {time.monotonic() - start:.0f} s", flush=True)

    def no_loss(self, client):
        result = client.finish()
        print(result)
        self.assertEqual(result["lost"], [])
        self.assertEqual(result["errors"], {})
        self.assertGreater(result["writes"], 100)

    def test_replicated_cluster_with_storage_and_auth(self):
        with kube.namespace("argocd") as ns, gitops.repository() as repository:
            ns.kubectl("create", "secret", "generic", "cache-password", f"--from-literal=password={PASSWORD}")
            revision = repository.commit(replicated())
            cache = gitops.Cache(ns, "cache", password=PASSWORD)
            with argocd.application(repository, ns, "cache") as app:
                self.settled(app, revision, cache, 3, 1)
                self.check_order(ns, app)
                with gitops.load(ns, "cache", PASSWORD) as client:
                    for shards in (5, 3, 5, 3):
                        with self.subTest(shards=shards):
                            self.settled(app, repository.commit(replicated(shards)), cache, shards, 1)
                    with self.subTest("live config"):
                        pods = self.identities(ns)
                        self.settled(app, repository.commit(replicated(memory="96mb")), cache, 3, 1)
                        self.assertEqual(self.identities(ns), pods)
                        for pod in cache.pods():
                            self.assertIn(str(96 << 20), cache.ask(pod, "config", "get", "maxmemory"))
                    with self.subTest("restart-only config"):
                        self.settled(app, repository.commit(replicated(memory="96mb", custom="tcp-backlog: \"256\"")), cache, 3, 1)
                    with self.subTest("storage growth"):
                        self.settled(app, repository.commit(replicated(memory="96mb", size="2Gi")), cache, 3, 1)
                        for claim in ns.items("pvc"):
                            self.assertEqual(claim["status"]["capacity"]["storage"], "2Gi")
                    with self.subTest("image change"):
                        self.settled(app, repository.commit(replicated(memory="96mb", size="2Gi", version="8.0")), cache, 3, 1)
                        for pod in cache.pods():
                            self.assertIn("redis_version:8.", cache.ask(pod, "info", "server"))
                    with self.subTest("all Pods deleted at once"):
                        ns.delete_cache_pods()
                        kube.eventually("the cluster is formed again", lambda: cache.is_formed(6, 3), 180, 2)
                        self.settled(app, repository.commit({}), cache, 3, 1)
                    self.no_loss(client)

    def test_plain_cluster(self):
        with kube.namespace("argocd") as ns, gitops.repository() as repository:
            revision = repository.commit(plain())
            cache = gitops.Cache(ns, "plain", "valkey-cli")
            with argocd.application(repository, ns, "plain") as app:
                self.settled(app, revision, cache, 3, 0)
                with gitops.load(ns, "plain") as client:
                    for replicas in (5, 3, 5, 3):
                        with self.subTest(replicas=replicas):
                            self.settled(app, repository.commit(plain(replicas)), cache, replicas, 0)
                    with self.subTest("the hook is killed at work"):
                        revision = repository.commit(plain(5))
                        self.kill_hook(app, ns)
                        self.settled(app, revision, cache, 5, 0)
                        self.assertGreaterEqual(ns.get("job/plain-sync")["status"].get("failed", 0), 1)
                    with self.subTest("Argo CD restarts in mid-sync"):
                        revision = repository.commit(plain(3))
                        app.get("--refresh")
                        kube.eventually("the gate runs", lambda: ns.log("plain-gate"), 120, 0.2)
                        argocd.down()
                        argocd.up()
                        self.settled(app, revision, cache, 3, 0)
                    self.no_loss(client)
                with self.subTest("a bad spec changes nothing and is located"):
                    pods = self.identities(ns)
                    bad = plain()["plain.yaml"] + "  replica: 4\n"
                    repository.commit({"plain.yaml": bad})
                    line = bad.count("\n")
                    app.wait_error(f"app/plain.yaml:{line}:3: error: /spec/replica: unknown field")
                    self.assertEqual(self.identities(ns), pods)
                with self.subTest("an empty folder deletes nothing"):
                    repository.commit({"plain.yaml": "# nothing\n"})
                    app.wait_error("nothing to render")
                    self.assertEqual(self.identities(ns), pods)
                self.settled(app, repository.commit(plain()), cache, 3, 0)
                with self.subTest("an image change"):
                    self.settled(app, repository.commit(plain(version="9.1")), cache, 3, 0)

    def kill_hook(self, app, ns):
        """Sends SIGKILL to the sync hook of that namespace when it is at work; its Job tries again."""
        app.get("--refresh")

        def running():
            for pid in map(int, kube.run("pgrep", "-f", "^/usr/local/bin/autocache-hook sync", check=False).stdout.split()):
                with contextlib.suppress(OSError):
                    if ns.name.encode() in pathlib.Path(f"/proc/{pid}/environ").read_bytes():
                        return pid
        pid = kube.eventually("the hook runs", running, 240, 0.05)
        time.sleep(0.3)
        os.kill(pid, signal.SIGKILL)

    def identities(self, ns):
        return sorted(p["metadata"]["uid"] for p in ns.cache_pods())

    def check_order(self, ns, app):
        """The gate was complete before the first StatefulSet, the sync started after the Pods were ready."""
        self.assertEqual(set(app.operations().values()), {"Succeeded"})
        gate, sync = ns.get("job/cache-gate"), ns.get("job/cache-sync")
        created = min(s["metadata"]["creationTimestamp"] for s in ns.items("statefulsets"))
        self.assertLessEqual(gate["status"]["completionTime"], created)
        ready = max(c["lastTransitionTime"] for p in ns.cache_pods()
                    for c in p["status"]["conditions"] if c["type"] == "Ready")
        self.assertGreaterEqual(sync["status"]["completionTime"], ready)


if __name__ == "__main__":
    kube.main()
