"""Tokens that are revoked: by user, by jti, and all that were issued before a time."""

import time

import grpc
import jwt as pyjwt
import pytest

from client import connect, refusal
from control import Control, violations
from edge_process import until
from hook_endpoint import HookEndpoint, admit, started
from settings import ORIGIN, SECRET, claims, token

REVOKED = (3500, "token revoked")


@pytest.fixture
def node(start):
    """Revocations outlive a test: each has a node of its own."""
    edge = start()
    with Control(edge.control) as control:
        yield edge, control


def issued(seconds_ago, user="alice", **more):
    return token(user, iat=int(time.time()) - seconds_ago, **more)


def stamp(seconds_ago):
    return {"seconds": int(time.time()) - seconds_ago}


def is_revoked(edge, jwt):
    refused = refusal(edge, jwt=jwt)
    return (refused.status, refused.error["code"]) == (401, "token_revoked")


def test_a_users_tokens(node):
    edge, control = node
    old = issued(10)
    with connect(edge, jwt=old) as one, connect(edge, "/ws/chat:b", jwt=issued(2)) as two, \
            connect(edge, jwt=issued(10, "bob")) as bob:
        answer = control.RevokeTokens(user="alice")
        assert answer.closed == 2
        assert 86_000 < answer.until.seconds - time.time() <= 86_401
        assert one.closed() == REVOKED and two.closed() == REVOKED
        assert bob.ask(type="ping")["type"] == "pong"
        stats = control.GetPresenceStats(rooms=["chat:lobby", "chat:b"]).stats
        assert [each.connections for each in stats] == [1, 0]
    assert is_revoked(edge, old)
    assert is_revoked(edge, _without_iat("alice"))
    connect(edge, jwt=issued(-2)).close()
    connect(edge, jwt=issued(10, "bob")).close()


def _without_iat(user):
    said = {name: value for name, value in claims(user).items() if name != "iat"}
    return pyjwt.encode(said, SECRET, algorithm="HS256")


def test_a_users_tokens_issued_before_a_time(node):
    edge, control = node
    with connect(edge, jwt=issued(100)) as old, connect(edge, jwt=issued(10)) as recent:
        assert control.RevokeTokens(user="alice", issued_before=stamp(50)).closed == 1
        assert old.closed() == REVOKED
        assert recent.ask(type="ping")["type"] == "pong"
    assert is_revoked(edge, issued(51))
    connect(edge, jwt=issued(49)).close()


def test_one_token(node):
    edge, control = node
    with connect(edge, jwt=token(jti="t-1")) as one, connect(edge, jwt=token(jti="t-2")) as two:
        assert control.RevokeTokens(token_id="t-1").closed == 1
        assert one.closed() == REVOKED
        assert is_revoked(edge, token(jti="t-1"))
        # A refresh with it changes nothing; one with another takes its place.
        assert two.ask_error(type="refresh", token=token(jti="t-1")) == "token_revoked"
        assert two.ask(type="refresh", token=token(jti="t-3"))["type"] == "refresh"
        assert control.RevokeTokens(token_id="t-2").closed == 0
        assert control.RevokeTokens(token_id="t-3").closed == 1
        assert two.closed() == REVOKED


def test_all_tokens_issued_before_a_time(node):
    edge, control = node
    with connect(edge, jwt=issued(100)) as alice, connect(edge, jwt=issued(100, "bob")) as bob, \
            connect(edge, jwt=issued(10)) as recent:
        assert control.RevokeTokens(issued_before=stamp(50)).closed == 2
        assert alice.closed() == REVOKED and bob.closed() == REVOKED
        assert recent.ask(type="ping")["type"] == "pong"
    assert is_revoked(edge, issued(60, "carol"))


def test_tickets_made_before_too(node):
    edge, control = node

    def ticket(user):
        return control.CreateTicket(user=user, join=["chat:*"]).ticket

    def shown(text):
        return {"jwt": False, "query": {"ticket": text}}

    waiting, used = ticket("alice"), ticket("alice")
    with connect(edge, **shown(used)) as client:
        assert control.RevokeTokens(user="alice").closed == 1
        assert client.closed() == REVOKED
    assert refusal(edge, **shown(waiting)).error["code"] == "token_revoked"
    connect(edge, **shown(ticket("alice"))).close()


