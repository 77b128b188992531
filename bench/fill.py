"""fill.py HOST:PORT KEYS BYTES: writes keys `fill:0` ... of so many bytes into a Redis Cluster, each to its owner, in pipelines."""
import collections
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/integration/lib"))
import resp

BATCH = 1000


def main():
    address, keys, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    host, port = address.rsplit(":", 1)
    owners = {}
    with resp.Connection(host, int(port)) as seed:
        for begin, end, server, *_ in seed.call("CLUSTER", "SLOTS"):
            owners.update((slot, (server[0].decode() or host, server[1])) for slot in range(begin, end + 1))
    batches = collections.defaultdict(list)
    connections = {at: resp.Connection(*at) for at in set(owners.values())}

    def flush(at):
        if any(reply != "OK" for reply in connections[at].pipeline(batches.pop(at))):
            raise SystemExit(f"fill: {at} refused a write")

    for number in range(keys):
        key = b"fill:%d" % number
        at = owners[resp.slot_of(key)]
        batches[at].append(("SET", key, b"x" * size))
        if len(batches[at]) == BATCH:
            flush(at)
    for at in list(batches):
        flush(at)
    for connection in connections.values():
        connection.close()


main()
