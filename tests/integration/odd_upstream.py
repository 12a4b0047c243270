"""An upstream that takes whatever comes and says what it saw, for comparing a proxy with none.

A request with `X-Answer: NAME` gets the bytes of that name, as they stand in `answers`. Any other gets 200
with a JSON object: method, target, version, headers, body, trailers and chunk extensions as they came.
"""

import contextlib
import json
import socket
import threading


class Unreadable(Exception):
    """Not even this upstream makes a request of it."""


def _line(reader):
    line = reader.readline(65536)
    if not line:
        raise EOFError
    if not line.endswith(b"\n"):
        raise Unreadable(line)
    return line.rstrip(b"\r\n").decode("latin-1")


def _fields(reader):
    fields = []
    while line := _line(reader):
        name, _, value = line.partition(":")
        fields.append([name, value.strip(" \t")])
    return fields


def _chunked(reader, seen):
    body = b""
    while True:
        size, _, extension = _line(reader).partition(";")
        if extension:
            seen["extensions"].append(extension.strip())
        try:
            length = int(size, 16)
        except ValueError as error:
            raise Unreadable(size) from error
        if length == 0:
            seen["trailers"] = _fields(reader)
            return body
        body += reader.read(length)
        _line(reader)


def _value(fields, name):
    return next((value for each, value in fields if each.lower() == name), "")


def _read(reader, connection):
    line = _line(reader)
    words = line.split(" ")
    if len(words) != 3:
        raise Unreadable(line)
    seen = dict(zip(("method", "target", "version"), words), extensions=[], trailers=[])
    fields = seen["headers"] = _fields(reader)
    if _value(fields, "expect").lower() == "100-continue" and not _value(fields, "x-answer"):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if "chunked" in _value(fields, "transfer-encoding").lower():
        body = _chunked(reader, seen)
    else:
        length = _value(fields, "content-length").strip("+")
        body = reader.read(int(length)) if length.isdigit() else b""
    seen["body"] = body.decode("latin-1")
    return seen


def _stays(seen):
    options = _value(seen["headers"], "connection").lower()
    return "keep-alive" in options if seen["version"] == "HTTP/1.0" else "close" not in options


def _serve(connection, answers):
    with connection, connection.makefile("rb") as reader, contextlib.suppress(EOFError, OSError):
        connection.settimeout(30)
        while True:
            try:
                seen = _read(reader, connection)
            except (Unreadable, ValueError):
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                return
            name = _value(seen["headers"], "x-answer")
            if name:
                answer, stays = answers[name]
                connection.sendall(answer)
            else:
                body = b"" if seen["method"] == "HEAD" else json.dumps(seen).encode()
                stays = _stays(seen)
                keep = b"" if seen["version"] == "HTTP/1.1" else b"Connection: keep-alive\r\n" * stays
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/seen\r\n%s"
                                   b"Content-Length: %d\r\n\r\n%s" % (keep, len(body), body))
            if not stays:
                return


@contextlib.contextmanager
def odd_upstream(answers):
    """Its HOST:PORT. `answers`: name -> (bytes, whether the connection stays)."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection = listener.accept()[0]
                threading.Thread(target=_serve, args=(connection, answers), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield "127.0.0.1:%d" % listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
