"""WatchEvents: what services learn of connects, joins and disconnects."""

import collections
import random

import grpc
import pytest

from client import connect
from control import Control, control_pb2
from edge_process import until
from settings import key_entry

TYPES = control_pb2.EventType


class Watch:
    """One WatchEvents, and the roster that its snapshot and events make."""

    def __init__(self, control, **request):
        self.call = control.stub.WatchEvents(control_pb2.WatchEventsRequest(**request), timeout=60,
                                             metadata=control.metadata)
        self.roster = {}  # connection -> set of rooms
        self.events = []
        self.gaps = 0
        self.token = ""
        self.in_snapshot = False
        # Without all events there is no roster.
        self.filtered = any(request.get(name) for name in ("types", "room_prefix", "users"))

    def step(self):
        response = next(self.call)
        what = response.WhichOneof("what")
        if what == "gap":
            self.gaps += 1
            self.roster.clear()
        elif what == "snapshot":
            self.in_snapshot = response.snapshot.more
            for each in response.snapshot.connections:
                self.roster[each.connection] = set(each.rooms)
        else:
            assert not self.in_snapshot
            for event in response.events.events:
                self.take(event)
        self.token = response.resume_token or self.token
        return response

    def take(self, event):
        if self.events:
            assert event.sequence > self.events[-1].sequence
        self.events.append(event)
        if self.filtered:
            return
        if event.type == TYPES.EVENT_TYPE_CONNECTED:
            assert event.connection not in self.roster
            self.roster[event.connection] = set()
        elif event.type == TYPES.EVENT_TYPE_DISCONNECTED:
            assert self.roster.pop(event.connection) == set()
        elif event.type == TYPES.EVENT_TYPE_JOINED:
            self.roster[event.connection].add(event.room)
        elif event.type == TYPES.EVENT_TYPE_LEFT:
            self.roster[event.connection].remove(event.room)

    def until(self, condition):
        while not condition(self):
            self.step()
        return self

    def kinds(self, user):
        return [TYPES.Name(event.type).removeprefix("EVENT_TYPE_") for event in self.events
                if event.user == user]

    def saw(self, user, kind):
        return self.until(lambda watch: kind in watch.kinds(user))

    def close(self):
        self.call.cancel()


def begin(control, **request):
    """A watch that is known to be running: a snapshot has come."""
    watch = Watch(control, snapshot=True, **request)
    return watch.until(lambda each: each.token)


def test_a_clients_life_is_told_in_order(join, control):
    watch = begin(control)
    client = join("/ws?room=chat:a&room=chat:b", user="ann", query={})
    client.ask(type="leave", room="chat:a", id=1)
    client.close()
    watch.saw("ann", "DISCONNECTED")
    kinds = watch.kinds("ann")
    assert kinds == ["CONNECTED", "JOINED", "JOINED", "LEFT", "LEFT", "DISCONNECTED"]
    ended = [event for event in watch.events if event.user == "ann"][-1]
    assert ended.code == 1000 and ended.time.seconds > 0
    watch.close()


def test_a_kick_says_its_code_and_reason(join, control):
    watch = begin(control)
    client = join("/ws/chat:a", user="kim")
    control.Kick(user="kim", code=4001, reason="out")
    assert client.closed() == (4001, "out")
    watch.saw("kim", "DISCONNECTED")
    by_kind = {TYPES.Name(event.type): event for event in watch.events if event.user == "kim"}
    assert by_kind["EVENT_TYPE_KICKED"].code == 4001
    assert by_kind["EVENT_TYPE_KICKED"].text == "out"
    assert by_kind["EVENT_TYPE_LEFT"].reason == control_pb2.LEAVE_REASON_KICKED
    assert by_kind["EVENT_TYPE_DISCONNECTED"].code == 4001
    watch.close()


def test_rooms_are_occupied_and_vacated_once(join, control):
    watch = begin(control, room_prefix="chat:occ")
    first, second = join("/ws/chat:occupied"), join("/ws/chat:occupied")
    first.close()
    second.close()
    watch.until(lambda each: any(event.type == TYPES.EVENT_TYPE_VACATED for event in each.events))
    kinds = collections.Counter(TYPES.Name(event.type) for event in watch.events)
    assert kinds["EVENT_TYPE_OCCUPIED"] == kinds["EVENT_TYPE_VACATED"] == 1
    assert kinds["EVENT_TYPE_CONNECTED"] == 0
    watch.close()


