"""Real servers on loopback for one test: own processes, own directories, own ports, and nothing left behind."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from .resp import Connection, ReplyError

HERE = os.path.dirname(os.path.abspath(__file__))
HOST = "127.0.0.1"


def hook_program():
    """The autocache-hook under test (AUTOCACHE_HOOK)."""
    return os.environ.get("AUTOCACHE_HOOK") or os.path.join(HERE, "../../../build/test/autocache-hook")


def find_servers():
    """{name: program} of every server there is: AUTOCACHE_SERVERS (a folder of NAME/bin/server), else those on PATH."""
    folder = os.environ.get("AUTOCACHE_SERVERS")
    found = {}
    if folder:
        for name in sorted(os.listdir(folder)):
            program = os.path.join(folder, name, "bin", "server")
            if os.access(program, os.X_OK):
                found[name] = program
        return found
    for name in ("redis-server", "valkey-server"):
        if shutil.which(name):
            found[name] = shutil.which(name)
    return found


def client_of(program):
    """The redis-cli or valkey-cli that belongs to a server program."""
    folder, name = os.path.split(program)
    return os.path.join(folder, name.replace("server", "cli"))


class Ports:
    """Hands out free ports whose bus port (+10000) is free too. AUTOCACHE_TEST_PORTS=FIRST-LAST names the range; bus ports are best
    kept below the ports that the system gives to clients (32768).

    A port stays this process's until it ends: test programs that run at the same time never share one."""

    first, last = (int(p) for p in os.environ.get("AUTOCACHE_TEST_PORTS", "14000-19999").split("-"))
    # Test programs that run at the same time start at different places.
    at = first + (os.getpid() * 97) % (last - first)
    folder = os.path.join(tempfile.gettempdir(), "autocache-ports-%d" % os.getuid())
    taken = []

    @classmethod
    def take(cls, host=HOST):
        for _ in range(cls.last - cls.first):
            cls.at = cls.first + (cls.at + 1 - cls.first) % (cls.last - cls.first)
            if cls.claim(cls.at) and all(cls.free(host, port) for port in (cls.at, cls.at + 10000)):
                return cls.at
        raise RuntimeError("no free port")

    @classmethod
    def claim(cls, port):
        os.makedirs(cls.folder, exist_ok=True)
        lock = open(os.path.join(cls.folder, str(port)), "w", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        cls.taken.append(lock)
        return True

    @staticmethod
    def free(host, port):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
            return True


class Server:
    """One server process in cluster mode."""

    def __init__(self, program, folder, host=HOST, port=None, options=(), prefix=(), first=(), wait=True,
                 password=None, folder_of=None):
        """`folder_of`: another Server that has ended; this one goes on with its data and its nodes.conf."""
        self.program, self.host = program, host
        self.port = port or Ports.take(host)
        self.folder = folder_of.folder if folder_of else os.path.join(folder, "%s-%d" % (host.replace(":", "_"), self.port))
        os.makedirs(self.folder, exist_ok=True)
        self.options = list(options)
        self.prefix = list(prefix)
        self.process = None
        self.password = password
        self.first = list(first)
        self.start(wait)

    @property
    def address(self):
        return "%s:%d" % ("[%s]" % self.host if ":" in self.host else self.host, self.port)

    def start(self, wait=True):
        command = self.prefix + [
            self.program, *self.first, "--port", str(self.port), "--bind", self.host, "--cluster-enabled", "yes", "--dir", self.folder,
            "--save", "", "--appendonly", "no", "--cluster-node-timeout", "5000", "--daemonize", "no",
            "--logfile", os.path.join(self.folder, "log"), "--enable-debug-command", "yes",
        ]
        if "6.2" in self.program:
            command = command[:-2]
        if self.host != HOST:
            command += ["--cluster-announce-ip", self.host]
        command += self.options
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if wait:
            try:
                self.wait()
            except BaseException:
                self.stop()
                raise

    def wait(self, seconds=20):
        deadline = time.monotonic() + seconds
        while True:
            try:
                with self.connect(timeout=2) as c:
                    c.call("PING")
                    return
            except (OSError, ReplyError) as problem:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    log = os.path.join(self.folder, "log")
                    text = open(log, errors="replace").read()[-2000:] if os.path.exists(log) else "no log"
                    raise RuntimeError("%s does not answer: %s\n%s" % (self.address, problem, text)) from problem
                time.sleep(0.01)

    def connect(self, timeout=10.0):
        return Connection(self.host, self.port, timeout, self.password)

    def call(self, *args):
        with self.connect() as c:
            return c.call(*args)

    def id(self):
        return self.call("CLUSTER", "MYID").decode()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()

    def forget_data(self):
        """What a Pod without a volume loses: everything, its node ID included."""
        shutil.rmtree(self.folder)
        os.makedirs(self.folder)


class Fleet:
    """The servers of one test; a context manager that ends them all."""

    def __init__(self, program, options=()):
        self.program, self.options = program, list(options)
        self.folder = tempfile.mkdtemp(prefix="autocache-it-")
        self.servers = []
        self.node_timeout = 5000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, count=1, **keywords):
        """Starts `count` more servers and returns them."""
        keywords.setdefault("options", self.options)
        added = [Server(self.program, self.folder, **keywords) for _ in range(count)]
        self.servers += added
        return added

    def form(self, primaries, replicas=0):
        """Starts servers and makes a cluster of them by raw commands: shard by shard, the primary first. Returns them."""
        servers = self.add(primaries * (replicas + 1))
        heads = servers[::replicas + 1]
        for server in servers:
            # A new cluster is ok one node timeout after its slots are assigned.
            server.call("CONFIG", "SET", "cluster-node-timeout", 500)
        for index, head in enumerate(heads):
            with head.connect() as c:
                c.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
                first, last = index * 16384 // primaries, (index + 1) * 16384 // primaries
                c.call("CLUSTER", "ADDSLOTS", *range(first, last))
        join(servers)
        ids = [server.id() for server in heads]
        for index, server in enumerate(servers):
            if index % (replicas + 1):
                until(lambda: ok(server, "CLUSTER", "REPLICATE", ids[index // (replicas + 1)]), 20, "REPLICATE")
        self.wait_ok(servers)
        for server in servers:
            server.call("CONFIG", "SET", "cluster-node-timeout", self.node_timeout)
        return servers

    def wait_ok(self, servers, seconds=40):
        until(lambda: all(state_ok(s) for s in servers) and agree(servers), seconds, "cluster_state:ok everywhere")


def join(servers):
    """CLUSTER MEET from everybody to everybody."""
    for index, server in enumerate(servers):
        with server.connect() as c:
            for other in servers[index + 1:]:
                c.call("CLUSTER", "MEET", other.host, other.port, other.port + 10000)


def until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("not within %s s: %s" % (seconds, what))
        time.sleep(0.02)


def ok(server, *command):
    try:
        server.call(*command)
        return True
    except (OSError, ReplyError):
        return False


def info(server, section):
    text = server.call("INFO", section) if section != "cluster_info" else server.call("CLUSTER", "INFO")
    pairs = (line.split(":", 1) for line in text.decode().splitlines() if ":" in line)
    return dict(pairs)


def state_ok(server):
    return info(server, "cluster_info").get("cluster_state") == "ok"


def parse_nodes(text):
    """CLUSTER NODES as {id: {"flags", "primary", "slots": set, "open": list, "address", "epoch"}}."""
    nodes = {}
    for line in text.decode().splitlines():
        fields = line.split(" ")
        slots, opened = set(), []
        for part in fields[8:]:
            if part.startswith("["):
                opened.append(part)
            elif part:
                ends = part.split("-")
                slots.update(range(int(ends[0]), int(ends[-1]) + 1))
        nodes[fields[0]] = {"flags": fields[2].split(","), "primary": fields[3], "slots": slots, "open": opened,
                            "address": fields[1].split(",")[0], "epoch": int(fields[6]), "link": fields[7]}
    return nodes


def view(server):
    return parse_nodes(server.call("CLUSTER", "NODES"))


def myself(nodes):
    return next((i, n) for i, n in nodes.items() if "myself" in n["flags"])


def agree(servers):
    """True if all views give every slot to the same owner."""
    def owners(nodes):
        return sorted((i, tuple(sorted(n["slots"]))) for i, n in nodes.items() if n["slots"])
    views = [owners(view(s)) for s in servers]
    return all(v == views[0] for v in views)
