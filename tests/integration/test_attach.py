"""Attach: the application's workers dial in and are asked over their streams."""

import json
import threading

import grpc
import pytest

from attached_worker import ALL, CALL_SECONDS, Process, Worker, attached
from client import connect, refusal
from control import Control, hooks_pb2 as pb
from edge_process import until
from hook_endpoint import metric
from settings import API_KEY, key_entry

OUTCOMES = 'gatehouse_hook_calls_total{{hook="{}",outcome="{}"}}'


def admit(question):
    return pb.OnConnectResponse(allow=pb.HookAdmission(
        user=question.session.user or "guest", state="0",
        grants=pb.HookGrants(join=["*"], publish=["*"])))


def no_answer(_):
    return None


def in_threads(count, function):
    """The results of `count` calls at a time, when all have ended."""
    results = []
    threads = [threading.Thread(target=lambda i=i: results.append(function(i))) for i in range(count)]
    for thread in threads:
        thread.start()
    return threads, results


def status_of_connect(edge, user="alice"):
    try:
        connect(edge, user=user).close()
        return 101
    except Exception as error:  # pylint: disable=broad-except
        return getattr(error, "status", repr(error))


def test_every_hook(start):
    edge = attached(start, ALL)
    with Worker(edge.control, max_in_flight=8, on={
            "on_connect": admit,
            "on_message": lambda question: pb.OnMessageResponse(
                accept=pb.HookYes(), state=question.session.state + "1"),
            "on_rpc": lambda question: pb.OnRpcResponse(json=json.dumps(question.session.state)),
    }) as worker:
        assert (worker.welcome.max_in_flight, worker.welcome.timeout_millis) == (8, 1000)
        assert metric(edge, 'gatehouse_hook_workers{service="app"}') == 1
        with connect(edge, "/ws/chat:g", jwt=False) as client:
            client.send(content=1)
            assert client.receive()["user"] == "guest"
            assert client.ask(type="rpc", id=1, method="state")["result"] == "01"
            assert client.ask(type="refresh", id=2)["type"] == "refresh"
        until(lambda: any(event.HasField("disconnected") for event in worker.events()), "the events")
    kinds = [kind for kind, _ in worker.asked if kind != "on_events"]
    assert kinds == ["on_connect", "on_join", "on_message", "on_rpc", "on_refresh"]
    traces = {question.traceparent.split("-")[1]
              for kind, question in worker.asked if kind != "on_events"}
    assert len(traces) == 1
    assert all(0 < question.millis_left <= 1000 for _, question in worker.asked)


def test_without_a_worker_the_policy_decides_at_once(start):
    closed = attached(start, ["connect"], {"timeout": "30s"})
    refused = refusal(closed)
    assert refused.status == 503 and "not there" in refused.error["message"]
    assert metric(closed, OUTCOMES.format("OnConnect", "no_endpoint")) == 1
    with Worker(closed.control):
        connect(closed).close()
    opened = attached(start, [{"hook": "connect", "on_failure": "allow"}], {"timeout": "30s"})
    connect(opened).close()
    assert refusal(opened, jwt=False).status == 503


def test_workers_share_the_load(start):
    edge = attached(start, ["rpc"])
    with Worker(edge.control) as one, Worker(edge.control) as two, connect(edge) as client:
        for i in range(20):
            client.ask(type="rpc", id=i, method="m")
    assert (len(one.asked), len(two.asked)) == (10, 10)


def test_a_worker_has_no_more_questions_than_it_takes(start):
    edge = attached(start, ["connect"], {"timeout": "20s"})
    with Worker(edge.control, max_in_flight=2, on={"on_connect": no_answer}) as worker:
        threads, results = in_threads(5, lambda i: status_of_connect(edge))
        until(lambda: metric(edge, 'gatehouse_hook_open{service="app"}') == 5, "five questions")
        for i in range(5):
            until(lambda i=i: len(worker.asked) > i, "a question")
            assert len(worker.asked) <= i + 2
            question = worker.asked[i][1]
            worker.answer(question, on_connect=admit(question.on_connect))
        for thread in threads:
            thread.join()
    assert results == [101] * 5


def test_the_questions_of_a_killed_worker_go_to_the_next(start):
    edge = attached(start, ["connect"], {"timeout": "20s"})
    with Process(edge.control) as killed:
        threads, results = in_threads(8, lambda i: status_of_connect(edge, f"u{i}"))
        until(lambda: len(killed.asked()) == 8, "eight questions")
        with Worker(edge.control) as next_one:
            killed.kill()
            for thread in threads:
                thread.join()
            assert results == [101] * 8
            assert {each.session.user for each in next_one.of("on_connect")} == {
                f"u{i}" for i in range(8)}


def test_what_changes_something_is_not_asked_of_the_next(start):
    edge = attached(start, ["rpc"], {"timeout": "20s"})
    with Process(edge.control) as killed, connect(edge) as client:
        client.send(type="rpc", id=1, method="m")
        until(lambda: len(killed.asked()) == 1, "the question")
        with Worker(edge.control) as next_one:
            killed.kill()
            assert client.receive()["code"] == "unavailable"
            assert client.ask(type="rpc", id=2, method="m")["result"] is None
            assert [question.method for question in next_one.of("on_rpc")] == ["m"]
    assert metric(edge, OUTCOMES.format("OnRpc", "unreached")) == 1


