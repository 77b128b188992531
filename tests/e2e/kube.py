"""Helper of the end-to-end tests: one Kubernetes cluster, seen through kubectl.

The cluster is that of $KUBECTL (a command with arguments) or of $KUBECONFIG. With $AUTOCACHE_KUBE_TOOLS, a folder with the
programs `kube`, `image`, ... of a cluster that lives in network namespaces of this machine, tests can also load images and run
commands in the cluster's network. Without a cluster every test is skipped; with AUTOCACHE_CI=1 a skip is a failure.

    class RenderTest(kube.TestCase):
        def test_quickstart_becomes_ready(self):
            with kube.namespace("quickstart") as ns:
                ns.apply(kube.autocache("render", "examples/quickstart.yaml", "--namespace", ns.name))
                ns.wait_rollout("statefulset/quickstart")

    if __name__ == "__main__":
        kube.main()
"""
import contextlib
import json
import os
import pathlib
import secrets
import shlex
import subprocess
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("AUTOCACHE_BUILD", ROOT / "build" / "test"))
TOOLS = os.environ.get("AUTOCACHE_KUBE_TOOLS")
IN_CI = os.environ.get("AUTOCACHE_CI") == "1"
SKIPPED = 77  # the SKIP_RETURN_CODE of CTest


CACHE_PODS = "app.kubernetes.io/name=autocache"


class CommandError(AssertionError):
    """A command failed; the message holds what it printed."""

    def __init__(self, argv, result):
        self.code, self.stdout, self.stderr = result.returncode, result.stdout, result.stderr
        super().__init__(f"{shlex.join(map(str, argv))}: exit {self.code}\n{self.stdout[-2000:]}{self.stderr[-4000:]}")


def run(*argv, input=None, check=True, timeout=300, cwd=ROOT, env=None):
    """Runs a command; its stdout as text, or with check=False the whole CompletedProcess."""
    result = subprocess.run(list(map(str, argv)), input=input, capture_output=True, text=True, timeout=timeout, cwd=cwd,
                            env={**os.environ, **env} if env else None)
    if not check:
        return result
    if result.returncode != 0:
        raise CommandError(argv, result)
    return result.stdout


def autocache(*args, **options):
    """Runs the CLI of the build under test in the repository's root."""
    return run(BUILD / "autocache", *args, **options)


def rendered(*args, **options):
    """The objects of `autocache render`."""
    return [json.loads(line) for line in autocache("render", *args, "-o", "ndjson", **options).splitlines()]


def kubectl_program():
    """What runs kubectl, as a list of words."""
    return shlex.split(os.environ.get("KUBECTL", "kubectl"))


def kubectl(*args, **options):
    """Runs kubectl against the cluster. `check=False` returns the CompletedProcess."""
    return run(*kubectl_program(), *args, **options)


def tool(name, *args, **options):
    """Runs a program of $AUTOCACHE_KUBE_TOOLS, such as `kube` or `argocd/argocd`."""
    if not TOOLS:
        skip(f"needs $AUTOCACHE_KUBE_TOOLS for {name}")
    return run(pathlib.Path(TOOLS) / name, *args, **options)


def in_cluster(*argv, **options):
    """Runs a command of this machine in the network of the cluster, where it reaches Pod and Service addresses."""
    return tool("kube", "exec", *argv, **options)


def skip(reason):
    if IN_CI:
        raise AssertionError("a skip in CI: " + reason)
    raise unittest.SkipTest(reason)


def eventually(what, check, timeout=120, interval=0.5):
    """Calls `check` until it returns something true, and returns that.

    A failed assertion or command counts as not yet, and so does an object or a field that is not there: a StatefulSet's Pod,
    for one, does not exist for a moment between its deletion and its replacement.
    """
    deadline = time.monotonic() + timeout
    last = None
    while True:
        try:
            last = check()
            if last:
                return last
        except (AssertionError, LookupError, TypeError, subprocess.TimeoutExpired) as error:
            last = f"{type(error).__name__}: {error}"
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout} s; last: {last}")
        time.sleep(interval)


