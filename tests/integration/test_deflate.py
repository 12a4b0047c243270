"""permessage-deflate (RFC 7692) with the client of Python's `websockets`."""

import json
import os

import pytest
from websockets.extensions.permessage_deflate import (ClientPerMessageDeflateFactory,
                                                      PerMessageDeflate)
from websockets.sync.client import connect as websocket_connect

from client import connect
from control import Control
from edge_process import Edge
from http_client import get
from settings import settings, token

LONG = {"items": [{"id": n, "text": "the price of tea in China"} for n in range(60)]}


@pytest.fixture(name="node", scope="module")
def node_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deflate")
    with Edge(folder, settings=settings(client={"deflate": {"enabled": True}})) as edge:
        yield edge


def extension(client):
    extensions = client.socket.protocol.extensions
    assert len(extensions) <= 1
    return extensions[0] if extensions else None


def bytes_sent(node):
    for line in get(node.admin, "/metrics")[2].splitlines():
        if line.startswith("gatehouse_bytes_sent_total"):
            return int(float(line.split()[-1]))
    raise AssertionError("there is no such metric")


def test_it_is_off_by_default(edge):
    with connect(edge, "/ws/chat:off", compression="deflate") as client:
        assert extension(client) is None
        assert client.ask(content=LONG)["content"] == LONG


def test_it_is_agreed_on_without_context_takeover(node):
    with connect(node, "/ws/chat:agreed", compression="deflate") as client:
        agreed = extension(client)
        assert isinstance(agreed, PerMessageDeflate)
        assert agreed.remote_no_context_takeover and agreed.local_no_context_takeover


def test_messages_of_every_size_come_back(node):
    with connect(node, "/ws/chat:sizes", compression="deflate") as client:
        for size in (0, 1, 100, 300, 5000, 40000, 65000):
            text = os.urandom(size // 2).hex()
            assert client.ask(content=text)["content"] == text
        text = "é😀" * 2000
        assert client.ask(content=text)["content"] == text


def test_fragments_are_read(node):
    with connect(node, "/ws/chat:fragments", compression="deflate") as client:
        text = json.dumps({"content": LONG})
        client.socket.send([text[at:at + 200] for at in range(0, len(text), 200)])
        assert client.receive()["content"] == LONG


@pytest.mark.parametrize("bits", [9, 10, 12, 15])
def test_a_client_may_ask_for_a_smaller_window(node, bits):
    factory = ClientPerMessageDeflateFactory(server_max_window_bits=bits,
                                             client_max_window_bits=bits)
    target = f"ws://{node.client}/ws/chat:window?token={token()}"
    with websocket_connect(target, proxy=None, compression=None, extensions=[factory]) as socket:
        agreed, = socket.protocol.extensions
        assert agreed.remote_max_window_bits == bits
        for text in ("x" * 200, json.dumps(LONG) * 10):
            socket.send(json.dumps({"content": text}))
            assert json.loads(socket.recv(10))["content"] == text


def test_a_broadcast_reaches_members_with_and_without_it(node):
    with (connect(node, "/ws/chat:mixed", user="with", compression="deflate") as reading,
          connect(node, "/ws/chat:mixed", user="without", compression=None) as plain,
          Control(node.control) as control):
        before = bytes_sent(node)
        result, = control.Broadcast(rooms=["chat:mixed"], json=json.dumps(LONG)).results
        assert (result.matched, result.queued) == (2, 2)
        assert reading.receive() == plain.receive()
        assert bytes_sent(node) - before < 1.5 * len(json.dumps(LONG))


def test_messages_to_a_user_and_the_welcome_are_read(node):
    with (connect(node, "/ws/chat:direct", user="dora", query={"welcome": 1},
                  compression="deflate") as client,
          Control(node.control) as control):
        assert client.receive()["type"] == "welcome"
        control.SendToUsers(users=["dora"], payload={"json": json.dumps(LONG)})
        assert client.receive()["content"] == LONG


def test_a_bomb_is_1009(node):
    with connect(node, "/ws/chat:bomb", compression="deflate") as client:
        client.send_raw("x" * (16 << 20))
        assert client.closed()[0] == 1009
