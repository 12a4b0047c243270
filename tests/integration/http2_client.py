"""A gRPC call written by hand, with headers that a library would not send."""

import socket
import struct

WAIT_SECONDS = 10
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING = 0x0, 0x1, 0x4, 0x6
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name, value):
    """A header field without indexing and without Huffman coding (RFC 7541 6.2.2)."""
    assert len(name) < 127 and len(value) < 127
    return b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


class Http2Client:
    """One connection with one call. It knows no HPACK: answers are only told apart by their kind."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=WAIT_SECONDS)
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0))

    def call(self, method, message, **headers):
        fields = {":method": "POST", ":scheme": "http", ":path": method, ":authority": "edge",
                  "te": "trailers", "content-type": "application/grpc",
                  **{name.replace("_", "-"): value for name, value in headers.items()}}
        block = b"".join(literal(name, value) for name, value in fields.items())
        body = struct.pack(">BI", 0, len(message)) + message
        self.socket.sendall(frame(HEADERS, END_HEADERS, 1, block) + frame(DATA, END_STREAM, 1, body))

    def _read(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            assert more, "the server closed the connection"
            data += more
        return data

    def await_end(self):
        """Reads until the call's stream has ended; returns all that came on it."""
        received = b""
        while True:
            head = self._read(9)
            size = int.from_bytes(head[:3], "big")
            kind, flags, stream = struct.unpack(">BBI", head[3:])
            payload = self._read(size)
            if kind == SETTINGS and not flags & ACK:
                self.socket.sendall(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self.socket.sendall(frame(PING, ACK, 0, payload))
            elif stream == 1:
                received += payload
                if kind in (DATA, HEADERS) and flags & END_STREAM or kind == 0x3:  # RST_STREAM
                    return received

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
