"""hook.py AUTOCACHE-HOOK [SERVER ...]: what the runtime hook costs next to redis-cli or valkey-cli of the same version, in Markdown.

AUTOCACHE_SERVERS folder of NAME/bin/{server,cli} (default ~/.cache/autocache-servers); SERVER names some of them (default all)
BENCH_ROUNDS      rounds of each comparison (default 5)
BENCH_KEYS        keys of the moves (default 1000000); 0 leaves them out
BENCH_ONLY        some of program,create,empty,keys,clients,replicas,atomic, with commas (default all)

Both tools do the same work on real servers, in turns. Where others use the machine, run it with a higher priority (nice -n -10): the tools
sleep most of the time that a creation takes, the hook and the servers work. Creation ends when every node says cluster_state:ok and has
its role; a move begins when the new node has joined, and ends with the program, and when every node is ok. The hook's time then includes
its looks and its final checks; the tool's is that of its one command. `clients` is the hook at its default pace, with a client that
reads and writes one key after the other, and reads pairs of one slot; `atomic` compares with CLUSTER MIGRATESLOTS sent by hand (with the
server's own cli), one range to each source, all of them at work at once, the end watched every millisecond; it takes three times the
rounds, because the servers take each step of it at their next tick (100 ms). Exit 1 if a target is missed."""
import json
import multiprocessing
import os
import pathlib
import random
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/integration"))
SERVERS = pathlib.Path(os.environ.setdefault("AUTOCACHE_SERVERS", str(pathlib.Path.home() / ".cache/autocache-servers")))

from lib.case import desired_state  # noqa: E402
from lib.checks import fill  # noqa: E402
from lib.load import Client  # noqa: E402
from lib.resp import ReplyError  # noqa: E402
from lib.servers import Fleet, agree, client_of, find_servers, info, join, myself, state_ok, until, view  # noqa: E402

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
KEYS = int(os.environ.get("BENCH_KEYS", "1000000"))
ONLY = os.environ.get("BENCH_ONLY", "program,create,empty,keys,clients,replicas,atomic").split(",")
missed = []


def target(what, value, limit, better):
    met = value >= limit if better == "more" else value <= limit
    if not met:
        missed.append(what)
    return "%s %g: %s" % ("at least" if better == "more" else "at most", limit, "met" if met else "MISSED")


def fleet_of(server):
    """Servers with the node timeout that they have by default."""
    fleet = Fleet(server, ["--cluster-node-timeout", "15000"])
    fleet.node_timeout = 15000
    return fleet


def start(fleet, count):
    """Servers that are past their first two seconds, in which they never say ok (redis cluster.c, CLUSTER_WRITABLE_DELAY)."""
    nodes = fleet.add(count)
    time.sleep(2.5)
    return nodes


class Run:
    """One program run to its end: seconds until `ready()` ("while": the program may still be at its checks), and the most memory it
    had, in MiB."""

    def __init__(self, command, ready=lambda: True, when="after"):
        start = time.monotonic()
        process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        self.mib = 0.0
        watch = threading.Thread(target=self.watch, args=(process.pid,))
        watch.start()
        if when == "while":
            until(ready, 120, "every node ok")
            self.seconds = time.monotonic() - start
        error = process.stderr.read()
        process.wait()
        watch.join()
        if when == "after":
            until(ready, 120, "every node ok")
            self.seconds = time.monotonic() - start
        if process.returncode != 0:
            raise RuntimeError("%s: exit %d\n%s" % (" ".join(map(str, command))[:200], process.returncode, error[-2000:]))


    def watch(self, pid):
        """The peak that the kernel keeps; what wait4() tells is that of this Python before the exec, if it was higher."""
        try:
            while True:
                with open("/proc/%d/status" % pid, encoding="ascii") as status:
                    peak = [int(line.split()[1]) for line in status if line.startswith("VmHWM")]
                if not peak:
                    return
                self.mib = max(self.mib, peak[0] / 1024)
                time.sleep(0.005)
        except OSError:
            return


class Comparison:
    """Times of both tools, round by round."""

    def __init__(self):
        self.times, self.mib = {}, 0.0

    def add(self, name, run):
        self.times.setdefault(name, []).append(run.seconds)
        if name.startswith("hook"):
            self.mib = max(self.mib, run.mib)

    def row(self, server, what, hook, other, limit):
        pairs = zip(self.times[other], self.times[hook])
        factor = statistics.median(a / b for a, b in pairs)
        verdict = target("%s, %s against %s" % (server, what, other), factor, limit, "more")
        print("| %s | %s | %s %.2f | %s %.2f | %.1f | %.1f | %s |" % (
            server, what, hook, statistics.median(self.times[hook]), other, statistics.median(self.times[other]), factor, self.mib,
            verdict), flush=True)


