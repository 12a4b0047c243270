"""Hooks over HTTP: who is let in, how the questions look, state and refresh."""

import json
import ssl
import time

import pytest

from certificates import Authority
from client import connect, refusal
from hook_endpoint import admit, HookEndpoint, signatures, started
from settings import ORIGIN, token


def test_a_cookie_session_of_the_application_lets_a_client_in(start, app):
    sessions = {"s-1": "carol"}

    def on_connect(question):
        cookies = {each["name"]: each["value"] for each in question.get("cookies", [])}
        user = sessions.get(cookies.get("session"))
        if user is None:
            return {"refuse": {"code": "unauthenticated", "reason": "log in first"}}
        return admit(user)(question)

    app.on["OnConnect"] = on_connect
    edge = started(start, app, rules=["connect"], hook_settings={"headers": ["X-Tenant"]})
    with connect(edge, "/ws/chat:a?welcome=1&lang=en", jwt=False,
                 additional_headers={"Cookie": "a=1; session=s-1; gatehouse_token=",
                                     "X-Tenant": "blue", "X-Other": "no"}) as client:
        assert client.receive()["user"] == "carol"
        client.send(content="hi")
        assert client.receive()["user"] == "carol"
    question = app.of("OnConnect")[0]
    assert question["headers"] == [{"name": "x-tenant", "value": "blue"}]
    assert {"name": "session", "value": "s-1"} in question["cookies"]
    assert "gatehouse_token" not in json.dumps(question)
    assert question["query"] == [{"name": "lang", "value": "en"}]
    assert question["rooms"] == ["chat:a"]
    assert question["session"] == {"address": "127.0.0.1"}
    refused = refusal(edge, jwt=False)
    assert (refused.status, refused.error) == (
        401, {"code": "unauthenticated", "message": "log in first"})


def test_the_origin_rule_comes_before_the_question(start, app):
    edge = started(start, app, rules=["connect"])
    assert refusal(edge, jwt=False, origin="https://evil.example.com").status == 403
    assert not app.of("OnConnect")
    app.on["OnConnect"] = admit()
    connect(edge, jwt=False, origin=ORIGIN).close()


def test_a_token_that_is_not_valid_is_refused_without_asking(start, app):
    edge = started(start, app, rules=["connect"])
    assert refusal(edge, jwt=token(ttl=-3600)).status == 401
    assert not app.of("OnConnect")


def test_claims_of_a_token_are_told_and_kept_where_nothing_replaces_them(start, app):
    edge = started(start, app, rules=["connect"])
    with connect(edge, "/ws/chat:a?welcome=1", jwt=token("alice", join="chat:*", info={"n": 1})) as one:
        assert one.receive()["user"] == "alice"
        assert one.ask_error(type="join", room="news:x") == "permission_denied"
    claims = app.of("OnConnect")[0]["claims"]
    assert (claims["user"], claims["grants"]["join"]) == ("alice", ["chat:*"])
    assert json.loads(claims["info"]) == {"n": 1}


def test_rights_rooms_info_and_expiry_are_the_applications(start, app):
    expires = int(time.time() * 1000) + 3_600_000
    app.on["OnConnect"] = lambda question: {"allow": {
        "user": "dave", "info": '{"role":"guest"}', "grants": {"join": ["chat:*"]},
        "rooms": ["vip:1"], "expires_unix_millis": str(expires)}}
    edge = started(start, app, rules=["connect"])
    with connect(edge, "/ws/chat:a?welcome=1", jwt=False) as client:
        welcome = client.receive()
        assert {each["room"] for each in welcome["rooms"]} == {"chat:a", "vip:1"}
        assert welcome["expires"]
        assert client.ask_error(content=1, room="chat:a") == "permission_denied"
        assert client.ask(type="presence", room="vip:1")["users"][0]["info"] == {"role": "guest"}
    assert refusal(edge, "/ws/news:x", jwt=False).status == 403


def test_without_a_token_somebody_must_be_named(start, app):
    edge = started(start, app, rules=["connect"])
    assert refusal(edge, jwt=False).status == 500
    connect(edge).close()


def test_with_neither_a_token_nor_a_hook_access_is_refused(start, app):
    edge = started(start, app, rules=["message"])
    assert refusal(edge, jwt=False).status == 401


@pytest.mark.parametrize(("code", "status"), [
    ("", 403), ("not_found", 404), ("limit_exceeded", 429), ("unavailable", 503), ("own_code", 403)])
def test_a_refusal_has_the_status_of_its_code(start, app, code, status):
    app.on["OnConnect"] = lambda question: {"refuse": {"code": code, "reason": "why"}}
    edge = started(start, app, rules=["connect"])
    refused = refusal(edge)
    assert refused.status == status
    assert refused.error == {"code": code or "permission_denied", "message": "why"}


def test_a_refusal_after_the_upgrade_has_its_reason(start, app):
    app.on["OnConnect"] = lambda question: {"refuse": {"reason": "not today"}}
    edge = started(start, app, rules=["connect"], client={"refuse_after_upgrade": True})
    with connect(edge) as client:
        assert client.closed() == (1008, "not today")


def test_a_node_needs_no_key_where_the_application_decides(start, app):
    app.on["OnConnect"] = admit()
    edge = started(start, app, rules=["connect"], auth={"keys": []})
    connect(edge, jwt=False).close()
    assert refusal(edge).status == 401


