"""A cluster-aware client that keeps writing and reading while the cluster changes, and remembers what was acknowledged.

Every key has one writer thread, so the value that a read must return is known. Redirects are followed (at most five); any
other error, and every read that does not return what was acknowledged, is counted.
"""

import collections
import random
import threading
import time

from .resp import Connection, ReplyError, slot_of

MAX_REDIRECTS = 5
# A multi-key command on a slot that is half-way gets TRYAGAIN and must soon succeed. On an idle machine that takes less than 50 ms (I6);
# here everything else that runs delays it too. `tryagain` counts the commands that got one.
TRYAGAIN_SECONDS = 1
# After the hook was killed it lasts until the next run has closed the slot.
TRYAGAIN_AFTER_A_KILL = 10


class Client:
    """One connection per node; learns the owners of slots from MOVED."""

    def __init__(self, seeds, password=None):
        self.seeds = [(s.host, s.port) for s in seeds]
        self.password = password
        self.connections = {}
        self.owners = {}
        self.errors = collections.Counter()
        self.redirects = collections.Counter()
        self.slowest = 0.0

    def connection(self, place):
        if place not in self.connections:
            self.connections[place] = Connection(place[0], place[1], 10, self.password)
        return self.connections[place]

    def call(self, key, *command):
        """The reply; raises ReplyError for anything but redirects (which are followed)."""
        slot = slot_of(key)
        place, asking, began = self.owners.get(slot) or random.choice(self.seeds), False, time.monotonic()
        try:
            for _ in range(MAX_REDIRECTS + 1):
                c = self.connection(place)
                if asking:
                    c.call("ASKING")
                try:
                    return c.call(*command)
                except ReplyError as error:
                    words = str(error).split(" ")
                    if words[0] not in ("MOVED", "ASK"):
                        raise
                    self.redirects[words[0]] += 1
                    host, _, port = words[2].rpartition(":")
                    asking = words[0] == "ASK"
                    place = (host or place[0], int(port))
                    if not asking:
                        self.owners[slot] = place
            raise ReplyError("too many redirects")
        except (OSError, ConnectionError):
            self.connections.pop(place, None)
            self.owners.pop(slot, None)
            raise
        finally:
            self.slowest = max(self.slowest, time.monotonic() - began)

    def close(self):
        for c in self.connections.values():
            c.close()


