"""How calls of the control API end when something is in their way, and what is counted."""

import grpc
import pytest

from client import Client
from control import Control, control_pb2
from edge_process import until
from http2_client import Http2Client
from http_client import get
from prometheus_text import read_metrics
from settings import API_KEY, token

KICK = "/gatehouse.v1.ControlService/Kick"


def scrape(edge):
    return read_metrics(get(edge.admin, "/metrics")[2])


def test_a_call_whose_deadline_has_passed_changes_nothing(join, edge, control):
    alice = join("/ws/chat:late", user="late")
    kick = control_pb2.KickRequest(user="late").SerializeToString()
    with Http2Client(edge.control) as caller:
        caller.call(KICK, kick, authorization=f"Bearer {API_KEY}", grpc_timeout="0n")
        caller.await_end()
    assert control.Broadcast(rooms=["chat:late"], text="still here").results[0].queued == 1
    assert alice.receive()["content"] == "still here"
    # The same call in time does what it says, so it was the deadline that kept it from it.
    with Http2Client(edge.control) as caller:
        caller.call(KICK, kick, authorization=f"Bearer {API_KEY}", grpc_timeout="10S")
        caller.await_end()
    assert alice.closed()[0] == 3503


@pytest.mark.parametrize("far", ["876000H", "2562047H", "99999999H"])
def test_a_deadline_far_away_has_not_passed(edge, far):
    with Http2Client(edge.control) as caller:
        caller.call("/gatehouse.v1.ControlService/GetNodes", b"", authorization=f"Bearer {API_KEY}", grpc_timeout=far)
        answer = caller.await_end()
    assert b"node-1" in answer


def test_a_watcher_that_does_not_read_is_ended(start):
    edge = start(control={"watch_queue": 16},
                 client={"max_presence_info_size": "64KiB", "max_header_size": "256KiB"},
                 auth={"max_token_size": "64KiB"})
    info = {"padding": "x" * 32000}  # so that few changes fill what the connection itself holds
    with Control(edge.control) as control, \
            Client(edge, "/ws", jwt=False, user="big", query={"welcome": "1", "token": token("big", info=info)}):
        watch = control.stub.WatchPresence(
            control_pb2.WatchPresenceRequest(rooms=["chat:watched"]), metadata=control.metadata, timeout=60)
        assert next(watch).WhichOneof("event") == "snapshot"
        for _ in range(300):  # 19 MB, far above what the connection and the queue hold
            control.AddMembers(room="chat:watched", users=["big"])
            control.RemoveMembers(room="chat:watched", users=["big"])
        sequences = []
        with pytest.raises(grpc.RpcError) as failed:
            sequences.extend(event.sequence for event in watch)
        assert failed.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "control.watch_queue" in failed.value.details()
        assert len(sequences) < 600
        # Another one begins where things stand now.
        assert next(control.WatchPresence(rooms=["chat:watched"])).snapshot.user_count == 0


def test_calls_streams_and_messages_are_counted(start):
    edge = start()
    with Control(edge.control) as control, Control(edge.control, key="unknown") as stranger:
        control.Broadcast(rooms=["chat:a"], text="x")
        for call in (lambda: control.Broadcast(rooms=[], text="x"), stranger.GetNodes):
            with pytest.raises(grpc.RpcError):
                call()
        broadcasts = [control_pb2.BroadcastStreamRequest(id=str(n), broadcast={"rooms": ["a"], "text": "x"})
                      for n in range(5)]
        assert len(list(control.BroadcastStream(iter(broadcasts)))) == 5
        watch = control.WatchPresence(rooms=["chat:a"])
        next(watch)
        samples = scrape(edge)
        calls = "gatehouse_control_calls_total"
        assert samples[f'{calls}{{method="Broadcast",code="OK"}}'] == 1
        assert samples[f'{calls}{{method="Broadcast",code="INVALID_ARGUMENT"}}'] == 1
        assert samples[f'{calls}{{method="GetNodes",code="UNAUTHENTICATED"}}'] == 1
        duration = "gatehouse_control_call_duration_seconds"
        assert samples[f'{duration}_count{{method="Broadcast"}}'] == 2
        assert samples[f'{duration}_bucket{{method="Broadcast",le="+Inf"}}'] == 2
        assert 0 < samples[f'{duration}_sum{{method="Broadcast"}}'] < 60
        assert samples['gatehouse_control_stream_messages_total{method="BroadcastStream",code="OK"}'] == 5
        assert samples['gatehouse_control_streams{method="WatchPresence"}'] == 1
        watch.cancel()
        until(lambda: scrape(edge)['gatehouse_control_streams{method="WatchPresence"}'] == 0,
              "the cancelled watch to be gone")