def test_every_question_is_signed_by_both_keys(start, app):
    keys = ["the new secret of the application, long", "the old secret of the application, long"]
    edge = started(start, app, rules=["connect"], service={
        "signing_keys": [{"secret": key} for key in keys], "bearer": "b-1"})
    connect(edge).close()
    _, headers, body = app.headers[0]
    assert abs(int(headers["Gatehouse-Time"]) - time.time()) < 60
    assert headers["Gatehouse-Signature"].split(",") == [
        signatures(key, headers["Gatehouse-Time"], body) for key in keys]
    assert headers["Authorization"] == "Bearer b-1"
    assert "secret of the application" not in edge.log() and "b-1" not in edge.log()


def test_mutual_tls(start, tmp_path):
    authority = Authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    certificate, key = authority.issue("app", tmp_path)
    mine, my_key = authority.issue("edge", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(tmp_path / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    tls = {"ca_file": str(tmp_path / "ca.pem")}
    ours = tls | {"certificate_file": str(mine), "key_file": str(my_key)}
    with HookEndpoint(tls=context) as secure:
        edge = started(start, secure, rules=["connect"], service={"tls": ours})
        for _ in range(3):
            connect(edge).close()
        assert refusal(started(start, secure, rules=["connect"], service={"tls": tls})).status == 503
        other = tmp_path / "other.pem"
        other.write_bytes(Authority("another").pem)
        stranger = started(start, secure, rules=["connect"],
                           service={"tls": ours | {"ca_file": str(other)}})
        assert refusal(stranger).status == 503
        # The certificate must be of the name that is called.
        by_name = secure.url.replace("127.0.0.1", "localhost")
        assert refusal(started(start, by_name, rules=["connect"],
                               service={"tls": ours})).status == 503
    assert len(secure.of("OnConnect")) == 3


def test_the_trace_of_a_client_goes_on(start, app):
    edge = started(start, app, rules=["connect", "message"])
    trace = "0af7651916cd43dd8448eb211c80319c"
    with connect(edge, additional_headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"}) as one:
        one.send(content=1)
        one.receive()
    with connect(edge):
        pass
    parents = [headers["traceparent"].split("-") for _, headers, _ in app.headers]
    assert parents[0][1] == parents[1][1] == trace
    assert parents[0][2] != parents[1][2]
    assert parents[2][1] != trace and len(parents[2][1]) == 32


def test_state_comes_back_with_every_later_question(start, app):
    app.on["OnConnect"] = admit("erin", state="0")

    def count(answer):
        return lambda question: answer | {"state": str(int(question["session"]["state"]) + 1)}

    app.on["OnJoin"] = count({"allow": {}})
    app.on["OnMessage"] = count({"drop": {}})
    app.on["OnRpc"] = lambda question: {"json": question["session"]["state"]}
    app.on["OnRefresh"] = lambda question: {"renew": {"state": "100"}}
    edge = started(start, app, rules=["connect", "join", "message", "rpc", "refresh", "events"])
    with connect(edge, "/ws/chat:a", jwt=False) as client:
        client.ask(content=1, id=1)
        client.ask(content=2, id=2)
        assert client.ask(type="rpc", id=3, method="m")["result"] == 3
        assert client.ask(type="refresh", id=4)["type"] == "refresh"
        assert client.ask(type="rpc", id=5, method="m")["result"] == 100
    assert app.until_event("disconnected")[0]["session"]["state"] == "100"


def test_a_state_over_its_limit_is_a_bad_answer(start, app):
    app.on["OnConnect"] = admit(state="s" * 4097)
    edge = started(start, app, rules=["connect"])
    assert refusal(edge, jwt=False).status == 503
    app.on["OnConnect"] = admit(state="s" * 4096)
    connect(edge, jwt=False).close()


def test_a_refresh_is_the_applications(start, app):
    soon = int(time.time() * 1000) + 60_000
    app.on["OnRefresh"] = lambda question: (
        {"renew": {"grants": {"join": ["chat:b"], "publish": ["*"]},
                   "expires_unix_millis": str(soon)}}
        if "claims" in question else {"refuse": {"reason": "logged out"}})
    edge = started(start, app, rules=["refresh"])
    with connect(edge, "/ws?room=chat:a&room=chat:b") as client:
        assert client.ask(type="refresh", token=token(), id=1) == {"type": "removed", "room": "chat:a"}
        assert client.receive()["type"] == "refresh"
        assert client.ask_error(type="refresh", token=token("bob"), id=2) == "permission_denied"
        client.send(type="refresh", id=3)
        assert client.closed() == (3500, "logged out")


def test_the_edge_asks_by_itself_when_a_session_expires(start, app):
    app.on["OnConnect"] = lambda question: admit(
        expires_unix_millis=str(int(time.time() * 1000) + 500))(question)
    answers = [{"renew": {"expires_unix_millis": str(int(time.time() * 1000) + 1500)}},
               {"refuse": {"reason": "enough"}}]
    app.on["OnRefresh"] = lambda question: answers.pop(0)
    edge = started(start, app, rules=["connect", "refresh"])
    with connect(edge, jwt=False) as client:
        assert client.closed() == (3500, "enough")
    assert len(app.of("OnRefresh")) == 2
