"""What the proxy makes different, request by request, and why. Nothing else may differ, and all of it has to."""

# What an upstream is told with every request, beside what the client said.
ALWAYS = {
    "upstream sees header x-forwarded-for": "who asked, for applications that look there",
    "upstream sees header x-forwarded-proto": "whether the client spoke TLS",
    "upstream sees header x-forwarded-host": "the host that was asked",
    "upstream sees header x-real-ip": "who asked, in nginx's way",
    "upstream sees header forwarded": "all of it in RFC 7239's way",
    "upstream sees header via": "RFC 9110 section 7.6.3: each intermediary says that it was there",
}

# But not then.
NOT_THEN = {
    "HTTP/1.0 without Host": {"upstream sees header x-forwarded-host": "the client asked for none"},
}

REFUSED = "refused 400 bad_request"
NOT_READ_TWICE = {REFUSED: "two receivers could read it differently (RFC 9112): docs/proxy.md, What is refused"}
NO_HTTP = {REFUSED: "no request of HTTP/1.1"}
NO_ANSWER = {"refused 502 bad_upstream_answer": "two receivers could read the answer differently"}
CONNECTION = {"upstream sees header connection": "of one hop: the connection to the upstream is another"}
CLOSES = {"header connection": "the client is told that the connection ends; the upstream's does not"}
HTTP10 = {"upstream sees version": "the proxy speaks HTTP/1.1 with upstreams, whatever the client speaks"}
STAYS = {"connection stays": "the upstream ended its connection; the client's is another"}
CODING = {
    "framing": "an answer without a length becomes chunks, so that its end can be told from a failure",
    "header transfer-encoding": "that is how chunks are announced",
    "trailers": "chunks end with trailers, here none",
}
HERE = {name: "RFC 9110 section 7.6.2: with no hop left it is answered here, and not passed on" for name in (
    "body", "header content-length", "header content-type", "header server", "upstream sees body",
    "upstream sees extensions", "upstream sees header host", "upstream sees header max-forwards",
    "upstream sees method", "upstream sees target", "upstream sees version")}
NO_TARGET = {REFUSED: "no target of RFC 9112 section 3.2 that could be routed"}

