"""A small client of the Redis protocol (RESP2): one connection, pipelines, binary safe."""

import binascii
import socket


class ReplyError(Exception):
    """An error reply; `str()` is its text without the dash."""


class Connection:
    """One connection to one server. Replies: bytes, int, None, list, str (status) or ReplyError (raised by call())."""

    def __init__(self, host, port, timeout=10.0, password=None):
        self.host, self.port = host, port
        self.sock = socket.create_connection((host, port), timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = self.sock.makefile("rb", buffering=1 << 16)
        if password:
            # (user, password) of an ACL, or the password of everybody.
            self.call("AUTH", *(password if isinstance(password, tuple) else (password,)))

    def close(self):
        self.buffer.close()
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @staticmethod
    def encode(args):
        parts = [b"*%d\r\n" % len(args)]
        for arg in args:
            data = arg if isinstance(arg, bytes) else str(arg).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        return b"".join(parts)

    def send(self, *args):
        self.sock.sendall(self.encode(args))

    def read(self):
        line = self.buffer.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("connection closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode("utf-8", "replace")
        if kind == b"-":
            return ReplyError(rest.decode("utf-8", "replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            size = int(rest)
            if size < 0:
                return None
            data = self.buffer.read(size + 2)
            if len(data) != size + 2:
                raise ConnectionError("connection closed")
            return data[:-2]
        if kind == b"*":
            count = int(rest)
            return None if count < 0 else [self.read() for _ in range(count)]
        raise ConnectionError("not RESP: %r" % line)

    def call(self, *args):
        """The reply to one command; an error reply is raised."""
        self.send(*args)
        reply = self.read()
        if isinstance(reply, ReplyError):
            raise reply
        return reply

    def pipeline(self, commands):
        """The replies to all commands; error replies are returned, not raised."""
        commands = list(commands)
        replies = []
        for start in range(0, len(commands), 500):
            batch = commands[start:start + 500]
            self.sock.sendall(b"".join(self.encode(c) for c in batch))
            replies += [self.read() for _ in batch]
        return replies


def slot_of(key):
    """The hash slot of a key (CRC16/XMODEM of the hash tag, if there is one)."""
    if isinstance(key, str):
        key = key.encode()
    start = key.find(b"{")
    if start >= 0:
        end = key.find(b"}", start + 1)
        if end > start + 1:
            key = key[start + 1:end]
    return binascii.crc_hqx(key, 0) % 16384
