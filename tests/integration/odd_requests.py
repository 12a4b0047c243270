"""The requests of the comparison. odd_reasons.py says what the proxy makes different, and why."""

import dataclasses

HOST = "Host: a.example"


@dataclasses.dataclass(frozen=True)
class Odd:
    name: str
    raw: bytes
    methods: tuple = ("GET",)     # of the requests in `raw`: how their answers end
    then: bytes = b""             # sent when 100 has come


def head(method, target, *lines, version="HTTP/1.1", host=HOST):
    text = "\r\n".join([f"{method} {target} {version}", *([host] if host else []), *lines])
    return (text + "\r\n\r\n").encode("latin-1")


def odd(name, method, target, *lines, body=b"", **more):
    kinds = {key: more.pop(key) for key in ("version", "host") if key in more}
    return Odd(name, head(method, target, *lines, **kinds) + body, (method,), **more)


LENGTH = "Content-Length: 5"
CHUNKED = "Transfer-Encoding: chunked"

METHODS = [
    *[odd(f"method {name}", name, "/") for name in
      ("GET", "HEAD", "OPTIONS", "DELETE", "PROPFIND", "M-SEARCH", "FOO", "get", "A" * 40)],
    *[odd(f"method {name} with a body", name, "/", LENGTH, body=b"hello") for name in
      ("POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS", "FOO")],
    odd("POST without a length", "POST", "/"),
    odd("POST of nothing", "POST", "/", "Content-Length: 0"),
    odd("GET with a length of 0", "GET", "/", "Content-Length: 0"),
    odd("TRACE", "TRACE", "/"),
    odd("CONNECT", "CONNECT", "a.example:80"),
]

TARGETS = [
    *[odd(f"target {target[:40]}", "GET", target) for target in
      ("/", "/?", "/a?b=c&d", "/a//b/./c", "/a/../b", "/%2F%41%zz", "/a|b\"<>^`{}", "/\xc3\xa9", "/a;b=c",
       "/" + "a" * 4000, "//b.example/c", "/a:b", "/a\\b")],
    odd("a target that leaves its root", "GET", "/../a"),
    odd("absolute form", "GET", "http://a.example/x?y"),
    odd("absolute form without a path", "GET", "http://a.example"),
    odd("absolute form of another host", "GET", "http://b.example/x"),
    odd("absolute form with https", "GET", "https://a.example/x"),
    odd("absolute form with a user", "GET", "http://u:p@a.example/x"),
    odd("OPTIONS *", "OPTIONS", "*"),
    odd("GET *", "GET", "*"),
    odd("authority form of GET", "GET", "a.example:80"),
]

