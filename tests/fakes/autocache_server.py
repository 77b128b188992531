"""A double of the AutoCache server: what the hook and its tests use of the protocol, with the differences from Redis.

    autocache_server.py --port PORT --bus-port PORT [--host 127.0.0.1] [--node-id ID] [--warm N]
                        [--journal FILE]

No AUTH, no CONFIG, no FORGET and no RESET. Every start makes a new node ID. SETSLOT checks nothing, tells nobody and only
raises the epoch of this node. MIGRATING makes every key of a slot unreachable, because ASKING is forgotten at once. A slot
whose owner is unknown is read here and refuses writes, and then CLUSTER SLOTS names more ranges than it sends. Who is dead
stays in the tables. Once a second each node tells a random other one what it believes, with its own epoch, and the higher
epoch wins. RESTORE takes a type byte and raw text or JSON, which changes what is not UTF-8; there is no DUMP. A string keeps its length modulo 65,536. `--warm N`:
every Nth key is in a warm tier, which no list by slot shows. `--journal`: the file grows by one byte for each SETSLOT,
ADDSLOTS and RESTORE.
"""

import argparse
import asyncio
import json
import os
import pathlib
import random
import secrets
import socket
import socketserver
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from lib.resp import slot_of  # noqa: E402

SLOTS = 16384
TYPES = ("string", "list", "set", "zset", "hash")
KEY_COMMANDS = {"GET", "SET", "INCR", "STRLEN", "TYPE", "PTTL", "TTL", "PEXPIRE", "PERSIST", "HSET", "HGETALL", "RPUSH", "LRANGE",
                "SADD", "SMEMBERS", "ZADD", "ZRANGE", "ZSCORE", "DEL", "EXISTS", "MSET", "MGET"}
WRITES = {"SET", "INCR", "PEXPIRE", "PERSIST", "HSET", "RPUSH", "SADD", "ZADD", "DEL", "MSET"}
MANY_KEYS = {"DEL": 1, "EXISTS": 1, "MGET": 1, "MSET": 2}

class Error(Exception):
    """An error reply."""


class Raw(bytes):
    """A reply that is already encoded."""


class Value:
    def __init__(self, kind, data, expires=None):
        self.kind, self.data, self.expires = kind, data, expires


class Store:
    """Keys by slot, all types."""

    def __init__(self, warm):
        self.slots = [{} for _ in range(SLOTS)]
        self.warm = warm
        self.written = 0
        self.hidden = set()

    def get(self, key, kind=None):
        keys = self.slots[slot_of(key)]
        value = keys.get(key)
        if value and value.expires is not None and value.expires <= time.time():
            del keys[key]
            value = None
        if value and kind and value.kind != kind:
            raise Error("WRONGTYPE Operation against a key holding the wrong kind of value")
        return value

    def put(self, key, value):
        if value.kind == "string":
            value.data = value.data[:len(value.data) & 0xFFFF]  # it counts bytes with 16 bits
        self.slots[slot_of(key)][key] = value
        self.written += 1
        if self.warm and self.written % self.warm == 0:
            self.hidden.add(key)
        return value

    def drop(self, key):
        return self.slots[slot_of(key)].pop(key, None) is not None

    def listed(self, slot):
        return sorted(k for k in list(self.slots[slot]) if k not in self.hidden and self.get(k))

    def everything(self):
        return [key for keys in self.slots for key in list(keys) if self.get(key)]


class Node:
    """What a node knows of another one, or of itself."""

    def __init__(self, node_id, host, port, bus_port):
        self.id, self.host, self.port, self.bus_port = node_id, host, port, bus_port
        self.role, self.primary = "master", ""
        self.pong = 0.0

    def line(self, own, slots, opened):
        flags = ("myself," if own else "") + self.role
        late = not own and time.time() - self.pong > 15
        parts = ranges(slots) + opened
        return "%s %s:%d@%d %s%s %s 0 %d 0 %s %s\n" % (
            self.id, self.host, self.port, self.bus_port, flags, ",fail?" if late else "", self.primary or "-", self.pong * 1000,
            "disconnected" if late else "connected", " ".join(parts))


