"""A WebSocket client made of bytes: for what a well-behaved library would not do."""

import socket
import struct

from settings import token

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
WAIT_SECONDS = 10


def upgrade_headers(**more):
    return {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} | more


def frame(opcode, payload, fin=True):
    """Masked with zeros, so that the payload stays readable."""
    size = len(payload)
    if size < 126:
        length = struct.pack("!B", 0x80 | size)
    elif size < 65536:
        length = struct.pack("!BH", 0x80 | 126, size)
    else:
        length = struct.pack("!BQ", 0x80 | 127, size)
    return bytes([(0x80 if fin else 0) | opcode]) + length + bytes(4) + payload


class RawClient:
    def __init__(self, edge, path="/ws/chat:lobby", *, jwt=None, behind=b"", receive_buffer=0):
        host, port = edge.client.split(":")
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(WAIT_SECONDS)
        self.socket.connect((host, int(port)))
        lines = [f"GET {path} HTTP/1.1", f"Host: {edge.client}",
                 f"Authorization: Bearer {jwt or token()}"]
        lines += [f"{name}: {value}" for name, value in upgrade_headers().items()]
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + behind)
        self.reader = self.socket.makefile("rb")
        self.status = int(self.reader.readline().split()[1])
        while self.reader.readline() not in (b"\r\n", b""):
            pass

    def send(self, opcode, payload, fin=True):
        self.socket.sendall(frame(opcode, payload, fin))

    def receive(self):
        """(opcode, payload) of the next frame; (None, b"") at the end."""
        head = self.reader.read(2)
        if len(head) < 2:
            return None, b""
        size = head[1]
        if size == 126:
            size = struct.unpack("!H", self.reader.read(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self.reader.read(8))[0]
        return head[0] & 0x0F, self.reader.read(size)

    def close_code(self):
        """Reads to the server's Close and returns its code."""
        while True:
            opcode, payload = self.receive()
            assert opcode is not None, "the socket ended without a Close"
            if opcode == CLOSE:
                return struct.unpack("!H", payload[:2])[0]

    def close(self):
        self.reader.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
