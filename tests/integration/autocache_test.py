"""The hook on AutoCache servers (tests/fakes/autocache_server.py): form, grow, shrink, heal, and kill -9 of the hook at work,
under a client that reads and writes. No key is lost and no write that was acknowledged."""

import collections
import json
import os
import subprocess
import sys
import time

from lib.case import HookCase, desired_state, main
from lib.load import Client, Load
from lib.resp import ReplyError, slot_of
from lib.servers import Fleet, Server, hook_program, parse_nodes

DOUBLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fakes", "autocache_server.py")
KILLED = -9


class Double(Server):
    def start(self, wait=True):
        self.journal = os.path.join(self.folder, "journal")
        command = [sys.executable, DOUBLE, "--port", str(self.port), "--bus-port", str(self.port + 10000), "--journal", self.journal,
                   *self.options]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        if wait:
            self.wait()

    def views(self):
        return parse_nodes(self.call("CLUSTER", "NODES"))


class Doubles(Fleet):
    def __init__(self):
        super().__init__(DOUBLE)

    def add(self, count=1, **keywords):
        added = [Double(DOUBLE, self.folder, wait=False, **keywords) for _ in range(count)]
        for server in added:
            server.wait()
        self.servers += added
        return added


class PatientClient(Client):
    """While the keys of a slot are copied this server refuses writes with READONLY: such a write is sent again."""

    def call(self, key, *command):
        deadline = time.monotonic() + 10
        while True:
            try:
                return super().call(key, *command)
            except ReplyError as error:
                retry = str(error).startswith("READONLY") or str(error) == "too many redirects"
                if not retry or time.monotonic() > deadline:
                    raise
                self.redirects[str(error).split(" ")[0]] += 1
                time.sleep(0.001)


class PatientLoad(Load):
    def __init__(self, seeds, **keywords):
        super().__init__(seeds, **keywords)
        self.clients = [PatientClient(seeds) for _ in self.clients]


def desired(nodes, **more):
    return desired_state(nodes, engine="autocache", **more)


def fill(nodes, count):
    """Keys of all types in all slots; returns what read_all() will find."""
    client = Client(nodes)
    content = {}

    def put(key, value, *command):
        client.call(key, *command)
        content[key] = value
    for n in range(count):
        put(b"key:%d" % n, b"v%d" % n, "SET", b"key:%d" % n, b"v%d" % n)
    for n in range(30):
        put(b"ttl:%d" % n, b"t", "SET", b"ttl:%d" % n, b"t", "PX", 3600000)
        put(b"bin\x00\r\n\xff:%d" % n, bytes(range(256)), "SET", b"bin\x00\r\n\xff:%d" % n, bytes(range(256)))
        put(b"empty:%d" % n, b"", "SET", b"empty:%d" % n, b"")
        put(b"hash:%d" % n, {b"f": b"1", "ä€".encode(): b""}, "HSET", b"hash:%d" % n, b"f", b"1", "ä€".encode(), b"")
        put(b"list:%d" % n, [b"a", b"\"\\\n", b"a"], "RPUSH", b"list:%d" % n, b"a", b"\"\\\n", b"a")
        put(b"set:%d" % n, {b"x", b"y", b""}, "SADD", b"set:%d" % n, b"x", b"y", b"")
        put(b"zset:%d" % n, {b"low": -1e300, b"mid": 0.1, b"big": 1.5e15}, "ZADD", b"zset:%d" % n, "-1e300", b"low",
            "0.1", b"mid", "1500000000000000", b"big")
    put(b"large", b"l" * 65535, "SET", b"large", b"l" * 65535)
    client.close()
    return content


