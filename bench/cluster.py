#!/usr/bin/env python3
"""A cache's life in a real cluster, in seconds: formed, grown and shrunk with keys under load, formed again after all Pods went at once.

  bench/cluster.py [--flow jobs|argocd] [--rounds 1] [--keys 200000] [--bytes 100]

Flow `jobs` applies the manifests and the Job that forms the cluster in one go, as `kubectl apply` does; flow `argocd` lets the Job wait until
all Pods are ready, as a PostSync hook does. Either way a gate goes before a change of a cache that runs, where it shrinks (argocd: always).
"ok" is the time from the first command until every node says that the cluster is as desired (formed.py); "all" until the last Job has ended too.

Needs what the end-to-end tests need (tests/e2e/kube.py: KUBECTL, AUTOCACHE_KUBE_TOOLS, AUTOCACHE_BUILD, the images loaded).
"""
import argparse
import pathlib
import statistics
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import gitops
import kube

SPEC = """
apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata: {name: cache}
spec:
  engine: valkey
  image: valkey/valkey:9.1
  replicas: %d
  replicasPerShard: 1
  storage: {enabled: true, size: 1Gi}
  config: {maxMemory: 256mb}
"""


class Formed(threading.Thread):
    """Notes when the cluster of so many shards is in order; the Pods `gone` must be others by then."""

    def __init__(self, ns, shards, gone=()):
        super().__init__()
        self.ns, self.shards, self.gone = ns, shards, set(gone)
        self.at = None
        self.start()

    def addresses(self):
        pods = [p for p in self.ns.cache_pods() if int(p["metadata"]["name"].rsplit("-", 2)[1]) < self.shards]
        found = [p["status"].get("podIP") for p in pods if p["metadata"]["uid"] not in self.gone]
        return found if len(found) == self.shards * 2 and all(found) else None

    def run(self):
        found = kube.eventually("every Pod has an address", self.addresses, 180, 0.5)
        kube.in_cluster(sys.executable, ROOT / "bench/formed.py", str(self.shards), *(f"{ip}:6379" for ip in found), timeout=300)
        self.at = time.monotonic()

    def wait(self):
        self.join()
        if self.at is None:
            raise SystemExit("the cluster is not in order")
        return self.at


class Phases:
    """Seconds of each phase over all rounds."""

    def __init__(self):
        self.seconds = {}

    def add(self, phase, ok, end=None):
        self.seconds.setdefault(phase, []).append((ok, end))
        self.show(phase, ok, end)

    def show(self, phase, ok, end, note=""):
        print(f"{phase:<32} ok {ok:5.1f} s" + (f"   all {end:5.1f} s" if end else "") + note, flush=True)

    def medians(self):
        for phase, rounds in self.seconds.items():
            ends = [end for _, end in rounds if end]
            self.show(phase, statistics.median(ok for ok, _ in rounds), statistics.median(ends) if ends else None, f"   median of {len(rounds)}")


class Deployer:
    def __init__(self, ns, flow):
        self.ns, self.flow = ns, flow

    def change(self, shards, grows, first=False):
        """The seconds until the cluster is in order, and until all is done."""
        start = time.monotonic()
        formed = Formed(self.ns, shards)
        self.deploy(shards, grows, first)
        end = time.monotonic()
        return formed.wait() - start, end - start

    def deploy(self, shards, grows, first):
        objects = kube.rendered("-", "--hooks", "argocd", input=SPEC % (shards * 2))
        jobs = {o["metadata"]["name"]: o for o in objects if o["kind"] == "Job"}
        manifests = [o for o in objects if o["kind"] != "Job"]
        if not first:
            if self.flow == "argocd" or not grows:
                self.ns.kubectl("delete", "job/cache-gate", "--ignore-not-found")
                self.run(jobs["cache-gate"])
            self.ns.kubectl("delete", "job/cache-sync")
        if self.flow == "argocd":
            self.ns.apply_objects(manifests)
            for shard in range(shards):
                self.ns.wait_rollout(f"statefulset/cache-{shard}")
            self.prune(shards)
            self.run(jobs["cache-sync"])
        else:
            self.prune(shards)
            self.run(jobs["cache-sync"], *manifests)

    def run(self, job, *others):
        self.ns.apply_objects([*others, job])
        self.ns.kubectl("wait", "--for=condition=Complete", "job/" + job["metadata"]["name"], "--timeout=300s", timeout=310)

    def prune(self, shards):
        for name in [s["metadata"]["name"] for s in self.ns.items("statefulsets")]:
            if int(name.rsplit("-", 1)[1]) >= shards:
                self.ns.kubectl("delete", "statefulset", name)


def life(args, phases):
    with kube.namespace("bench") as ns:
        deployer = Deployer(ns, args.flow)
        phases.add("3 shards x 2, first install", *deployer.change(3, grows=True, first=True))
        address = ns.get("service/cache")["spec"]["clusterIP"] + ":6379"
        kube.in_cluster(sys.executable, ROOT / "bench/fill.py", address, str(args.keys), str(args.bytes), timeout=300)
        with gitops.load(ns, "cache") as client:
            phases.add("3 -> 5 shards under load", *deployer.change(5, grows=True))
            phases.add("5 -> 3 shards under load", *deployer.change(3, grows=False))
            gone = [p["metadata"]["uid"] for p in ns.cache_pods()]
            start = time.monotonic()
            ns.kubectl("delete", "pods", "-l", kube.CACHE_PODS, "--wait=false")
            phases.add("all Pods deleted at once", Formed(ns, 3, gone).wait() - start)
            print(client.finish(), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flow", choices=("jobs", "argocd"), default="jobs")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--keys", type=int, default=200_000)
    parser.add_argument("--bytes", type=int, default=100)
    args = parser.parse_args()
    phases = Phases()
    for _ in range(args.rounds):
        life(args, phases)
    phases.medians()


if __name__ == "__main__":
    main()
