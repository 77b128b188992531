"""Test cases on real servers: one test per server version, the hook as a child process, what must hold afterwards."""

import json
import os
import subprocess
import sys
import unittest

from .servers import Fleet, find_servers, hook_program

ALL = ("redis-6.2", "redis-7.0", "redis-8.0", "valkey-8.0", "valkey-8.1", "valkey-9.1")
IN_CI = os.environ.get("AUTOCACHE_CI") == "1"
# Only the tests of one server: CTest has an entry per server.
ONLY = os.environ.get("AUTOCACHE_TEST_SERVER")
# The long versions, for hours without anything else to do.
LONG = os.environ.get("AUTOCACHE_TEST_LONG") == "1"


def servers(*names):
    """Marks a test method: it runs once per named server and takes a Fleet. Without names: once per server there is."""
    def mark(method):
        method.servers = names
        return method
    return mark


def per_server(cls):
    """Class decorator: replaces every marked method by one method per server."""
    found = find_servers()
    for name, method in list(vars(cls).items()):
        if not hasattr(method, "servers"):
            continue
        delattr(cls, name)
        for server in method.servers or (ALL if any(n in ALL for n in found) else tuple(found) or ALL):
            if ONLY and server != ONLY:
                continue
            setattr(cls, "%s__%s" % (name, server.replace("-", "_").replace(".", "_")), bound(method, server, found.get(server)))
    return cls


def bound(method, server, program):
    def test(self):
        if program is None:
            reason = "no %s (set AUTOCACHE_SERVERS to a folder of NAME/bin/server)" % server
            if IN_CI:
                self.fail(reason)
            self.skipTest(reason)
        self.server = server
        with Fleet(program) as fleet:
            method(self, fleet)
    test.__doc__ = method.__doc__
    return test


class SharedFleet:
    """Mixin for test classes whose tests share one cluster of one server, made once by scenario(case). See class_per_server()."""

    server = program = fleet = None

    @classmethod
    def setUpClass(cls):
        if cls.program is None:
            reason = "no %s (set AUTOCACHE_SERVERS to a folder of NAME/bin/server)" % cls.server
            raise AssertionError(reason) if IN_CI else unittest.SkipTest(reason)
        cls.fleet = Fleet(cls.program)
        try:
            cls.scenario(cls("run_hook"))
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        if cls.fleet:
            cls.fleet.__exit__()


def class_per_server(cls, *names):
    """{name: class} with a subclass of `cls` for each of the servers `names` (none: all); for the globals() of a test module."""
    made = {}
    for server in names or ALL:
        if not ONLY or ONLY == server:
            name = "%s_%s" % (cls.__name__, server.replace("-", "_").replace(".", "_"))
            made[name] = type(name, (cls, HookCase), {"server": server, "program": find_servers().get(server), "__module__": cls.__module__})
    return made


def desired_state(nodes, name="cache", engine="redis", surplus=(), replicas=0, **more):
    """The desired state of design.md 8 for servers on loopback."""
    state = {"version": 1, "name": name, "engine": engine, "nodes": [node_of(n) for n in nodes], "timeoutSeconds": 1800 if LONG else 180}
    if surplus:
        state["surplus"] = [node_of(n) for n in surplus]
    if replicas:
        state["replicasPerShard"] = replicas
    state.update(more)
    return state


def node_of(server):
    return "%s@%d" % (server.address, server.port + 10000)


class Result:
    def __init__(self, process):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr

    def events(self):
        """The JSON log lines."""
        return [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]

    def __str__(self):
        return "exit %s\n%s\n%s" % (self.code, self.out, self.err)


class HookCase(unittest.TestCase):
    def run_hook(self, *arguments, expect=0, environment=None, timeout=2000 if LONG else 300):
        """Runs the hook and checks its exit code (`expect` None: any)."""
        process = subprocess.run([hook_program(), *[str(a) for a in arguments]], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True, env={**os.environ, **(environment or {})}, timeout=timeout, check=False)
        result = Result(process)
        if expect is not None:
            self.assertEqual(process.returncode, expect, "%s\n%s" % (" ".join(map(str, arguments))[:300], result))
        return result

    def hook(self, command, desired, *more, **keywords):
        return self.run_hook(command, "--desired", json.dumps(desired), *more, **keywords)

    def engine(self):
        return "valkey" if "valkey" in self.server else "redis"


def main():
    """Runs the tests of the calling module; exit 77 (CTest: skipped) if all of them were skipped."""
    program = unittest.main(exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun == len(result.skipped) else 0)
