"""formed.py PRIMARIES HOST:PORT...: waits until just these nodes are one cluster in order. Each of them says that all slots are served, evenly by
so many primaries, and that it knows no other node; each replica has its primary's data."""
import collections
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/integration/lib"))
import resp

DEADLINE = 300


def fields(text):
    return dict(line.split(":", 1) for line in text.decode().split() if ":" in line)


def in_order(address, primaries, nodes):
    host, port = address.rsplit(":", 1)
    try:
        with resp.Connection(host, int(port)) as node:
            cluster = fields(node.call("CLUSTER", "INFO"))
            replication = fields(node.call("INFO", "replication"))
            slots = collections.Counter()
            for begin, end, primary, *_ in node.call("CLUSTER", "SLOTS"):
                slots[primary[2]] += end - begin + 1
    except (OSError, resp.ReplyError):
        return False
    even = len(slots) == primaries and max(slots.values()) - min(slots.values()) <= 1
    wanted = {"cluster_state": "ok", "cluster_slots_ok": "16384", "cluster_known_nodes": str(nodes)}
    return even and all(cluster.get(key) == value for key, value in wanted.items()) and replication.get("master_link_status", "up") == "up"


def main():
    primaries, nodes = int(sys.argv[1]), sys.argv[2:]
    start = time.monotonic()
    while not all(in_order(node, primaries, len(nodes)) for node in nodes):
        if time.monotonic() - start > DEADLINE:
            raise SystemExit(f"formed: not within {DEADLINE} s")
        time.sleep(0.05)


main()
