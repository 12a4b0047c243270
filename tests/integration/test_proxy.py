"""The reverse proxy as real clients see it: routes, TLS, sockets, the PROXY protocol, a drain."""

import http.client
import pathlib
import shutil
import ssl
import subprocess
import threading
import urllib.request

import pytest

import upstream
from certificates import Authority
from client import connect
from edge_process import until
from http_client import get
from proxying import Raw, app, error_of, metric, proxy, proxy_settings  # noqa: F401 (fixtures)
from settings import token


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout


# ---- Clients that work ----


def test_curl_works_as_it_does_without(proxy, app):
    if not shutil.which("curl"):
        pytest.skip("there is no curl here")
    for address in (app, proxy.client):
        url = f"http://{address}"
        assert run("curl", "-sS", f"{url}/echo", "-d", "a=b") == "a=b"
        assert run("curl", "-sS", "-T", __file__, f"{url}/echo") == pathlib.Path(__file__).read_text()
        chunked = run("curl", "-sS", "-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue",
                      "-d", "a" * 100000, f"{url}/echo")
        assert chunked == "a" * 100000
        assert "HTTP/1.1 200 OK" in run("curl", "-sSI", f"{url}/head")
        assert run("curl", "-sS", "--http1.0", f"{url}/bytes/5", "-o", "-") == "\x00\x01\x02\x03\x04"
        twice = run("curl", "-sS", "-w", "%{num_connects}", f"{url}/bytes/0", f"{url}/bytes/0")
        assert twice == "10"


def test_urllib_and_http_client_work(proxy):
    with urllib.request.urlopen(f"http://{proxy.client}/head?x=y") as answer:
        assert answer.read().startswith(b"GET /head?x=y\n")
    connection = http.client.HTTPConnection(proxy.client, timeout=20)
    for n in range(3):
        connection.request("PUT", "/echo", body=iter([b"piece ", b"by piece", b"%d" % n]),
                           encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
        assert connection.getresponse().read() == b"piece by piece%d" % n
    connection.close()


def test_unix_sockets_are_upstreams_too(start, tmp_path):
    with upstream.unix_application(tmp_path / "app.sock") as endpoint:
        node = start(proxy=proxy_settings(endpoint))
        assert get(node.client, "/bytes/10")[0] == 200


@pytest.fixture
def secured_app(tmp_path):
    """(endpoint, file of its authority) of an application that speaks TLS."""
    authority = Authority()
    ca = tmp_path / "authority.pem"
    ca.write_bytes(authority.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("app.test", tmp_path))
    with upstream.application(tls=context) as endpoint:
        yield endpoint, str(ca)


def test_tls_upstreams_are_verified_by_their_authority(start, secured_app):
    endpoint, ca = secured_app
    node = start(proxy=proxy_settings(endpoint, upstream={"tls": {"enabled": True, "ca_file": ca}}))
    for n in range(3):
        request = urllib.request.Request(f"http://{node.client}/echo", data=upstream.CHUNK * (n + 1))
        with urllib.request.urlopen(request) as answer:
            assert answer.read() == upstream.CHUNK * (n + 1)
    named = {"enabled": True, "ca_file": ca, "server_name": "app.test"}
    node = start(proxy=proxy_settings(endpoint, upstream={"tls": named}))
    assert get(node.client, "/bytes/10")[0] == 200


@pytest.mark.parametrize("wrong", [{"server_name": "other.test"}, {"ca_file": ""}])
def test_a_tls_upstream_that_cannot_be_verified_gets_nothing(start, secured_app, wrong):
    endpoint, ca = secured_app
    tls = {"enabled": True, "ca_file": ca} | wrong
    node = start(proxy=proxy_settings(endpoint, upstream={"tls": tls}))
    answer = get(node.client, "/")
    assert error_of(answer) == (503, "upstream_unavailable")
    assert "TLS" in answer[2]


def test_the_proxy_works_behind_tls_of_its_own(start, app, tmp_path):
    authority = Authority()
    certificate, key = authority.issue("localhost", tmp_path)
    node = start(proxy=proxy_settings(app), client={
        "listen": "127.0.0.1:0",
        "tls": {"certificate_file": str(certificate), "key_file": str(key)}})
    trust = ssl.create_default_context(cadata=authority.pem.decode())
    connection = http.client.HTTPSConnection(node.client, timeout=20, context=trust)
    for size in (5, 3_000_000):
        connection.request("POST", "/echo", body=(upstream.CHUNK * 50)[:size])
        assert connection.getresponse().read() == (upstream.CHUNK * 50)[:size]
    connection.request("GET", "/head")
    assert b"X-Forwarded-Proto: https" in connection.getresponse().read()
    connection.close()


def test_websockets_still_end_here(proxy):
    with connect(proxy, "/ws/chat:lobby") as client:
        assert client.ask(content="hello")["content"] == "hello"


def test_routes_go_to_folders_and_redirects(start, app, tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static/index.html").write_text("<h1>hello</h1>")
    (tmp_path / "static/.secret").write_text("no")
    (tmp_path / "outside").write_text("no")
    (tmp_path / "static/link").symlink_to(tmp_path / "outside")
    settings = proxy_settings(app)
    settings["routes"] = [{"path": "/static", "folder": str(tmp_path / "static")},
                          {"path": "/old", "redirect": "https://new.example", "redirect_status": 301},
                          *settings["routes"]]
    node = start(proxy=settings)
    status, headers, body = get(node.client, "/static/")
    assert (status, body) == (200, "<h1>hello</h1>")
    assert headers["Content-Type"].startswith("text/html")
    assert get(node.client, "/static/", {"If-None-Match": headers["ETag"]})[0] == 304
    for path in ("/static/link", "/static/.secret", "/static/none", "/static/%2e%2e/static/link"):
        assert get(node.client, path)[0] == 404
    status, headers, _ = get(node.client, "/old/page?x=y")
    assert (status, headers["Location"]) == (301, "https://new.example/old/page?x=y")


# ---- The whole node ----


def test_a_drain_lets_a_request_finish_and_closes_what_is_idle(start):
    go_on = threading.Event()

    def answers_when_told(connection, _):
        go_on.wait(20)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")

    with upstream.misbehaving(answers_when_told) as endpoint:
        settings = proxy_settings(endpoint)
        settings["routes"].insert(0, {"path": "/old", "redirect": "/new"})
        drains(start(proxy=settings), go_on)


def drains(node, go_on):
    with Raw(node) as client, Raw(node) as idle:
        idle.send(b"GET /old HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"Location: /new" in idle.socket.recv(1000)
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        until(lambda: metric(node, "gatehouse_proxy_exchanges") == 1, "the exchange")
        node.terminate()
        until(lambda: get(node.admin, "/readyz")[0] == 503, "the drain")
        assert idle.read_all() == b""
        go_on.set()
        answer = client.read_all()
        assert b"Connection: close\r\n" in answer and answer.endswith(b"\r\n\r\ndone")
    assert node.wait() == 0


def test_the_proxy_header_is_who_a_session_is_from(start, app):
    node = start(proxy=proxy_settings(app, proxy_protocol=True, trusted_proxies=["127.0.0.1"]))
    with Raw(node) as client:
        client.send(b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 80\r\n"
                    b"GET /head HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert b"X-Forwarded-For: 203.0.113.9" in client.read_all()


def test_without_routes_nothing_changes(start):
    node = start()
    assert get(node.client, "/")[0] == 404
    with connect(node, "/ws/chat:lobby", jwt=token()) as client:
        assert client.ask(content="hello")["content"] == "hello"