def test_a_worker_that_stalls_is_passed_over(start):
    edge = attached(start, ["connect"], {"timeout": "300ms", "breaker_open": "5m"})
    with Worker(edge.control, name="stalls", on={"on_connect": no_answer}) as stalled:
        assert refusal(edge).status == 503
        until(lambda: stalled.cancelled == [stalled.asked[0][1].id], "the cancel")
        with Worker(edge.control) as quick:
            for _ in range(20):
                connect(edge).close()
            assert (len(stalled.asked), len(quick.asked)) == (1, 20)
            # An answer that comes too late changes nothing.
            stalled.answer(stalled.asked[0][1], on_connect=admit(stalled.asked[0][1].on_connect))
            connect(edge).close()
    assert metric(edge, OUTCOMES.format("OnConnect", "timed_out")) == 1
    assert '"stalls"' in edge.log()


def test_events_come_in_order_and_once_over_the_death_of_a_worker(start):
    edge = attached(start, ["events"], {"timeout": "20s"})
    with Process(edge.control, answers=1) as killed, connect(edge, "/ws/chat:a") as client:
        until(lambda: len(killed.asked()) >= 1, "the first batch")
        for _ in range(3):
            client.ask(type="join", room="chat:b")
            client.ask(type="leave", room="chat:b")
        until(lambda: len(killed.asked()) == 2, "a batch that is not answered")
        with Worker(edge.control) as next_one:
            killed.kill()
            client.close()
            until(lambda: any(e.HasField("disconnected") for e in next_one.events()), "the rest")
    first, held = killed.asked()
    assert (first[1], held[1]) == (True, False)
    rest = [event.sequence for event in next_one.events()]
    assert rest[:len(held[2])] == held[2]
    assert first[2] + rest == list(range(1, 10))


def test_events_wait_for_a_worker(start):
    edge = attached(start, ["events"])
    connect(edge, "/ws/chat:a").close()
    until(lambda: metric(edge, OUTCOMES.format("OnEvents", "no_endpoint")) >= 3, "tries")
    with Worker(edge.control) as worker:
        until(lambda: len(worker.events()) == 3, "the events")


def test_a_worker_that_leaves_answers_what_it_has(start):
    edge = attached(start, ["connect"], {"timeout": "20s"})
    with Worker(edge.control, max_in_flight=1, on={"on_connect": no_answer}) as worker:
        threads, results = in_threads(1, lambda i: status_of_connect(edge))
        until(lambda: worker.asked, "the question")
        worker.say(leave=pb.AttachLeave())
        # It waits for the worker, and then nobody is there.
        assert refusal(edge).status == 503
        worker.answer(worker.asked[0][1], on_connect=admit(worker.asked[0][1].on_connect))
        threads[0].join()
        assert worker.end() == grpc.StatusCode.OK
        assert results == [101] and len(worker.asked) == 1


def test_a_drain_tells_the_last_events_and_then_to_come_back(start):
    edge = attached(start, [{"hook": "events", "events": ["disconnected"]}])
    with Worker(edge.control) as worker:
        clients = [connect(edge, user=f"u{i}") for i in range(5)]
        edge.terminate()
        for client in clients:
            client.closed()
            client.close()
        assert edge.wait() == 0
        assert worker.end() == grpc.StatusCode.UNAVAILABLE
    assert [event.disconnected.reason for event in worker.events()] == ["drained"] * 5


def test_an_answer_that_breaks_a_rule_is_none(start):
    edge = attached(start, ["connect"])
    with Worker(edge.control, on={"on_connect": lambda _: pb.OnConnectResponse()}):
        assert refusal(edge).status == 503
    assert metric(edge, OUTCOMES.format("OnConnect", "bad_answer")) == 1


def end_of(edge, **options):
    worker = Worker(edge.control, **options)
    try:
        return worker.end()
    finally:
        worker.close()


def test_who_may_attach(start):
    services = [{"name": "app", "attached": True},
                {"name": "called", "endpoints": ["http://127.0.0.1:1/"]}]
    edge = start(hooks={"services": services, "rules": [{"hook": "rpc", "service": "app"}]},
                 control={"api_keys": [
                     key_entry("tests", API_KEY), key_entry("worker", "worker-key", rpcs=["Attach"]),
                     key_entry("other", "other-key", rpcs=["Broadcast"]),
                     key_entry("chat", "chat-key", rooms=["chat:"])]})
    code = grpc.StatusCode
    assert end_of(edge, service="nothing") == code.NOT_FOUND
    assert end_of(edge, service="called") == code.FAILED_PRECONDITION
    assert end_of(edge, key="") == code.UNAUTHENTICATED
    for key in ("other-key", "chat-key"):
        assert end_of(edge, key=key) == code.PERMISSION_DENIED
    with Worker(edge.control, key="worker-key"):
        pass


def test_who_says_no_hello_is_sent_away(start):
    edge = attached(start, ["rpc"])
    over = threading.Event()

    def nothing():
        over.wait(CALL_SECONDS)
        yield from ()

    with Control(edge.control) as control:
        call = control.stub.Attach(nothing(), timeout=CALL_SECONDS, metadata=control.metadata)
        with pytest.raises(grpc.RpcError) as ended:
            next(call)
        assert ended.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        assert "no hello" in ended.value.details()
        over.set()
