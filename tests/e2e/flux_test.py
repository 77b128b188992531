"""A real Flux forms, scales and updates a cluster through Git commits alone, by the example Kustomizations as they are shipped."""
import pathlib
import re
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
  config: {maxMemory: 64mb, custom: {%(custom)s}}
  podAnnotations: {not-a-variable: "${HOME}"}
"""
URL = "http://127.0.0.1:9790"


def tool(*args, **options):
    return kube.tool("flux/flux", *args, **options)


class FluxTest(kube.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.served = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="autocache-e2e-")))
        cls.repository = gitops.Repository(cls.served / "deploy")
        # A controller ends if the API server does not serve its kinds yet; they are there the next time.
        kube.eventually("Flux is up", lambda: [tool("up", cls.served, timeout=900)], 300)
        cls.addClassCleanup(tool, "down")

    def setUp(self):
        self.ns = self.enterContext(kube.namespace("flux"))
        self.cache = gitops.Cache(self.ns, "cache", "valkey-cli")

    def commit(self, replicas=3, version="8.1", custom=""):
        """Renders into the repository as a person or CI would, and commits."""
        kube.autocache("render", "-", "--hooks", "flux", "--output-dir", self.repository.folder / "clusters/shop/cache",
                       input=SPEC % {"replicas": replicas, "version": version, "custom": custom})
        return self.repository.commit({})

    def install(self):
        source = ("apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: deploy, namespace: flux-system}\n"
                  f"spec: {{url: {URL}/deploy, interval: 5s, ref: {{branch: main}}}}\n---\n")
        shipped = (kube.ROOT / "examples/flux/kustomizations.yaml").read_text()
        text = re.sub(r"targetNamespace: shop\b", f"targetNamespace: {self.ns.name}", shipped)
        kube.kubectl("apply", "-f", "-", input=source + text)
        self.addCleanup(self.uninstall)

    def uninstall(self):
        for name in ("cache-sync", "cache", "cache-gate"):
            kube.kubectl("-n", "flux-system", "delete", f"kustomization/{name}", "--wait", "--timeout=120s", check=False)
        kube.kubectl("-n", "flux-system", "delete", "gitrepository/deploy", check=False)

    def settled(self, revision, nodes):
        def applied():
            for name in ("cache-gate", "cache", "cache-sync"):
                status = kube.Namespace("flux-system").get(f"kustomization/{name}").get("status", {})
                ready = next((c for c in status.get("conditions", []) if c["type"] == "Ready"), {})
                if ready.get("status") != "True" or revision not in status.get("lastAppliedRevision", ""):
                    raise AssertionError(f"{name}: {ready.get('message')} at {status.get('lastAppliedRevision')}")
            return True
        kube.eventually(f"Flux applied {revision[:7]}", applied, 300, 2)
        kube.eventually("the cluster is formed", lambda: self.cache.is_formed(nodes, nodes), 60, 2)

    def test_forms_scales_and_updates(self):
        revision = self.commit()
        self.install()
        self.settled(revision, 3)
        annotations = self.ns.cache_pods()[0]["metadata"]["annotations"]
        self.assertEqual(annotations["not-a-variable"], "${HOME}")
        with gitops.load(self.ns, "cache") as client:
            for nodes in (5, 3, 5, 3):
                with self.subTest(nodes=nodes):
                    self.settled(self.commit(nodes), nodes)
            result = client.finish()
            print(result)
            self.assertEqual(result["lost"], [])
            self.assertEqual(result["errors"], {})
        with self.subTest("image change"):
            self.settled(self.commit(version="9.1"), 3)
            for pod in self.cache.pods():
                self.assertIn("valkey_version:9.1", self.cache.ask(pod, "info", "server"))
        with self.subTest("restart-only config"):
            self.settled(self.commit(version="9.1", custom="tcp-backlog: \"256\""), 3)


if __name__ == "__main__":
    kube.main()
