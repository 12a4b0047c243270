"""examples/fronted_app, started with its one command and used as pages and scripts do."""

import json
import sys

import pytest
import requests
import websockets
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from edge_process import ROOT, binary, until
from run_script import RunScript, free_address

FRONTED = ROOT / "examples/fronted_app"
WAIT = 10


class Fronted:
    def __init__(self, folder):
        self.client, self.app = free_address(), free_address()
        self.url = f"http://{self.client}"
        self.run = RunScript(FRONTED / "run", folder, "log in with any two names", {
            "GATEHOUSE_BINARY": binary(), "APP_PYTHON": sys.executable, "APP_LISTEN": self.app,
            "GATEHOUSE_CLIENT_LISTEN": self.client, "GATEHOUSE_CONTROL_LISTEN": free_address(),
            "GATEHOUSE_ADMIN_LISTEN": "127.0.0.1:0"})

    def log_in(self, name, password="a password"):
        """A visitor who has logged in through the proxy."""
        visitor = requests.Session()
        visitor.trust_env = False
        form = {"name": name, "password": password}
        answer = visitor.post(f"{self.url}/login", data=form, allow_redirects=False, timeout=WAIT)
        if answer.status_code != 303:
            raise PermissionError(answer.text)
        return visitor

    def socket(self, visitor, origin=None):
        """The page's WebSocket: the visitor's cookie is all it shows."""
        cookie = {"Cookie": "; ".join(f"{each.name}={each.value}" for each in visitor.cookies)}
        return connect(f"ws://{self.client}/ws/chat:lobby", origin=origin or self.url, proxy=None,
                       additional_headers=cookie)

    def socket_status(self, visitor, **more):
        """The status by which the socket is refused."""
        with pytest.raises(websockets.InvalidStatus) as refused:
            self.socket(visitor, **more)
        return refused.value.response.status_code


@pytest.fixture(scope="module")
def fronted(tmp_path_factory):
    started = Fronted(tmp_path_factory.mktemp("fronted"))
    yield started
    assert started.run.stop() == 0, started.run.said()
    assert '"msg":"ended"' in started.run.said(), "the edge was not let go in order"


def ask(socket, **message):
    socket.send(json.dumps(message))
    return json.loads(socket.recv(WAIT))


def receive(socket):
    return json.loads(socket.recv(WAIT))


def close_of(socket):
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            socket.recv(WAIT)
    return closed.value.rcvd.code, closed.value.rcvd.reason


def test_pages_and_api_come_through_the_proxy(fronted):
    visitor = requests.Session()
    visitor.trust_env = False
    first = visitor.get(fronted.url, timeout=WAIT)
    assert first.url == f"{fronted.url}/login" and "Log in" in first.text
    assert visitor.get(f"{fronted.url}/api/me", timeout=WAIT).status_code == 401
    for name in ("page.js", "style.css"):
        static = visitor.get(f"{fronted.url}/static/{name}", timeout=WAIT)
        assert static.status_code == 200 and static.headers["Server"] == "gatehouse"
    known = fronted.log_in("pat")
    assert "Hello, pat" in known.get(fronted.url, timeout=WAIT).text
    assert known.get(f"{fronted.url}/api/me", timeout=WAIT).json() == {"user": "pat"}
    with pytest.raises(PermissionError, match="not the password"):
        fronted.log_in("pat", "another")
    with pytest.raises(PermissionError, match="A name is"):
        fronted.log_in("<b>")


def test_hooks_are_for_the_edge_only(fronted):
    question = {"session": {"user": "eve"}, "payload": {"json": '{"text":"x"}'}}
    outside = requests.post(f"{fronted.url}/hooks/OnMessage", json=question, timeout=WAIT)
    assert outside.status_code == 404 and outside.headers["Server"] == "gatehouse"
    inside = f"http://{fronted.app}/hooks/OnMessage"
    assert requests.post(inside, json=question, timeout=WAIT).status_code == 403
    forged = {"Gatehouse-Time": "1", "Gatehouse-Signature": "0" * 64 + ",é"}
    forged = {name: value.encode() for name, value in forged.items()}
    assert requests.post(inside, json=question, headers=forged, timeout=WAIT).status_code == 403


