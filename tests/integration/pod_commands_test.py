"""prepare, probe and prestop: the commands inside a server's Pod."""

import os
import socket
import subprocess
import threading
import time

from lib.case import HookCase, main, per_server, servers
from lib.servers import HOST, Ports, Server, info, ok, until


@per_server
class Probe(HookCase):
    @servers()
    def test_a_running_server_is_alive_and_ready(self, fleet):
        server, = fleet.add()
        self.run_hook("probe", "liveness", "--node", server.address)
        self.run_hook("probe", "readiness", "--node", server.address)

    @servers("redis-7.0")
    def test_nobody_listening_is_neither_alive_nor_ready(self, fleet):
        address = "%s:%d" % (HOST, Ports.take())
        self.run_hook("probe", "liveness", "--node", address, expect=1)
        self.run_hook("probe", "readiness", "--node", address, expect=1)

    @servers("redis-7.0", "valkey-8.1")
    def test_a_hanging_server_fails_within_the_timeout(self, fleet):
        server, = fleet.add()
        server.pause()
        began = time.monotonic()
        self.run_hook("probe", "liveness", "--node", server.address, "--timeout", "500ms", expect=1)
        self.assertLess(time.monotonic() - began, 3)

    @servers("redis-6.2", "redis-7.0", "valkey-9.1")
    def test_the_password_comes_from_a_file(self, fleet):
        server, = fleet.add()
        server.call("CONFIG", "SET", "requirepass", "p\xe4ss word")
        server.password = "p\xe4ss word"
        path = os.path.join(fleet.folder, "password")
        with open(path, "w", encoding="utf-8") as file:
            file.write("p\xe4ss word\n")
        self.run_hook("probe", "readiness", "--node", server.address, "--password-file", path)
        self.run_hook("probe", "readiness", "--node", server.address, expect=1)
        self.run_hook("probe", "liveness", "--node", server.address)
        self.run_hook("probe", "readiness", "--node", server.address, "--password-file", path + ".gone", expect=1)
        with open(path, "w", encoding="utf-8") as file:
            file.write("wrong")
        result = self.run_hook("probe", "readiness", "--node", server.address, "--password-file", path, expect=1)
        self.assertNotIn("wrong", result.err.replace("WRONGPASS", ""))

    @servers("redis-7.0")
    def test_a_server_that_loads_its_data_is_alive_but_not_ready(self, fleet):
        with Answering(b"-LOADING Redis is loading the dataset in memory\r\n") as address:
            self.run_hook("probe", "liveness", "--node", address)
            self.run_hook("probe", "readiness", "--node", address, expect=1)

    @servers()
    def test_a_replica_is_ready_once_its_link_is_up(self, fleet):
        primary, replica = fleet.form(1, 1)
        until(lambda: info(replica, "replication")["master_link_status"] == "up", 20, "link")
        self.run_hook("probe", "readiness", "--node", replica.address)
        primary.kill()
        until(lambda: info(replica, "replication")["master_link_status"] == "down", 20, "link down")
        self.run_hook("probe", "readiness", "--node", replica.address, expect=1)


@per_server
class Prestop(HookCase):
    @servers()
    def test_a_primary_hands_over_before_the_hook_returns(self, fleet):
        primary, replica, other, _ = *fleet.form(3, 1)[:3], None
        until(lambda: info(replica, "replication")["master_link_status"] == "up", 20, "link")
        self.run_hook("prestop", "--node", primary.address)
        self.assertEqual(info(primary, "replication")["role"], "slave")
        self.assertEqual(info(replica, "replication")["role"], "master")
        self.assertEqual(info(other, "replication")["role"], "master")

    @servers("redis-7.0", "valkey-8.0")
    def test_nothing_happens_on_a_replica_or_without_replicas(self, fleet):
        primary, replica = fleet.form(1, 1)
        until(lambda: info(replica, "replication")["master_link_status"] == "up", 20, "link")
        self.run_hook("prestop", "--node", replica.address)
        self.assertEqual(info(primary, "replication")["role"], "master")
        alone, = fleet.add()
        self.run_hook("prestop", "--node", alone.address)

    @servers("redis-7.0", "valkey-9.1")
    def test_the_role_goes_to_the_replica_that_answers(self, fleet):
        shard = fleet.form(3, 2)[:3]
        for replica in shard[1:]:
            until(lambda: info(replica, "replication")["master_link_status"] == "up", 20, "link")
        shard[1].pause()
        self.run_hook("prestop", "--node", shard[0].address, "--timeout", "20s")
        self.assertEqual(info(shard[2], "replication")["role"], "master")


