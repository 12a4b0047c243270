"""What clients say, as the application decides: messages, joins, calls; and what wins over it."""

import contextlib
import json
import socket
import threading
import time

import pytest
import websockets

from client import connect, refusal
from control import Control
from edge_process import until
from hook_endpoint import admit, HookEndpoint, metric, started
from settings import token

WAIT = 10


def test_a_message_is_accepted_rewritten_dropped_or_refused(start, app):
    def on_message(question):
        text = json.loads(question["payload"]["json"])
        return {"hello": {"accept": {}},
                "damn": {"replace": {"json": '"d***"'}},
                "spam": {"drop": {}},
                "evil": {"refuse": {"code": "rude", "reason": "not here"}},
                "/help": {"drop": {}, "answers": [{"text": "ask away"}]},
                "@all": {"accept": {}, "publish": [{"room": "live:news", "user": "bot",
                                                    "payload": {"json": '{"from":"chat"}'}}]},
                }[text]

    app.on["OnMessage"] = on_message
    edge = started(start, app, rules=[{"hook": "message", "namespaces": ["chat"]}])
    with connect(edge, "/ws/chat:a", user="alice") as alice, \
            connect(edge, "/ws?room=chat:a&room=live:news", user="bob") as bob:
        bob.receive()  # joined
        alice.send(content="hello", id=1)
        assert alice.receive()["content"] == "hello"
        acked = alice.receive()
        assert (acked["type"], acked["id"], acked["offset"]) == ("ack", 1, 1)
        alice.send(content="damn")
        assert alice.receive()["content"] == "d***"
        acked = alice.ask(content="spam", id=2)
        assert (acked["type"], acked["id"], acked["offset"]) == ("ack", 2, 0)
        error = alice.ask(content="evil", id=3)
        assert (error["code"], error["message"], error["id"]) == ("rude", "not here", 3)
        helped = alice.ask(content="/help")
        assert helped["content"] == "ask away" and "user" not in helped and "room" not in helped
        alice.send(content="@all")
        assert alice.receive()["content"] == "@all"
        got = [bob.receive() for _ in range(4)]
        assert [each["content"] for each in got if each["room"] == "chat:a"] == [
            "hello", "d***", "@all"]
        news = [each for each in got if each["room"] == "live:news"]
        assert (news[0]["user"], news[0]["content"]) == ("bot", {"from": "chat"})
        # Rooms of another namespace are nobody's business.
        bob.send(content=1, room="live:news")
        assert bob.receive()["content"] == 1
    assert len(app.of("OnMessage")) == 6


def test_refusals_of_the_application_do_not_count_as_errors(start, app):
    app.on["OnMessage"] = lambda question: {"refuse": {}}
    edge = started(start, app, rules=["message"], client={"max_errors": 3})
    with connect(edge) as client:
        for _ in range(10):
            assert client.ask_error(content=1) == "permission_denied"
        assert client.ask(type="ping")["type"] == "pong"


@pytest.mark.parametrize("on_failure", ["deny", "allow"])
def test_a_message_without_an_answer(start, app, on_failure):
    def nonsense(question):
        raise HookEndpoint.Raw(b"nonsense")

    app.on["OnMessage"] = nonsense
    edge = started(start, app, rules=[{"hook": "message", "on_failure": on_failure}])
    with connect(edge) as client:
        reply = client.ask(content="x", id=1)
        if on_failure == "allow":
            assert reply["content"] == "x"
        else:
            assert (reply["type"], reply["code"], reply["id"]) == ("error", "unavailable", 1)


def test_rights_come_before_the_question(start, app):
    edge = started(start, app, rules=["message", "join"])
    with connect(edge, jwt=token(join="chat:*", publish=[])) as client:
        assert client.ask_error(content=1) == "permission_denied"
        assert client.ask_error(type="join", room="live:x") == "permission_denied"
    assert not app.of("OnMessage")
    assert len(app.of("OnJoin")) == 1


def test_messages_of_a_session_keep_their_order_and_are_asked_one_at_a_time(start, app):
    asked = []
    under_way = []

    def on_message(question):
        under_way.append(1)
        assert len(under_way) == 1
        asked.append(json.loads(question["payload"]["json"]))
        time.sleep(0.001 if asked[-1] % 3 else 0.01)
        under_way.pop()
        return {"accept": {}}

    app.on["OnMessage"] = on_message
    edge = started(start, app, rules=["message"], client={"messages_per_second": 0})
    with connect(edge) as client:
        for number in range(200):
            client.send(content=number)
        got = [client.receive()["content"] for _ in range(200)]
    assert got == asked == list(range(200))


def test_reading_pauses_while_a_question_is_open(start, app):
    answer = threading.Event()
    app.on["OnMessage"] = lambda question: answer.wait(WAIT) and {"accept": {}}
    edge = started(start, app, rules=["message"], service={"timeout": "20s"},
                   client={"messages_per_second": 0, "max_errors": 0})
    with connect(edge, "/ws/chat:push") as client, connect(edge, "/ws/news:x", user="bob") as other:
        client.send(content="first")
        until(lambda: app.of("OnMessage"), "the question")
        filler = "x" * 60_000
        sent = []

        def flood():
            with contextlib.suppress(websockets.ConnectionClosed):
                for _ in range(2000):
                    client.send(type="leave", room="chat:none", filler=filler)
                    sent.append(1)

        thread = threading.Thread(target=flood, daemon=True)
        thread.start()
        # 120 MB do not fit into any buffer on the way: the client is stopped.
        seen = -1
        while len(sent) != seen:
            seen = len(sent)
            thread.join(0.3)
        assert seen < 1900
        # Others go on meanwhile.
        assert other.ask(type="ping")["type"] == "pong"
        answer.set()
        # By way of its room's shard, so errors of what came behind it may be there first.
        assert until(lambda: client.receive().get("content"), "the message") == "first"


