"""Keys of issuers from a server that rotates, dies, comes back and serves garbage, and from a file."""

import json
import ssl

import pytest

from certificates import Authority
from client import Refused, connect, refusal
from edge_process import run, until
from http_client import get
from jwks_server import MAKE, JwksServer, Key, key_set
from prometheus_text import read_metrics
from settings import settings, token

ISSUER = "https://id.example.com"
# Nothing to wait long for.
FAST = {"refresh_interval": "200ms", "retry_interval": "200ms", "timeout": "2s"}


def source(server, issuer=ISSUER, **more):
    return {"issuer": issuer, "url": server.url, **FAST, **more}


def is_ready(edge):
    return get(edge.admin, "/readyz")[0] == 200


def started(start, *sources, **auth):
    edge = start(auth={"jwks": list(sources), **auth})
    until(lambda: is_ready(edge), "the keys are had")
    return edge


def lets_in(edge, jwt):
    try:
        connect(edge, jwt=jwt).close()
    except Refused as refused:
        return refused.status == 101
    return True


def metric(edge, name, issuer=ISSUER):
    return read_metrics(get(edge.admin, "/metrics")[2])[f'{name}{{issuer="{issuer}"}}']


@pytest.mark.parametrize("algorithm", MAKE)
def test_each_algorithm(start, algorithm):
    key = Key("k", algorithm)
    with JwksServer(key) as server:
        allowed = {} if algorithm != "PS256" else {"algorithms": ["PS256"]}
        edge = started(start, source(server, **allowed))
        with connect(edge, "/ws/chat:a?welcome=1", jwt=key.token(ISSUER)) as client:
            assert client.receive()["user"] == "alice"
        assert refusal(edge, jwt=Key("k", algorithm).token(ISSUER)).status == 401


def test_a_rotation_is_followed_and_asked_for_by_a_new_kid(start):
    old, new = Key("old"), Key("new")
    with JwksServer(old) as server:
        edge = started(start, source(server, refresh_interval="1h"))
        connect(edge, jwt=old.token(ISSUER)).close()
        asked = server.asked
        server.body = key_set(old, new)
        # Nobody fetches for an hour, unless a token with an unknown kid comes.
        first = refusal(edge, jwt=new.token(ISSUER))
        assert first.status == 401 and "kid 'new'" in first.error["message"]
        until(lambda: lets_in(edge, new.token(ISSUER)), "the new key is had")
        connect(edge, jwt=old.token(ISSUER)).close()
        assert server.asked > asked
        server.body = key_set(new)
        refusal(edge, jwt=Key("none").token(ISSUER))
        until(lambda: not lets_in(edge, old.token(ISSUER)), "the old key is gone")
        connect(edge, jwt=new.token(ISSUER)).close()


def test_unknown_kids_do_not_ask_more_often_than_allowed(start):
    with JwksServer(Key("k")) as server:
        edge = started(start, source(server, refresh_interval="1h", retry_interval="1h"))
        asked = server.asked
        for number in range(30):
            assert refusal(edge, jwt=Key(f"k{number}", "EdDSA").token(ISSUER)).status == 401
        assert server.asked == asked == 1


def test_a_server_that_dies_and_comes_back(start):
    key, new = Key("k"), Key("new")
    with JwksServer(key) as server:
        edge = started(start, source(server))
        server.stop()
        until(lambda: metric(edge, "gatehouse_jwks_failures_total") >= 3, "it is missed")
        connect(edge, jwt=key.token(ISSUER)).close()
        assert is_ready(edge)
        assert edge.log().count("could not be had") == 1
        server.body = key_set(new)
        server.start()
        until(lambda: lets_in(edge, new.token(ISSUER)), "the new key is had")
        assert metric(edge, "gatehouse_jwks_age_seconds") < 5


@pytest.mark.parametrize("garbage", [
    b"", b"<html>down for repairs</html>", b'{"keys":[]}', b'{"keys":[{"kty":"oct","k":"AAAA"}]}',
    b'{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}', b"[" * 5000, b"\xff" * 100,
    b'{"keys":[' + b"{}," * 200 + b"{}]}", b" " * (2 << 20)], ids=range(9))
def test_garbage_keeps_the_old_keys(start, garbage):
    key = Key("k")
    with JwksServer(key) as server:
        edge = started(start, source(server))
        server.body = garbage
        until(lambda: metric(edge, "gatehouse_jwks_failures_total") >= 2, "it is seen")
        connect(edge, jwt=key.token(ISSUER)).close()
        assert metric(edge, "gatehouse_jwks_keys") == 1


