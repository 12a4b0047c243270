"""What rooms keep: over the control API, and for clients that come back."""

import json

import grpc
import pytest

from client import Refused, connect
from control import Control
from edge_process import until
from http_client import get
from prometheus_text import read_metrics
from settings import token


def texts(page):
    return [json.loads(each.payload.json) for each in page.publications]


def fill(control, room, count):
    for number in range(1, count + 1):
        result = control.Broadcast(rooms=[room], json=str(number)).results[0]
    return result


def test_history_is_read_in_both_directions_in_pages(control):
    last = fill(control, "news:pages", 7)
    assert (last.matched, last.offset) == (0, 7)
    page = control.GetHistory(room="news:pages", page_size=3)
    assert texts(page) == [1, 2, 3]
    assert (page.offset, page.epoch, page.first_offset) == (7, last.epoch, 1)
    second = control.GetHistory(room="news:pages", page_size=3, page_token=page.next_page_token)
    third = control.GetHistory(room="news:pages", page_size=3, page_token=second.next_page_token)
    assert texts(second) + texts(third) == [4, 5, 6, 7]
    assert third.next_page_token == ""
    back = control.GetHistory(room="news:pages", newest_first=True, page_size=4)
    assert texts(back) == [7, 6, 5, 4]
    rest = control.GetHistory(room="news:pages", newest_first=True, page_token=back.next_page_token)
    assert texts(rest) == [3, 2, 1]


def test_history_since_an_offset(control):
    last = fill(control, "news:since", 5)
    assert texts(control.GetHistory(room="news:since", since_offset=3)) == [4, 5]
    assert texts(control.GetHistory(room="news:since", since_offset=3, epoch=last.epoch)) == [4, 5]
    assert texts(control.GetHistory(room="news:since", since_offset=3, newest_first=True)) == [2, 1]


def test_what_is_not_kept_any_more_is_said(control):
    fill(control, "news:long", 102)
    with pytest.raises(grpc.RpcError) as failed:
        control.GetHistory(room="news:long", since_offset=1)
    assert failed.value.code() == grpc.StatusCode.OUT_OF_RANGE
    assert "begins at offset 3" in failed.value.details()
    with pytest.raises(grpc.RpcError) as failed:
        control.GetHistory(room="news:long", since_offset=50, epoch=1)
    assert failed.value.code() == grpc.StatusCode.OUT_OF_RANGE


def test_publications_are_kept_as_they_were(control):
    control.Broadcast(rooms=["news:as"], text='a "text"', user="svc", tags={"k": "v", "q\"": "é"})
    control.Broadcast(rooms=["news:as"], json='{"n": 1.50}')
    first, second = control.GetHistory(room="news:as").publications
    assert json.loads(first.payload.json) == 'a "text"'
    assert (first.user, dict(first.tags)) == ("svc", {"k": "v", "q\"": "é"})
    assert second.payload.json == '{"n": 1.50}'
    assert second.time.seconds > 0 and not second.user


def test_a_room_without_history_keeps_nothing(control):
    control.Broadcast(rooms=["chat:nothing"], json="1")
    page = control.GetHistory(room="chat:nothing")
    assert (len(page.publications), page.offset, page.epoch) == (0, 0, 0)


def test_removed_history_is_gone_and_offsets_go_on(control):
    fill(control, "news:gone", 3)
    assert control.RemoveHistory(room="news:gone").existed
    assert not control.RemoveHistory(room="news:gone").existed
    assert control.Broadcast(rooms=["news:gone"], json="4").results[0].offset == 4
    page = control.GetHistory(room="news:gone")
    assert texts(page) == [4] and page.first_offset == 4


def test_an_idempotency_key_publishes_once(control, join):
    client = join("/ws/chat:once")
    first = control.Broadcast(rooms=["chat:once"], json="1", idempotency_key="k").results[0]
    again = control.Broadcast(rooms=["chat:once"], json="1", idempotency_key="k").results[0]
    assert (first.offset, first.matched, first.suppressed) == (1, 1, False)
    assert (again.offset, again.matched, again.suppressed) == (1, 0, True)
    control.Broadcast(rooms=["chat:once"], json="2")
    assert [client.receive()["content"] for _ in range(2)] == [1, 2]


def test_a_late_version_is_not_published(control, join):
    client = join("/ws/chat:version")
    for version in (2, 1, 3):
        control.Broadcast(rooms=["chat:version"], json=str(version), version=version)
    control.Broadcast(rooms=["chat:version"], json='"again"', version=1, version_epoch="b")
    assert [client.receive()["content"] for _ in range(3)] == [2, 3, "again"]