def test_a_kick_during_a_question_wins(start, app):
    answer = threading.Event()
    app.on["OnMessage"] = lambda question: answer.wait(WAIT) and {"accept": {}}
    edge = started(start, app, rules=["message"], service={"timeout": "10s"})
    with connect(edge, "/ws/chat:k", user="mallory") as mallory, \
            connect(edge, "/ws/chat:k", user="bob") as bob, Control(edge.control) as control:
        mallory.send(content="too late")
        until(lambda: app.of("OnMessage"), "the question")
        assert control.Kick(user="mallory").kicked == 1
        assert mallory.closed()[0] == 3503
        answer.set()
        until(lambda: metric(edge, 'gatehouse_hook_open{service="app"}') == 0, "the answer")
        del app.on["OnMessage"]
        bob.send(content="mine")
        assert bob.receive()["content"] == "mine"


@pytest.mark.parametrize("ban", [False, True])
def test_a_kick_while_a_client_is_being_let_in_wins(start, app, ban):
    answer = threading.Event()
    app.on["OnConnect"] = lambda question: answer.wait(WAIT) and admit("mallory")(question)
    edge = started(start, app, rules=["connect"], service={"timeout": "10s"})
    outcome = []
    thread = threading.Thread(
        target=lambda: outcome.append(refusal(edge, "/ws/chat:k", jwt=False)))
    thread.start()
    until(lambda: app.of("OnConnect"), "the question")
    with Control(edge.control) as control:
        if ban:
            control.Ban(user="mallory")
        else:
            control.Kick(user="mallory")
    answer.set()
    thread.join()
    assert outcome[0].status == 403
    if not ban:
        connect(edge, "/ws/chat:k", jwt=False).close()


def test_a_client_that_leaves_during_its_question_leaves_nothing(start, app):
    answer = threading.Event()
    app.on["OnConnect"] = lambda question: answer.wait(WAIT) and {"allow": {}}
    edge = started(start, app, rules=["connect"], service={"timeout": "10s"})
    host, port = edge.client.split(":")
    sockets = [socket.create_connection((host, int(port))) for _ in range(10)]
    for each in sockets:
        each.sendall(f"GET /ws/chat:a?token={token()} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
    until(lambda: len(app.of("OnConnect")) == 10, "the questions")
    for each in sockets:
        each.close()
    until(lambda: metric(edge, "gatehouse_connections") == 0, "the sockets are closed")
    answer.set()
    until(lambda: metric(edge, 'gatehouse_hook_open{service="app"}') == 0, "the answers")
    assert metric(edge, "gatehouse_sessions") == 0


def test_a_drain_with_open_questions_ends(start, app):
    answer = threading.Event()
    app.on["OnMessage"] = lambda question: answer.wait(WAIT) and {"accept": {}}
    edge = started(start, app, rules=["message"], service={"timeout": "10s"})
    clients = [connect(edge, user=f"u{i}") for i in range(20)]
    for client in clients:
        client.send(content=1)
    until(lambda: len(app.of("OnMessage")) == 20, "the questions")
    edge.terminate()
    for client in clients:
        assert client.closed()[0] == 3001
        client.close()
    assert edge.wait() == 0
    answer.set()


def test_a_join_is_allowed_or_refused(start, app):
    app.on["OnJoin"] = lambda question: (
        {"allow": {}} if question["room"] != "chat:closed" else {"refuse": {"reason": "full"}})
    edge = started(start, app, rules=[{"hook": "join", "namespaces": ["chat"]}])
    with connect(edge, "/ws?room=chat:a&room=chat:b&room=live:x&welcome=1") as client:
        assert {each["room"] for each in client.receive()["rooms"]} == {"chat:a", "chat:b", "live:x"}
        client.receive()  # joined, of live:x
        assert client.ask(type="join", room="chat:c", id=1)["type"] == "join"
        error = client.ask(type="join", room="chat:closed", id=2)
        assert (error["code"], error["message"]) == ("permission_denied", "full")
        assert client.ask(type="join", room="live:y", id=3)["type"] == "join"
    assert sorted(each["room"] for each in app.of("OnJoin")) == [
        "chat:a", "chat:b", "chat:c", "chat:closed"]
    refused = refusal(edge, "/ws/chat:closed")
    assert (refused.status, refused.error["message"]) == (403, "full")


def test_a_call_gets_its_result_or_its_error(start, app):
    app.on["OnRpc"] = lambda question: (
        {"json": json.dumps({"sum": sum(json.loads(question["params"]))})}
        if question["method"] == "add" else {"refuse": {"code": "no_stock", "reason": "sold out"}})
    edge = started(start, app, rules=[{"hook": "rpc", "methods": ["add", "cart.*"]}])
    with connect(edge) as client:
        assert client.ask(type="rpc", id=1, method="add", params=[1, 2]) == {
            "type": "rpc", "id": 1, "result": {"sum": 3}}
        assert client.ask(type="rpc", id="b", method="cart.buy") == {
            "type": "error", "id": "b", "code": "no_stock", "message": "sold out"}
        assert client.ask_error(type="rpc", id=2, method="other") == "not_found"
        assert client.ask_error(type="rpc", method="add") == "bad_request"
        assert client.ask_error(type="rpc", id=3) == "bad_request"
        assert client.ask_error(type="rpc", id=4, method="m" * 256) == "bad_request"
    assert [each["method"] for each in app.of("OnRpc")] == ["add", "cart.buy"]


def test_a_call_without_hooks_is_answered_too(join):
    assert join("/ws/chat:rpc").ask_error(type="rpc", id=1, method="m") == "not_found"
