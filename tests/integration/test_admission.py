"""Who is let in, and how the others are told."""

import json
import socket
import time

import pytest

from client import connect, refusal
from edge_process import until
from http_client import get
from raw_client import TEXT, RawClient, frame, upgrade_headers
from settings import ORIGIN, token


def test_a_token_in_the_authorization_header(join):
    alice = join(jwt=False, additional_headers={"Authorization": f"Bearer {token()}"})
    assert alice.ask(type="ping")["type"] == "pong"


def test_a_token_in_a_cookie(join):
    alice = join(jwt=False, additional_headers={"Cookie": f"a=b; gatehouse_token={token()}"})
    assert alice.ask(type="ping")["type"] == "pong"


def test_a_token_as_a_subprotocol_and_only_its_name_is_echoed(join):
    alice = join(jwt=False, subprotocols=["gatehouse.bearer", token()])
    assert alice.socket.subprotocol == "gatehouse.bearer"
    assert alice.ask(type="ping")["type"] == "pong"


def test_no_subprotocol_is_echoed_that_is_not_spoken(edge):
    status, headers, _ = get(edge.client, f"/ws?token={token()}",
                             upgrade_headers(**{"Sec-WebSocket-Protocol": "mqtt"}))
    assert status == 101 and headers["Sec-WebSocket-Protocol"] is None


@pytest.mark.parametrize("origin,allowed", [
    (ORIGIN, True), (None, True), ("https://app.example.com:443", True),
    ("http://app.example.com", False), ("https://app.example.com.evil.com", False),
    ("https://evil.com", False), ("null", False)])
def test_the_origin_decides_for_pages(edge, origin, allowed):
    if allowed:
        connect(edge, origin=origin).close()
        return
    refused = refusal(edge, origin=origin)
    assert (refused.status, refused.error["code"]) == (403, "permission_denied")


def test_wildcard_origins(start):
    edge = start(client={"allowed_origins": ["https://*.example.com"]})
    connect(edge, origin="https://a.example.com").close()
    assert refusal(edge, origin="https://example.com").status == 403
    assert refusal(edge, origin="https://a.example.com.evil.com").status == 403


def test_refusals_are_statuses_with_a_reason(edge):
    cases = [
        (401, "unauthenticated", {"jwt": False}),
        (401, "unauthenticated", {"jwt": "not-a-token"}),
        (401, "unauthenticated", {"jwt": token(key="another secret that is long enough")}),
        (401, "unauthenticated", {"jwt": token(ttl=-3600)}),
        (401, "unauthenticated", {"jwt": token(nbf=int(time.time()) + 3600)}),
        (401, "unauthenticated", {"jwt": token(user="")}),
        (403, "permission_denied", {"jwt": token(join="news:*")}),
        (403, "permission_denied", {"jwt": token(join=[])}),
    ]
    for status, code, options in cases:
        refused = refusal(edge, **options)
        assert (refused.status, refused.error["code"]) == (status, code), refused
        assert refused.error["message"]
    assert refusal(edge, jwt=False).headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/ws/bad%20room", "/ws/" + "r" * 256, "/ws/", "/ws?room=a&room=a",
                                  "/ws?" + "&".join(f"room=r{n}" for n in range(129)), "/ws/%zz"])
def test_bad_rooms_are_400(edge, path):
    refused = refusal(edge, path)
    assert (refused.status, refused.error["code"]) == (400, "bad_request")


def test_a_full_room_is_429(edge, join):
    join("/ws/tiny:full")
    refused = refusal(edge, "/ws/tiny:full", user="bob")
    assert (refused.status, refused.error["code"]) == (429, "limit_exceeded")
    assert refused.headers["Retry-After"] == "1"


def test_other_paths_are_404_and_without_dev_there_is_no_demo_page(edge):
    for path in ("/", "/dev/token?user=alice", "/index.html", "/wsx"):
        status, _, body = get(edge.client, path)
        assert status == 404, path
        assert json.loads(body)["error"]["code"] == "not_found"


def test_what_is_no_proper_upgrade_is_refused(edge):
    path = f"/ws?token={token()}"
    status, _, body = get(edge.client, path)
    assert status == 426 and json.loads(body)["error"]["code"] == "upgrade_required"
    old = upgrade_headers(**{"Sec-WebSocket-Version": "8"})
    status, headers, _ = get(edge.client, path, old)
    assert status == 426 and headers["Sec-WebSocket-Version"] == "13"
    for key in ("short", "dGhlIHNhbXBsZSBub25jZQ", "!GhlIHNhbXBsZSBub25jZQ=="):
        bad = upgrade_headers(**{"Sec-WebSocket-Key": key})
        assert get(edge.client, path, bad)[0] == 400, key


def test_headers_over_the_limit_are_431(edge):
    status, _, body = get(edge.client, "/ws", {"X-Long": "x" * 20000})
    assert status == 431 and json.loads(body)["error"]["code"] == "headers_too_large"


def test_a_full_node_and_a_handshake_flood_are_503(start):
    full = start(client={"max_connections": 1})
    with connect(full):
        refused = refusal(full)
        assert (refused.status, refused.error["code"]) == (503, "unavailable")
        assert refused.headers["Retry-After"] == "1"
    flooded = start(client={"handshakes_per_second": 1}, node={"shards": 1})
    connect(flooded).close()
    until(lambda: _is_503(flooded), "a 503 at one handshake a second")


def _is_503(edge):
    try:
        connect(edge).close()
        return False
    except Exception as error:  # pylint: disable=broad-except
        return getattr(error, "status", None) == 503


def test_refuse_after_upgrade_says_the_reason_in_the_close(start):
    edge = start(client={"refuse_after_upgrade": True})
    for options, reason in [({"jwt": False}, "no token"),
                            ({"jwt": token(ttl=-3600)}, "token expired"),
                            ({"jwt": token(join=[])}, "does not allow"),
                            ({"origin": "https://evil.com"}, "Origin")]:
        with connect(edge, **options) as client:
            code, said = client.closed()
        assert code == 1008 and reason in said


def test_a_silent_handshake_is_cut_off(start):
    edge = start(client={"handshake_timeout": "200ms"})
    host, port = edge.client.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as silent:
        silent.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\n")
        assert silent.recv(100) == b""


def test_bytes_that_come_with_the_handshake_are_not_lost(edge):
    with RawClient(edge, behind=frame(TEXT, b'{"type":"ping","id":1}')) as client:
        assert client.receive() == (TEXT, b'{"type":"pong","id":1}')
