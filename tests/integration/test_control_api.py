"""Every RPC of the control API on a real socket, as clients see its effects."""

import json

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration

from client import refusal
from control import Control, control_pb2, health_pb2, violations
from edge_process import until
from settings import token



def hello(join, path, user="alice"):
    """A client and its connection id."""
    client = join(path, user=user, query={"welcome": "1"})
    return client, client.receive()["connection"]


def code_of(call, *arguments, **fields):
    with pytest.raises(grpc.RpcError) as failed:
        call(*arguments, **fields)
    return failed.value


def test_broadcast_json_text_and_binary(join, control):
    alice = join("/ws/raw:broadcast")
    delivery = control.Broadcast(rooms=["raw:broadcast"], json='{"a":[1]}', user="the service",
                                 tags={"k": "v"}).results[0]
    assert (delivery.room, delivery.offset) == ("raw:broadcast", 1) and delivery.epoch
    assert (delivery.matched, delivery.queued, delivery.dropped) == (1, 1, 0)
    message = alice.receive()
    assert message.pop("ts").endswith("Z")
    assert message == {"user": "the service", "content": {"a": [1]}, "room": "raw:broadcast",
                       "offset": 1, "tags": {"k": "v"}}
    control.Broadcast(rooms=["raw:broadcast"], text='say "hi"')
    message = alice.receive()
    assert "user" not in message and "tags" not in message and message["content"] == 'say "hi"'
    control.Broadcast(rooms=["raw:broadcast"], binary=b"\x00\x01")
    assert alice.receive() == b"\x00\x01"


def test_broadcast_to_many_rooms_answers_for_each(join, control):
    rooms = [f"chat:many-{n}" for n in range(1000)]
    alice = join(f"/ws?room={rooms[3]}&room={rooms[997]}")
    results = control.Broadcast(rooms=rooms, text="all").results
    assert [result.room for result in results] == rooms
    assert {result.room for result in results if result.matched} == {rooms[3], rooms[997]}
    assert {alice.receive()["room"], alice.receive()["room"]} == {rooms[3], rooms[997]}
    empty = results[0]
    assert (empty.offset, empty.epoch, empty.queued) == (0, 0, 0)


def test_broadcast_leaves_out_users_and_connections(join, control):
    room = "/ws/chat:excluded"
    alice, _ = hello(join, room)
    bob, bob_id = hello(join, room, "bob")
    carol, _ = hello(join, room, "carol")
    delivery = control.Broadcast(rooms=["chat:excluded"], text="to carol",
                                 exclude_users=["alice"], exclude_connections=[bob_id]).results[0]
    assert (delivery.matched, delivery.queued) == (1, 1)
    control.Broadcast(rooms=["chat:excluded"], text="to all")
    assert carol.receive()["content"] == "to carol"
    assert alice.receive()["content"] == bob.receive()["content"] == "to all"


def test_broadcast_stream_acks_each_message_by_its_id(join, control):
    alice = join("/ws/chat:stream")
    good = {"rooms": ["chat:stream"], "text": "x"}
    requests = [control_pb2.BroadcastStreamRequest(id=str(n), broadcast=good) for n in range(50)]
    requests.insert(20, control_pb2.BroadcastStreamRequest(id="bad", broadcast={"rooms": [""]}))
    answers = {answer.id: answer for answer in control.BroadcastStream(iter(requests))}
    assert len(answers) == 51
    assert answers["bad"].error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert all(answers[str(n)].results[0].queued == 1 for n in range(50))
    assert [alice.receive()["offset"] for _ in range(50)] == list(range(1, 51))


def test_send_to_users_and_connections(join, control):
    alice, alice_id = hello(join, "/ws", "send-a")
    bob, _ = hello(join, "/ws/chat:send", "send-b")
    results = control.SendToUsers(users=["send-a", "send-b", "nobody"], payload={"json": "[1]"},
                                  user="service").results
    assert [(r.target, r.matched, r.queued) for r in results] == [
        ("send-a", 1, 1), ("send-b", 1, 1), ("nobody", 0, 0)]
    for client in (alice, bob):
        message = client.receive()
        assert message.keys() == {"user", "content", "ts"} and message["content"] == [1]
    result = control.SendToConnections(connections=[alice_id], payload={"text": "you"}).results[0]
    assert (result.target, result.matched, result.queued) == (alice_id, 1, 1)
    assert alice.receive()["content"] == "you"


