"""Argo CD under test: its own controller, repo server and plugin server, with our plugin as it is shipped."""
import contextlib
import json
import os

import kube

PLUGIN = kube.ROOT / "argocd-plugin"
# The release build is what is shipped; without one, the build under test.
PROGRAMS = next(p for p in (kube.BUILD.parent / "release", kube.BUILD) if p == kube.BUILD or (p / "autocache").exists())


def tool(*args, **options):
    return kube.tool("argocd/argocd", *args, **options)


def cli(*args, **options):
    return tool("cli", *args, **options)


def up(plugin=PLUGIN):
    """Starts what does not run; the plugin's commands find the release build's autocache first."""
    # A controller ends if the API server does not serve its kinds yet; they are there the next time.
    kube.eventually("Argo CD is up", lambda: [tool("up", plugin, env={"PATH": f"{PROGRAMS}:{os.environ['PATH']}"}, timeout=900)], 300)


def down():
    tool("down")


@contextlib.contextmanager
def running(plugin=PLUGIN):
    up(plugin)
    try:
        yield
    finally:
        down()


class Application:
    """An application that syncs each commit of a repository's folder `app` into a namespace by itself."""

    def __init__(self, repository, ns, name, path="app", named=True):
        self.repository, self.name = repository, name
        plugin = ["--config-management-plugin", "autocache"] if named else []
        cli("app", "create", name, "--repo", f"file://{repository.folder}", "--path", path, "--dest-namespace", ns.name,
            "--dest-server", "https://kubernetes.default.svc", "--sync-policy", "automated", "--auto-prune", "--self-heal", *plugin)

    def get(self, *flags):
        return json.loads(cli("app", "get", self.name, "-o", "json", *flags))

    def delete(self):
        cli("app", "delete", self.name, "--cascade", "--yes", "--wait", check=False, timeout=180)

    def wait(self, revision, timeout=300):
        """Waits until the revision is synced, its operation has succeeded and all is healthy."""
        def done():
            app = self.get("--refresh")
            status, operation = app["status"], app["status"].get("operationState", {})
            found = {
                "sync": status["sync"]["status"], "revision": status["sync"].get("revision"), "health": status["health"]["status"],
                "phase": operation.get("phase"), "conditions": [c["message"] for c in status.get("conditions", [])],
            }
            if found["sync"] == "Synced" and found["revision"] == revision and found["health"] == "Healthy" and found["phase"] == "Succeeded":
                return app
            if found["phase"] in ("Failed", "Error") and operation.get("syncResult", {}).get("revision") == revision:
                raise RuntimeError(f"the sync of {revision} failed: {operation.get('message')}\n{json.dumps(operation.get('syncResult', {}).get('resources'), indent=1)}")
            raise AssertionError(f"{found} {operation.get('message', '')}")
        return kube.eventually(f"application {self.name} at {revision[:7]}", done, timeout, interval=2)

    def wait_error(self, text, timeout=120):
        """Waits until the user interface shows an error that holds `text`, and returns it."""
        def shown():
            messages = [c["message"] for c in self.get("--refresh")["status"].get("conditions", []) if "Error" in c["type"]]
            return next((m for m in messages if text in m), None)
        return kube.eventually(f"an error with {text!r}", shown, timeout, interval=2)

    def diff(self):
        """What the application differs in, by both ways of comparing; empty if it does not."""
        out = ""
        for flags in ([], ["--server-side-diff"]):
            result = cli("app", "diff", self.name, "--refresh", *flags, check=False)
            if result.returncode not in (0, 1):
                raise kube.CommandError(["argocd", "app", "diff", *flags], result)
            out += result.stdout
        return out

    def operations(self):
        """Phases of the hooks of the last operation: {job name: phase}."""
        resources = self.get()["status"]["operationState"].get("syncResult", {}).get("resources", [])
        return {r["name"]: r.get("hookPhase") for r in resources if r.get("hookType")}


@contextlib.contextmanager
def application(*args, **options):
    app = Application(*args, **options)
    try:
        yield app
    finally:
        app.delete()