def test_filters(join, control):
    joins = begin(control, types=[TYPES.EVENT_TYPE_JOINED], users=["fay"])
    everything = begin(control)
    join("/ws/chat:a", user="gus")
    join("/ws/chat:b", user="fay").close()
    everything.saw("fay", "DISCONNECTED")
    joins.until(lambda each: each.events)
    assert [(event.user, event.room) for event in joins.events] == [("fay", "chat:b")]
    joins.close()
    everything.close()


def test_the_snapshot_has_who_is_connected(join, control):
    join("/ws/chat:snap", user="sue")
    watch = Watch(control, snapshot=True, room_prefix="chat:snap").until(lambda each: each.token)
    assert list(watch.roster.values()) == [{"chat:snap"}]
    watch.close()


def test_who_comes_back_misses_nothing(join, control):
    watch = begin(control)
    token = watch.token
    watch.close()
    join("/ws/chat:a", user="ray").close()
    again = Watch(control, resume_token=token).saw("ray", "DISCONNECTED")
    assert again.gaps == 0
    assert again.kinds("ray") == ["CONNECTED", "JOINED", "LEFT", "DISCONNECTED"]
    again.close()


def test_who_comes_back_too_late_is_told_and_gets_a_snapshot(start):
    node = start(control={"event_log_size": 100})
    with Control(node.control) as control:
        watch = begin(control)
        token = watch.token
        watch.close()
        stays = connect(node, "/ws/chat:a", user="stays")
        for _ in range(40):
            connect(node, "/ws/chat:b", user="goes").close()
        again = Watch(control, resume_token=token)
        again.until(lambda each: each.gaps and each.token)
        assert {"chat:a"} in again.roster.values()
        stays.close()
        again.saw("stays", "DISCONNECTED").close()


@pytest.mark.parametrize("token", ["x", "00000000:1", "ffffffff:99999999999999999999"])
def test_a_token_that_is_none_is_a_gap(control, token):
    watch = Watch(control, resume_token=token).until(lambda each: each.gaps and each.token)
    watch.close()


@pytest.mark.parametrize("request_fields", [{"types": [0]}, {"types": [99]}, {"users": [""]},
                                            {"room_prefix": "no spaces"}, {"resume_token": "x" * 65}])
def test_a_bad_request_is_refused(control, request_fields):
    with pytest.raises(grpc.RpcError) as failed:
        next(Watch(control, **request_fields).call)
    assert failed.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_a_key_for_some_rooms_watches_those(start):
    node = start(control={"api_keys": [key_entry("tests", "all"),
                                       key_entry("chat", "some", rooms=["chat:"])]})
    with Control(node.control, key="some") as control:
        with pytest.raises(grpc.RpcError) as failed:
            next(Watch(control).call)
        assert failed.value.code() == grpc.StatusCode.PERMISSION_DENIED
        begin(control, room_prefix="chat:").close()


def test_a_drain_ends_the_stream(start):
    node = start()
    with Control(node.control) as control:
        watch = begin(control)
        node.process.terminate()
        with pytest.raises(grpc.RpcError) as ended:
            while True:
                watch.step()
        assert ended.value.code() == grpc.StatusCode.UNAVAILABLE
        assert node.wait() == 0


def test_a_watcher_that_comes_and_goes_ends_with_the_true_roster(edge, control):
    """Random clients, a watcher that reconnects at random; at the end it knows who is in which room."""
    dice = random.Random(4)
    clients, watch = [], begin(control)
    for step in range(300):
        if clients and dice.random() < 0.4:
            clients.pop(dice.randrange(len(clients))).close()
        elif clients and dice.random() < 0.3:
            client = dice.choice(clients)
            room = f"chat:r{dice.randrange(5)}"
            client.ask(type=dice.choice(["join", "leave"]), room=room, id=step)
        else:
            room = dice.randrange(5)
            clients.append(connect(edge, f"/ws/chat:r{room}", user=f"u{step}"))
        if dice.random() < 0.1:
            watch.step()
        if dice.random() < 0.05:
            watch.close()
            roster, token = watch.roster, watch.token
            watch = Watch(control, resume_token=token)
            watch.roster, watch.token = roster, token
    last = connect(edge, "/ws/chat:last", user="the-last")
    watch.saw("the-last", "JOINED")
    truth = {}
    page = control.ListConnections(page_size=1000)
    for each in page.connections:
        truth[each.connection] = set(each.rooms)
    assert until(lambda: watch.roster == truth, "the roster") and watch.gaps == 0
    for client in [*clients, last]:
        client.close()
    watch.close()
