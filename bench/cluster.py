#!/usr/bin/env python3
"""A cache's life in a real cluster, in seconds: formed, grown and shrunk with keys under load, formed again after all Pods went at once.

  bench/cluster.py [--flow jobs|argocd] [--rounds 1] [--keys 200000] [--bytes 100]

Flow `jobs` applies the manifests and the Job that forms the cluster in one go, as `kubectl apply` does; flow `argocd` lets the Job wait until
all Pods are ready, as a PostSync hook does. Either way a gate goes before a change of a cache that runs, where it shrinks (argocd: always).
"ok" is the time from the first command until every node says that the cluster is as desired (formed.py), "gone" until no other Pod is there,
"all" until the last Job has ended too, which only looks once more.

Needs what the end-to-end tests need (tests/e2e/kube.py: KUBECTL, AUTOCACHE_KUBE_TOOLS, AUTOCACHE_BUILD, the images loaded).
"""
import argparse
import os
import pathlib
import signal
import statistics
import subprocess
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


class Pods(threading.Thread):
    """The servers' Pods as the API server tells of them; to ask again and again would cost the machine a tenth of its time."""

    LINE = '{.type} {.object.metadata.name} {.object.metadata.uid} {.object.status.podIP}{"\\n"}'

    def __init__(self, ns):
        super().__init__(daemon=True)
        command = [*kube.kubectl_program(), "-n", ns.name, "get", "pods", "-l", kube.CACHE_PODS]
        self.process = subprocess.Popen([*command, "--watch", "--output-watch-events", "-o", "jsonpath=" + self.LINE], text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        self.there, self.changed = {}, threading.Condition()
        self.start()

    def run(self):
        for line in self.process.stdout:
            kind, name, uid, *ip = line.split()
            with self.changed:
                if kind != "DELETED":
                    self.there[name] = (uid, *ip)
                elif self.there.get(name, (uid,))[0] == uid:
                    self.there.pop(name, None)
                self.changed.notify_all()

    def until(self, check):
        """What `check` makes of the Pods by name, as soon as it is true."""
        with self.changed:
            found = self.changed.wait_for(lambda: check(self.there), 180)
            if not found:
                raise SystemExit(f"not within 180 s: {self.there}")
            return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Formed(threading.Thread):
    """Notes when the cluster of so many shards is in order, and when no other Pod is there; the Pods `former` must be others by then."""

    def __init__(self, pods, shards, former=()):
        super().__init__()
        self.pods, self.shards, self.former = pods, shards, set(former)
        self.at = self.alone = None
        self.start()

    def addresses(self, there):
        wanted = [pod for name, pod in there.items() if int(name.rsplit("-", 2)[1]) < self.shards]
        found = [ip for uid, *ip in wanted if uid not in self.former]
        return [ip for ip, in found] if len(found) == self.shards * 2 and all(found) else None

    def run(self):
        found = self.pods.until(self.addresses)
        kube.in_cluster(sys.executable, ROOT / "bench/formed.py", str(self.shards), *(f"{ip}:6379" for ip in found), timeout=300)
        self.at = time.monotonic()
        self.pods.until(lambda there: len(there) == self.shards * 2)
        self.alone = time.monotonic()

    def wait(self):
        self.join()
        if self.alone is None:
            raise SystemExit("the cluster is not in order")
        return self


class Phases:
    """Seconds of each phase over all rounds."""

    def __init__(self):
        self.seconds = {}

    def add(self, phase, **seconds):
        self.seconds.setdefault(phase, []).append(seconds)
        self.show(phase, seconds)

    def show(self, phase, seconds, note=""):
        print(f"{phase:<32}" + "".join(f" {name} {value:5.1f} s  " for name, value in seconds.items()) + note, flush=True)

    def medians(self):
        for phase, rounds in self.seconds.items():
            self.show(phase, {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}, f" median of {len(rounds)}")


class Deployer:
    def __init__(self, ns, pods, flow):
        self.ns, self.pods, self.flow = ns, pods, flow

    def change(self, shards, grows, first=False):
        """The seconds until the cluster is in order, until no other Pod is there, and until all is done."""
        start = time.monotonic()
        formed = Formed(self.pods, shards)
        self.deploy(shards, grows, first)
        end = time.monotonic()
        formed.wait()
        return {"ok": formed.at - start, **({} if grows else {"gone": formed.alone - start}), "all": end - start}

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
        names = [s["metadata"]["name"] for s in self.ns.items("statefulsets")]
        surplus = [name for name in names if int(name.rsplit("-", 1)[1]) >= shards]
        if surplus:
            self.ns.kubectl("delete", "statefulset", *surplus)


def life(args, phases):
    with kube.namespace("bench") as ns, Pods(ns) as pods:
        deployer = Deployer(ns, pods, args.flow)
        phases.add("3 shards x 2, first install", **deployer.change(3, grows=True, first=True))
        address = ns.get("service/cache")["spec"]["clusterIP"] + ":6379"
        kube.in_cluster(sys.executable, ROOT / "bench/fill.py", address, str(args.keys), str(args.bytes), timeout=300)
        with gitops.load(ns, "cache") as client:
            phases.add("3 -> 5 shards under load", **deployer.change(5, grows=True))
            phases.add("5 -> 3 shards under load", **deployer.change(3, grows=False))
            former = [uid for uid, *_ in pods.there.values()]
            start = time.monotonic()
            ns.kubectl("delete", "pods", "-l", kube.CACHE_PODS, "--wait=false")
            phases.add("all Pods deleted at once", ok=Formed(pods, 3, former).wait().at - start)
            print(client.finish(), flush=True)
    # What is left of one round would slow the next one down.
    kube.kubectl("wait", "--for=delete", f"namespace/{ns.name}", "--timeout=120s", check=False)


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