class Bench:
    def __init__(self, hook, name, program):
        self.hook_program, self.name, self.program = hook, name, program
        self.cli = client_of(program)
        self.engine = "valkey" if "valkey" in name else "redis"

    def hook(self, command, nodes, *more, ready=lambda: True, when="after", **state):
        desired = desired_state(nodes, engine=self.engine, timeoutSeconds=600,
                                config={"cluster-node-timeout": "15000"}, **state)
        return Run([self.hook_program, command, "--desired", json.dumps(desired), *more], ready, when)

    def tool(self, *words, ready=lambda: True, when="after"):
        return Run([self.cli, "--cluster", *words, "--cluster-yes"], ready, when)

    def create(self, primaries, replicas):
        times = Comparison()
        for _ in range(ROUNDS):
            with fleet_of(self.program) as fleet:
                nodes = start(fleet, primaries * (replicas + 1))
                times.add("hook", self.hook("sync", nodes, ready=formed(nodes, replicas), when="while", replicas=replicas))
            with fleet_of(self.program) as fleet:
                nodes = start(fleet, primaries * (replicas + 1))
                times.add("cli", self.tool("create", *[n.address for n in nodes], "--cluster-replicas", replicas,
                                           ready=formed(nodes, replicas), when="while"))
        what = "create %d" % primaries + ("+%d" % (primaries * replicas) if replicas else "")
        times.row(self.name, what, "hook", "cli", 5)

    def moves(self, primaries, keys, limits, replicas=0, pipeline=True):
        """Grows by one shard and shrinks again, with each tool in turn."""
        grow, shrink = Comparison(), Comparison()
        with fleet_of(self.program) as fleet:
            nodes = fleet.form(primaries, replicas)
            if keys:
                fill(nodes, keys)
            for _ in range(ROUNDS):
                self.by_hook(fleet, nodes, replicas, grow, shrink)
                self.by_tool(fleet, nodes, replicas, grow, shrink, "cli")
                if keys and pipeline:
                    self.by_tool(fleet, nodes, replicas, grow, shrink, "cli pipeline 1000", "--cluster-pipeline", 1000)
        load = "%d keys" % keys if keys else "empty"
        load += ", %d replicas" % (primaries * replicas) if replicas else ""
        for other, limit in limits["grow"].items():
            grow.row(self.name, "%d to %d, %s" % (primaries, primaries + 1, load), "hook --fast", other, limit)
        for other, limit in limits["shrink"].items():
            shrink.row(self.name, "%d to %d, %s" % (primaries + 1, primaries, load), "hook --fast", other, limit)
        return max(grow.mib, shrink.mib)

    def joined(self, fleet, nodes, replicas=0):
        """One more shard, without slots, that everybody knows."""
        extra = start(fleet, replicas + 1)
        grown = nodes + extra
        join(grown)
        until(lambda: all(state_ok(n) for n in grown) and agree(grown), 60, "the new nodes are known")
        for replica in extra[1:]:
            until(lambda: follows(replica, extra[0]), 60, "the replica is there")
        return extra

    def by_hook(self, fleet, nodes, replicas, grow, shrink):
        extra = self.joined(fleet, nodes, replicas)
        grown = nodes + extra
        grow.add("hook --fast", self.hook("sync", grown, "--fast", ready=all_ok(grown), replicas=replicas))
        shrink.add("hook --fast", self.hook("gate", nodes, "--fast", ready=all_ok(nodes), surplus=extra, replicas=replicas))
        remove(fleet, extra)

    def by_tool(self, fleet, nodes, replicas, grow, shrink, name, *more):
        extra = self.joined(fleet, nodes, replicas)
        grown = nodes + extra
        first = nodes[0].address
        grow.add(name, self.tool("rebalance", first, "--cluster-use-empty-masters", *more, ready=all_ok(grown)))
        shrink.add(name, self.tool("rebalance", first, "--cluster-weight", extra[0].id() + "=0", *more, ready=all_ok(nodes)))
        for server in extra:
            for node in nodes:
                until(lambda: forgets(node, server.id()), 30, "FORGET")
        remove(fleet, extra)

    def growths(self, primaries, keys, ways, rounds=ROUNDS):
        """For each round and way: its name, the nodes that have keys, and one that has joined. Shrinks again after each."""
        with fleet_of(self.program) as fleet:
            nodes = fleet.form(primaries)
            fill(nodes, keys)
            for _ in range(rounds):
                for name in ways:
                    extra = self.joined(fleet, nodes)
                    yield name, nodes, extra
                    self.hook("gate", nodes, "--fast", ready=all_ok(nodes), surplus=extra)
                    remove(fleet, extra)

    def clients(self, primaries, keys):
        """The default pace, with a client that does not stop: its p999 while the slots move, how long its slowest call took, and a call
        that got a TRYAGAIN until it succeeded."""
        times = Comparison()
        p999, slowest, again = ({"hook": [], "cli": []} for _ in range(3))
        for name, nodes, extra in self.growths(primaries, keys, p999):
            grown = nodes + extra
            with Watcher(nodes, keys) as watcher:
                if name == "hook":
                    run = self.hook("sync", grown, ready=all_ok(grown))
                else:
                    run = self.tool("rebalance", nodes[0].address, "--cluster-use-empty-masters", ready=all_ok(grown))
            times.add(name, run)
            p999[name].append(watcher.p999)
            slowest[name].append(watcher.slowest)
            again[name] += watcher.again
        what = "%d to %d, %d keys, a client" % (primaries, primaries + 1, keys)
        times.row(self.name, what, "hook", "cli", 2)
        own, other = (statistics.median(p999[name]) for name in ("hook", "cli"))
        print("| %s | its p999 | hook %.2f ms | cli %.2f ms | %.1f | | %s |" % (
            self.name, own, other, own / other, target("%s, p999" % self.name, own / other, 2, "less")), flush=True)
        worst = max(slowest["hook"])
        print("| %s | its slowest call | hook %.1f ms | cli %.1f ms | | | %s |" % (
            self.name, worst, max(slowest["cli"]), target("%s, slowest call" % self.name, worst, 50, "less")), flush=True)
        held = max(again["hook"], default=0)
        print("| %s | its TRYAGAINs | hook %d, %.1f ms | cli %d, %.1f ms | | | %s |" % (
            self.name, len(again["hook"]), held, len(again["cli"]), max(again["cli"], default=0),
            target("%s, TRYAGAIN" % self.name, held, 50, "less")), flush=True)

    def atomic(self, primaries, keys):
        """Valkey 9's own way, called by hand with whole ranges, against the hook that uses it."""
        times = Comparison()
        for name, nodes, extra in self.growths(primaries, keys, ("hook", "MIGRATESLOTS"), 3 * ROUNDS):
            grown = nodes + extra
            times.add(name, self.hook("sync", grown, "--fast", ready=all_ok(grown)) if name == "hook" else
                      ByHand(self.cli, nodes, extra[0]))
        times.row(self.name, "%d to %d, %d keys" % (primaries, primaries + 1, keys), "hook", "MIGRATESLOTS", 1)


