#!/usr/bin/env python3
"""A room over wss with permessage-deflate, of the standard library alone: what `load`'s TLS and
compression are tried on, since bench/limit has neither. Slow, and no peer of bench/run.

usage: smoke_server.py CERTIFICATE KEY
"""

import base64
import hashlib
import json
import os
import socketserver
import ssl
import struct
import sys
import threading
import zlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE = 1, 8


def compressed_frame(text):
    """RFC 7692: raw deflate, flushed, without the flush's last four bytes."""
    deflater = zlib.compressobj(wbits=-15)
    payload = (deflater.compress(text) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]
    head = bytes([0x80 | 0x40 | TEXT])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    return head + bytes([126]) + struct.pack(">H", len(payload)) + payload


class Member(socketserver.StreamRequestHandler):
    room = set()
    lock = threading.Lock()

    def setup(self):
        # Here and not at the listener: a handshake must not stop the others from coming.
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self):
        key = ""
        while (line := self.rfile.readline().strip()):
            if line.lower().startswith(b"sec-websocket-key:"):
                key = line.split(b":", 1)[1].strip().decode()
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        answer = ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
                  "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n")
        with self.lock:
            self.request.sendall(answer.encode())
            self.room.add(self.request)
        try:
            while (text := self.read_text()) is not None:
                self.publish(text)
        finally:
            with self.lock:
                self.room.discard(self.request)

    def read_text(self):
        head = self.rfile.read(2)
        if len(head) < 2 or head[0] & 0x0f == CLOSE:
            return None
        size = head[1] & 0x7f
        if size == 126:
            size = struct.unpack(">H", self.rfile.read(2))[0]
        mask = self.rfile.read(4)
        return bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.rfile.read(size)))

    def publish(self, text):
        frame = compressed_frame(text)
        with self.lock:
            for member in self.room:
                member.sendall(frame)


class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *_):
        pass  # the load leaves with a reset


def main():
    with Server(("127.0.0.1", 0), Member) as server:
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(sys.argv[1], sys.argv[2])
        print(json.dumps({"event": "ready", "client": "127.0.0.1:%d" % server.server_address[1],
                          "pid": os.getpid()}), flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