def ranges(slots):
    parts, slots = [], sorted(slots)
    while slots:
        first = last = slots.pop(0)
        while slots and slots[0] == last + 1:
            last = slots.pop(0)
        parts.append("%d" % first if first == last else "%d-%d" % (first, last))
    return parts


class Cluster:
    """Who owns which slot, as this node believes, and the gossip that changes it."""

    def __init__(self, me):
        self.me = me
        self.nodes = {me.id: me}
        self.owners = [""] * SLOTS
        self.seen = [0] * SLOTS
        self.exporting, self.importing = {}, {}
        self.epoch = 0
        self.lock = threading.RLock()

    def own_slots(self, node_id):
        return [slot for slot, owner in enumerate(self.owners) if owner == node_id]

    def set_owner(self, slot, owner):
        self.owners[slot] = owner
        self.exporting.pop(slot, None)
        self.importing.pop(slot, None)

    def describe(self, node):
        return {"id": node.id, "host": node.host, "port": node.port, "bus": node.bus_port, "role": node.role,
                "primary": node.primary, "epoch": self.epoch, "slots": self.own_slots(node.id)}

    def message(self, kind):
        with self.lock:
            others = [n for n in self.nodes.values() if n is not self.me]
            chosen = random.sample(others, min(3, len(others))) if kind != "meet" else []
            return {"kind": kind, "sender": self.describe(self.me), "others": [self.describe(n) for n in chosen]}

    def hear(self, message):
        with self.lock:
            self.learn(message["sender"], direct=True)
            for other in message["others"]:
                self.learn(other, direct=False)

    def learn(self, said, direct):
        node = self.nodes.get(said["id"])
        if node is None:
            node = self.nodes[said["id"]] = Node(said["id"], said["host"], said["port"], said["bus"])
        if direct and node is not self.me:
            node.role, node.primary, node.pong = said["role"], said["primary"], time.time()
        for slot in said["slots"] if node.role == "master" else ():
            newer = said["epoch"] > self.seen[slot] or said["epoch"] == self.seen[slot] == 0
            if newer:
                self.seen[slot] = said["epoch"]
                if self.owners[slot] != node.id:
                    self.set_owner(slot, node.id)

    def talk(self, host, port, kind):
        with socket.create_connection((host, port), 2) as link:
            link.sendall(json.dumps(self.message(kind)).encode() + b"\n")
            link.settimeout(5)
            with link.makefile("rb") as answer:
                reply = json.loads(answer.readline())
        if kind == "meet":
            reply["others"] = []
        self.hear(reply)

    def gossip(self):
        while True:
            time.sleep(1)
            with self.lock:
                others = [n for n in self.nodes.values() if n is not self.me]
            if others:
                node = random.choice(others)
                try:
                    self.talk(node.host, node.bus_port, "ping")
                except (OSError, ValueError):
                    pass

    def listen(self, host, port):
        cluster = self

        class Bus(socketserver.StreamRequestHandler):
            def handle(self):
                line = self.rfile.readline()
                if line:
                    cluster.hear(json.loads(line))
                    self.wfile.write(json.dumps(cluster.message("pong")).encode() + b"\n")

        class Listener(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        listener = Listener((host, port), Bus)
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        threading.Thread(target=self.gossip, daemon=True).start()


class Server:
    def __init__(self, cluster, store, journal):
        self.cluster, self.store = cluster, store
        self.journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if journal else None

    def note(self):
        if self.journal is not None:
            os.write(self.journal, b".")

    def run(self, args):
        name = args[0].decode("utf-8", "replace").upper()
        method = getattr(self, "do_" + name.lower(), None)
        if method is None:
            raise Error("ERR unknown command '%s'" % name)
        if name in KEY_COMMANDS and len(args) > 1:
            if name in MANY_KEYS and len({slot_of(key) for key in args[1::MANY_KEYS[name]]}) > 1:
                raise Error("CROSSSLOT Keys in request don't hash to the same slot")
            self.route(name, args[1])
        return method(args[1:])

    def route(self, name, key):
        """MOVED, ASK or READONLY, raised, or nothing if the key is served here."""
        cluster, slot = self.cluster, slot_of(key)
        owner = cluster.owners[slot]
        if owner == cluster.me.id and slot in cluster.exporting:
            self.redirect("ASK", slot, cluster.exporting[slot])
        if owner and owner != cluster.me.id:
            if owner in cluster.nodes:
                self.redirect("MOVED", slot, owner)
            if name in WRITES:
                raise Error("READONLY slot is not writable on this node")

    def redirect(self, word, slot, node_id):
        node = self.cluster.nodes.get(node_id)
        raise Error("%s %d %s" % (word, slot, "%s:%d" % (node.host, node.port) if node else ""))

    # Connection and server.
    def do_ping(self, _):
        return "PONG"

    def do_asking(self, _):
        return "OK"  # forgotten before the next command

    def do_client(self, _):
        return "OK"

    def do_config(self, args):
        word = args[0].upper()
        if word == b"GET":
            return []
        if word == b"SET":
            return "OK"
        raise Error("ERR unknown subcommand '%s'" % args[0].decode())

    def do_info(self, _):
        text = ("# Server\r\nautocache_version:0.1.0\r\n\r\n# Keyspace\r\ndb0:keys=%d,expires=0\r\n\r\n# Cluster\r\n"
                "cluster_enabled:1\r\n" % len(self.store.everything()))
        return text.encode()

    def do_dbsize(self, _):
        return len(self.store.everything())

    def do_keys(self, _):
        return self.store.everything()

    # Keys.
    def do_get(self, args):
        value = self.store.get(args[0], "string")
        return value.data if value else None

    def do_set(self, args):
        life = None
        if len(args) == 4 and args[2].upper() == b"PX":
            life = time.time() + int(args[3]) / 1000
        self.store.put(args[0], Value("string", args[1], life))
        return "OK"

    def do_mset(self, args):
        for key, value in zip(args[::2], args[1::2]):
            self.store.put(key, Value("string", value))
        return "OK"

    def do_mget(self, args):
        values = [self.store.get(key) for key in args]
        return [v.data if v and v.kind == "string" else None for v in values]

    def do_incr(self, args):
        value = self.store.get(args[0], "string") or self.store.put(args[0], Value("string", b"0"))
        value.data = b"%d" % (int(value.data) + 1)
        return int(value.data)

    def do_strlen(self, args):
        value = self.store.get(args[0], "string")
        return len(value.data) if value else 0

    def do_type(self, args):
        value = self.store.get(args[0])
        return value.kind if value else "none"

    def do_pttl(self, args):
        value = self.store.get(args[0])
        if not value:
            return -2000
        return 0 if value.expires is None else int((value.expires - time.time()) * 1000)

    def do_pexpire(self, args):
        value = self.store.get(args[0])
        if value:
            value.expires = time.time() + int(args[1]) / 1000
        return int(value is not None)

    def do_del(self, args):
        return sum(self.store.drop(key) for key in args)

    def do_exists(self, args):
        return sum(self.store.get(key) is not None for key in args)

    def do_hset(self, args):
        value = self.store.get(args[0], "hash") or self.store.put(args[0], Value("hash", {}))
        value.data.update(zip(args[1::2], args[2::2]))
        return len(args) // 2

    def do_hgetall(self, args):
        value = self.store.get(args[0], "hash")
        return [part for pair in value.data.items() for part in pair] if value else []

    def do_rpush(self, args):
        value = self.store.get(args[0], "list") or self.store.put(args[0], Value("list", []))
        value.data += args[1:]
        return len(value.data)

    def do_lrange(self, args):
        value = self.store.get(args[0], "list")
        return list(value.data) if value else []

    def do_sadd(self, args):
        value = self.store.get(args[0], "set") or self.store.put(args[0], Value("set", set()))
        value.data.update(args[1:])
        return len(args) - 1

    def do_smembers(self, args):
        value = self.store.get(args[0], "set")
        return random.sample(sorted(value.data), len(value.data)) if value else []

    def do_zadd(self, args):
        value = self.store.get(args[0], "zset") or self.store.put(args[0], Value("zset", {}))
        value.data.update((member, float(score)) for score, member in zip(args[1::2], args[2::2]))
        return len(args) // 2

    def do_zrange(self, args):
        if len(args) != 3:
            raise Error("ERR wrong number of arguments for 'zrange' command")
        value = self.store.get(args[0], "zset")
        return [m for m, _ in sorted(value.data.items(), key=lambda item: (item[1], item[0]))] if value else []

    def do_zscore(self, args):
        value = self.store.get(args[0], "zset")
        score = value.data.get(args[1]) if value else None
        return None if score is None else ("+Inf" if score == float("inf") else repr(score)).encode()

    def do_restore(self, args):
        """Not routed: taken whoever owns the slot."""
        self.note()
        key, life, payload = args[0], int(args[1]), args[2]
        replace = any(a.upper() == b"REPLACE" for a in args[3:])
        if not replace and self.store.get(key):
            raise Error("BUSYKEY Target key name already exists.")
        if not payload:
            raise Error("ERR invalid serialized value")
        kind = TYPES[payload[0]]
        data = payload[1:]
        if kind != "string":
            given = json.loads(data.decode("utf-8", "replace"))
            if kind == "hash":
                data = {f.encode(): v.encode() for f, v in given.items()}
            elif kind == "zset":
                data = {m["Member"].encode(): m["Score"] for m in given}
            else:
                members = [m.encode() for m in given]
                data = set(members) if kind == "set" else members
        self.store.put(key, Value(kind, data, time.time() + life / 1000 if life > 0 else None))
        return "OK"

    # The cluster.
    def do_cluster(self, args):
        word = args[0].decode().upper()
        method = getattr(self, "cluster_" + word.lower(), None)
        if method is None:
            raise Error("ERR unknown subcommand '%s'" % word)
        with self.cluster.lock:
            return method(args[1:])

    def cluster_myid(self, _):
        return self.cluster.me.id.encode()

    def cluster_info(self, _):
        c = self.cluster
        fields = {"cluster_state": "ok", "cluster_slots_assigned": sum(map(bool, c.owners)), "cluster_known_nodes": len(c.nodes),
                  "cluster_size": len(c.nodes), "cluster_current_epoch": c.epoch, "cluster_my_epoch": 0}
        lines = ["%s:%s\r\n" % item for item in fields.items()]
        random.shuffle(lines)
        return "".join(lines).encode()

    def cluster_nodes(self, _):
        c = self.cluster
        slots = {}
        for slot, owner in enumerate(c.owners):
            slots.setdefault(owner, []).append(slot)
        lines = []
        for node in c.nodes.values():
            own = slots.get(node.id, [])
            opened = ["[%d->-%s]" % (s, c.exporting[s]) for s in own if s in c.exporting]
            opened += ["[%d-<-%s]" % (s, c.importing[s]) for s in own if s in c.importing]
            lines.append(node.line(node is c.me, own, opened))
        random.shuffle(lines)
        return "".join(lines).encode()

    def cluster_slots(self, _):
        """Ranges whose owner is unknown are counted and left out."""
        c, found, start = self.cluster, [], 0
        for slot in range(1, SLOTS + 1):
            if slot == SLOTS or c.owners[slot] != c.owners[start]:
                if c.owners[start]:
                    found.append((start, slot - 1, c.nodes.get(c.owners[start])))
                start = slot
        text = b"*%d\r\n" % len(found)
        for first, last, node in found:
            if node:
                text += encode([first, last, [node.host.encode(), node.port, node.id.encode()]])
        return Raw(text)

    def cluster_meet(self, args):
        port = int(args[2]) if len(args) > 2 else int(args[1]) + 10000
        try:
            self.cluster.talk(args[0].decode(), port, "meet")
        except (OSError, ValueError) as problem:
            raise Error("ERR connect to %s:%d: %s" % (args[0].decode(), port, problem)) from problem
        return "OK"

    def cluster_addslots(self, args):
        self.note()
        for slot in args:
            self.cluster.set_owner(int(slot), self.cluster.me.id)
        return "OK"

    def cluster_delslots(self, _):
        return "OK"  # and nothing else

    def cluster_setslot(self, args):
        self.note()
        c, slot, word = self.cluster, int(args[0]), args[1].upper()
        if word == b"STABLE":
            c.exporting.pop(slot, None)
            c.importing.pop(slot, None)
            return "OK"
        node_id = args[2].decode()
        if word == b"NODE":
            c.set_owner(slot, node_id)
        elif word == b"MIGRATING":
            c.exporting[slot] = node_id
        elif word == b"IMPORTING":
            c.importing[slot] = node_id
        c.epoch += 1
        return "OK"

    def cluster_getkeysinslot(self, args):
        keys, count = self.store.listed(int(args[0])), int(args[1])
        return keys[:count] if count else keys

    def cluster_countkeysinslot(self, args):
        slot = int(args[0])
        return len(self.store.listed(slot)) if self.store.slots[slot] else 0

    def cluster_replicate(self, args):
        node = self.cluster.nodes.get(args[0].decode())
        if node is None or node.role != "master":
            raise Error("ERR master node %s not known" % args[0].decode())
        self.cluster.me.role, self.cluster.me.primary = "replica", node.id
        self.cluster.epoch += 1
        return "OK"


def encode(value):
    if isinstance(value, Raw):
        return bytes(value)
    if value is None:
        return b"$-1\r\n"
    if isinstance(value, str):
        return b"+%s\r\n" % value.encode()
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, bytes):
        return b"$%d\r\n%s\r\n" % (len(value), value)
    return b"*%d\r\n%s" % (len(value), b"".join(encode(v) for v in value))


