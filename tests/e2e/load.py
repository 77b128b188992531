"""A cluster-aware client that writes and reads all the time, and says at its end what became of the acknowledged writes.

  load.py HOST:PORT [--password-file FILE] [--workers 4]

Runs until its stdin closes, then reads every key back and prints one JSON object: writes, reads, lost (keys whose value is neither the
last acknowledged one nor a later one whose answer never came), acknowledged (the time of that last write of each lost key, in seconds
since 1970), connection_losses, errors by their first word, and samples of them (time, address, message).
"""
import argparse
import binascii
import collections
import json
import os
import random
import socket
import sys
import threading
import time

TIMEOUT = 5


class ServerError(Exception):
    pass


class Connection:
    def __init__(self, address, password):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host.strip("[]"), int(port)), TIMEOUT)
        self.file = self.socket.makefile("rb")
        if password:
            self.call("AUTH", password)

    def call(self, *words):
        data = b"*%d\r\n" % len(words)
        for word in words:
            word = word if isinstance(word, bytes) else str(word).encode()
            data += b"$%d\r\n%s\r\n" % (len(word), word)
        self.socket.sendall(data)
        return self.reply()

    def reply(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise ServerError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            if rest == b"-1":
                return None
            data = self.file.read(int(rest) + 2)
            if len(data) != int(rest) + 2:
                raise ConnectionError("closed")
            return data[:-2]
        return [self.reply() for _ in range(int(rest))]

    def close(self):
        self.socket.close()


def slot_of(key):
    return binascii.crc_hqx(key.encode(), 0) % 16384


class Cluster:
    """One worker's view: slot -> address. As the usual clients do, it reads the whole map from any node that answers, again after MOVED
    and after a lost connection, and asks the seed only while it knows no node."""

    def __init__(self, seed, password, stats):
        self.seed, self.password, self.stats = seed, password, stats
        self.owners, self.connections, self.nodes = {}, {}, []
        self.next_refresh = 0

    def refresh(self, first=None):
        if time.monotonic() < self.next_refresh:
            return
        for address in [first] * (first is not None) + random.sample(self.nodes, len(self.nodes)) + [self.seed]:
            try:
                shards = self.connection(address).call("CLUSTER", "SLOTS")
                break
            except OSError:
                self.drop(address)
            except ServerError:
                pass
        else:
            return
        self.next_refresh = time.monotonic() + 0.2
        self.owners, nodes = {}, []
        for begin, end, *servers in shards:
            places = [f"{(server[0] or address.rsplit(':', 1)[0].encode()).decode()}:{server[1]}" for server in servers]
            self.owners.update((slot, places[0]) for slot in range(begin, end + 1))
            nodes += places
        self.nodes = sorted(set(nodes))

    def connection(self, address):
        if address not in self.connections:
            self.connections[address] = Connection(address, self.password)
        return self.connections[address]

    def drop(self, address):
        connection = self.connections.pop(address, None)
        if connection:
            connection.close()
        self.owners = {slot: owner for slot, owner in self.owners.items() if owner != address}

    def call(self, key, *words):
        """The reply; raises ConnectionError when it is unknown whether the command was carried out."""
        slot = slot_of(key)
        if slot not in self.owners:
            self.refresh()
        address, asking = self.owners.get(slot) or random.choice(self.nodes or [self.seed]), False
        for _ in range(16):
            try:
                connection = self.connection(address)
                if asking:
                    connection.call("ASKING")
                return connection.call(*words)
            except ServerError as error:
                word, *rest = str(error).split()
                if word in ("MOVED", "ASK"):
                    address, asking = rest[1], word == "ASK"
                    if word == "MOVED":
                        self.refresh(address)
                        self.owners[slot] = address
                elif word == "TRYAGAIN":
                    time.sleep(0.01)
                else:
                    self.stats["errors"][word] += 1
                    if len(self.stats["samples"]) < 20:
                        self.stats["samples"].append([round(time.time(), 2), address, str(error)])
                    self.owners.pop(slot, None)
                    raise
            except OSError:
                self.stats["connection_losses"] += 1
                self.drop(address)
                raise
        self.stats["errors"]["TOO_MANY_REDIRECTIONS"] += 1
        raise ServerError("too many redirections")


class Worker(threading.Thread):
    def __init__(self, number, options, stop):
        super().__init__()
        self.number, self.stop = number, stop
        # What a client before this one has left must not be taken for its own.
        self.prefix = f"{os.urandom(4).hex()}:{number}"
        self.stats = {"writes": 0, "reads": 0, "connection_losses": 0, "errors": collections.Counter(), "samples": []}
        self.cluster = Cluster(options.address, options.password, self.stats)
        self.allowed = {}  # key -> the values that a reader may find
        self.acknowledged = {}  # key -> when its last write was
        self.random = random.Random(number)

    def run(self):
        count = 0
        while not self.stop.is_set():
            count += 1
            key = f"load:{self.prefix}:{self.random.randrange(2000)}"
            self.write(key, f"{self.number}-{count}")
            if count % 4 == 0:
                self.check(key)
            time.sleep(0.001)

    def write(self, key, value):
        try:
            self.cluster.call(key, "SET", key, value)
            self.allowed[key] = {value}
            self.acknowledged[key] = time.time()
            self.stats["writes"] += 1
        except (OSError, ServerError) as error:
            if not isinstance(error, ServerError):
                self.allowed.setdefault(key, {None}).add(value)
            time.sleep(0.05)

    def check(self, key):
        """Whether the key has an allowed value; None if no answer came."""
        try:
            value = self.cluster.call(key, "GET", key)
        except (OSError, ServerError):
            time.sleep(0.05)
            return None
        self.stats["reads"] += 1
        return (value.decode() if value is not None else None) in self.allowed.get(key, {None})

    def lost(self):
        lost = []
        for key in self.allowed:
            deadline = time.monotonic() + 60
            while (found := self.check(key)) is None and time.monotonic() < deadline:
                pass
            if not found:
                lost.append(key)
        return lost


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("--password-file")
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    options.password = open(options.password_file).read().strip() if options.password_file else None
    stop = threading.Event()
    workers = [Worker(n, options, stop) for n in range(options.workers)]
    for worker in workers:
        worker.start()
    while sys.stdin.readline():
        pass
    stop.set()
    for worker in workers:
        worker.join()
    result = {key: sum(w.stats[key] for w in workers) for key in ("writes", "reads", "connection_losses")}
    errors = sum((w.stats["errors"] for w in workers), collections.Counter())
    result["errors"] = dict(errors)
    result["samples"] = sorted(sample for w in workers for sample in w.stats["samples"])
    result["lost"] = [key for w in workers for key in w.lost()]
    result["acknowledged"] = {key: w.acknowledged.get(key) for w in workers for key in result["lost"] if key in w.allowed}
    print(json.dumps(result))


main()
