#!/usr/bin/env python3
"""A cache's life in a real cluster, in seconds: formed, grown and shrunk with keys under load, formed again after all Pods went at once.

  bench/cluster.py [--keys 200000] [--bytes 100]

Needs what the end-to-end tests need (tests/e2e/kube.py: KUBECTL, AUTOCACHE_KUBE_TOOLS, AUTOCACHE_BUILD, the images loaded). Prints one line
per phase: from the first apply until the cluster is as desired, with gate, apply, roll-out and sync in it.
"""
import argparse
import pathlib
import sys
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


def deploy(ns, shards, first=False):
    """Gate, apply, roll out, sync: what Argo CD does with a commit."""
    objects = kube.rendered("-", "--hooks", "argocd", input=SPEC % (shards * 2))
    jobs = {o["metadata"]["name"]: o for o in objects if o["kind"] == "Job"}
    marks = [("start", time.monotonic())]

    def job(name):
        ns.run_job(jobs[name])
        marks.append((name, time.monotonic()))
    if not first:
        # The Jobs' own needs are there already.
        job("cache-gate")
    ns.apply_objects(o for o in objects if o["kind"] != "Job")
    for shard in range(shards):
        ns.wait_rollout(f"statefulset/cache-{shard}")
    for leftover in [s["metadata"]["name"] for s in ns.items("statefulsets") if int(s["metadata"]["name"].rsplit("-", 1)[1]) >= shards]:
        ns.kubectl("delete", "statefulset", leftover)
    marks.append(("pods", time.monotonic()))
    job("cache-sync")
    return marks


def report(what, marks):
    parts = ", ".join(f"{name} {end - begin:.1f}" for (_, begin), (name, end) in zip(marks, marks[1:]))
    print(f"{what:<36} {marks[-1][1] - marks[0][1]:6.1f} s  ({parts})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=200_000)
    parser.add_argument("--bytes", type=int, default=100)
    args = parser.parse_args()
    with kube.namespace("bench") as ns:
        report("3 shards x 2, first install", deploy(ns, 3, first=True))
        cache = gitops.Cache(ns, "cache", "valkey-cli")
        address = ns.get("service/cache")["spec"]["clusterIP"] + ":6379"
        start = time.monotonic()
        kube.in_cluster(sys.executable, ROOT / "bench/fill.py", address, str(args.keys), str(args.bytes), timeout=300)
        print(f"{args.keys} keys of {args.bytes} bytes written in {time.monotonic() - start:.1f} s", flush=True)
        with gitops.load(ns, "cache") as client:
            report("3 -> 5 shards under load", deploy(ns, 5))
            report("5 -> 3 shards under load", deploy(ns, 3))
            start = time.monotonic()
            ns.delete_cache_pods()
            kube.eventually("the cluster is formed again", lambda: cache.is_formed(6, 3), 180, 0.5)
            report("all Pods deleted at once", [("", start), ("ok", time.monotonic())])
            print(client.finish())


main()