def test_binary_messages_are_recovered_as_they_are(start):
    node = start(namespaces=[{"name": "raw", "binary": True, "history_size": 10}])
    with Control(node.control) as control:
        at = control.Broadcast(rooms=["raw:a"], json="1").results[0]
        control.Broadcast(rooms=["raw:a"], binary=b"\x00\xff", user="svc", tags={"a": "b"})
        with_position = connect(node, f"/ws/raw:a?since={at.epoch:016x}:1")
        assert with_position.receive()["rooms"][0]["recovered"] is True
        assert with_position.receive() == b"\x00\xff"
        with_position.close()
        kept = control.GetHistory(room="raw:a").publications[1]
        assert (kept.payload.binary, kept.user, dict(kept.tags)) == (b"\x00\xff", "svc", {"a": "b"})


def test_memory_is_bounded_and_the_least_used_rooms_give_way(start):
    node = start(node={"shards": 1}, history={"memory": "1MiB"},
                 namespaces=[{"name": "log", "history_size": 1000}])
    with Control(node.control) as control:
        at = control.Broadcast(rooms=["log:first"], json='"x"').results[0]
        control.Broadcast(rooms=["log:first"], json='"y"')
        for number in range(100):
            control.Broadcast(rooms=[f"log:{number}"], text="z" * 20000)
        metrics = read_metrics(get(node.admin, "/metrics")[2])
        assert 500_000 < metrics["gatehouse_history_bytes"] <= 1 << 20
        assert metrics["gatehouse_history_gave_way_total"] > 40
        client = connect(node, f"/ws/log:first?since={at.epoch:016x}:1")
        assert client.receive()["rooms"][0]["recovered"] is False
        client.close()
        assert len(control.GetHistory(room="log:99").publications) == 1


def test_age_is_bounded(start):
    node = start(namespaces=[{"name": "log", "history_size": 10, "history_age": "1s"}])
    with Control(node.control) as control:
        control.Broadcast(rooms=["log:a"], json="1")
        assert len(control.GetHistory(room="log:a").publications) == 1
        until(lambda: not control.GetHistory(room="log:a").publications, "the end of its time")


def test_a_personal_room_keeps_what_its_user_missed(start):
    node = start(namespaces=[{"name": "user", "personal": True, "history_size": 10,
                              "recovery": "forced"}])
    bare = token("ann", join=[], publish=[])
    client = connect(node, "/ws/user:%23ann", jwt=bare)
    place = client.receive()["rooms"][0]
    client.close()
    with Control(node.control) as control:
        control.Broadcast(rooms=["user:#ann"], text="while you were away")
    client = connect(node, f"/ws/user:%23ann?since={place['epoch']}:{place['offset']}", jwt=bare)
    assert client.receive()["rooms"][0]["recovered"] is True
    assert client.receive()["content"] == "while you were away"
    client.close()



def test_a_sticky_membership_survives_reconnects_and_recovers(start):
    node = start(namespaces=[{"name": "inbox", "join_by": "service", "history_size": 10}])
    bare = token("ann", join=[], publish=[])
    with Control(node.control) as control:
        added = control.AddMembers(room="inbox:ann", users=["ann"], sticky_for={"seconds": 60})
        assert added.matched == 0
        client = connect(node, "/ws", jwt=bare)
        place = client.receive()
        assert (place["type"], place["room"]) == ("join", "inbox:ann")
        client.close()
        control.Broadcast(rooms=["inbox:ann"], text="unread")
        since = f"{place['epoch']}:{place['offset']}"
        client = connect(node, f"/ws/inbox:ann?since={since}", jwt=bare)
        assert client.receive()["rooms"][0]["recovered"] is True
        assert client.receive()["content"] == "unread"
        # A refresh does not take out of it what a service gave.
        assert client.ask(type="refresh", token=bare, id=1)["type"] == "refresh"
        (membership,) = control.ListMemberships(user="ann").memberships
        assert (membership.user, membership.room) == ("ann", "inbox:ann")
        assert control.RemoveMembers(room="inbox:ann", users=["ann"]).removed == 1
        assert client.receive()["type"] == "removed"
        client.close()
        assert not control.ListMemberships().memberships
        with pytest.raises(Refused, match="403"):
            connect(node, "/ws/inbox:ann", jwt=bare)


def test_sticky_for_is_for_users(control):
    with pytest.raises(grpc.RpcError) as failed:
        control.AddMembers(room="chat:a", connections=["0" * 32], sticky_for={"seconds": 1})
    assert failed.value.code() == grpc.StatusCode.INVALID_ARGUMENT