HEADERS = [
    odd("an empty header", "GET", "/", "X-A:"),
    odd("spaces around and in a value", "GET", "/", "X-A: \t a  b\tc \t "),
    odd("no space behind the colon", "GET", "/", "X-A:b"),
    odd("bytes over 127 in a value", "GET", "/", "X-A: \xe9\xff"),
    odd("every character a name may have", "GET", "/", "!#$%&'*+-.^_`|~9aZ: b"),
    odd("a header three times", "GET", "/", "X-A: 1", "X-B: 2", "X-A: 3", "x-a: 4"),
    odd("two cookie lines", "GET", "/", "Cookie: a=b", "Cookie: c=d"),
    odd("a value of 8,000 bytes", "GET", "/", "X-A: " + "b" * 8000),
    odd("200 headers", "GET", "/", *[f"X-{n}: {n}" for n in range(200)]),
    odd("300 headers", "GET", "/", *[f"X-{n}: {n}" for n in range(300)]),
    odd("20 KB of headers", "GET", "/", "X-A: " + "b" * 20000),
    odd("what Connection names", "GET", "/", "Connection: X-Private", "X-Private: 1", "X-Public: 2"),
    odd("Connection that names Host", "GET", "/", "Connection: Host, X-Forwarded-For"),
    odd("hop-by-hop headers", "GET", "/", "Keep-Alive: timeout=5", "TE: trailers", "Proxy-Connection: x"),
    odd("headers of the next proxy", "GET", "/", "Proxy-Authorization: x"),
    odd("Content_Length", "GET", "/", "Content_Length: 5"),
    odd("X_A", "GET", "/", "X_A: 1"),
    odd("a client that says who it is", "GET", "/", "X-Forwarded-For: 1.2.3.4", "X-Real-IP: 1.2.3.4",
        "X-Forwarded-Proto: https", "X-Forwarded-Host: evil", "Forwarded: for=1.2.3.4"),
    odd("another proxy before", "GET", "/", "Via: 1.0 fred"),
    odd("conditions and ranges", "GET", "/", "Range: bytes=0-1", "If-None-Match: \"x\"", "If-Range: \"y\""),
    odd("Host with a port", "GET", "/", host="Host: a.example:8080"),
    odd("Host in capitals", "GET", "/", host="HOST: A.Example"),
    odd("Host that is an IPv6 address", "GET", "/", host="Host: [::1]:80"),
    odd("Max-Forwards", "OPTIONS", "/", "Max-Forwards: 3"),
    odd("Max-Forwards of none", "OPTIONS", "/", "Max-Forwards: 0"),
    odd("Max-Forwards of GET", "GET", "/", "Max-Forwards: 0"),
    odd("Connection: close", "GET", "/", "Connection: close"),
    odd("Connection: keep-alive", "GET", "/", "Connection: keep-alive"),
    odd("Upgrade to h2c", "GET", "/", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQAAP__"),
]

BODIES = [
    odd("chunks", "POST", "/", CHUNKED, body=b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"),
    odd("no chunk", "POST", "/", CHUNKED, body=b"0\r\n\r\n"),
    odd("chunk sizes with zeros and capitals", "POST", "/", CHUNKED, body=b"00A\r\n0123456789\r\n000\r\n\r\n"),
    odd("Chunked in capitals", "POST", "/", "Transfer-Encoding: CHUNKED", body=b"1\r\na\r\n0\r\n\r\n"),
    odd("chunk extensions", "POST", "/", CHUNKED, body=b"5;a=b;c=\"d\"\r\nhello\r\n0;e\r\n\r\n"),
    odd("trailers", "POST", "/", CHUNKED, body=b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n"),
    odd("announced trailers", "POST", "/", CHUNKED, "Trailer: X-Sum", "TE: trailers",
        body=b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"),
    odd("a trailer that must not be one", "POST", "/", CHUNKED,
        body=b"5\r\nhello\r\n0\r\nContent-Length: 9\r\nX-Sum: 1\r\n\r\n"),
    odd("chunks of GET", "GET", "/", CHUNKED, body=b"5\r\nhello\r\n0\r\n\r\n"),
    odd("200,000 bytes", "POST", "/", "Content-Length: 200000", body=b"x" * 200000),
    odd("a body that looks like a request", "POST", "/", "Content-Length: 23", body=b"GET /x HTTP/1.1\r\nA: b\r\n"),
]

EXPECT = [
    odd("Expect: 100-continue", "POST", "/", LENGTH, "Expect: 100-continue", then=b"hello"),
    odd("Expect with chunks", "POST", "/", CHUNKED, "Expect: 100-Continue", then=b"5\r\nhello\r\n0\r\n\r\n"),
    odd("Expect and the body at once", "POST", "/", LENGTH, "Expect: 100-continue", body=b"hello"),
    odd("Expect without a body", "GET", "/", "Expect: 100-continue"),
    odd("Expect in HTTP/1.0", "POST", "/", LENGTH, "Expect: 100-continue", version="HTTP/1.0", body=b"hello"),
    odd("Expect of something else", "GET", "/", "Expect: tea"),
]

VERSIONS = [
    odd("HTTP/1.0", "GET", "/", version="HTTP/1.0"),
    odd("HTTP/1.0 without Host", "GET", "/", version="HTTP/1.0", host=None),
    odd("HTTP/1.0 that stays", "GET", "/", "Connection: keep-alive", version="HTTP/1.0"),
    odd("HTTP/1.0 with a body", "POST", "/", LENGTH, version="HTTP/1.0", body=b"hello"),
    odd("HTTP/1.2", "GET", "/", version="HTTP/1.2"),
    odd("HTTP/2.0", "GET", "/", version="HTTP/2.0"),
    odd("http/1.1 in small letters", "GET", "/", version="http/1.1"),
    Odd("HTTP/0.9", b"GET /\r\n"),
]

PIPELINED = [
    Odd("two at once", head("GET", "/1") + head("GET", "/2"), methods=("GET", "GET")),
    Odd("ten at once", b"".join(head("GET", f"/{n}") for n in range(10)), methods=("GET",) * 10),
    Odd("a body and the next", head("POST", "/1", LENGTH) + b"hello" + head("HEAD", "/2") +
        head("POST", "/3", CHUNKED) + b"1\r\na\r\n0\r\n\r\n" + head("GET", "/4"),
        methods=("POST", "HEAD", "POST", "GET")),
    Odd("the last one closes", head("GET", "/1") + head("GET", "/2", "Connection: close") +
        head("GET", "/3"), methods=("GET", "GET", "GET")),
    Odd("the second is of another version", head("GET", "/1") + head("GET", "/2", version="HTTP/2.0"),
        methods=("GET", "GET")),
    Odd("the second is bad", head("GET", "/1") + head("GET", "/2", "X-A : b"), methods=("GET", "GET")),
]

BAD = [
    odd("length and coding", "POST", "/", LENGTH, CHUNKED, body=b"0\r\n\r\n"),
    odd("two lengths", "POST", "/", LENGTH, "Content-Length: 6", body=b"hello"),
    odd("two equal lengths", "POST", "/", LENGTH, LENGTH, body=b"hello"),
    odd("a list of lengths", "POST", "/", "Content-Length: 5, 5", body=b""),
    odd("a signed length", "POST", "/", "Content-Length: +5", body=b"hello"),
    odd("a length of letters", "POST", "/", "Content-Length: five"),
    odd("chunked twice", "POST", "/", "Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"),
    odd("gzip and chunked", "POST", "/", "Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    odd("an unknown coding", "POST", "/", "Transfer-Encoding: rot13"),
    odd("a coding in HTTP/1.0", "POST", "/", CHUNKED, version="HTTP/1.0", body=b"0\r\n\r\n"),
    odd("a chunk size of letters", "POST", "/", CHUNKED, body=b"xyz\r\n"),
    odd("a signed chunk size", "POST", "/", CHUNKED, body=b"+1\r\na\r\n0\r\n\r\n"),
    odd("bare LF in chunks", "POST", "/", CHUNKED, body=b"1\na\n0\n\n"),
    odd("a space before the colon", "GET", "/", "X-A : b"),
    odd("a folded header", "GET", "/", "X-A: b\r\n c"),
    odd("a header without a colon", "GET", "/", "X-A"),
    odd("a NUL", "GET", "/", "X-A: \x00"),
    odd("a bare CR", "GET", "/", "X-A: b\rc"),
    odd("bare LFs", "GET", "/", "X-A: b\nX-B: c"),
    odd("no host", "GET", "/", host=None),
    odd("two hosts", "GET", "/", HOST),
    odd("an empty host", "GET", "/", host="Host:"),
    odd("a host with a user", "GET", "/", host="Host: u@a.example"),
    odd("a fragment", "GET", "/a#b"),
    odd("two spaces", "GET", " /"),
    Odd("an empty line before", b"\r\n" + head("GET", "/")),
    Odd("nothing that is HTTP", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"),
]

REQUESTS = [*METHODS, *TARGETS, *HEADERS, *BODIES, *EXPECT, *VERSIONS, *PIPELINED, *BAD]
