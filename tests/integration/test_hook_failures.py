"""Hooks without an answer: late, nonsense, an endpoint that dies and comes back."""

import threading

import pytest

from client import connect, refusal
from edge_process import until
from hook_endpoint import HookEndpoint, metric, started

WAIT = 10


def test_no_answer_in_time_is_refused_or_left_to_the_token(start, app):
    gone = threading.Event()

    def stall(question):
        gone.wait(WAIT)
        raise HookEndpoint.Raw()

    app.on["OnConnect"] = stall
    closed = started(start, app, rules=["connect"], service={"timeout": "200ms"})
    refused = refusal(closed)
    assert refused.status == 503 and "in time" in refused.error["message"]
    opened = started(start, app, rules=[{"hook": "connect", "on_failure": "allow"}],
                     service={"timeout": "200ms"})
    connect(opened).close()
    assert refusal(opened, jwt=False).status == 503
    assert metric(opened, 'gatehouse_hook_calls_total{hook="OnConnect",outcome="timed_out"}') == 2
    gone.set()


@pytest.mark.parametrize("answer", [
    b"nonsense", b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1, 2, 3]",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", b""])
def test_nonsense_is_no_answer(start, app, answer):
    def nonsense(question):
        raise HookEndpoint.Raw(answer)

    app.on["OnConnect"] = nonsense
    edge = started(start, app, rules=["connect"])
    assert refusal(edge).status == 503
    del app.on["OnConnect"]
    connect(edge).close()


def test_an_answer_without_end_is_given_up(start, app):
    def endless(question):
        raise HookEndpoint.Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b" " * 300_000)

    app.on["OnConnect"] = endless
    edge = started(start, app, rules=["connect"])
    assert refusal(edge).status == 503


def test_the_next_endpoint_takes_over(start, app):
    with HookEndpoint() as other:
        dead = other.url
    edge = started(start, dead, app, rules=["connect"], service={"breaker_open": "5m"})
    for _ in range(12):
        connect(edge).close()
    assert len(app.of("OnConnect")) == 12
    assert metric(edge, 'gatehouse_hook_breakers_open{service="app"}') == 1


def test_an_endpoint_that_dies_while_hundreds_connect_comes_back(start):
    first = HookEndpoint()
    edge = started(start, first, rules=["connect"], client={"handshakes_per_second": 0},
                   service={"breaker_open": "200ms"})
    outcomes = []

    def come(count):
        for _ in range(count):
            try:
                with connect(edge) as client:
                    outcomes.append(client.ask(type="ping")["type"])
            except Exception as error:  # pylint: disable=broad-except
                outcomes.append(getattr(error, "status", repr(error)))

    threads = [threading.Thread(target=come, args=(25,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    until(lambda: len(first.of("OnConnect")) > 50, "questions")
    first.close()
    until(lambda: 503 in outcomes, "a refusal")
    second = HookEndpoint(first.port)
    try:
        for thread in threads:
            thread.join()
        # Every one of them was let in or told to come again; nothing else, and nobody waits.
        assert len(outcomes) == 400 and set(outcomes) == {"pong", 503}, outcomes
        until(lambda: _comes_in(edge), "the endpoint is asked again")
        assert metric(edge, 'gatehouse_hook_open{service="app"}') == 0
    finally:
        second.close()


def _comes_in(edge):
    try:
        connect(edge).close()
        return True
    except Exception as error:  # pylint: disable=broad-except
        assert getattr(error, "status", None) == 503, error
        return False
