"""The answers of the comparison: what upstreams say. odd_reasons.py says what the proxy makes of them."""

from odd_requests import Odd, head

# Name -> (what the upstream sends, whether it keeps the connection, and of the request: method, version).
_TABLE = {}


def answer(name, *pieces, stays=True, method="GET", version="HTTP/1.1"):
    raw = "".join(pieces).encode("latin-1")
    assert name not in _TABLE, name
    _TABLE[name] = (raw, stays, method, version)


def lines(status, *fields):
    return "\r\n".join([f"HTTP/1.1 {status}", *fields]) + "\r\n\r\n"


OK = lines("200 OK", "Content-Length: 2") + "ok"
HELLO = "5\r\nhello\r\n0\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked"

answer("HEAD with a length", lines("200 OK", "Content-Length: 1000"), method="HEAD")
answer("HEAD with a coding", lines("200 OK", CHUNKED), method="HEAD")
answer("HEAD without either", lines("200 OK", "X-A: b"), method="HEAD")
answer("204", lines("204 No Content"))
answer("204 with a length", lines("204 No Content", "Content-Length: 0"))
answer("204 with a body", lines("204 No Content", "Content-Length: 2") + "no")
answer("304", lines("304 Not Modified", "ETag: \"x\""))
answer("304 with a length", lines("304 Not Modified", "Content-Length: 1000"))
answer("205", lines("205 Reset Content", "Content-Length: 0"))
answer("early hints", lines("103 Early Hints", "Link: </a.css>"), OK)
answer("many interim answers", lines("102 Processing"), lines("102 Processing"), lines("103 Hints"), OK)
answer("100 that nobody asked for", lines("100 Continue"), OK)
answer("101 that nobody asked for", lines("101 Switching Protocols", "Upgrade: x"))
answer("to the end", lines("200 OK") + "hello", stays=False)
answer("to the end, for HTTP/1.0", lines("200 OK") + "hello", stays=False, version="HTTP/1.0")
answer("of HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", stays=False)
answer("of HTTP/1.0 to the end", "HTTP/1.0 200 OK\r\n\r\nhello", stays=False)
answer("that closes", lines("200 OK", "Content-Length: 2", "Connection: close") + "ok", stays=False)
answer("chunks", lines("200 OK", CHUNKED) + HELLO)
answer("chunks, for HTTP/1.0", lines("200 OK", CHUNKED) + HELLO, version="HTTP/1.0")
answer("chunk extensions", lines("200 OK", CHUNKED) + "5;a=b\r\nhello\r\n0;c\r\n\r\n")
answer("trailers", lines("200 OK", CHUNKED, "Trailer: X-Sum") + "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n")
answer("a trailer that must not be one",
       lines("200 OK", CHUNKED) + "5\r\nhello\r\n0\r\nSet-Cookie: a=b\r\nX-Sum: 1\r\n\r\n")
answer("two equal lengths", lines("200 OK", "Content-Length: 2", "Content-Length: 2") + "ok")
answer("two lengths", lines("200 OK", "Content-Length: 2", "Content-Length: 3") + "ok")
answer("length and coding", lines("200 OK", "Content-Length: 3", CHUNKED) + HELLO)
answer("a coding that is not known", lines("200 OK", "Transfer-Encoding: gzip, chunked") + HELLO)
answer("a length of letters", lines("200 OK", "Content-Length: two") + "ok", stays=False)
answer("bad chunks", lines("200 OK", CHUNKED) + "xyz\r\n", stays=False)
answer("less than its length", lines("200 OK", "Content-Length: 100") + "half", stays=False)
answer("chunks without the last", lines("200 OK", CHUNKED) + "5\r\nhello\r\n", stays=False)
answer("two cookies", lines("200 OK", "Set-Cookie: a=b", "X-A: 1", "Set-Cookie: c=d", "Content-Length: 2") + "ok")
answer("what Connection names",
       lines("200 OK", "Connection: X-Private", "X-Private: 1", "Content-Length: 2") + "ok")
answer("hop-by-hop headers",
       lines("200 OK", "Keep-Alive: timeout=5", "Upgrade: h2c", "Proxy-Authenticate: x", "Content-Length: 2") + "ok")
answer("a server and a date of its own",
       lines("200 OK", "Server: app/1", "Date: Thu, 01 Jan 1970 00:00:00 GMT", "Via: 1.1 inner",
             "Content-Length: 2") + "ok")
answer("no reason", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok")
answer("no reason and no space", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok")
answer("a long reason", lines("200 Well, why not? \xe9", "Content-Length: 2") + "ok")
for _status in ("299", "418", "500", "599"):
    answer(f"status {_status}", lines(f"{_status} Odd", "Content-Length: 2") + "ok")
answer("status 999", lines("999 Odd", "Content-Length: 2") + "ok")
answer("status 099", lines("099 Odd", "Content-Length: 2") + "ok", stays=False)
answer("an odd value", lines("200 OK", "X-A: \t a \xe9 ", "X-B:", "Content-Length: 2") + "ok")
answer("a folded header", lines("200 OK", "X-A: b\r\n c", "Content-Length: 2") + "ok")
answer("bare LFs", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", stays=False)
answer("a space before the colon", lines("200 OK", "X-A : b", "Content-Length: 2") + "ok")
answer("a relative redirect", lines("302 Found", "Location: /b", "Content-Length: 0"))
answer("partial content",
       lines("206 Partial Content", "Content-Range: bytes 0-1/9", "Content-Length: 2") + "ok")
answer("more than its length", OK + "more", stays=False)

ANSWERS = {name: (raw, stays) for name, (raw, stays, *_) in _TABLE.items()}
REQUESTS = [Odd(f"answer: {name}", head(method, "/", f"X-Answer: {name}", version=version), (method,))
            for name, (_, _, method, version) in _TABLE.items()]
