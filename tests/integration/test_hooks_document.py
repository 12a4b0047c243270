"""docs/hooks.md is true: its endpoint and its configuration are run, its tables compared."""

import http.client
import re
import subprocess
import sys

import pytest

from client import connect, refusal
from control import hooks_pb2
from edge_process import ROOT, Edge
from hook_endpoint import signatures
from http_client import get

TEXT = (ROOT / "docs/hooks.md").read_text()
SECRET = "change this secret of 32 bytes or more"


def block(language):
    return re.search(rf"^```{language}\n(.*?)^```$", TEXT, re.M | re.S).group(1)


@pytest.fixture
def edge(tmp_path):
    """The document's endpoint and the document's configuration, on ports of their own."""
    (tmp_path / "app.py").write_text(block("python"))
    with subprocess.Popen([sys.executable, "app.py", "0"], cwd=tmp_path, text=True,
                          stdout=subprocess.PIPE) as app:
        try:
            port = int(app.stdout.readline().rsplit(" ", 1)[1])
            config = tmp_path / "gatehouse.yaml"
            config.write_text(block("yaml").replace(":8000/", f":{port}/") +
                              'client: {listen: "127.0.0.1:0"}\nadmin: {listen: "127.0.0.1:0"}\n'
                              'control: {listen: ""}\n')
            with Edge(tmp_path, "--config", str(config)) as node:
                node.app = f"127.0.0.1:{port}"
                yield node
        finally:
            app.kill()


def cookie(value):
    return {"jwt": False, "additional_headers": {"Cookie": f"session={value}"}}


def test_the_endpoint_does_what_it_says(edge):
    assert refusal(edge, jwt=False).status == 401
    with connect(edge, "/ws/chat:a", **cookie("s-1")) as alice, \
            connect(edge, "/ws/chat:a", **cookie("s-2")) as bob:
        alice.send(content="hello")
        assert bob.receive()["content"] == "hello"
        assert alice.receive()["user"] == "alice"
        bob.send(content="damn")
        assert alice.receive()["content"] == "d***"
        assert bob.receive()["content"] == "d***"
        assert re.fullmatch(r"\d\d:\d\d", alice.ask(content="/time")["content"])
        assert alice.ask(type="rpc", id=1, method="add", params=[1, 2]) == {
            "type": "rpc", "id": 1, "result": 3}
        assert alice.ask_error(type="rpc", id=1, method="x") == "not_found"


def test_the_endpoint_answers_nobody_else(edge):
    # A stranger has no key, and a GET is no hook at all.
    assert get(edge.app, "/hooks/OnConnect")[0] == 501
    for headers in ({}, {"Gatehouse-Time": "1", "Gatehouse-Signature": signatures(SECRET, "1", b"{}")}):
        connection = http.client.HTTPConnection(edge.app, timeout=10)
        connection.request("POST", "/hooks/OnConnect", b"{}", headers)
        assert connection.getresponse().status == 403
        connection.close()


def test_every_hook_is_in_the_table():
    methods = hooks_pb2.DESCRIPTOR.services_by_name["HooksService"].methods_by_name
    assert set(re.findall(r"^\| `(On\w+)` \|", TEXT, re.M)) == set(methods)


def test_every_outcome_is_in_the_table(edge):
    shown = set(re.findall(r'outcome="(\w+)"', get(edge.admin, "/metrics")[2]))
    assert shown == set(re.findall(r"\| `(\w+)` \| (?:yes|no) \|", TEXT)) | {"answered"}
