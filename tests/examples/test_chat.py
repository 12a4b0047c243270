"""examples/chat, started with its one command and used as pages, operators and services do."""

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from edge_process import ROOT, binary
from run_script import RunScript, free_address

CHAT = ROOT / "examples/chat"
OPERATOR = "the operator of the test"
GO_SECONDS = 500


class Chat:
    """`examples/chat/run`, with its page at `self.page`."""

    def __init__(self, folder):
        self.listen, self.control = free_address(), free_address()
        self.page = f"http://{self.listen}"
        self.run = RunScript(CHAT / "run", folder, "node broadcast.js", {
            "GATEHOUSE_BINARY": binary(), "CHAT_PYTHON": sys.executable, "CHAT_LISTEN": self.listen,
            "CHAT_OPERATOR_KEY": OPERATOR, "GATEHOUSE_CLIENT_LISTEN": "127.0.0.1:0",
            "GATEHOUSE_CONTROL_LISTEN": self.control, "GATEHOUSE_ADMIN_LISTEN": "127.0.0.1:0"})
        self.api_key = self.run.said().split("export CHAT_API_KEY=")[1].split()[0]

    def ask(self, method, path, body=None, cookie=None, operator=False):
        """(value, cookie) of a request to the service."""
        request = urllib.request.Request(self.page + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if cookie:
            request.add_header("Cookie", cookie)
        if operator:
            request.add_header("Authorization", f"Bearer {OPERATOR}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            set_cookie = answer.headers.get("Set-Cookie", "").split(";")[0]
            return json.load(answer), set_cookie

    def log_in(self, name):
        """A socket as the page opens it."""
        _, cookie = self.ask("POST", "/api/login", {"name": name})
        access, _ = self.ask("GET", "/api/token", cookie=cookie)
        assert access["user"] == name
        return connect(access["url"], subprotocols=["gatehouse.bearer", access["token"]],
                       origin=self.page, proxy=None)


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    started = Chat(tmp_path_factory.mktemp("chat"))
    yield started
    assert started.run.stop() == 0, started.run.said()
    assert '"msg":"ended"' in started.run.said(), "the edge was not let go in order"


def next_content(client):
    """The next message with content; who comes and goes is passed over."""
    while True:
        message = json.loads(client.recv(10))
        if "content" in message:
            return message


def status_of(call):
    with pytest.raises(urllib.error.HTTPError) as failed:
        call()
    return failed.value.code


def test_the_page_is_served_with_what_it_loads(chat):
    for name in ("", "chat.js", "reconnect.js", "chat.css"):
        with urllib.request.urlopen(f"{chat.page}/{name}", timeout=10) as answer:
            assert answer.status == 200 and answer.read()
    assert status_of(lambda: chat.ask("GET", "/../gatehouse.yaml")) == 404
    assert status_of(lambda: chat.ask("GET", "/service.py")) == 404


def test_users_chat_and_the_service_announces_asks_and_kicks(chat):
    with chat.log_in("alice") as alice, chat.log_in("bob") as bob:
        alice.send(json.dumps({"content": {"text": "hello"}}))
        assert next_content(bob)["content"] == next_content(alice)["content"] == {"text": "hello"}
        assert chat.ask("POST", "/api/announce", {"text": "tea"}, operator=True)[0] == {"queued": 2}
        announced = next_content(bob)
        assert announced["content"] == {"text": "tea"} and "user" not in announced
        assert chat.ask("GET", "/api/presence", operator=True)[0] == {"users": ["alice", "bob"]}
        kick = {"user": "bob", "reason": "bye"}
        assert chat.ask("POST", "/api/kick", kick, operator=True)[0] == {"kicked": 1}
        with pytest.raises(ConnectionClosed) as closed:
            next_content(bob)
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (3503, "bye")


def test_what_is_not_allowed_is_refused(chat):
    assert status_of(lambda: chat.ask("GET", "/api/token")) == 401
    assert status_of(lambda: chat.ask("GET", "/api/presence")) == 401
    assert status_of(lambda: chat.ask("POST", "/api/announce", {"text": "x"})) == 401
    assert status_of(lambda: chat.ask("POST", "/api/login", {"name": "<b>"})) == 400
    assert status_of(lambda: chat.ask("POST", "/api/login", {"name": 1})) == 400


def test_after_logging_out_there_is_no_token(chat):
    _, cookie = chat.ask("POST", "/api/login", {"name": "carol"})
    chat.ask("POST", "/api/logout", {}, cookie=cookie)
    assert status_of(lambda: chat.ask("GET", "/api/token", cookie=cookie)) == 401


def run_broadcast(chat, words, folder, seconds=60):
    environment = {**os.environ, "CHAT_API_KEY": chat.api_key, "GOTOOLCHAIN": "local"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True,
                          timeout=seconds, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_same_broadcast_from_node(chat):
    with chat.log_in("node-user") as client:
        words = ["node", "broadcast.js", "from Node", chat.control]
        said = run_broadcast(chat, words, CHAT / "node")
        assert said == "queued for 1 of 1 sessions in chat:lobby\n"
        assert next_content(client)["content"] == {"text": "from Node"}


def test_the_same_broadcast_from_go(chat):
    if not shutil.which("go"):
        pytest.skip("Go is not here")
    wanted = (CHAT / "go/go.mod").read_text().split("\ngo ")[1].split()[0]
    have = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True,
                          env={**os.environ, "GOTOOLCHAIN": "local"}, cwd="/").stdout.strip()
    if [int(n) for n in have[2:].split(".")[:2]] < [int(n) for n in wanted.split(".")[:2]]:
        pytest.skip(f"{have} is older than {wanted}")
    run_broadcast(chat, ["./generate"], CHAT / "go", GO_SECONDS)
    with chat.log_in("go-user") as client:
        words = ["go", "run", ".", "-target", chat.control, "from Go"]
        said = run_broadcast(chat, words, CHAT / "go", GO_SECONDS)
        assert said == "queued for 1 of 1 sessions in chat:lobby\n"
        assert next_content(client)["content"] == {"text": "from Go"}


def test_a_wrong_key_is_refused_by_the_edge(chat):
    environment = {**os.environ, "CHAT_API_KEY": "wrong"}
    done = subprocess.run(["node", "broadcast.js", "x", chat.control], cwd=CHAT / "node",
                          env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "UNAUTHENTICATED" in done.stderr
