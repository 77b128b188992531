"""What must hold on a cluster after the hook has ended with exit code 0 (the invariants of the issue, by number)."""

import collections
import os

from .load import Client
from .resp import slot_of
from .servers import agree, info, myself, state_ok, until, view

WRITES = ("set-config-epoch", "meet", "addslots", "addslotsrange", "delslots", "delslotsrange", "setslot", "replicate", "forget",
          "reset", "failover", "bumpepoch", "flushslots", "migrateslots", "cancelslotmigrations")


def settled(case, servers, spread=None):
    """I1, I2, I5, I10: one owner per slot, equal views, no open slot, cluster_state:ok, different epochs."""
    until(lambda: agree(servers), 10, "equal views")
    owners, epochs = collections.Counter(), []
    for server in servers:
        nodes = view(server)
        node_id, node = myself(nodes)
        case.assertTrue(state_ok(server), "%s is not ok" % server.address)
        for other in nodes.values():
            case.assertEqual(other["open"], [], "open slots at %s" % server.address)
        if "master" in node["flags"]:
            owners.update(node["slots"])
            epochs.append(node["epoch"])
            if spread is not None and node["slots"]:
                case.assertIn(len(node["slots"]), spread, "slots of %s" % node_id)
    case.assertEqual(len(owners), 16384)
    case.assertEqual(set(owners.values()), {1})
    case.assertEqual(len(epochs), len(set(epochs)), "config epochs: %s" % epochs)


def census(case, servers, total=None, importing="no"):
    """I3: no key outside the owner of its slot, or, with importing="too", of a slot that is on its way there; returns the number of keys."""
    keys = 0
    for server in servers:
        _, node = myself(view(server))
        if "master" not in node["flags"]:
            continue
        with server.connect() as c:
            counts = c.pipeline(("CLUSTER", "COUNTKEYSINSLOT", slot) for slot in range(16384))
        home = node["slots"] | ({int(entry[1:].split("-")[0]) for entry in node["open"]} if importing == "too" else set())
        strays = [slot for slot, count in enumerate(counts) if count and slot not in home]
        case.assertEqual(strays, [], "keys at %s, which does not own their slots" % server.address)
        keys += sum(counts)
    if total is not None:
        case.assertEqual(keys, total)
    return keys


def count_commands(servers):
    """Starts counting afresh what write_commands() shows."""
    for server in servers:
        server.call("CONFIG", "RESETSTAT")
        if counts_as_one(server):
            server.call("CONFIG", "SET", "slowlog-max-len", 100000)
            server.call("CONFIG", "SET", "slowlog-log-slower-than", 0)
            server.call("SLOWLOG", "RESET")


def write_commands(servers):
    """How often each server has been sent a command that changes the cluster, a key or the configuration."""
    count = collections.Counter()
    for server in servers:
        for name, value in info(server, "commandstats").items():
            command = name[len("cmdstat_"):]
            sub = command.split("|")[1] if "|" in command else ""
            if (command.startswith("cluster|") and sub in WRITES) or command in (
                    "migrate", "restore", "restore-asking", "config|set", "replicaof", "slaveof", "flushall", "del", "function|restore"):
                count[server.port, command] = int(value.split(",")[0].split("=")[1])
        if counts_as_one(server):
            for entry in server.call("SLOWLOG", "GET", 100000):
                command, sub = (entry[3] + [b""])[:2]
                command = "%s|%s" % (command.decode().lower(), sub.decode("latin-1").lower())
                if command == "config|set" or (command.startswith("cluster|") and command[8:] in WRITES):
                    count[server.port, command] += 1
    return dict(count)


def counts_as_one(server):
    """Redis 6.2 counts all subcommands of a command as one; its slow log tells them apart."""
    return "6.2" in server.program


def every_type(seeds, huge=64 << 20):
    """Writes keys of every type and of odd shapes, one of `huge` bytes; returns what check_types() needs."""
    client = Client(seeds)
    binary = bytes(range(256))
    expected = {}

    def put(key, *command):
        client.call(key, *command)
        expected[key] = None
    for n in range(40):
        put(b"string:%d" % n, "SET", b"string:%d" % n, b"v%d" % n)
        put(b"empty:%d" % n, "SET", b"empty:%d" % n, b"")
        put(b"\x00bin\r\n ary\xff:%d" % n, "SET", b"\x00bin\r\n ary\xff:%d" % n, binary)
        put(b"hash:%d" % n, "HSET", b"hash:%d" % n, binary, b"\xff\x00", b"f", b"")
        put(b"list:%d" % n, "RPUSH", b"list:%d" % n, *[b"%d" % i for i in range(200)], binary)
        put(b"set:%d" % n, "SADD", b"set:%d" % n, binary, b"", b"1", b"2")
        put(b"zset:%d" % n, "ZADD", b"zset:%d" % n, "1.5", binary, "-inf", b"low")
        put(b"stream:%d" % n, "XADD", b"stream:%d" % n, "5-1", b"field", binary)
        put(b"ttl:%d" % n, "SET", b"ttl:%d" % n, b"x", "PX", 3600000)
        put(b"{tag}:%d" % n, "SET", b"{tag}:%d" % n, b"t")
    put(b"", "SET", b"", b"the empty key")
    put(b"megabyte", "SET", b"megabyte", os.urandom(1 << 20))
    put(b"huge", "SET", b"huge", b"h" * huge)
    content = {key: dump(client, key) for key in expected}
    client.close()
    return content


def dump(client, key):
    kind = client.call(key, "TYPE", key)
    read = {"string": ("GET", key), "hash": ("HGETALL", key), "list": ("LRANGE", key, 0, -1), "set": ("SMEMBERS", key),
            "zset": ("ZRANGE", key, 0, -1, "WITHSCORES"), "stream": ("XRANGE", key, "-", "+")}.get(kind)
    value = client.call(key, *read) if read else None
    if kind == "set":
        value = sorted(value)
    if kind == "hash":
        value = dict(zip(value[::2], value[1::2]))
    ttl = client.call(key, "PTTL", key)
    return kind, value, ttl > 0


def check_types(case, seeds, content):
    """I4: every key of every_type() reads as before."""
    client = Client(seeds)
    for key, before in content.items():
        after = dump(client, key)
        case.assertEqual(after[0], before[0], key)
        case.assertTrue(after == before, "%r (%s) has changed" % (key[:40], before[0]))
    client.close()


def fill(servers, count, size=32):
    """`count` keys "key:<n>" with a value of `size` bytes, written to the owners. Returns their number."""
    owner = {}
    for server in servers:
        _, node = myself(view(server))
        if "master" in node["flags"]:
            for slot in node["slots"]:
                owner[slot] = server
    batches = collections.defaultdict(list)
    for n in range(count):
        key = "key:%010d" % n
        batches[owner[slot_of(key)]].append(("SET", key, ("%d-" % n).ljust(size, "x")))
    for server, batch in batches.items():
        with server.connect() as c:
            c.pipeline(batch)
    return count