@per_server
class Prepare(HookCase):
    @servers("redis-6.2", "redis-7.0", "valkey-9.1")
    def test_a_server_starts_from_the_file_with_address_and_password(self, fleet):
        mounted, out, password = (os.path.join(fleet.folder, n) for n in ("mounted.conf", "final.conf", "password"))
        with open(mounted, "w", encoding="utf-8") as file:
            file.write("maxmemory 77mb\n")
        with open(password, "wb") as file:
            file.write(b"a \"b\\ c\xff\n")
        program = os.path.join(fleet.folder, "installed-hook")
        self.run_hook("prepare", "--in", mounted, "--out", out, "--password-file", password, "--install", program,
                      environment={"POD_IP": "127.0.0.1"})
        self.assertEqual(os.stat(out).st_mode & 0o777, 0o640)
        subprocess.run([program, "version"], check=True, stdout=subprocess.DEVNULL)
        server = Server(fleet.program, fleet.folder, options=(), prefix=(), port=None, wait=False, first=(out,))
        fleet.servers.append(server)
        server.password = b"a \"b\\ c\xff"
        server.wait()
        self.assertEqual(server.call("CONFIG", "GET", "maxmemory")[1], b"80740352")
        self.assertEqual(server.call("CONFIG", "GET", "masterauth")[1], b"a \"b\\ c\xff")
        self.assertEqual(server.call("CONFIG", "GET", "cluster-announce-ip")[1], b"127.0.0.1")

    def test_an_address_that_is_none_is_an_error(self):
        self.run_hook("prepare", "--in", "/dev/null", "--out", "/dev/null/x", environment={"POD_IP": "nonsense"}, expect=1)

    def test_an_ipv6_address_is_announced_as_it_is(self):
        out = os.path.join(os.environ.get("TMPDIR", "/tmp"), "autocache-prepare-%d.conf" % os.getpid())
        try:
            self.run_hook("prepare", "--in", "/dev/null", "--out", out, environment={"POD_IP": "fd00::7"})
            with open(out, encoding="utf-8") as file:
                self.assertEqual(file.read(), 'include "/dev/null"\ncluster-announce-ip fd00::7\n')
        finally:
            os.unlink(out)


class Usage(HookCase):
    def test_wrong_usage_exits_2(self):
        for arguments in ((), ("nonsense",), ("probe",), ("probe", "both"), ("probe", "liveness"), ("probe", "liveness", "--node", ":"),
                          ("sync",), ("sync", "--desired", "{}"), ("sync", "--desired", "/nonexistent"), ("sync", "--bogus"),
                          ("prepare",), ("prestop", "--node"), ("version", "extra")):
            with self.subTest(arguments=arguments):
                result = self.run_hook(*arguments, expect=2, environment={"AUTOCACHE_DESIRED": ""})
                self.assertEqual(result.out, "")
                self.assertIn("autocache-hook: error: ", result.err)

    def test_tls_is_spoken_or_refused(self):
        can = "(with TLS)" in self.run_hook("version").out
        with Answering(b"+PONG\r\n") as address:
            for arguments in (("probe", "liveness"), ("prestop", "--timeout", "1s")):
                result = self.run_hook(*arguments, "--node", address, "--tls-ca", "/etc/hosts", expect=1 if can else 2)
                if not can:
                    self.assertIn("--tls-ca is given, but this program was built without TLS", result.err)

    def test_help_and_version_exit_0(self):
        for arguments in (("--help",), ("help",), ("sync", "--help"), ("probe", "-h"), ("version",)):
            self.assertNotEqual(self.run_hook(*arguments).out, "")


class Answering:
    """A server that gives one answer to everything."""

    def __init__(self, answer):
        self.answer = answer

    def __enter__(self):
        self.listener = socket.create_server((HOST, Ports.take()))
        threading.Thread(target=self.serve, daemon=True).start()
        return "%s:%d" % self.listener.getsockname()

    def __exit__(self, *_):
        self.listener.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                while connection.recv(4096):
                    connection.sendall(self.answer)


if __name__ == "__main__":
    main()