class ByHand:
    """MIGRATESLOTS of an equal share of each node's slots, until the last is at its target."""
    mib = 0.0

    def __init__(self, cli, nodes, extra):
        share = 16384 // (len(nodes) + 1) // len(nodes)
        ranges = [(n, min(myself(view(n))[1]["slots"])) for n in nodes]
        own = extra.id()
        start = time.monotonic()
        for node, first in ranges:
            words = ("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", first, first + share - 1, "NODE", own)
            subprocess.run([cli, "-e", "-h", node.host, *map(str, ("-p", node.port, *words))], check=True, stdout=subprocess.DEVNULL)
        for node in nodes:
            while not self.ended(node):
                time.sleep(0.001)
        until(all_ok(nodes + [extra]), 60, "every node ok")
        self.seconds = time.monotonic() - start

    @staticmethod
    def ended(node):
        job = node.call("CLUSTER", "GETSLOTMIGRATIONS")[0]
        state = dict(zip(job[::2], job[1::2]))[b"state"]
        if state == b"failed":
            raise RuntimeError("MIGRATESLOTS failed at %s" % node.address)
        return state == b"success"


class Watcher:
    """Reads and writes keys of fill(), one after the other, in a process of its own; its p999 and its slowest call in ms. As clients do, it
    knows the slot map before the move begins. Every fourth time it reads a pair of keys of one slot as well: where one of them has moved
    and the other has not, that gets a TRYAGAIN until both have."""
    PAIRS = 10000

    def __init__(self, nodes, keys):
        self.nodes, self.keys = nodes, keys
        self.ready, self.stopping, self.result = multiprocessing.Event(), multiprocessing.Event(), multiprocessing.SimpleQueue()

    def __enter__(self):
        self.process = multiprocessing.Process(target=self.work)
        self.process.start()
        self.ready.wait()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        times, self.again = self.result.get()
        times.sort()
        self.process.join()
        self.p999, self.slowest = times[len(times) * 999 // 1000] * 1000, times[-1] * 1000

    def work(self):
        client, chance, times, again = Client(self.nodes), random.Random(1), [], []
        for first, last, (host, port, *_), *_ in self.nodes[0].call("CLUSTER", "SLOTS"):
            client.owners.update((slot, (host.decode(), port)) for slot in range(first, last + 1))
        for i in range(self.PAIRS):
            client.call("pair:%d" % i, "MSET", "{pair:%d}a" % i, "x" * 32, "{pair:%d}b" % i, "x" * 32)
        self.ready.set()
        while not self.stopping.is_set():
            key = "key:%010d" % chance.randrange(self.keys)
            start = time.perf_counter()
            if chance.random() < 0.5:
                client.call(key, "GET", key)
            else:
                client.call(key, "SET", key, "x" * 32)
            times.append(time.perf_counter() - start)
            if len(times) % 4 == 0:
                self.read_pair(client, chance.randrange(self.PAIRS), again)
        self.result.put((times, again))

    @staticmethod
    def read_pair(client, i, again):
        """Adds to `again` how long it took, in ms, if it did not succeed at once."""
        start, asked = time.perf_counter(), 0
        while True:
            try:
                asked += 1
                client.call("pair:%d" % i, "MGET", "{pair:%d}a" % i, "{pair:%d}b" % i)
                break
            except ReplyError as error:
                if not str(error).startswith("TRYAGAIN"):
                    raise
        if asked > 1:
            again.append((time.perf_counter() - start) * 1000)


def follows(replica, primary):
    """True if it does; asks it to where it has not been asked."""
    state = info(replica, "replication")
    if state["role"] == "slave":
        return state.get("master_link_status") == "up"
    try:
        replica.call("CLUSTER", "REPLICATE", primary.id())
    except Exception:  # it does not know the primary yet
        pass
    return False


def forgets(node, node_id):
    try:
        node.call("CLUSTER", "FORGET", node_id)
        return True
    except Exception as error:  # a primary that became a replica for a moment, or it is forgotten already
        return "Unknown node" in str(error)


def remove(fleet, servers):
    for server in servers:
        server.stop()
        fleet.servers.remove(server)


def all_ok(nodes):
    return lambda: all(state_ok(n) for n in nodes)


def formed(nodes, replicas):
    """All ok, and as many replicas as there should be."""
    wanted = len(nodes) * replicas // (replicas + 1)
    return lambda: all(state_ok(n) for n in nodes) and (
        not wanted or sum(info(n, "replication")["role"] == "slave" for n in nodes) == wanted)


def program(hook):
    size = os.path.getsize(hook) / 1e6
    starts = []
    for _ in range(50):
        start = time.perf_counter()
        subprocess.run([hook, "version"], stdout=subprocess.DEVNULL, check=True)
        starts.append((time.perf_counter() - start) * 1000)
    hello = []
    for _ in range(50):
        start = time.perf_counter()
        subprocess.run(["/bin/true"], check=True)
        hello.append((time.perf_counter() - start) * 1000)
    cost = statistics.median(starts) - statistics.median(hello)
    print("\n| | value | target |\n|---|---|---|")
    with_tls = b"OpenSSL" in pathlib.Path(hook).read_bytes()
    print("| size, MB (%s TLS) | %.2f | %s |" % ("with" if with_tls else "without", size, target("size", size, 10 if with_tls else 6, "less")))
    print("| start, ms more than /bin/true | %.2f | %s |" % (cost, target("start", cost, 3, "less")))


def main():
    hook = sys.argv[1]
    found = find_servers()
    names = sys.argv[2:] or list(found)
    if "program" in ONLY:
        program(hook)
    print("\n| server | work | hook, s | other, s | factor | hook MiB | target |\n|---|---|---|---|---|---|---|", flush=True)
    for name in names:
        bench = Bench(hook, name, found[name])
        if "create" in ONLY:
            for primaries, replicas in ((3, 0), (6, 0), (3, 1), (30, 0)):
                bench.create(primaries, replicas)
        if "empty" in ONLY:
            bench.moves(10, 0, {"grow": {"cli": 8}, "shrink": {"cli": 2.5}})
        if "keys" in ONLY and KEYS:
            mib = bench.moves(3, KEYS, {"grow": {"cli": 4, "cli pipeline 1000": 2}, "shrink": {"cli": 2.5}})
            print("| %s | memory while moving | %.1f MiB | | | | %s |" % (name, mib, target(name + ", memory", mib, 32, "less")), flush=True)
        if "clients" in ONLY and KEYS:
            bench.clients(3, KEYS)
        if "replicas" in ONLY and "valkey" in name:
            bench.moves(3, KEYS // 10, {"grow": {"cli": 5}, "shrink": {}}, replicas=1, pipeline=False)
        if "atomic" in ONLY and KEYS and "valkey-9" in name:
            bench.atomic(3, KEYS)
    if missed:
        sys.exit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
