"""Sends raw requests and reads what comes of them, without an opinion of its own."""

import json
import socket

WAIT = 20
AFTER = b"GET /after HTTP/1.1\r\nHost: after.example\r\n\r\n"


class _End(Exception):
    """The connection ended, or what comes is no HTTP."""


def _line(reader):
    line = reader.readline(65536)
    if not line.endswith(b"\n"):
        raise _End
    return line.rstrip(b"\r\n").decode("latin-1")


def _fields(reader):
    fields = {}
    while line := _line(reader):
        name, _, value = line.partition(":")
        fields.setdefault(name.lower(), []).append(value.strip())
    return fields


def _head(reader):
    version, _, rest = _line(reader).partition(" ")
    status, _, reason = rest.partition(" ")
    if not version.startswith("HTTP/") or not status.isdigit():
        raise _End
    return {"version": version, "status": int(status), "reason": reason, "headers": _fields(reader)}


def _chunked(reader, answer):
    body = b""
    while size := int(_line(reader).partition(";")[0], 16):
        body += reader.read(size)
        _line(reader)
    answer["trailers"] = _fields(reader)
    return body


def _body(reader, method, answer):
    """The body's bytes; how it was framed goes to `answer`."""
    headers = answer["headers"]
    if method == "HEAD" or answer["status"] in (101, 204, 304):
        answer["framing"] = "none"
        return b""
    if "chunked" in headers.get("transfer-encoding", [""])[0]:
        answer["framing"] = "chunked"
        return _chunked(reader, answer)
    if "content-length" in headers:
        answer["framing"] = "length"
        wanted = int(headers["content-length"][0])
        body = reader.read(wanted)
        if len(body) < wanted:
            raise _End
        return body
    answer["framing"] = "the end"
    return reader.read()


def _answer(reader, method):
    interim = []
    while (answer := _head(reader))["status"] in (100, 102, 103):
        interim.append(answer["status"])
    answer["interim"] = interim
    try:
        answer["body"] = _body(reader, method, answer).decode("latin-1")
    except ValueError as error:  # of a chunk's size
        raise _End from error
    return answer


def exchange(address, raw, methods, then=b""):
    """(answers, whether the connection can be used further). `then` is sent when 100 has come.

    An answer that breaks off is none: its receiver can tell.
    """
    host, port = address.split(":")
    answers = []
    with socket.create_connection((host, int(port)), timeout=WAIT) as connection:
        with connection.makefile("rb") as reader:
            try:
                connection.sendall(raw)
                if then and b"HTTP/1.1 100 " in reader.peek(13):
                    connection.sendall(then)
                for method in methods:
                    answers.append(_answer(reader, method))
                connection.sendall(AFTER)
                return answers, _answer(reader, "GET")["status"] == 200
            except (_End, ConnectionError):
                return answers, False


def was_seen(answer):
    """Whether it is the upstream's own, and says what the upstream saw."""
    return answer["headers"].get("content-type") == ["application/seen"] and bool(answer["body"])


def _seen(answer):
    """What the upstream said that it saw, flat."""
    seen = json.loads(answer["body"])
    flat = {f"upstream sees {name}": seen[name]
            for name in ("method", "target", "version", "body", "extensions")}
    for kind in ("headers", "trailers"):
        for name, value in seen[kind]:
            flat.setdefault(f"upstream sees {kind[:-1]} {name.lower()}", []).append(value)
    return flat


def flat(outcome):
    """An outcome as one level of names and values, which can be compared."""
    answers, stays = outcome
    result = {"answers": len(answers), "connection stays": stays}
    for number, answer in enumerate(answers, 1):
        facts = {name: answer.get(name) for name in ("version", "status", "reason", "interim",
                                                     "framing", "trailers")}
        facts |= {f"header {name}": values for name, values in answer["headers"].items()}
        if was_seen(answer):
            facts.pop("header content-length", None)  # of the report
            facts |= _seen(answer)
        else:
            facts["body"] = answer["body"]
        mark = "" if number == 1 else f"{number}: "
        result |= {mark + name: value for name, value in facts.items()}
    return result


def refusal(answer):
    """'400 bad_request' where it is the proxy's own answer, else None."""
    if answer["headers"].get("content-type", [""])[0].startswith("application/json"):
        return f"{answer['status']} {json.loads(answer['body'])['error']['code']}"
    return None


def differences(direct, proxied):
    """Name -> (directly, through the proxy), for all that is not the same."""
    answers, stays = proxied
    for number, answer in enumerate(answers, 1):
        refused = refusal(answer)
        if refused:
            assert not stays, "behind a refusal the connection ends"
            mark = "" if number == 1 else f"{number}: "
            statuses = [each["status"] for each in direct[0]]
            return {f"{mark}refused {refused}": (statuses, answer["body"])}
    before, after = flat(direct), flat(proxied)
    return {name: (before.get(name), after.get(name)) for name in sorted({*before, *after})
            if before.get(name) != after.get(name)}
