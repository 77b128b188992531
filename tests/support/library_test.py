#!/usr/bin/env python3
"""examples/library renders in its own process just what the program renders: library_test.py SHARDS AUTOCACHE."""
import collections
import re
import subprocess
import sys
import tempfile
import unittest

SHARDS, AUTOCACHE = sys.argv[1:3]


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True)


class LibraryTest(unittest.TestCase):
    def test_renders_what_the_program_renders(self):
        for spec, counts in (("examples/replicas.yaml", ("6", "10")), ("examples/quickstart.yaml", ("3", "4", "30"))):
            want = ""
            for replicas in counts:
                rendered = run(AUTOCACHE, "render", spec, "--set", f"spec.replicas={replicas}", "--hooks", "argocd")
                self.assertEqual(rendered.returncode, 0, rendered.stderr)
                kinds = collections.Counter(re.findall(r"^kind: (\w+)$", rendered.stdout, re.MULTILINE))
                want += f"{replicas} replicas:" + "".join(f" {n} {kind}" for kind, n in sorted(kinds.items()))
                want += f", {len(rendered.stdout.encode())} bytes\n"
            library = run(SHARDS, spec, *counts)
            self.assertEqual((library.returncode, library.stderr, library.stdout), (0, "", want))

    def test_reports_what_is_wrong_and_where(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as spec:
            spec.write("apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata: {name: x}\nspec: {engine: redis, image: redis:8.0, replica: 3}\n")
            spec.flush()
            library = run(SHARDS, spec.name, "3")
        self.assertEqual((library.returncode, library.stdout), (1, ""))
        self.assertIn(f"{spec.name}:4:41: error: /spec/replica: unknown field", library.stderr)


unittest.main(argv=[sys.argv[0], "-v"])