def test_the_login_cookie_lets_into_the_chat_and_nothing_else_does(fronted):
    visitor = fronted.log_in("ann")
    with fronted.socket(visitor):
        pass
    assert fronted.socket_status(requests.Session()) == 401
    assert fronted.socket_status(visitor, origin="https://evil.example.com") == 403
    visitor.cookies.set("session", "made up")
    assert fronted.socket_status(visitor) == 401


def test_messages_are_stored_rewritten_or_refused_by_the_application(fronted):
    alice, bob = fronted.log_in("alice"), fronted.log_in("bob")
    with fronted.socket(alice) as from_alice, fronted.socket(bob) as at_bob:
        plain = ask(from_alice, content={"text": "hello"})
        assert plain["user"] == "alice" and plain["content"]["text"] == "hello"
        assert receive(at_bob) == plain
        ask(from_alice, content={"text": "time for :tea:"})
        rewritten = receive(at_bob)
        assert rewritten["content"]["text"] == "time for 🍵"
        refused = ask(from_alice, content={"text": "see https://example.com"}, id=7)
        assert refused["type"] == "error" and refused["id"] == 7
        assert (refused["code"], refused["message"]) == ("no_links", "links go into a note")
        assert ask(from_alice, content="no object")["code"] == "bad_text"
        # Nobody got what was refused: the next that bob hears of is this.
        ask(from_alice, content={"text": "that was all"})
        assert receive(at_bob)["content"]["text"] == "that was all"
        history = ask(at_bob, type="rpc", id=1, method="history", params=2)["result"]
        assert [each["text"] for each in history] == ["time for 🍵", "that was all"]
        assert history == bob.get(f"{fronted.url}/api/messages?limit=2", timeout=WAIT).json()
        assert ask(at_bob, type="rpc", id=2, method="history", params=999)["code"] == "bad_request"
        assert ask(at_bob, type="rpc", id=3, method="nothing")["code"] == "not_found"


def test_notes_of_the_api_appear_in_the_room(fronted):
    carol, dave = fronted.log_in("carol"), fronted.log_in("dave")
    notes = f"{fronted.url}/api/notes"
    with fronted.socket(dave) as at_dave:
        added = carol.post(notes, json={"text": "buy tea"}, timeout=WAIT)
        assert added.status_code == 201
        told = receive(at_dave)
        assert told["content"] == {"note": added.json()} and "user" not in told
        assert dave.get(notes, timeout=WAIT).json() == [added.json()]
        one = f"{notes}/{added.json()['id']}"
        assert dave.delete(one, timeout=WAIT).status_code == 404, "it is carol's"
        assert carol.delete(one, timeout=WAIT).status_code == 204
        assert receive(at_dave)["content"] == {"removed": added.json()["id"]}
        assert carol.post(notes, json={"text": ""}, timeout=WAIT).status_code == 422


def test_logging_out_kicks_every_socket_of_the_user(fronted):
    erin, frank = fronted.log_in("erin"), fronted.log_in("frank")
    with fronted.socket(erin) as one, fronted.socket(erin) as two, fronted.socket(frank) as other:
        answer = erin.post(f"{fronted.url}/logout", allow_redirects=False, timeout=WAIT)
        assert answer.headers["Location"] == "/login"
        assert close_of(one) == close_of(two) == (3503, "logged out")
        assert ask(other, type="ping")["type"] == "pong"
    erin.cookies.set("session", "kept")
    assert fronted.socket_status(erin) == 401


def test_a_refresh_asks_whether_the_login_still_holds(fronted):
    with fronted.socket(fronted.log_in("grace")) as socket:
        refreshed = ask(socket, type="refresh", id=1)
        assert refreshed["type"] == "refresh" and refreshed["expires"]


def test_events_say_who_was_here(fronted):
    heidi = fronted.log_in("heidi")
    with fronted.socket(heidi):
        pass

    def seen():
        people = heidi.get(f"{fronted.url}/api/people", timeout=WAIT).json()
        return {each["user"]: each["last_seen"] for each in people}["heidi"]

    until(seen, "an event of heidi's")
