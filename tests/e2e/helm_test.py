"""A chart of `autocache chart` installs, scales and updates a cluster with the real helm."""
import pathlib
import shutil
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
  config: {custom: {%(custom)s}}
"""


class HelmTest(kube.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not shutil.which("helm"):
            kube.skip("helm is not on PATH")
        cls.kubeconfig = kube.tool("kube", "kubeconfig").strip()

    def helm(self, *args):
        return kube.in_cluster("helm", *args, "--kubeconfig", self.kubeconfig, timeout=600)

    def upgrade(self, ns, replicas, version="8.1", custom=""):
        spec = SPEC % {"replicas": replicas, "version": version, "custom": custom}
        kube.autocache("chart", "-", "--output-dir", self.chart, input=spec)
        try:
            self.helm("upgrade", "--install", "cache", self.chart, "--namespace", ns.name, "--wait", "--timeout", "5m")
        except kube.CommandError as error:
            logs = "".join(f"{job}: {ns.log(job)[-8000:]}" for job in ("cache-gate", "cache-sync"))
            raise AssertionError(f"{error}\n{logs}\n{ns.describe()}") from None
        cache = gitops.Cache(ns, "cache", "valkey-cli")
        kube.eventually("the cluster is formed", lambda: cache.is_formed(replicas, replicas), 60, 2)

    def test_install_scale_update(self):
        self.chart = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "cache"
        with kube.namespace("helm") as ns:
            self.upgrade(ns, 3)
            with gitops.load(ns, "cache") as client:
                for replicas in (5, 3):
                    with self.subTest(replicas=replicas):
                        self.upgrade(ns, replicas)
                result = client.finish()
                print(result)
                self.assertEqual((result["lost"], result["errors"]), ([], {}))
            with self.subTest("image change"):
                self.upgrade(ns, 3, "9.1")
            with self.subTest("restart-only config"):
                self.upgrade(ns, 3, "9.1", "tcp-backlog: \"256\"")
                self.assertIn("256", ns.redis("cache-0", "config", "get", "tcp-backlog", program="valkey-cli"))
            self.helm("uninstall", "cache", "--namespace", ns.name)


if __name__ == "__main__":
    kube.main()
