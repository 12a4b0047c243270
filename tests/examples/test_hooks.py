"""examples/hooks: each small service is started as its page says and asked by a real edge."""

import contextlib
import json
import os
import shutil
import subprocess

import grpc
import pytest
import requests

from client import connect, refusal
from control import hooks_pb2, hooks_pb2_grpc
from edge_process import ROOT, Edge, clean_environment, until

HOOKS = ROOT / "examples/hooks"
SECRET = "a secret of the tests, 32 bytes or more"
WAIT = 10


def go_or_skip():
    if not shutil.which("go"):
        pytest.skip("Go is not here")
    wanted = (HOOKS / "go_grpc/go.mod").read_text().split("\ngo ")[1].split()[0]
    have = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True,
                          env={**os.environ, "GOTOOLCHAIN": "local"}, cwd="/").stdout.strip()
    if [int(n) for n in have[2:].split(".")[:2]] < [int(n) for n in wanted.split(".")[:2]]:
        pytest.skip(f"{have} is older than {wanted}")


class Service:
    """A service on a free port, or on the one that it had before."""

    def __init__(self, folder, words, environment, url):
        self._words, self._environment, self._url = words, environment, url
        self._output = folder / "service.log"
        self.address = None

    def start(self, address):
        with self._output.open("wb") as output:
            self.process = subprocess.Popen([*self._words, address], stdout=output, stderr=output,
                                            env=clean_environment(self._environment))
        # Go compiles first.
        self.address = json.loads(until(self._ready_line, "the service to be up", 500))["listen"]
        self.url = self._url.format(self.address)

    def _ready_line(self):
        assert self.process.poll() is None, self.said()
        return next((line for line in self.said().splitlines() if '"ready"' in line), None)

    def said(self):
        return self._output.read_text()

    def stop(self):
        self.process.terminate()
        return self.process.wait(WAIT)


@contextlib.contextmanager
def node_http(folder):
    service = Service(folder, ["node", str(HOOKS / "node_http/hooks.mjs")], {"HOOKS_SECRET": SECRET},
                      "http://{}/hooks")
    service.start("127.0.0.1:0")
    service.settings = {"GATEHOUSE_HOOKS_SERVICES_0_SIGNING_KEYS_0_SECRET": SECRET}
    yield service
    assert service.stop() == 0, service.said()


@contextlib.contextmanager
def go_grpc(folder):
    go_or_skip()
    service = Service(folder, [str(HOOKS / "go_grpc/run"), "-listen"], {"HOOKS_BEARER": SECRET},
                      "grpc://{}")
    service.start("127.0.0.1:0")
    service.settings = {"GATEHOUSE_HOOKS_SERVICES_0_BEARER": SECRET}
    yield service
    assert service.stop() == 0, service.said()


@pytest.fixture(scope="module", params=[node_http, go_grpc], ids=lambda kind: kind.__name__)
def service(request, tmp_path_factory):
    with request.param(tmp_path_factory.mktemp("service")) as started:
        yield started


@pytest.fixture(scope="module")
def edge(service, tmp_path_factory):
    words = ["--config", str(HOOKS / "gatehouse.yaml")]
    environment = {"GATEHOUSE_HOOKS_SERVICES_0_ENDPOINTS": service.url,
                   "GATEHOUSE_CLIENT_LISTEN": "127.0.0.1:0", "GATEHOUSE_ADMIN_LISTEN": "127.0.0.1:0",
                   # Of the application alone is the answer; it may be busy, and is waited for.
                   "GATEHOUSE_HOOKS_SERVICES_0_TIMEOUT": "10s", **service.settings}
    with Edge(tmp_path_factory.mktemp("edge"), *words, environment=environment) as node:
        yield node


def come(edge, login, path="/ws/chat:lobby"):
    return connect(edge, path, jwt=False, additional_headers={"Cookie": f"session={login}"})


def test_a_login_lets_in_and_nothing_else(edge):
    with come(edge, "s-1", "/ws/chat:lobby?welcome=1") as alice:
        assert alice.receive()["user"] == "alice"
    refused = refusal(edge, jwt=False, additional_headers={"Cookie": "session=guessed"})
    assert (refused.status, refused.error["message"]) == (401, "log in first")
    assert refusal(edge, jwt=False).status == 401


def test_messages_are_rewritten_refused_and_counted(edge):
    with come(edge, "s-1", "/ws/chat:words") as alice, come(edge, "s-2", "/ws/chat:words") as bob:
        alice.send(content={"text": "hello"})
        assert bob.receive()["content"] == {"text": "hello"}
        alice.send(content={"text": "two :tea: for :tea:"})
        assert bob.receive()["content"] == {"text": "two 🍵 for 🍵"}
        assert [alice.receive()["user"] for _ in range(2)] == ["alice", "alice"]
        assert alice.ask_error(content={"text": "see http://x.example"}) == "no_links"
        assert alice.ask_error(content="no object") == "bad_text"
        assert alice.ask_error(content=None) == "bad_text"
        assert alice.ask(type="rpc", id=1, method="count")["result"] == 2
        assert bob.ask(type="rpc", id=1, method="count")["result"] == 0
        assert bob.ask(type="rpc", id=2, method="constructor")["code"] == "not_found"


def test_joins_and_refreshes_are_answered(edge):
    with come(edge, "s-1") as alice, come(edge, "s-2") as bob:
        assert alice.ask(type="join", room="chat:staff", id=1)["type"] == "join"
        assert bob.ask_error(type="join", room="chat:staff") == "permission_denied"
        assert alice.ask(type="refresh", id=2)["type"] == "refresh"


def test_events_are_told(edge, service):
    with come(edge, "s-2", "/ws/chat:events"):
        until(lambda: "bob connected" in service.said(), "that bob came")
    until(lambda: "bob disconnected" in service.said(), "that bob went")


def test_who_is_not_the_edge_is_refused(service):
    if service.url.startswith("http"):
        answer = requests.post(f"{service.url}/OnRpc", data="{}", timeout=WAIT)
        assert answer.status_code == 403
        return
    with grpc.insecure_channel(service.address) as channel, pytest.raises(grpc.RpcError) as error:
        stub = hooks_pb2_grpc.HooksServiceStub(channel)
        stub.OnRpc(hooks_pb2.OnRpcRequest(), metadata=[("authorization", "Bearer x")], timeout=WAIT)
    assert error.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_the_count_outlives_the_service(edge, service):
    with come(edge, "s-1", "/ws/chat:restart") as alice:
        alice.ask(content={"text": "before"})
        assert service.stop() == 0, service.said()
        assert alice.ask_error(content={"text": "meanwhile"}) == "unavailable"
        service.start(service.address)

        def counted():
            answer = alice.ask(type="rpc", id=1, method="count")
            return answer.get("result") if answer["type"] == "rpc" else None

        # An endpoint that failed may be left alone for a while: hooks.services.breaker_open.
        assert until(counted, "the service is asked again") == 1