class Namespace:
    """One namespace of the cluster; its methods act in it."""

    def __init__(self, name):
        self.name = name

    def kubectl(self, *args, **options):
        return kubectl("-n", self.name, *args, **options)

    def apply(self, manifests, *flags, **options):
        """Applies text client-side, or server-side with the flag `--server-side`, with strict validation."""
        return self.kubectl("apply", "--validate=strict", *flags, "-f", "-", input=manifests, **options)

    def apply_objects(self, objects, *flags):
        return self.apply("\n---\n".join(map(json.dumps, objects)), *flags)

    def run_job(self, job):
        """Runs a rendered Job anew; its log."""
        name = job["metadata"]["name"]
        self.kubectl("delete", f"job/{name}", "--ignore-not-found")
        self.apply_objects([job])
        return self.wait_job(name)

    def cache_pods(self):
        """The Pods of the servers."""
        return self.items("pods", "-l", CACHE_PODS)

    def delete_cache_pods(self, timeout=180):
        """Deletes them all at once; returns when none of them answers any more and as many others run, ready or not."""
        gone = {p["metadata"]["uid"] for p in self.cache_pods()}
        self.kubectl("delete", "pods", "-l", CACHE_PODS, "--wait=false")

        def replaced():
            pods = self.cache_pods()
            return len(pods) == len(gone) and all(
                p["metadata"]["uid"] not in gone and all("running" in c["state"] for c in p["status"]["containerStatuses"]) for p in pods)
        eventually("new Pods run", replaced, timeout)

    def diff(self, manifests, *flags):
        """What `kubectl diff` prints; empty if there is no drift."""
        result = self.kubectl("diff", *flags, "-f", "-", input=manifests, check=False)
        if result.returncode > 1:
            raise CommandError(["kubectl", "diff", *flags], result)
        return result.stdout

    def get(self, what, *args):
        """An object or a list as JSON; None if it does not exist."""
        text = self.kubectl("get", what, *args, "-o", "json", "--ignore-not-found")
        return json.loads(text) if text.strip() else None

    def items(self, what, *args):
        # kubectl prints nothing for an empty list.
        return (self.get(what, *args) or {"items": []})["items"]

    def wait_rollout(self, what, timeout=180):
        """Waits until a StatefulSet or Deployment has all its Pods ready and of the newest revision."""
        try:
            self.kubectl("rollout", "status", what, f"--timeout={timeout}s", timeout=timeout + 30)
        except CommandError as error:
            raise AssertionError(f"{error}\n{self.describe()}") from None

    def wait_job(self, name, timeout=300):
        """Waits until a Job is complete and returns its log; a failed one is an error with its log."""
        def ended():
            job = self.get(f"job/{name}")
            conditions = (job or {}).get("status", {}).get("conditions", [])
            return {c["type"] for c in conditions if c["status"] == "True"} & {"Complete", "Failed"}
        try:
            result = eventually(f"job {name} ends", ended, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log(name)[-4000:]}\n{self.describe()}") from None
        if "Failed" in result:
            raise AssertionError(f"job {name} failed:\n{self.log(name)[-4000:]}\n{self.describe()}")
        return self.log(name)

    def log(self, job):
        """What the Pods of a Job have printed."""
        return self.kubectl("logs", f"job/{job}", "--tail=-1", check=False).stdout

    def redis(self, pod, *args, container="cache", program="redis-cli"):
        """Runs the server image's own client in a Pod."""
        return self.kubectl("exec", pod, "-c", container, "--", program, *args).strip()

    def describe(self):
        """Pods and events, for the message of a failure."""
        pods = self.kubectl("get", "pods", "-o", "wide", check=False).stdout
        events = self.kubectl("get", "events", "--sort-by=.lastTimestamp", check=False).stdout.splitlines()
        return pods + "\n".join(events[-15:])


@contextlib.contextmanager
def namespace(prefix="test", restricted=True):
    """A new namespace, under the restricted Pod Security level unless told otherwise; deleted with all in it at the end."""
    name = f"e2e-{prefix}-{secrets.token_hex(3)}"
    kubectl("create", "namespace", name)
    try:
        if restricted:
            kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")
        yield Namespace(name)
    finally:
        if os.environ.get("AUTOCACHE_KEEP_NAMESPACES") != "1":
            kubectl("delete", "namespace", name, "--wait=false", check=False)


def nodes():
    """Names of the cluster's nodes."""
    return kubectl("get", "nodes", "-o", "jsonpath={.items[*].metadata.name}").split()


class TestCase(unittest.TestCase):
    """A test that needs a cluster."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if not os.environ.get("KUBECTL") and not os.environ.get("KUBECONFIG"):
            skip("no cluster: set KUBECONFIG, or KUBECTL to a kubectl command")
        if kubectl("get", "--raw", "/readyz", check=False).returncode != 0:
            skip("the cluster does not answer")


def main():
    """Runs the tests of the calling file; exits 77 if all were skipped."""
    program = unittest.main(module="__main__", exit=False, verbosity=2, argv=[sys.argv[0], *sys.argv[1:]])
    result = program.result
    if not result.wasSuccessful() or result.testsRun == 0 and not result.skipped:
        sys.exit(1)
    sys.exit(SKIPPED if result.skipped and len(result.skipped) >= result.testsRun else 0)
