"""TLS on the client listener, as real clients speak it."""

import json
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess

import pytest

from certificates import Authority
from client import connect
from edge_process import run, until
from settings import settings, token

HERE = pathlib.Path(__file__).resolve().parent


class Secured:
    """A node with a certificate of an authority of the tests."""

    def __init__(self, start, folder, **tls):
        self.authority = Authority()
        self.folder = folder
        self.ca = folder / "authority.pem"
        self.ca.write_bytes(self.authority.pem)
        self.certificate, self.key = self.authority.issue("localhost", folder)
        self.node = start(client={"listen": "127.0.0.1:0", "tls": {
            "certificate_file": str(self.certificate), "key_file": str(self.key), **tls}})

    def trust(self, **limits):
        context = ssl.create_default_context(cafile=str(self.ca))
        for name, value in limits.items():
            setattr(context, name, value)
        return context

    def join(self, user="alice", context=None):
        return connect(self.node, "/ws/chat:tls", user=user, scheme="wss",
                       ssl=context or self.trust())

    def serial(self):
        """Of the certificate that a new connection is shown."""
        host, port = self.node.client.rsplit(":", 1)
        with socket.create_connection((host, int(port)), 10) as plain:
            with self.trust().wrap_socket(plain, server_hostname=host) as secured:
                return secured.getpeercert()["serialNumber"]


@pytest.fixture
def secured(start, tmp_path):
    return Secured(start, tmp_path)


def test_python_chats_over_the_newest_tls(secured):
    with secured.join() as alice, secured.join("bob") as bob:
        assert alice.socket.socket.version() == "TLSv1.3"
        alice.send(content="hello")
        assert alice.receive()["content"] == bob.receive()["content"] == "hello"


def test_python_chats_over_tls_1_2_with_forward_secrecy(secured):
    context = secured.trust(maximum_version=ssl.TLSVersion.TLSv1_2)
    with secured.join(context=context) as alice:
        assert alice.socket.socket.version() == "TLSv1.2"
        assert alice.socket.socket.cipher()[0].startswith("ECDHE")
        assert alice.ask(content="hello")["content"] == "hello"


def test_only_1_3_where_the_setting_says_so(start, tmp_path):
    secured = Secured(start, tmp_path, min_version="1.3")
    with pytest.raises(ssl.SSLError):
        secured.join(context=secured.trust(maximum_version=ssl.TLSVersion.TLSv1_2))
    with secured.join() as alice:
        assert alice.ask(type="ping")["type"] == "pong"


def test_large_messages_both_ways_and_many_at_once(secured):
    with secured.join() as alice, secured.join("bob") as bob:
        large = "x" * 60000
        for number in range(20):
            alice.send(content=[number, large])
        for client in (alice, bob):
            assert [client.receive()["content"][0] for _ in range(20)] == list(range(20))


def test_openssl_s_client(secured):
    request = (f"GET /ws/chat:tls?token={token()} HTTP/1.1\r\nHost: localhost\r\n"
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode()
    # A Close with a mask of zeros: the server ends the connection, and s_client with it.
    close = bytes([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8])
    done = subprocess.run(
        ["openssl", "s_client", "-connect", secured.node.client, "-CAfile", str(secured.ca),
         "-verify_return_error", "-alpn", "h2,http/1.1", "-ign_eof"],
        input=request + close, capture_output=True, timeout=30, check=False)
    printed = done.stdout.decode("latin-1")
    assert done.returncode == 0, done.stderr
    assert "101 Switching Protocols" in printed
    assert "ALPN protocol: http/1.1" in printed
    assert "Verify return code: 0 (ok)" in printed


def test_go(secured, tmp_path):
    if shutil.which("go") is None:
        pytest.skip("Go is not installed")
    program = tmp_path / "tlsclient"
    subprocess.run(["go", "build", "-o", str(program), "."], cwd=HERE / "go_tls_client",
                   check=True, timeout=150)
    done = subprocess.run(
        [str(program), secured.node.client, str(secured.ca), f"/ws/chat:tls?token={token('go')}"],
        capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    spoken = "TLS 1.3 http/1.1 "
    assert done.stdout.startswith(spoken), done.stdout
    assert json.loads(done.stdout.removeprefix(spoken))["content"] == "from Go"


def test_a_renewed_certificate_is_served_after_sighup(secured):
    with secured.join() as before:
        old = secured.serial()
        # The same names, another key: renewed in place.
        secured.authority.issue("localhost", secured.folder)
        secured.node.process.send_signal(signal.SIGHUP)
        until(lambda: secured.serial() != old, "the new certificate is served")
        assert before.ask(type="ping")["type"] == "pong"
        with secured.join("bob") as bob:
            assert bob.ask(type="ping")["type"] == "pong"


def test_a_broken_renewal_keeps_the_old_certificate_and_says_so(secured):
    old = secured.serial()
    secured.certificate.write_text("no certificate\n")
    secured.node.process.send_signal(signal.SIGHUP)
    until(lambda: "the old certificate stays" in secured.node.log(), "the warning in the log")
    assert secured.serial() == old


def test_plain_http_is_told_what_to_do(secured):
    host, port = secured.node.client.rsplit(":", 1)
    with socket.create_connection((host, int(port)), 10) as plain:
        plain.sendall(b"GET /ws/chat:tls HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = plain.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ") and b"wss://" in answer


def test_what_is_wrong_with_the_files_is_said_before_the_start(tmp_path):
    authority = Authority()
    certificate, _ = authority.issue("one", tmp_path)
    _, other_key = authority.issue("two", tmp_path)
    config = tmp_path / "gatehouse.yaml"

    def check(**tls):
        config.write_text(json.dumps(settings(client={"tls": tls})))
        return run("check-config", "--config", str(config)).stderr

    assert "client.tls.key_file" in check(certificate_file=str(certificate))
    assert "not the key of" in check(certificate_file=str(certificate), key_file=str(other_key))