@pytest.mark.parametrize("status", [301, 404, 500])
def test_another_status_keeps_the_old_keys(start, status):
    key = Key("k")
    with JwksServer(key) as server, JwksServer(Key("other")) as other:
        edge = started(start, source(server))
        server.headers, server.status = {"Location": other.url}, status
        until(lambda: metric(edge, "gatehouse_jwks_failures_total") >= 2, "it is seen")
        connect(edge, jwt=key.token(ISSUER)).close()
        assert f"HTTP status {status}" in edge.log() and other.asked == 0


def test_keys_that_are_too_old_are_given_up(start):
    key = Key("k")
    with JwksServer(key) as server:
        edge = started(start, source(server, stale_if_error="500ms"))
        with connect(edge, jwt=key.token(ISSUER)) as member:
            server.stop()
            until(lambda: metric(edge, "gatehouse_jwks_keys") == 0, "the keys are given up")
            refused = refusal(edge, jwt=key.token(ISSUER))
            assert (refused.status, refused.error["code"]) == (503, "unavailable")
            assert ISSUER in refused.error["message"]
            # Who is in stays in, and the fixed keys are as they were.
            assert member.ask_error(type="refresh", token=key.token(ISSUER)) == "unavailable"
            assert member.ask(type="ping")["type"] == "pong"
            connect(edge, jwt=token()).close()
            server.start()
            until(lambda: lets_in(edge, key.token(ISSUER)), "the keys are had again")


def test_no_issuers_key_verifies_anothers_token(start):
    one, two = Key("k"), Key("k")
    other = "https://other.example.com"
    with JwksServer(one) as first, JwksServer(two) as second:
        edge = started(start, source(first, audience="edge"), source(second, issuer=other))
        connect(edge, jwt=one.token(ISSUER, aud=["x", "edge"])).close()
        connect(edge, jwt=two.token(other)).close()
        connect(edge, jwt=token()).close()
        for wrong in (two.token(ISSUER, aud="edge"), one.token(other), one.token("https://x.example"),
                      one.token(ISSUER), one.token(ISSUER, aud="other"), token(iss=ISSUER, aud="edge"),
                      one.token(None, aud="edge")):
            assert refusal(edge, jwt=wrong).status == 401


def test_until_the_first_keys_are_there_the_node_is_not_ready_and_says_why(start):
    key = Key("k")
    with JwksServer(key) as server:
        server.stop()
        edge = start(auth={"jwks": [source(server)]})
        status, _, reason = get(edge.admin, "/readyz")
        assert status == 503 and ISSUER in reason
        assert get(edge.admin, "/livez")[0] == 200
        assert refusal(edge, jwt=key.token(ISSUER)).status == 503
        server.start()
        until(lambda: is_ready(edge), "the keys are had")
        connect(edge, jwt=key.token(ISSUER)).close()


def test_over_tls_the_certificate_must_be_the_hosts(start, tmp_path):
    key, authority = Key("k"), Authority()
    certificate, private = authority.issue("localhost", tmp_path)
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(authority.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    with JwksServer(key, tls=context) as server:
        edge = started(start, source(server, ca_file=str(ca_file)))
        connect(edge, jwt=key.token(ISSUER)).close()
        # The system trusts no authority of a test.
        doubting = start(auth={"jwks": [source(server)]})
        until(lambda: "could not be had" in doubting.log(), "it is refused")
        assert "certificate verify failed" in doubting.log()
        assert not is_ready(doubting) and refusal(doubting, jwt=key.token(ISSUER)).status == 503


def test_a_file_is_read_again_when_it_changes(start, tmp_path):
    old, new = Key("old"), Key("new", "RS256")
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(old))
    edge = started(start, {"issuer": ISSUER, "file": str(path)})
    connect(edge, jwt=old.token(ISSUER)).close()
    path.write_bytes(key_set(new))
    until(lambda: lets_in(edge, new.token(ISSUER)), "the new key is read")
    assert refusal(edge, jwt=old.token(ISSUER)).status == 401
    path.write_bytes(b"{")
    until(lambda: metric(edge, "gatehouse_jwks_failures_total") >= 1, "the bad file is read")
    connect(edge, jwt=new.token(ISSUER)).close()


def test_key_sets_alone_are_enough_to_start_with(start, tmp_path):
    key = Key("k")
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(key))
    edge = started(start, {"issuer": ISSUER, "file": str(path)}, keys=[])
    connect(edge, jwt=key.token(ISSUER)).close()
    assert refusal(edge, jwt=token()).status == 401


def test_a_file_without_keys_is_found_by_check_config(tmp_path):
    path = tmp_path / "jwks.json"
    path.write_text("{}")
    config = tmp_path / "gatehouse.yaml"
    config.write_text(json.dumps(settings(auth={"jwks": [{"issuer": ISSUER, "file": str(path)}]})))
    result = run("check-config", "--config", str(config))
    assert result.returncode == 1
    assert f"auth.jwks[0]: (issuer '{ISSUER}'): it has no array 'keys'" in result.stderr