class Load:
    """Writer threads; a context manager. `stop()` ends them, `check()` reads everything back."""

    def __init__(self, seeds, threads=2, keys=200, rate=400, password=None, name="load", patience=TRYAGAIN_SECONDS):
        self.seeds, self.keys, self.password, self.name, self.patience = seeds, keys, password, name, patience
        self.pause = threads / rate
        self.running = True
        self.operations = self.multikey = self.tryagain = 0
        self.problems = []
        self.expected = [{} for _ in range(threads)]
        self.maybe = [collections.defaultdict(set) for _ in range(threads)]
        self.clients = [Client(seeds, password) for _ in range(threads)]
        self.threads = [threading.Thread(target=self.work, args=(i,), daemon=True) for i in range(threads)]

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.stop()
        for c in self.clients:
            c.close()

    def stop(self):
        self.running = False
        for t in self.threads:
            t.join()

    def work(self, index):
        client, expected, chance = self.clients[index], self.expected[index], random.Random(index)
        while self.running:
            number = chance.randrange(self.keys)
            kind = chance.randrange(5)
            key = "%s:%d:%s:%d" % (self.name, index, "cvtlm"[kind], number)
            try:
                if kind == 0:
                    self.count(client, expected, index, key)
                elif kind == 3:
                    self.append(client, expected, index, key)
                elif kind == 4:
                    self.pair(client, expected, index, key, chance)
                elif chance.random() < 0.5:
                    self.read(client, expected, index, key)
                else:
                    self.write(client, expected, index, key, kind, chance)
                self.operations += 1
            except (ReplyError, OSError) as error:
                client.errors[str(error)[:80]] += 1
            time.sleep(self.pause)

    def count(self, client, expected, index, key):
        before = expected.get(key, 0)
        self.maybe[index][key].add(before + 1)
        got = client.call(key, "INCR", key)
        allowed = {before + 1} | {m + 1 for m in self.maybe[index][key]}
        if got not in allowed:
            self.problems.append("%s: INCR gave %s, %s were acknowledged" % (key, got, before))
        expected[key] = got
        self.maybe[index][key].clear()

    def append(self, client, expected, index, key):
        """An append-only list: what was acknowledged stays, once and in order."""
        before = expected.get(key, ())
        value = b"%d" % self.operations
        self.maybe[index][key].add(value)
        length = client.call(key, "RPUSH", key, value)
        if not len(before) < length <= len(before) + len(self.maybe[index][key]):
            self.problems.append("%s: RPUSH gave %s, %s were acknowledged" % (key, length, len(before)))
        expected[key] = before + (value,)
        self.maybe[index][key].discard(value)

    def pair(self, client, expected, index, key, chance):
        """Two keys of one slot by one command, written and read together."""
        a, b = "{%s}a" % key, "{%s}b" % key
        self.multikey += 1
        if a in expected and chance.random() < 0.5:
            got = self.patiently(client, a, "MGET", a, b)
            for name, value in zip((a, b), got):
                if value != expected[name] and value not in self.maybe[index][name]:
                    self.problems.append("%s: MGET gave %r, %r was acknowledged" % (name, value, expected[name]))
            return
        value = b"%d" % chance.randrange(10 ** 9)
        for name in (a, b):
            self.maybe[index][name].add(value)
        self.patiently(client, a, "MSET", a, value, b, value)
        for name in (a, b):
            expected[name] = value
            self.maybe[index][name].clear()

    def patiently(self, client, key, *command):
        began, counted = time.monotonic(), False
        while True:
            try:
                return client.call(key, *command)
            except ReplyError as error:
                if not str(error).startswith("TRYAGAIN") or time.monotonic() - began > self.patience:
                    raise
                self.tryagain += not counted
                counted = True
                time.sleep(0.002)

    def write(self, client, expected, index, key, kind, chance):
        value = b"%d" % chance.randrange(10 ** 9)
        self.maybe[index][key].add(value)
        if kind == 1:
            client.call(key, "SET", key, value)
        else:
            client.call(key, "SET", key, value, "PX", 3600000)
        expected[key] = value
        self.maybe[index][key].clear()

    def read(self, client, expected, index, key):
        got = client.call(key, "GET", key)
        if got != expected.get(key) and got not in self.maybe[index][key]:
            self.problems.append("%s: GET gave %r, %r was acknowledged" % (key, got, expected.get(key)))

    def errors(self):
        total = collections.Counter()
        for c in self.clients:
            total += c.errors
        return dict(total)

    def lost(self):
        """What is not as acknowledged, after stop(). Reads every key through a new client."""
        client = Client(self.seeds, self.password)
        lost = list(self.problems)
        for index, expected in enumerate(self.expected):
            for key, value in expected.items():
                if isinstance(value, tuple):
                    lost += self.lost_of_list(client, index, key, value)
                    continue
                got = client.call(key, "GET", key)
                wanted = b"%d" % value if isinstance(value, int) else value
                maybe = {b"%d" % m if isinstance(m, int) else m for m in self.maybe[index][key]}
                if got != wanted and got not in maybe:
                    lost.append("%s: %r instead of %r" % (key, got, wanted))
                if ":t:" in key and got is not None and not 0 < client.call(key, "PTTL", key) <= 3600000:
                    lost.append("%s: its TTL is gone" % key)
        client.close()
        return lost

    def lost_of_list(self, client, index, key, acknowledged):
        got = client.call(key, "LRANGE", key, 0, -1)
        known = set(acknowledged)
        extra = [v for v in got if v not in known]
        if tuple(v for v in got if v in known) != acknowledged or len(extra) != len(set(extra)) or set(extra) - self.maybe[index][key]:
            return ["%s: %d of %d acknowledged elements, %d others" % (key, len(got) - len(extra), len(acknowledged), len(extra))]
        return []

    def held(self):
        """How many keys there are of what was acknowledged."""
        return sum(len(e) for e in self.expected)