def test_kick_a_user_with_code_and_reason(join, control):
    tabs = [join("/ws/chat:kick", user="kicked") for _ in range(2)]
    bob = join("/ws/chat:kick", user="bob")
    assert control.Kick(user="kicked", code=4001, reason="enough").kicked == 2
    # What is broadcast after the answer never reaches the kicked.
    assert control.Broadcast(rooms=["chat:kick"], text="after").results[0].matched == 1
    for tab in tabs:
        assert tab.closed() == (4001, "enough")
    assert bob.receive()["content"] == "after"
    assert control.Kick(user="kicked").kicked == 0


def test_kick_a_connection_a_room_and_a_user_in_a_room(join, control):
    one, one_id = hello(join, "/ws/chat:kick-a", "kick-u")
    two, _ = hello(join, "/ws/chat:kick-b", "kick-u")
    assert control.Kick(connection=one_id).kicked == 1
    assert one.closed() == (3503, "force disconnect")
    assert control.Kick(user="kick-u", room="chat:kick-a").kicked == 0
    assert control.Kick(user="kick-u", room="chat:kick-b").kicked == 1
    assert two.closed()[0] == 3503
    three, _ = hello(join, "/ws/chat:kick-c", "x")
    four, _ = hello(join, "/ws/chat:kick-c", "y")
    assert control.Kick(room="chat:kick-c", code=3000).kicked == 2
    assert three.closed() == four.closed() == (3000, "connection closed")


def test_kick_and_ban_in_one(edge, join, control):
    client = join("/ws/chat:ban-for", user="ban-for")
    control.Kick(user="ban-for", reason="spam", ban_for=Duration(seconds=60))
    assert client.closed() == (3503, "spam")
    refused = refusal(edge, user="ban-for")
    assert refused.status == 403 and "spam" in refused.error["message"]
    assert control.Unban(user="ban-for").existed
    join("/ws/chat:ban-for", user="ban-for")


def test_ban_list_and_unban(edge, join, control):
    client = join("/ws/chat:bans", user="ban-a")
    assert control.Ban(user="ban-a", reason="rude").kicked == 1
    assert client.closed() == (3550, "rude")
    assert refusal(edge, user="ban-a").status == 403
    control.Ban(user="ban-b", room="chat:bans", ban_for=Duration(seconds=60))
    bob = join("/ws", user="ban-b")
    assert bob.ask_error(type="join", room="chat:bans") == "permission_denied"
    first = control.ListBans(page_size=1)
    second = control.ListBans(page_size=1, page_token=first.next_page_token)
    assert not second.next_page_token
    bans = [*first.bans, *second.bans]
    assert [(ban.user, ban.room, ban.reason) for ban in bans] == [
        ("ban-a", "", "rude"), ("ban-b", "chat:bans", "")]
    assert not bans[0].HasField("until") and bans[1].HasField("until")
    assert control.Unban(user="ban-a").existed and not control.Unban(user="ban-a").existed
    assert control.Unban(user="ban-b", room="chat:bans").existed
    assert not control.ListBans().bans
    assert bob.ask(type="join", room="chat:bans")["type"] == "join"


def test_presence_by_user_by_connection_and_as_counts(join, control):
    ids = [hello(join, "/ws/chat:who", user)[1] for user in ("who-a", "who-a", "who-b")]
    users = control.GetPresence(room="chat:who")
    assert (users.user_count, users.connection_count) == (2, 3)
    assert [(user.user, user.connections) for user in users.users] == [("who-a", 2), ("who-b", 1)]
    assert users.users[0].joined.seconds > 0
    by_connection = control.GetPresence(room="chat:who", page_size=2,
                                        view=control_pb2.PRESENCE_VIEW_CONNECTIONS)
    rest = control.GetPresence(room="chat:who", page_size=2, page_token=by_connection.next_page_token,
                               view=control_pb2.PRESENCE_VIEW_CONNECTIONS)
    found = [*by_connection.connections, *rest.connections]
    assert sorted(entry.connection for entry in found) == sorted(ids) and not rest.next_page_token
    counts = control.GetPresence(room="chat:who", view=control_pb2.PRESENCE_VIEW_COUNTS)
    assert (counts.user_count, len(counts.users), len(counts.connections)) == (2, 0, 0)


def test_presence_stats_of_many_rooms(join, control):
    join("/ws/chat:stats", user="a")
    join("/ws/chat:stats", user="a")
    stats = control.GetPresenceStats(rooms=["chat:stats", "chat:empty"]).stats
    assert [(s.room, s.users, s.connections) for s in stats] == [("chat:stats", 1, 2), ("chat:empty", 0, 0)]


