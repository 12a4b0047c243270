"""What upstreams and clients do wrong behind and before the proxy, and bodies of any size."""

import contextlib
import hashlib
import http.client
import socket
import time
import urllib.request

import pytest

import upstream
from client import connect
from edge_process import until
from http_client import get
from proxying import (BODY_MIB, MAX_GROWTH_MIB, MIB, Raw, app, broken, error_of,  # noqa: F401 (fixtures)
                      metric, proxy, proxy_settings, resident_mib)

# ---- Bodies in constant memory ----


def test_a_large_download_takes_no_memory(proxy):
    get(proxy.client, "/bytes/100")
    before = resident_mib(proxy)
    size = BODY_MIB * MIB
    highest = 0
    with urllib.request.urlopen(f"http://{proxy.client}/bytes/{size}") as answer:
        got = 0
        while piece := answer.read(MIB):
            got += len(piece)
            highest = max(highest, resident_mib(proxy))
    assert got == size
    assert highest - before < MAX_GROWTH_MIB


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_upload_takes_no_memory(start, app, chunked):
    node = start(proxy=proxy_settings(app, max_body_size="4GiB"))
    get(node.client, "/bytes/1")
    before = resident_mib(node)
    pieces = BODY_MIB * MIB // len(upstream.CHUNK)
    digest = hashlib.sha256()
    highest = []

    def body():
        for n in range(pieces):
            digest.update(upstream.CHUNK)
            if n % 256 == 0:
                highest.append(resident_mib(node))
            yield upstream.CHUNK

    headers = {} if chunked else {"Content-Length": str(pieces * len(upstream.CHUNK))}
    connection = http.client.HTTPConnection(node.client, timeout=60)
    connection.request("POST", "/digest", body=body(), headers=headers)
    assert connection.getresponse().read().decode() == digest.hexdigest()
    connection.close()
    assert max(highest) - before < MAX_GROWTH_MIB


def test_a_client_that_does_not_read_holds_the_upstream_up(broken):
    node = broken(upstream.answers_without_end)
    before = resident_mib(node)
    with Raw(node) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        until(lambda: metric(node, "gatehouse_proxy_response_body_bytes_total") > 0, "the first bytes")
        passed = -1

        def stands_still():
            nonlocal passed
            now = metric(node, "gatehouse_proxy_response_body_bytes_total")
            still, passed = now == passed, now
            time.sleep(0.2)
            return still

        until(stands_still, "no more to go through")
        assert resident_mib(node) - before < MAX_GROWTH_MIB
        assert get(node.admin, "/livez")[0] == 200


# ---- Upstreams that do not work ----


@pytest.mark.parametrize("behave, status, code", [
    (upstream.resets, 502, "bad_upstream_answer"),
    (upstream.stalls, 504, "upstream_timeout"),
    (upstream.talks_nonsense, 502, "bad_upstream_answer"),
    (upstream.answers_10000_headers, 502, "bad_upstream_answer"),
    (upstream.answers_an_endless_header, 502, "bad_upstream_answer"),
])
def test_a_failure_before_the_answer_is_said_plainly(broken, behave, status, code):
    node = broken(behave, upstream={"header_timeout": "500ms"})
    assert error_of(get(node.client, "/")) == (status, code)
    assert get(node.admin, "/livez")[0] == 200


def test_an_answer_that_drips_arrives(broken):
    assert get(broken(upstream.drips).client, "/")[2] == "hello"


@pytest.mark.parametrize("behave", [upstream.closes_early, upstream.stalls_in_its_body])
def test_an_answer_that_is_cut_is_not_taken_for_whole(broken, behave):
    node = broken(behave, idle_timeout="500ms")
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        get(node.client, "/")


def test_an_upstream_that_is_not_there_is_503(start):
    with upstream.misbehaving(upstream.stalls) as endpoint:
        pass
    node = start(proxy=proxy_settings(endpoint))
    assert error_of(get(node.client, "/")) == (503, "upstream_unavailable")


def test_what_one_upstream_does_hurts_no_other(start, app):
    with upstream.misbehaving(upstream.stalls) as stalling:
        settings = proxy_settings(app)
        settings["routes"].insert(0, {"path": "/stalls", "upstream": "stalling"})
        settings["upstreams"].append({"name": "stalling", "endpoints": [stalling]})
        node = start(proxy=settings)
        with contextlib.ExitStack() as stack:
            for _ in range(50):
                client = stack.enter_context(Raw(node))
                client.send(b"GET /stalls HTTP/1.1\r\nHost: a\r\n\r\n")
            with connect(node, "/ws/chat:lobby") as session:
                for n in range(20):
                    began = time.monotonic()
                    assert get(node.client, "/bytes/10")[0] == 200
                    assert session.ask(content=str(n))["content"] == str(n)
                    assert time.monotonic() - began < 5


# ---- Clients that do not work ----


def test_a_client_that_leaves_in_its_upload_leaves_nothing(proxy):
    with Raw(proxy) as client:
        client.send(b"POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome")
        until(lambda: metric(proxy, "gatehouse_proxy_exchanges") == 1, "the exchange")
    until(lambda: metric(proxy, "gatehouse_proxy_exchanges") == 0, "its end")
    assert get(proxy.client, "/bytes/1")[0] == 200


def test_a_client_that_leaves_in_its_download_leaves_nothing(broken):
    node = broken(upstream.answers_without_end)
    with Raw(node) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.socket.recv(1000)
    until(lambda: metric(node, "gatehouse_proxy_exchanges") == 0, "the end of the exchange")


def test_a_client_that_uploads_slowly_is_waited_for(proxy):
    with Raw(proxy) as client:
        client.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 20\r\n\r\n")
        for _ in range(20):
            client.send(b"x")
            time.sleep(0.02)
        assert client.read_all().endswith(b"\r\n\r\n" + b"x" * 20)


def test_a_client_that_ends_its_half_is_answered(proxy):
    with Raw(proxy) as client:
        client.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.read_all().endswith(b"\r\n\r\nok")


@pytest.mark.parametrize("head", [
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\nHost: a\n\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello",
])
def test_what_can_be_read_in_two_ways_is_400(proxy, head):
    with Raw(proxy) as client:
        client.send(head)
        assert client.read_all().startswith(b"HTTP/1.1 400 ")
