"""What the tests of Argo CD and Flux share: a Git repository whose commits are the only way in, a client under load, and what a formed
cluster looks like."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import kube

HERE = pathlib.Path(__file__).resolve().parent


class Repository:
    """A Git repository with one folder `app`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "app").mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *args):
        return kube.run("git", "-C", self.folder, "-c", "user.name=test", "-c", "user.email=test@example.com", *args)

    def commit(self, files, message="change"):
        """Writes `files` (path below app -> text, None deletes) and commits; the new revision."""
        for path, text in files.items():
            target = self.folder / "app" / path
            if text is None:
                target.unlink()
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()


@contextlib.contextmanager
def repository():
    with tempfile.TemporaryDirectory(prefix="autocache-e2e-") as folder:
        yield Repository(folder)


class Load:
    """tests/e2e/load.py in the cluster's network, until `finish`."""

    def __init__(self, ns, service, password=None):
        address = ns.get(f"service/{service}")["spec"]["clusterIP"] + ":6379"
        argv = [str(pathlib.Path(kube.TOOLS) / "kube"), "exec", sys.executable, str(HERE / "load.py"), address]
        self.file = None
        if password:
            self.file = tempfile.NamedTemporaryFile("w")
            self.file.write(password)
            self.file.flush()
            argv += ["--password-file", self.file.name]
        # A group of its own, because the client is a child of the tool that puts it into the cluster's network.
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def finish(self):
        out, _ = self.process.communicate(timeout=180)
        return json.loads(out)

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()
        if self.file:
            self.file.close()


@contextlib.contextmanager
def load(ns, service, password=None):
    client = Load(ns, service, password)
    try:
        yield client
    finally:
        client.kill()


class Cache:
    """The Redis cluster of a spec in a namespace, asked through the client of its own image."""

    def __init__(self, ns, name, program="redis-cli", password=None):
        self.ns, self.name, self.program, self.password = ns, name, program, password

    def pods(self):
        return sorted(p["metadata"]["name"] for p in self.ns.items("pods", "-l", f"app.kubernetes.io/name=autocache,app.kubernetes.io/instance={self.name}"))

    def ask(self, pod, *args):
        auth = ["--no-auth-warning", "-a", self.password] if self.password else []
        return self.ns.kubectl("exec", pod, "-c", "cache", "--", self.program, *auth, *args)

    def info(self, pod):
        return dict(line.split(":", 1) for line in self.ask(pod, "cluster", "info").split() if ":" in line)

    def is_formed(self, nodes, primaries):
        """Every node says that all slots are covered and that the cluster has just these members."""
        pods = self.pods()
        if len(pods) != nodes:
            raise AssertionError(f"{len(pods)} Pods, not {nodes}: {pods}")
        for pod in pods:
            info = self.info(pod)
            want = {"cluster_state": "ok", "cluster_slots_ok": "16384", "cluster_known_nodes": str(nodes), "cluster_size": str(primaries)}
            found = {key: info.get(key) for key in want}
            if found != want:
                raise AssertionError(f"{pod}: {found}, not {want}")
        return True
