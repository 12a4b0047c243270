"""SIGTERM: clients are told to come back, streams end, the process exits 0 in time."""

import json
import signal
import time

import grpc
import pytest

from client import connect
from control import Control, health_pb2
from edge_process import run, until
from http_client import get
from raw_client import RawClient
from settings import settings


def test_sigterm_closes_clients_with_3001_and_exits_0(start):
    edge = start()
    clients = [connect(edge, user=f"user-{n}") for n in range(20)]
    # Published when its sender has it: what waits for the others then goes before their Close.
    assert clients[0].ask(content="the last words")["content"] == "the last words"
    began = time.monotonic()
    edge.terminate()
    assert clients[1].receive()["content"] == "the last words"
    for client in clients:
        assert client.closed() == (3001, "shutdown")
    assert edge.wait() == 0
    assert time.monotonic() - began < 5


def test_sigint_does_the_same(start):
    edge = start()
    with connect(edge) as client:
        edge.process.send_signal(signal.SIGINT)
        assert client.closed() == (3001, "shutdown")
    assert edge.wait() == 0


def test_the_drain_ends_in_time_when_a_client_does_not_go(start):
    edge = start(drain={"timeout": "1s"})
    with RawClient(edge) as stubborn:
        began = time.monotonic()
        edge.terminate()
        assert stubborn.close_code() == 3001
        # It does not answer the Close; the node waits no longer than it was told to.
        assert edge.wait() == 0
        assert 0.9 < time.monotonic() - began < 10


def test_while_draining_it_is_alive_but_not_ready_and_takes_nobody(start):
    edge = start(drain={"timeout": "4s"}, client={"close_timeout": "1m"})
    with RawClient(edge) as stubborn, Control(edge.control) as control:
        assert get(edge.admin, "/readyz")[0] == 200
        assert not control.GetNodes().nodes[0].draining
        edge.terminate()
        until(lambda: get(edge.admin, "/readyz")[0] == 503, "readyz to say so")
        assert get(edge.admin, "/readyz")[2] == "draining\n"
        assert get(edge.admin, "/livez")[0] == 200
        assert control.health.Check(health_pb2.HealthCheckRequest()).status == \
            health_pb2.HealthCheckResponse.NOT_SERVING
        assert stubborn.close_code() == 3001
        with pytest.raises(Exception):
            connect(edge)
    assert edge.wait() == 0


def test_streams_end_with_unavailable(start):
    edge = start()
    with Control(edge.control) as control:
        watch = control.WatchPresence(rooms=["chat:a"])
        assert next(watch).WhichOneof("event") == "snapshot"
        edge.terminate()
        with pytest.raises(grpc.RpcError) as ended:
            next(watch)
        assert ended.value.code() == grpc.StatusCode.UNAVAILABLE
    assert edge.wait() == 0


def test_a_new_node_takes_the_same_ports_at_once(start):
    first = start()
    with connect(first) as client:
        first.terminate()
        client.closed()
    assert first.wait() == 0
    second = start(client={"listen": first.client}, control={"listen": first.control},
                   admin={"listen": first.admin})
    assert (second.client, second.control) == (first.client, first.control)
    connect(second).close()


@pytest.mark.parametrize("block", ["client", "control", "admin"])
def test_a_taken_port_is_said_plainly(start, tmp_path, block):
    first = start()
    taken = getattr(first, block)
    config = tmp_path / "second.yaml"
    config.write_text(json.dumps(settings(**{block: {"listen": taken}})))
    result = run("serve", "--config", str(config))
    assert result.returncode == 1 and result.stdout == ""
    assert taken in result.stderr and f"{block}.listen" in result.stderr