REQUESTS = {
    "method " + "A" * 40: {REFUSED: "methods have at most 32 characters here"},
    "TRACE": {"refused 405 method_not_allowed": "it would show what the proxy adds"},
    "CONNECT": {"refused 405 method_not_allowed": "a reverse proxy opens no tunnels to anywhere"},

    "target /%2F%41%zz": {REFUSED: "a path that cannot be decoded cannot be matched with routes"},
    "a target that leaves its root": {REFUSED: "it would go round the routes' prefixes"},
    "absolute form": {"upstream sees target": "an origin server is asked in origin form"},
    "absolute form without a path": {"upstream sees target": "RFC 9112 section 3.2.1: an empty path is sent as '/'"},
    "absolute form of another host": {
        "upstream sees target": "an origin server is asked in origin form",
        "upstream sees header host": "RFC 9112 section 3.2.2: the target's host goes before the header"},
    "absolute form with https": {"upstream sees target": "an origin server is asked in origin form"},
    "absolute form with a user": NO_TARGET,
    "GET *": NO_TARGET,
    "authority form of GET": NO_TARGET,
    "a fragment": NO_TARGET,

    "300 headers": {"refused 431 headers_too_large": "at most 256 lines"},
    "20 KB of headers": {"refused 431 headers_too_large": "client.max_header_size"},
    "what Connection names": CONNECTION | {
        "upstream sees header x-private": "Connection named it: it is for the proxy"},
    "Connection that names Host": CONNECTION,
    "hop-by-hop headers": {
        "upstream sees header keep-alive": "of one hop", "upstream sees header te": "of one hop",
        "upstream sees header proxy-connection": "of one hop, where it means anything"},
    "Content_Length": {"upstream sees header content_length":
                       "applications of the CGI kind cannot tell it from the real one"},
    "a client that says who it is": {
        name: "only trusted proxies are believed: it is replaced" for name in ALWAYS if "via" not in name},
    "another proxy before": {"upstream sees header via": "the proxy's own is put behind it"},
    "Max-Forwards": {"upstream sees header max-forwards": "RFC 9110 section 7.6.2: each hop counts it down"},
    "Max-Forwards of none": HERE,
    "Connection: close": CONNECTION | CLOSES,
    "Connection: keep-alive": CONNECTION,
    "Upgrade to h2c": CONNECTION | {
        "upstream sees header upgrade": "of one hop, and HTTP/2 is not spoken",
        "upstream sees header http2-settings": "Connection names it"},

    "Chunked in capitals": {"upstream sees header transfer-encoding": "framing is written anew"},
    "chunk extensions": {"upstream sees extensions": "they are of one hop"},
    "announced trailers": {"upstream sees header te": "of one hop",
                           "upstream sees header trailer": "the chunks are the proxy's own"},
    "a trailer that must not be one": {
        "upstream sees trailer content-length": "RFC 9110 section 6.5.1: it says how a message is framed"},

    "Expect with chunks": {"upstream sees header expect": "it is written anew"},
    "Expect without a body": {
        "interim": "there is nothing to go on with", "upstream sees header expect": "there is no body to wait for"},
    "Expect in HTTP/1.0": HTTP10 | CLOSES | {
        "interim": "RFC 9110 section 10.1.1: clients of HTTP/1.0 get no 100",
        "upstream sees header expect": "ignored in HTTP/1.0"},
    "Expect of something else": {
        "refused 417 expectation_failed": "RFC 9110 section 10.1.1: nothing else can be promised"},

    "HTTP/1.0": HTTP10 | CLOSES,
    "HTTP/1.0 without Host": HTTP10 | CLOSES | {
        "upstream sees header host": "HTTP/1.1 wants one: the address of the upstream"},
    "HTTP/1.0 that stays": HTTP10 | CONNECTION,
    "HTTP/1.0 with a body": HTTP10 | CLOSES,
    "HTTP/1.2": NO_HTTP,
    "HTTP/2.0": NO_HTTP,
    "http/1.1 in small letters": NO_HTTP,
    "HTTP/0.9": NO_HTTP,

    "the last one closes": {f"2: {name}": why for name, why in (CONNECTION | CLOSES).items()},
    "the second is of another version": {
        "2: refused 505 version_not_supported": "HTTP/1.0 and 1.1 are spoken"},
    "the second is bad": {f"2: {name}": why for name, why in NOT_READ_TWICE.items()},

    **{name: NOT_READ_TWICE for name in (
        "length and coding", "two lengths", "two equal lengths", "a list of lengths", "a signed length",
        "a length of letters", "a coding in HTTP/1.0", "a chunk size of letters", "a signed chunk size",
        "bare LF in chunks", "a space before the colon", "a folded header", "a header without a colon",
        "a NUL", "a bare CR", "bare LFs", "no host", "two hosts", "an empty host", "a host with a user")},
    **{name: {"refused 501 not_implemented": "only chunked, and alone, can be passed on"} for name in (
        "chunked twice", "gzip and chunked", "an unknown coding")},
    "two spaces": NO_HTTP,
    "an empty line before": NO_HTTP,
    "nothing that is HTTP": NO_HTTP,
}

ANSWERS = {
    "HEAD with a coding": {"header transfer-encoding": "of one hop, and there is no body to frame"},
    "204 with a length": {"header content-length": "RFC 9110 section 8.6: a 204 has none"},
    "204 with a body": STAYS | {
        "header content-length": "RFC 9110 section 8.6: a 204 has none; what follows it is dropped"},
    "101 that nobody asked for": {"refused 502 bad_upstream_answer": "only a tunnel may switch protocols"},
    "to the end": STAYS | CODING,
    "to the end, for HTTP/1.0": CLOSES,
    "of HTTP/1.0": STAYS | {"version": "the proxy's own"},
    "of HTTP/1.0 to the end": STAYS | CODING | {"version": "the proxy's own"},
    "that closes": STAYS | {"header connection": "of one hop"},
    "chunks, for HTTP/1.0": CLOSES | {
        "framing": "HTTP/1.0 knows no chunks: the answer ends with the connection",
        "header transfer-encoding": "HTTP/1.0 knows no chunks", "trailers": "HTTP/1.0 knows no chunks",
        "connection stays": "its end is the answer's"},
    "trailers": {"header trailer": "the chunks are the proxy's own"},
    "a trailer that must not be one": {"trailers": "RFC 9110 section 6.5.1: Set-Cookie is none"},
    **{name: NO_ANSWER for name in (
        "two equal lengths", "two lengths", "length and coding", "a coding that is not known",
        "a length of letters", "status 099", "a folded header", "bare LFs", "bad chunks", "a space before the colon")},
    "what Connection names": {"header connection": "of one hop",
                              "header x-private": "Connection named it: it is for the proxy"},
    "hop-by-hop headers": {"header keep-alive": "of one hop", "header upgrade": "of one hop"},
    "more than its length": STAYS,
}

DIFFERS = REQUESTS | {f"answer: {name}": reasons for name, reasons in ANSWERS.items()}
