"""The worker of docs/hooks.md and the one of examples/hooks/attach_worker are run and used."""

import contextlib
import hashlib
import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest

from client import connect, refusal
from control import control_pb2
from edge_process import ROOT, Edge, until
from settings import API_KEY

EXAMPLE = ROOT / "examples/hooks/attach_worker"
STUBS = pathlib.Path(control_pb2.__file__).parents[2]
SHA256 = hashlib.sha256(API_KEY.encode()).hexdigest()


def block(language):
    """The last of the document in this language."""
    text = (ROOT / "docs/hooks.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)[-1]


@contextlib.contextmanager
def program(*words, **environment):
    """A worker's process, attached. What it says goes to its stderr attribute's file."""
    with subprocess.Popen([sys.executable, *map(str, words)], stdout=subprocess.PIPE, text=True,
                          env=dict(os.environ, **environment)) as process:
        try:
            assert process.stdout.readline() == "attached\n"
            yield process
        finally:
            process.kill()


def cookie(value):
    return {"jwt": False, "additional_headers": {"Cookie": f"session={value}"}}


def test_the_documents_worker(tmp_path):
    (tmp_path / "worker.py").write_text(block("python"))
    config = tmp_path / "gatehouse.yaml"
    config.write_text(block("yaml").replace("PUT-64-HEX-DIGITS-HERE", SHA256)
                      .replace("control:\n", 'control:\n  listen: "127.0.0.1:0"\n') +
                      'client: {listen: "127.0.0.1:0"}\nadmin: {listen: "127.0.0.1:0"}\n')
    with Edge(tmp_path, "--config", str(config)) as edge, \
            program(tmp_path / "worker.py", edge.control, GATEHOUSE_API_KEY=API_KEY,
                    PYTHONPATH=str(STUBS)):
        assert refusal(edge, jwt=False).status == 401
        with connect(edge, "/ws/chat:a", **cookie("s-1")) as alice:
            assert alice.ask(type="rpc", id=1, method="add", params=[1, 2])["result"] == 3
            assert alice.ask_error(type="rpc", id=2, method="x") == "not_found"
            # One that fails is answered with nothing, and the worker lives on.
            assert alice.ask_error(type="rpc", id=3, method="add", params="x") == "unavailable"
            assert alice.ask(type="rpc", id=4, method="add", params=[1])["result"] == 1


@pytest.fixture
def edge(tmp_path):
    """The example's edge, on ports of its own."""
    listen = [word for name in ("client", "control", "admin")
              for word in ("--set", f"{name}.listen=127.0.0.1:0")]
    with Edge(tmp_path, "--config", str(EXAMPLE / "gatehouse.yaml"), *listen,
              environment={"GATEHOUSE_CONTROL_API_KEYS_0_SHA256": SHA256}) as node:
        yield node


def example(edge):
    return program(EXAMPLE / "worker.py", "--edge-control", edge.control, ATTACH_API_KEY=API_KEY)


def test_the_example(edge):
    with example(edge):
        assert refusal(edge, **cookie("nobody")).status == 401
        with connect(edge, "/ws/chat:a", **cookie("s-1")) as alice:
            assert alice.ask(content="damn")["content"] == "d***"
            assert alice.ask(type="rpc", id=1, method="add", params=[1, 2])["result"] == 3


def test_the_example_ends_well_and_another_goes_on(edge):
    with example(edge) as first, example(edge), \
            connect(edge, "/ws/chat:a", **cookie("s-2")) as client:
        first.send_signal(signal.SIGTERM)
        until(lambda: first.poll() == 0, "the worker has ended")
        for i in range(10):
            assert client.ask(type="rpc", id=i, method="add", params=[i])["result"] == i
