"""A TCP proxy whose connections a test cuts or freezes: a network that fails, without any right to change the real one."""

import socket
import threading
import time

from .servers import HOST, Ports


class Proxy:
    """Listens on `port` (its own) for connections to `target`; a context manager."""

    def __init__(self, target_port, port=None):
        self.target = (HOST, target_port)
        self.port = port or Ports.take()
        self.listener = socket.create_server((HOST, self.port))
        self.pairs = set()
        self.left = None
        self.closed = self.frozen = self.ended = False
        # True while frozen with something that is on its way to the target.
        self.holds = False
        self.cuts = 0
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended = True
        self.listener.close()
        self.cut()

    def cut_after(self, count):
        """Cuts all connections, once, as soon as `count` more bytes have come through in either direction."""
        with self.lock:
            self.left = count

    def close(self):
        """Cuts all connections and takes no new ones until open()."""
        self.closed = True
        self.cut()

    def open(self):
        self.closed = self.frozen = self.holds = False

    def freeze(self):
        """Nothing comes through any more until open(), but the connections stay."""
        self.frozen = True

    def cut(self):
        with self.lock:
            pairs, self.pairs = self.pairs, set()
            self.left = None
        self.cuts += bool(pairs)
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()

    def accept(self):
        while not self.ended:
            try:
                client, _ = self.listener.accept()
                if self.closed:
                    client.close()
                    continue
                server = socket.create_connection(self.target)
            except OSError:
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.pairs.add((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(source, sink, sink is server), daemon=True).start()

    def pump(self, source, sink, to_target):
        try:
            while data := source.recv(1 << 16):
                while self.frozen:
                    self.holds = self.holds or to_target
                    time.sleep(0.01)
                with self.lock:
                    now = len(data) if self.left is None else min(self.left, len(data))
                    last = self.left is not None and self.left <= len(data)
                    if self.left is not None:
                        self.left -= now
                sink.sendall(data[:now])
                if last:
                    self.cut()
                    return
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
