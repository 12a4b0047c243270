"""Tickets: good once, for a short time, with the rights that a service gave."""

import json
import threading
import time

import grpc
import pytest

from client import Refused, connect, refusal
from control import Control, violations
from edge_process import until
from hook_endpoint import admit, started
from http_client import get
from prometheus_text import read_metrics
from settings import ORIGIN, key_entry, token


def shown(edge, ticket, path="/ws/chat:t", **options):
    """A client that shows this ticket and no token."""
    return connect(edge, path, jwt=False, query={"ticket": ticket}, **options)


def refused(edge, ticket, path="/ws/chat:t", **options):
    return refusal(edge, path, jwt=False, query={"ticket": ticket}, **options)


def create(control, user="alice", **more):
    more.setdefault("join", ["chat:*"])
    return control.CreateTicket(user=user, **more)


def test_a_ticket_is_good_once(edge, control):
    made = create(control, publish=["chat:t"], info='{"n": 1}')
    assert made.ticket.startswith("gt_") and len(made.ticket) == 35
    with shown(edge, made.ticket, "/ws/chat:t?welcome=1") as alice:
        welcome = alice.receive()
        assert welcome["user"] == "alice" and "expires" not in welcome
        assert alice.ask(content=1)["user"] == "alice"
        assert alice.ask_error(type="join", room="news:a") == "permission_denied"
        assert alice.ask(type="presence")["users"][0]["info"] == {"n": 1}
        again = refused(edge, made.ticket)
        assert (again.status, again.error["code"]) == (401, "unauthenticated")
        # Nothing tells a used one from one that never was.
        assert refused(edge, "gt_" + "A" * 32).error == again.error


def test_it_expires(start):
    edge = start()
    with Control(edge.control) as control:
        made = create(control, ttl={"nanos": 1_000_000})
        until(lambda: time.time() * 1000 > made.expires.ToMilliseconds(), "its end")
        assert refused(edge, made.ticket).status == 401
        samples = read_metrics(get(edge.admin, "/metrics")[2])
        assert (samples["gatehouse_tickets"], samples["gatehouse_tickets_refused_total"]) == (0, 1)


def test_what_the_client_can_mend_does_not_cost_it_the_ticket(edge, control):
    ticket = create(control).ticket
    assert refused(edge, ticket, "/ws/chat:t?room=no%20room").status == 400
    assert refused(edge, ticket, origin="https://evil.example.com").status == 403
    shown(edge, ticket).close()


def test_of_many_who_show_it_at_once_one_is_let_in(edge, control):
    for _ in range(5):
        ticket = create(control).ticket
        results = []

        def show():
            try:
                results.append(shown(edge, ticket))
            except Refused as error:
                results.append(error.status)

        threads = [threading.Thread(target=show) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(str, results))[:7] == ["401"] * 7
        next(each for each in results if each != 401).close()


def test_rooms_bound_the_url_and_may_be_joined(edge, control):
    assert refused(edge, create(control, rooms=["chat:t"]).ticket, "/ws/chat:other").status == 403
    with shown(edge, create(control, join=[], rooms=["news:t"]).ticket, "/ws/news:t") as alice:
        assert alice.ask_error(type="join", room="chat:t") == "permission_denied"


def test_the_address_must_be_the_clients(edge, control):
    elsewhere = create(control, address="192.0.2.1").ticket
    assert refused(edge, elsewhere).status == 401
    shown(edge, create(control, address="127.0.0.1").ticket).close()
    shown(edge, create(control, address="::ffff:127.0.0.1").ticket).close()


def test_the_session_lasts_as_long_as_was_said(start):
    edge = start(client={"expiry_grace": "100ms"})
    with Control(edge.control) as control:
        ticket = create(control, session_for={"seconds": 1}).ticket
        with shown(edge, ticket, "/ws/chat:t?welcome=1") as alice:
            assert alice.receive()["expires"]
            assert alice.closed() == (3005, "connection expired")
        ticket = create(control, session_for={"seconds": 1}).ticket
        with shown(edge, ticket) as alice:
            reply = alice.ask(type="refresh", token=token(), id=1)
            assert reply["type"] == "refresh"
            with pytest.raises(TimeoutError):
                alice.socket.recv(1.5)


def test_a_ticket_stands_in_no_log(start):
    edge = start(log={"level": "debug"})
    with Control(edge.control) as control:
        good, other = create(control).ticket, create(control, address="192.0.2.1").ticket
        shown(edge, good).close()
        refused(edge, good)
        refused(edge, other)
    edge.stop()
    log = edge.log()
    assert "ticket=***" in log and good not in log and other not in log and good[3:] not in log


def test_refused_after_the_upgrade_where_scripts_can_read_it(start):
    edge = start(client={"refuse_after_upgrade": True})
    with shown(edge, "gt_none", origin=ORIGIN) as client:
        code, reason = client.closed()
    assert code == 1008 and reason.startswith("the ticket is not valid")


def test_a_full_store_is_resource_exhausted(start):
    edge = start(auth={"max_tickets": 2})
    with Control(edge.control) as control:
        first = create(control).ticket
        create(control)
        with pytest.raises(grpc.RpcError) as full:
            create(control)
        assert full.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "auth.max_tickets" in full.value.details()
        shown(edge, first).close()
        create(control)


def test_what_is_wrong_with_a_request_is_named(control):
    with pytest.raises(grpc.RpcError) as wrong:
        create(control, user="", join=["a b"], ttl={"seconds": 601}, address="here", info="{")
    assert violations(wrong.value) == ["user", "info", "join[0]", "ttl", "address"]
    with pytest.raises(grpc.RpcError) as long_info:
        create(control, info=json.dumps("x" * 2000))
    assert "client.max_presence_info_size" in long_info.value.details()


def test_a_key_for_some_rooms_makes_no_tickets(start):
    """A ticket lets in as a user, who has personal rooms, sticky ones and messages of its own."""
    edge = start(control={"api_keys": [key_entry("chat", "chat-key", rooms=["chat:"])]})
    with Control(edge.control, key="chat-key") as control:
        for more in ({}, {"join": ["*"]}, {"rooms": ["chat:t"]}):
            with pytest.raises(grpc.RpcError) as denied:
                create(control, **more)
            assert denied.value.code() == grpc.StatusCode.PERMISSION_DENIED
            assert "limited to rooms by prefix" in denied.value.details()


def test_hooks_are_told_its_claims_as_a_tokens(start, app):
    edge = started(start, app, rules=["connect"])
    app.on["OnConnect"] = lambda question: {"allow": {}}
    with Control(edge.control) as control:
        ticket = create(control, info='{"n":1}').ticket
        with shown(edge, ticket, "/ws/chat:t?lang=en") as alice:
            assert alice.ask(type="ping")["type"] == "pong"
        question = app.of("OnConnect")[0]
        assert question["claims"]["user"] == "alice"
        assert question["claims"]["grants"]["join"] == ["chat:*"]
        assert question["query"] == [{"name": "lang", "value": "en"}]
        # One that is not good is refused without asking.
        assert refused(edge, ticket).status == 401
        assert len(app.of("OnConnect")) == 1
        # The application may let it be somebody else, in rooms that the ticket allows in the URL.
        app.on["OnConnect"] = admit("carol")
        with shown(edge, create(control).ticket, "/ws/chat:t?welcome=1") as carol:
            assert carol.receive()["user"] == "carol"