def test_watch_presence_is_a_snapshot_and_then_every_change_in_sequence(join, control):
    _, first_id = hello(join, "/ws/chat:watch", "watch-a")
    watch = control.WatchPresence(rooms=["chat:watch"])
    event = next(watch)
    assert event.room == "chat:watch" and event.WhichOneof("event") == "snapshot"
    assert [c.connection for c in event.snapshot.connections] == [first_id]
    assert (event.snapshot.user_count, event.snapshot.more) == (1, False)
    sequence = event.sequence
    bob, _ = hello(join, "/ws/chat:watch", "watch-b")
    event = next(watch)
    assert (event.sequence, event.join.connection.user, event.join.first_of_user) == (
        sequence + 1, "watch-b", True)
    bob.close()
    event = next(watch)
    assert (event.sequence, event.leave.connection.user, event.leave.last_of_user) == (
        sequence + 2, "watch-b", True)
    assert event.leave.reason == control_pb2.LEAVE_REASON_DISCONNECTED
    control.Kick(user="watch-a")
    assert next(watch).leave.reason == control_pb2.LEAVE_REASON_KICKED
    watch.cancel()


def test_add_and_remove_members(join, control):
    client, connection = hello(join, "/ws", "member")
    added = control.AddMembers(room="live:added", users=["member", "nobody"])
    assert (added.matched, added.added, added.already_members, added.failed) == (1, 1, 0, 0)
    told = [client.receive(), client.receive()]
    assert {"join", "joined"} == {message["type"] for message in told}
    assert control.AddMembers(room="live:added", connections=[connection]).already_members == 1
    assert control.Broadcast(rooms=["live:added"], text="in").results[0].matched == 1
    assert client.receive()["content"] == "in"
    removed = control.RemoveMembers(room="live:added", connections=[connection])
    assert (removed.matched, removed.removed) == (1, 1)
    assert client.receive() == {"type": "removed", "room": "live:added"}
    assert control.Broadcast(rooms=["live:added"], text="out").results[0].matched == 0


def test_members_that_a_service_added_need_no_right_and_outlive_a_refresh(join, control):
    narrow = token("outlives", join="chat:*")
    client = join("/ws", jwt=narrow)
    assert client.ask_error(type="join", room="vip:room") == "permission_denied"
    control.AddMembers(room="vip:room", users=["outlives"])
    assert client.receive()["room"] == "vip:room"
    assert client.ask(type="refresh", token=narrow)["type"] == "refresh"
    assert control.Broadcast(rooms=["vip:room"], text="x").results[0].matched == 1


def test_list_rooms_and_the_rooms_of_a_user(join, control):
    join("/ws?room=list:b&room=list:a", user="lister")
    join("/ws/list:a", user="lister")
    control.Broadcast(rooms=["list:a"], text="x")
    first = control.ListRooms(prefix="list:", page_size=1)
    rest = control.ListRooms(prefix="list:", page_size=1, page_token=first.next_page_token)
    rooms = [*first.rooms, *rest.rooms]
    assert [(room.room, room.users, room.connections, room.offset) for room in rooms] == [
        ("list:a", 1, 2, 1), ("list:b", 1, 1, 0)]
    assert not rest.next_page_token
    first = control.ListUserRooms(user="lister", page_size=1)
    rest = control.ListUserRooms(user="lister", page_size=1, page_token=first.next_page_token)
    assert [(room.room, room.connections) for room in [*first.rooms, *rest.rooms]] == [
        ("list:a", 2), ("list:b", 1)]
    assert not rest.next_page_token


def test_list_connections_and_get_connection(join, control):
    _, connection = hello(join, "/ws?room=chat:y&room=chat:x", "listed")
    listed = control.ListConnections(user="listed").connections
    assert [entry.connection for entry in listed] == [connection]
    info = control.GetConnection(connection=connection).connection
    assert (info.user, list(info.rooms), info.protocol, info.transport, info.node) == (
        "listed", ["chat:x", "chat:y"], "plain", "websocket", "node-1")
    assert info.remote_address.startswith("127.0.0.1:") and "websockets" in info.user_agent
    assert info.connected.seconds > 0 and info.expires.seconds > info.connected.seconds
    assert connection in {entry.connection
                          for entry in control.ListConnections(room="chat:x").connections}
    control.Kick(connection=connection)
    assert code_of(control.GetConnection, connection=connection).code() == grpc.StatusCode.NOT_FOUND


