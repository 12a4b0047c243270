"""A client of the plain protocol over the `websockets` library."""

import contextlib
import json
import urllib.parse

import pytest
import websockets
from websockets.sync.client import connect as websocket_connect

from settings import token

WAIT_SECONDS = 10


class Client:
    """One connection. Texts are JSON objects; `receive` fails when nothing comes."""

    def __init__(self, edge, path="/ws/chat:lobby", *, user="alice", jwt=None, query=None,
                 scheme="ws", **options):
        pairs = list((query or {}).items())
        if jwt is not False:
            pairs.append(("token", jwt or token(user)))
        mark = "&" if "?" in path else "?"
        target = path + (mark + urllib.parse.urlencode(pairs) if pairs else "")
        self._open = contextlib.ExitStack()
        self.socket = self._open.enter_context(websocket_connect(
            f"{scheme}://{edge.client}{target}", proxy=None, open_timeout=WAIT_SECONDS, **options))

    def send(self, **message):
        self.socket.send(json.dumps(message))

    def send_raw(self, data):
        self.socket.send(data)

    def receive(self):
        message = self.socket.recv(WAIT_SECONDS)
        return message if isinstance(message, bytes) else json.loads(message)

    def ask(self, **message):
        """Sends and returns the next message."""
        self.send(**message)
        return self.receive()

    def ask_error(self, **message):
        reply = self.ask(**message)
        assert reply["type"] == "error", reply
        assert reply["message"]
        return reply["code"]

    def closed(self):
        """Reads to the end: (code, reason), or (1006, "") where the socket just ended."""
        with pytest.raises(websockets.ConnectionClosed) as ended:
            while True:
                self.socket.recv(WAIT_SECONDS)
        received = ended.value.rcvd
        return (received.code, received.reason) if received else (1006, "")

    def close(self):
        self._open.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Refused(Exception):
    """An upgrade that was answered with an HTTP status."""

    def __init__(self, response):
        super().__init__(f"{response.status_code} {response.body}")
        self.status = response.status_code
        self.headers = response.headers
        self.error = json.loads(response.body)["error"]


def connect(edge, *arguments, **options):
    try:
        return Client(edge, *arguments, **options)
    except websockets.InvalidStatus as error:
        raise Refused(error.response) from None


def refusal(edge, *arguments, **options):
    with pytest.raises(Refused) as refused:
        connect(edge, *arguments, **options).close()
    return refused.value
