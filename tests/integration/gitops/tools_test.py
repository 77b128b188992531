"""The real kustomize and helm take what `autocache fn` and `autocache chart` give them. Both are looked for on PATH."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
AUTOCACHE = pathlib.Path(os.environ.get("AUTOCACHE_BUILD", ROOT / "build/test")) / "autocache"
SPEC = """
apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata: {name: cache}
spec:
  engine: valkey
  image: valkey/valkey:9.1
  replicas: 3
  podAnnotations: {template: "{{ .Values.none }}", switch: "yes"}
"""


def run(*argv, cwd=ROOT, check=True, stdin=None, env=None):
    result = subprocess.run(list(map(str, argv)), cwd=cwd, capture_output=True, text=True, input=stdin, timeout=120,
                            env={**os.environ, **env} if env else None)
    if check and result.returncode != 0:
        raise AssertionError(f"{argv}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result


def documents(text):
    return {(d["kind"], d["metadata"]["name"]): d for d in yaml.safe_load_all(text) if d}


class KustomizeTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        wrapper = self.folder / "fn"
        wrapper.write_text(f'#!/bin/sh\nexec "{AUTOCACHE}" fn "$@"\n')
        wrapper.chmod(0o755)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def build(self, check=True):
        return run("kustomize", "build", "--enable-alpha-plugins", "--enable-exec", ".", cwd=self.folder, check=check)

    def annotated(self, spec):
        return spec.replace("metadata: {name: cache}",
                            "metadata:\n  name: cache\n  annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: ./fn\n")

    def test_generator_renders_its_own_configuration(self):
        self.write("cache.yaml", self.annotated(SPEC))
        self.write("kustomization.yaml", "namespace: shop\ngenerators: [cache.yaml]\n")
        built = documents(self.build().stdout)
        self.assertIn(("StatefulSet", "cache"), built)
        self.assertNotIn(("AutoCache", "cache"), built)
        self.assertEqual({d["metadata"].get("namespace") for d in built.values()}, {"shop"})
        template = built["StatefulSet", "cache"]["spec"]["template"]
        self.assertEqual(template["metadata"]["annotations"]["switch"], "yes")

    def test_transformer_renders_resources_after_kustomize_patched_them(self):
        self.write("cache.yaml", SPEC)
        self.write("fn.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: autocache\n  annotations:\n"
                              "    config.kubernetes.io/function: |\n      exec:\n        path: ./fn\ndata:\n  hooks: argocd\n")
        self.write("kustomization.yaml", "resources: [cache.yaml]\ntransformers: [fn.yaml]\n"
                                         "patches:\n  - target: {kind: AutoCache}\n    patch: |-\n      - op: replace\n        path: /spec/replicas\n        value: 5\n")
        built = documents(self.build().stdout)
        self.assertEqual(built["StatefulSet", "cache"]["spec"]["replicas"], 5)
        self.assertIn(("Job", "cache-gate"), built)
        self.assertNotIn(("AutoCache", "cache"), built)

    def test_bad_spec_fails_the_build_and_names_the_field(self):
        self.write("cache.yaml", self.annotated(SPEC.replace("replicas: 3", "replicas: 0")))
        self.write("kustomization.yaml", "generators: [cache.yaml]\n")
        result = self.build(check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("/spec/replicas", result.stderr)
        self.assertEqual(result.stdout, "")


class HelmTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.chart = self.folder / "cache"
        run(AUTOCACHE, "chart", "-", "--output-dir", self.chart, stdin=SPEC)

    def test_templates_are_the_rendered_manifests(self):
        built = documents(run("helm", "template", "any", self.chart).stdout)
        rendered = documents(run(AUTOCACHE, "render", "-", "--hooks", "helm", stdin=SPEC).stdout)
        self.assertEqual(built, rendered)

    def test_hooks_run_around_install_and_upgrade(self):
        built = documents(run("helm", "template", "any", self.chart).stdout)
        hooks = {name: d["metadata"].get("annotations", {}).get("helm.sh/hook", "") for (kind, name), d in built.items() if kind == "Job"}
        self.assertEqual(set(hooks["cache-gate"].split(",")), {"pre-upgrade"})
        self.assertEqual(set(hooks["cache-sync"].split(",")), {"post-install", "post-upgrade"})

    def test_lint_is_clean(self):
        run("helm", "lint", "--strict", self.chart)

    def test_a_second_chart_removes_what_is_no_longer_rendered(self):
        other = SPEC.replace("name: cache", "name: other")
        run(AUTOCACHE, "chart", "-", "--output-dir", self.chart, stdin=other)
        self.assertEqual({name for _, name in documents(run("helm", "template", "any", self.chart).stdout) if not name.startswith("other")}, set())


class PluginTest(unittest.TestCase):
    """The plugin's commands as the repo server runs them: many applications, one process each."""

    def test_five_hundred_applications_of_a_monorepo(self):
        with tempfile.TemporaryDirectory() as folder:
            for number in range(500):
                app = pathlib.Path(folder) / f"app-{number}"
                app.mkdir()
                (app / "cache.yaml").write_text(SPEC.replace("name: cache", f"name: cache-{number}"))
            start = time.monotonic()
            for number in range(500):
                app = f"app-{number}"
                result = subprocess.run([AUTOCACHE, "argocd", "generate"], cwd=pathlib.Path(folder) / app, capture_output=True,
                                        env={"ARGOCD_APP_SOURCE_PATH": app, "ARGOCD_APP_PARAMETERS": "null"})
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(f"name: cache-{number}-gate".encode(), result.stdout)
            print(f"500 applications in {time.monotonic() - start:.2f} s")

    def test_announcements_have_the_types_of_the_plugin_protocol(self):
        with tempfile.TemporaryDirectory() as folder:
            for item in json.loads(run(AUTOCACHE, "argocd", "parameters", cwd=folder).stdout):
                self.assertLessEqual(set(item), {"name", "title", "tooltip", "required", "itemType", "collectionType", "string", "array", "map"})


if __name__ == "__main__":
    missing = [program for program in ("kustomize", "helm") if not shutil.which(program)]
    if missing:
        print("skipped: not on PATH:", *missing)
        sys.exit(1 if os.environ.get("AUTOCACHE_CI") == "1" else 77)
    unittest.main(verbosity=2)
