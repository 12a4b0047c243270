"""Algorithms, several keys, claims, refresh and expiry, with tokens that PyJWT signs."""

import base64
import hashlib
import hmac
import json
import time

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from client import connect, refusal
from edge_process import Edge
from settings import SECRET, claims, settings, token

KEYS = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
KEYS |= {name: KEYS["RS256"] for name in ("RS384", "RS512", "PS256")}


def public_pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM,
                                         serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def key_settings():
    keys = [{"kid": name, "algorithm": name, "public_key": public_pem(key)}
            for name, key in KEYS.items()]
    secrets = [{"kid": name, "algorithm": name, "secret": name + SECRET * 2}
               for name in ("HS256", "HS384", "HS512")]
    return keys + secrets


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    with Edge(tmp_path_factory.mktemp("keyed"),
              settings=settings(auth={"keys": key_settings()})) as edge:
        yield edge


def signed(algorithm, kid=None, key=None, **more):
    secret = KEYS.get(algorithm) or algorithm + SECRET * 2
    return token(key=key or secret, algorithm=algorithm, headers={"kid": kid or algorithm}, **more)


@pytest.mark.parametrize("algorithm", [*KEYS, "HS256", "HS384", "HS512"])
def test_each_algorithm_with_its_key(keyed, algorithm):
    with connect(keyed, jwt=signed(algorithm)) as client:
        assert client.ask(type="ping")["type"] == "pong"


def test_another_key_of_the_same_algorithm_is_refused(keyed):
    other = ec.generate_private_key(ec.SECP256R1())
    refused = refusal(keyed, jwt=signed("ES256", key=other))
    assert refused.status == 401 and "signature" in refused.error["message"]


def test_a_key_is_bound_to_its_algorithm(keyed):
    # A valid signature of the same RSA key by another algorithm than the key's.
    refused = refusal(keyed, jwt=signed("RS512", kid="RS256"))
    assert refused.status == 401 and "algorithm" in refused.error["message"]
    # The public key's text as an HMAC secret, which PyJWT itself refuses to sign with.
    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")
    for algorithm, digest in (("HS256", hashlib.sha256), ("none", None)):
        head = part(json.dumps({"alg": algorithm, "kid": "RS256"}).encode())
        body = head + b"." + part(json.dumps(claims()).encode())
        pem = public_pem(KEYS["RS256"]).encode()
        mac = part(hmac.new(pem, body, digest).digest()) if digest else b""
        assert refusal(keyed, jwt=(body + b"." + mac).decode()).status == 401


def test_an_unknown_kid_is_refused(keyed):
    refused = refusal(keyed, jwt=signed("HS256", kid="gone"))
    assert refused.status == 401 and "gone" in refused.error["message"]


def test_issuer_and_audience(start):
    edge = start(auth={"issuer": "https://id.example.com", "audience": "edge"})
    connect(edge, jwt=token(iss="https://id.example.com", aud=["other", "edge"])).close()
    for wrong in ({}, {"iss": "https://id.example.com"}, {"iss": "x", "aud": "edge"},
                  {"iss": "https://id.example.com", "aud": "other"}):
        assert refusal(edge, jwt=token(**wrong)).status == 401


def test_leeway_is_allowed_for_and_no_more(edge):
    connect(edge, jwt=token(ttl=-10)).close()
    assert refusal(edge, jwt=token(ttl=-40)).status == 401


def test_a_token_without_expiry_only_where_it_is_allowed(edge, start):
    assert refusal(edge, jwt=_without_expiry()).status == 401
    lenient = start(auth={"require_expiry": False})
    connect(lenient, jwt=_without_expiry()).close()


def _without_expiry():
    return pyjwt.encode({"sub": "alice", "join": "*"}, SECRET, algorithm="HS256")


def test_an_expired_session_is_closed_after_its_grace(start):
    edge = start(client={"expiry_grace": "300ms"})
    began = time.monotonic()
    with connect(edge, jwt=token(ttl=1)) as client:
        assert client.closed() == (3005, "connection expired")
    assert time.monotonic() - began < 10


def test_a_refresh_keeps_the_session_and_says_until_when(start):
    edge = start(client={"expiry_grace": "300ms"})
    with connect(edge, jwt=token(ttl=1)) as client:
        reply = client.ask(type="refresh", token=token(ttl=3600), id=1)
        assert (reply["type"], reply["id"]) == ("refresh", 1) and reply["expires"]
        # Nothing comes for longer than the first token and its grace last together.
        with pytest.raises(TimeoutError):
            client.socket.recv(2)
        assert client.ask(type="ping")["type"] == "pong"


def test_a_refresh_with_a_bad_or_anothers_token_changes_nothing(join):
    alice = join("/ws/chat:bad-refresh")
    assert alice.ask_error(type="refresh", token="x.y.z") == "unauthenticated"
    assert alice.ask_error(type="refresh", token=token("bob")) == "permission_denied"
    alice.send(content=1)
    assert alice.receive()["user"] == "alice"


def test_a_refresh_may_shrink_rights_and_then_takes_the_session_out_of_rooms(join):
    alice = join("/ws?room=chat:kept&room=live:lost")
    assert alice.receive()["type"] == "joined"
    alice.send(type="refresh", token=token(join="chat:*", publish="none:*"))
    assert alice.receive() == {"type": "removed", "room": "live:lost"}
    assert alice.receive()["type"] == "refresh"
    assert alice.ask_error(content=1, room="live:lost") == "not_joined"
    assert alice.ask_error(content=1, room="chat:kept") == "permission_denied"


def test_a_refresh_updates_the_presence_info(join):
    alice = join("/ws/chat:new-info", jwt=token(info={"mood": "fine"}))
    alice.ask(type="refresh", token=token(info={"mood": "better"}))
    assert alice.ask(type="presence")["users"][0]["info"] == {"mood": "better"}