def test_it_is_kept_as_long_as_was_asked(node):
    edge, control = node
    until_time = control.RevokeTokens(user="alice", keep_for={"nanos": 300_000_000}).until
    assert len(control.ListRevocations().revocations) == 1
    until(lambda: time.time() * 1000 > until_time.ToMilliseconds(), "its end")
    connect(edge, jwt=issued(10)).close()
    assert not control.ListRevocations().revocations


def test_they_are_listed_in_pages(node):
    _, control = node
    control.RevokeTokens(issued_before=stamp(1000))
    for user in ("bob", "alice"):
        control.RevokeTokens(user=user)
    control.RevokeTokens(token_id="t-1")
    names, page_token = [], ""
    while True:
        page = control.ListRevocations(page_size=2, page_token=page_token)
        names += [(each.user, each.token_id) for each in page.revocations]
        assert all(each.HasField("issued_before") != bool(each.token_id)
                   for each in page.revocations)
        page_token = page.next_page_token
        if not page_token:
            break
    assert names == [("", ""), ("alice", ""), ("bob", ""), ("", "t-1")]


def test_a_full_list_is_resource_exhausted(start):
    edge = start(auth={"max_revocations": 1})
    with Control(edge.control) as control:
        control.RevokeTokens(user="alice")
        control.RevokeTokens(user="alice")
        with pytest.raises(grpc.RpcError) as full:
            control.RevokeTokens(user="bob")
        assert full.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "auth.max_revocations" in full.value.details()


def test_what_is_ambiguous_is_refused(node):
    _, control = node
    for fields, named in (({}, ["user"]), ({"user": "a", "token_id": "t"}, ["token_id"]),
                          ({"token_id": "t", "issued_before": stamp(1)}, ["issued_before"])):
        with pytest.raises(grpc.RpcError) as wrong:
            control.RevokeTokens(**fields)
        assert violations(wrong.value) == named
    for fields in ({"user": "a", "issued_before": stamp(-120)},
                   {"user": "a", "keep_for": {"seconds": 86_401}}):
        with pytest.raises(grpc.RpcError) as wrong:
            control.RevokeTokens(**fields)
        assert wrong.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_refused_after_the_upgrade_where_scripts_can_read_it(start):
    edge = start(client={"refuse_after_upgrade": True})
    with Control(edge.control) as control:
        control.RevokeTokens(token_id="t-1")
        with connect(edge, jwt=token(jti="t-1"), origin=ORIGIN) as client:
            assert client.closed() == (1008, "the token was revoked")


def test_one_that_is_being_admitted_is_refused(start, app):
    """Revoked while the application is asked whether to let it in."""
    edge = started(start, app, rules=["connect"])
    with Control(edge.control) as control:
        def on_connect(_):
            control.RevokeTokens(user="alice")
            return {"allow": {}}

        app.on["OnConnect"] = on_connect
        assert is_revoked(edge, issued(10))
        # Whom the application vouches for, without a token, it vouches for from now on.
        app.on["OnConnect"] = admit("alice")
        with connect(edge, jwt=False) as client:
            assert control.RevokeTokens(user="alice").closed == 1
            assert client.closed() == REVOKED
        connect(edge, jwt=False).close()


def test_a_refresh_under_way_is_refused(start, app):
    """Revoked while the application is asked about the refresh."""
    edge = started(start, app, rules=["refresh"])
    with Control(edge.control) as control:
        def on_refresh(_):
            control.RevokeTokens(token_id="t-2")
            return HookEndpoint.YES["OnRefresh"]

        app.on["OnRefresh"] = on_refresh
        with connect(edge, jwt=token(jti="t-1")) as client:
            assert client.ask_error(type="refresh", token=token(jti="t-2")) == "token_revoked"
            assert client.ask(type="ping")["type"] == "pong"
