"""A node in front of an application: its settings, fixtures, and a client of bare sockets."""

import contextlib
import json
import os
import pathlib
import socket

import pytest

import upstream
from http_client import get
from prometheus_text import read_metrics

# CI moves less; `PROXY_BODY_MIB=2048` is the whole of it.
BODY_MIB = int(os.environ.get("PROXY_BODY_MIB", "256"))
MIB = 1 << 20
# What the node may grow by while a body goes through.
MAX_GROWTH_MIB = 16


def proxy_settings(*endpoints, **more):
    group = {"name": "app", "endpoints": list(endpoints)} | more.pop("upstream", {})
    route = {"upstream": "app"} | more.pop("route", {})
    return {"routes": [route], "upstreams": [group]} | more


@pytest.fixture(scope="module")
def app():
    with upstream.application() as endpoint:
        yield endpoint


@pytest.fixture
def proxy(start, app):
    """A node in front of the application that works."""
    return start(proxy=proxy_settings(app))


@pytest.fixture
def broken(start):
    """Starts a node in front of an upstream that behaves as it is told."""
    with contextlib.ExitStack() as stack:
        def starter(behave, **more):
            endpoint = stack.enter_context(upstream.misbehaving(behave))
            return start(proxy=proxy_settings(endpoint, **more))
        yield starter


def resident_mib(node):
    status = pathlib.Path(f"/proc/{node.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def metric(node, name):
    return read_metrics(get(node.admin, "/metrics")[2])[name]


def error_of(answer):
    status, _, body = answer
    return status, json.loads(body)["error"]["code"]


class Raw:
    """A client of bare sockets."""

    def __init__(self, node):
        host, port = node.client.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)

    def send(self, data):
        self.socket.sendall(data)

    def read_all(self):
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := self.socket.recv(65536):
                data += piece
        return data

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