class Protocol(asyncio.Protocol):
    def __init__(self, server):
        self.server, self.input, self.link = server, bytearray(), None

    def connection_made(self, transport):
        self.link = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data):
        self.input += data
        output, at = [], 0
        while True:
            args, end = self.parse(at)
            if args is None:
                break
            at = end
            try:
                output.append(encode(self.server.run(args)))
            except Error as error:
                output.append(b"-%s\r\n" % str(error).encode())
            except (ValueError, IndexError) as error:
                output.append(b"-ERR %s\r\n" % str(error).encode())
        del self.input[:at]
        if output:
            self.link.write(b"".join(output))

    def parse(self, at):
        """One command that starts at `at`, and where it ends; (None, at) if it is not all there."""
        line = self.input.find(b"\r\n", at)
        if line < 0:
            return None, at
        count, position, args = int(self.input[at + 1:line]), line + 2, []
        for _ in range(count):
            line = self.input.find(b"\r\n", position)
            if line < 0:
                return None, at
            size = int(self.input[position + 1:line])
            position = line + 2 + size + 2
            if len(self.input) < position:
                return None, at
            args.append(bytes(self.input[line + 2:line + 2 + size]))
        return args, position


async def serve(options):
    me = Node(options.node_id or secrets.token_hex(20), options.host, options.port, options.bus_port)
    cluster = Cluster(me)
    cluster.listen(options.host, options.bus_port)
    server = Server(cluster, Store(options.warm), options.journal)
    listener = await asyncio.get_running_loop().create_server(lambda: Protocol(server), options.host, options.port)
    await listener.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bus-port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--node-id")
    parser.add_argument("--warm", type=int, default=0)
    parser.add_argument("--journal")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
