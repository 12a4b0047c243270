"""Upstreams for the proxy's tests: one that works, and sockets that do not."""

import contextlib
import hashlib
import http.server
import os
import re
import socket
import threading
import time

CHUNK = bytes(range(256)) * 256  # 64 KiB


class _Application(http.server.BaseHTTPRequestHandler):
    """/echo gives a body back, /digest its SHA-256, /bytes/N so many bytes, or a range of them, /head the
    headers; /found leads to /bytes/7 on the host that was asked, /moved to /echo with the same method."""

    protocol_version = "HTTP/1.1"

    def _body(self):
        """The body, piece by piece."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return
        left = int(self.headers.get("Content-Length", 0))
        while left > 0:
            piece = self.rfile.read(min(left, len(CHUNK)))
            if not piece:
                return
            left -= len(piece)
            yield piece

    def _answer(self, body, content_type="text/plain"):
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _bytes(self, size):
        begin, end = 0, size
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if wanted:
            begin, end = int(wanted[1]), min(int(wanted[2]) + 1, size)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{size}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(end - begin))
        self.end_headers()
        while begin < end and self.command != "HEAD":
            within = begin % len(CHUNK)
            piece = CHUNK[within:within + end - begin]
            self.wfile.write(piece)
            begin += len(piece)

    def _redirect(self, status, location):
        for _ in self._body():
            pass
        self.send_response(status)
        self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _serve(self):
        path = self.path.partition("?")[0]
        if path == "/echo":
            self._answer(b"".join(self._body()))
        elif path == "/digest":
            digest = hashlib.sha256()
            for piece in self._body():
                digest.update(piece)
            self._answer(digest.hexdigest().encode())
        elif path.startswith("/bytes/"):
            self._bytes(int(path.removeprefix("/bytes/")))
        elif path == "/found":
            self._redirect(302, f"http://{self.headers['Host']}/bytes/7")
        elif path == "/moved":
            self._redirect(307, "/echo")
        else:
            self._answer(f"{self.command} {self.path}\n{self.headers}".encode())

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = _serve

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@contextlib.contextmanager
def application(tls=None):
    """HOST:PORT of an application that works; with `tls`, a context, it speaks TLS."""
    server = _Server(("127.0.0.1", 0), _Application)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _UnixServer(_Server):
    address_family = socket.AF_UNIX

    def server_bind(self):
        self.socket.bind(self.server_address)

    def get_request(self):
        request, _ = self.socket.accept()
        return request, ("unix", 0)


@contextlib.contextmanager
def unix_application(path):
    """The same on a unix socket."""
    server = _UnixServer(str(path), _Application)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"unix:{path}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        os.unlink(path)


def read_head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            return head
        head += piece
    return head


@contextlib.contextmanager
def misbehaving(behave):
    """HOST:PORT of an upstream whose every connection is given to `behave`, with its head read."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    ended = threading.Event()

    def serve(connection):
        with connection, contextlib.suppress(OSError):
            connection.settimeout(30)
            if read_head(connection):
                behave(connection, ended)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield "127.0.0.1:%d" % listener.getsockname()[1]
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def resets(connection, _):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def stalls(_, ended):
    ended.wait(30)


def stalls_in_its_body(connection, ended):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    ended.wait(30)


def drips(connection, ended):
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello":
        connection.sendall(bytes([byte]))
        if ended.wait(0.01):
            return


def talks_nonsense(connection, _):
    connection.sendall(os.urandom(4096) + b"\r\n\r\n")


def closes_early(connection, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def answers_10000_headers(connection, _):
    lines = b"".join(b"X-%d: y\r\n" % n for n in range(10000))
    connection.sendall(b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 0\r\n\r\n")


def answers_an_endless_header(connection, ended):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not ended.is_set():
        connection.sendall(b"y" * 65536)


def answers_without_end(connection, ended):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not ended.is_set():
        connection.sendall(CHUNK)
        time.sleep(0)