def read_all(nodes, content):
    """What is not as in `content`."""
    client, wrong = Client(nodes), []
    for key, value in content.items():
        if isinstance(value, bytes):
            got = client.call(key, "GET", key)
        elif isinstance(value, list):
            got = client.call(key, "LRANGE", key, 0, -1)
        elif isinstance(value, set):
            got = set(client.call(key, "SMEMBERS", key))
        elif key.startswith(b"hash"):
            flat = client.call(key, "HGETALL", key)
            got = dict(zip(flat[::2], flat[1::2]))
        else:
            members = client.call(key, "ZRANGE", key, 0, -1)
            got = {m: float(client.call(key, "ZSCORE", key, m)) for m in members}
        if got != value:
            wrong.append((key, got))
        life = client.call(key, "PTTL", key)
        if (0 < life <= 3600000) != key.startswith(b"ttl:"):
            wrong.append((key, life))
    client.close()
    return wrong


class AutoCacheServers(HookCase):
    def setUp(self):
        self.fleet = Doubles().__enter__()
        self.addCleanup(self.fleet.__exit__)

    def settled(self, nodes, spread=None):
        """Every slot has one owner, all nodes agree on it, nothing is open, and no key lies elsewhere."""
        views = [n.views() for n in nodes]
        owners = [{s: i for i, node in view.items() for s in node["slots"]} for view in views]
        for node, view, map_ in zip(nodes, views, owners):
            self.assertEqual(map_, owners[0], node.address)
            self.assertEqual(len(map_), 16384)
            self.assertEqual([n["open"] for n in view.values() if n["open"]], [])
            own = view[node.id()]["slots"]
            if spread:
                self.assertIn(len(own), spread)
            strays = [k for k in node.call("KEYS", "*") if slot_of(k) not in own]
            self.assertEqual(strays, [], node.address)
        return owners[0]

    def total(self, nodes):
        return sum(n.call("DBSIZE") for n in nodes)

    def form(self, count, keys=0):
        nodes = self.fleet.add(count)
        self.hook("sync", desired(nodes))
        self.settled(nodes, range(16384 // count, 16384 // count + 2))
        return nodes, fill(nodes, keys) if keys else {}

    def epochs(self, nodes):
        """Each SETSLOT raises the epoch of its node; keys tell about RESTORE."""
        return [(n.call("DBSIZE"), [line for line in n.call("CLUSTER", "INFO").split() if b"current_epoch" in line]) for n in nodes]

    def test_group_11_form_grow_and_shrink_under_load(self):
        nodes, content = self.form(3, 1500)
        with PatientLoad(nodes, rate=600) as load:
            grown = nodes + self.fleet.add(2)
            self.hook("sync", desired(grown), "--fast")
            self.settled(grown, (3276, 3277))
            self.assertGreater(min(n.call("DBSIZE") for n in grown), 0)
            before = self.epochs(grown[3:])
            self.hook("sync", desired(grown))
            self.assertEqual([b for _, b in self.epochs(grown[3:])], [b for _, b in before], "a second run has written")
            self.hook("gate", desired(nodes, surplus=grown[3:]), "--fast")
            self.assertEqual([n.call("DBSIZE") for n in grown[3:]], [0, 0])
            self.settled(nodes, (5461, 5462))
            load.stop()
            self.assertEqual(load.errors(), {})
            self.assertEqual(load.lost(), [])
            moved = sum((c.redirects for c in load.clients), collections.Counter())
            self.assertGreater(moved["MOVED"], 0)
        for server in grown[3:]:
            server.stop()
        self.hook("sync", desired(nodes))
        self.assertEqual(read_all(nodes, content), [])
        self.assertEqual(self.total(nodes), len(content) + sum(len(e) for e in load.expected))

    def test_group_11_the_hook_is_killed_at_work(self):
        """kill -9 after some number of SETSLOT and RESTORE: each time on what the one before has left, then one run to the end."""
        nodes, content = self.form(3, 300)
        client = Client(nodes)
        for n in range(60000):
            key = b"k%d" % n
            if 5453 <= slot_of(key) <= 5460 or 10922 <= slot_of(key) <= 10926:
                client.call(key, "SET", key, b"moving")
                content[key] = b"moving"
        client.close()
        plans = [{"0-5460": "cache-0", "5461-10921": "cache-1", "10922-16383": "cache-2"},
                 {"0-5452": "cache-0", "5453-10921": "cache-1", "10922-10926": "cache-0", "10927-16383": "cache-2"}]
        kills = 0
        with PatientLoad(nodes, rate=300) as load:
            for run, counts in enumerate(((3, 1, 12, 20), (40, 60, 75, 90), (110, 130, 160, 200))):
                state = desired(nodes, slotPlan=plans[(run + 1) % 2])
                kills += sum(self.kill_after(nodes, count, state) for count in counts)
                self.hook("sync", state)
                self.settled(nodes)
            load.stop()
            self.assertEqual(load.errors(), {})
            self.assertEqual(load.lost(), [])
        self.assertGreater(kills, 6)
        self.assertEqual(read_all(nodes, content), [])

    def kill_after(self, nodes, count, state):
        """Runs `sync` and kills it when the servers have been sent `count` commands that change something; False if it is done
        before that."""
        def written():
            return sum(os.path.getsize(n.journal) for n in nodes)
        begin = written()
        process = subprocess.Popen([hook_program(), "sync", "--desired", json.dumps(state)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        while written() - begin < count and process.poll() is None:
            time.sleep(0.0002)
        process.kill()
        return process.wait() == KILLED

    def test_group_11_what_cannot_be_copied_is_refused_by_name_and_a_restarted_node_is_healed(self):
        nodes, content = self.form(3, 300)
        client = Client(nodes)
        client.call(b"binary", "HSET", b"binary", b"f", b"\xff\xfe")
        owner = next(n for n in nodes if slot_of(b"binary") in n.views()[n.id()]["slots"])
        plan = {"%d" % slot_of(b"binary"): "cache-%d" % ((nodes.index(owner) + 1) % 3)}
        result = self.hook("sync", desired(nodes, slotPlan=plan), expect=3)
        self.assertIn('key \\"binary\\" cannot be copied: it has members that are not UTF-8', result.err)
        client.call(b"binary", "HSET", b"binary", b"g", b"h")  # not frozen any more
        self.assertEqual(owner.call("HGETALL", b"binary"), [b"f", b"\xff\xfe", b"g", b"h"])
        client.call(b"binary", "DEL", b"binary")
        client.close()
        # A server that restarts has another ID, no keys and no slots; its ghost stays in the tables of the others.
        lost = {k for k in content if slot_of(k) in nodes[1].views()[nodes[1].id()]["slots"]}
        nodes[1].kill()
        nodes[1].start()
        self.hook("heal", desired(nodes, storage=False))
        self.settled(nodes, (5461, 5462))
        self.assertEqual(read_all(nodes, {k: v for k, v in content.items() if k not in lost}), [])

    def test_group_11_a_surplus_owner_that_does_not_answer_keeps_its_slots(self):
        nodes, content = self.form(4, 300)
        nodes[3].pause()
        for command in ("gate", "sync", "heal"):
            result = self.hook(command, desired(nodes[:3], surplus=nodes[3:], timeoutSeconds=30), expect=3)
            self.assertIn("is surplus, owns 4096 slots", result.err)
        nodes[3].resume()
        self.settled(nodes, (4096,))
        self.hook("gate", desired(nodes[:3], surplus=nodes[3:]), "--fast")
        self.settled(nodes[:3], (5461, 5462))
        self.assertEqual(read_all(nodes[:3], content), [])

    def test_group_11_a_warm_tier_is_refused_by_name(self):
        nodes = self.fleet.add(3, options=["--warm", "7"])
        self.hook("sync", desired(nodes))
        content = fill(nodes, 200)
        result = self.hook("sync", desired(nodes + self.fleet.add(1)), expect=3)
        self.assertIn("a warm tier", result.err)
        self.assertEqual(read_all(nodes, content), [])


if __name__ == "__main__":
    main()