def test_nodes(join, control):
    join("/ws/chat:nodes")
    nodes = control.GetNodes().nodes
    assert len(nodes) == 1
    node = nodes[0]
    assert (node.name, node.shards, node.draining) == ("node-1", 2, False)
    assert node.version and node.started.seconds and len(node.id) == 8
    assert node.connections >= 1 and node.rooms >= 1 and node.resident_bytes > 1 << 20


BAD = [
    ("Broadcast", {"text": "x"}, "rooms"),
    ("Broadcast", {"rooms": [""], "text": "x"}, "rooms[0]"),
    ("Broadcast", {"rooms": ["a", "b c"], "text": "x"}, "rooms[1]"),
    ("Broadcast", {"rooms": ["r" * 256], "text": "x"}, "rooms[0]"),
    ("Broadcast", {"rooms": [f"r{n}" for n in range(1001)], "text": "x"}, "rooms"),
    ("Broadcast", {"rooms": ["a"]}, "payload"),
    ("Broadcast", {"rooms": ["a"], "json": "{"}, "json"),
    ("Broadcast", {"rooms": ["a"], "text": "x" * 65537}, "text"),
    ("Broadcast", {"rooms": ["a"], "text": "x", "user": "u" * 256}, "user"),
    ("SendToUsers", {"payload": {"text": "x"}}, "users"),
    ("Kick", {}, "user"),
    ("Kick", {"user": "a", "code": 1001}, "code"),
    ("Kick", {"user": "a", "reason": "r" * 124}, "reason"),
    ("Ban", {}, "user"),
    ("GetPresence", {"room": ""}, "room"),
    ("GetPresence", {"room": "a", "page_size": 1001}, "page_size"),
    ("GetPresence", {"room": "a", "page_token": "nonsense"}, "page_token"),
    ("GetPresenceStats", {}, "rooms"),
    ("GetConnection", {"connection": "xyz"}, "connection"),
    ("AddMembers", {"room": "a"}, "users"),
]


@pytest.mark.parametrize("method,fields,wrong", BAD, ids=lambda value: str(value)[:40])
def test_bad_requests_name_the_field(control, method, fields, wrong):
    error = code_of(getattr(control, method), **fields)
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert wrong in violations(error)


def test_text_that_is_not_utf8_is_refused_by_its_field(control):
    raw = control.channel.unary_unary("/gatehouse.v1.ControlService/Broadcast",
                                      request_serializer=bytes, response_deserializer=bytes)
    room = control_pb2.BroadcastRequest(rooms=["chat:utf8"]).SerializeToString()
    # Field 3 is the text, field 1 a room, each two bytes that are not UTF-8.
    for request, wrong in ((room + b"\x1a\x02\xff\xfe", "text"), (b"\x0a\x02\xff\xfe", "rooms[0]")):
        error = code_of(raw, request, metadata=control.metadata, timeout=10)
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert wrong in violations(error)


def test_a_bad_broadcast_changes_nothing(join, control):
    alice = join("/ws/chat:unchanged")
    code_of(control.Broadcast, rooms=["chat:unchanged", ""], text="x")
    assert control.Broadcast(rooms=["chat:unchanged"], text="first").results[0].offset == 1
    assert alice.receive()["content"] == "first"


def test_a_binary_broadcast_where_it_is_not_allowed_is_refused(join, control):
    join("/ws/chat:no-binary")
    assert code_of(control.Broadcast, rooms=["chat:no-binary"], binary=b"x").code() == (
        grpc.StatusCode.FAILED_PRECONDITION)


def test_health_and_reflection_are_served(edge, control):
    status = control.health.Check(health_pb2.HealthCheckRequest()).status
    assert status == health_pb2.HealthCheckResponse.SERVING
    with Control(edge.control) as other:
        until(lambda: other.health.Check(health_pb2.HealthCheckRequest(
            service="gatehouse.v1.ControlService")).status == status, "the service to be healthy")


def test_everything_is_json_a_client_can_read(join, control):
    alice = join("/ws/chat:escapes")
    text = "".join(chr(n) for n in range(1, 0x30)) + '"\\/\u2028é😀'
    control.Broadcast(rooms=["chat:escapes"], text=text, user='a"b\\c')
    message = alice.receive()
    assert message["content"] == text and message["user"] == 'a"b\\c'
    control.Broadcast(rooms=["chat:escapes"], json=json.dumps({"t": text}))
    assert alice.receive()["content"] == {"t": text}
