"""What clients send and get: docs/protocol.md, message by message."""

import re

from settings import token

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_a_message_reaches_every_member_and_its_sender(join):
    room = "/ws/chat:everyone"
    alice, bob = join(room, user="alice"), join(room, user="bob")
    alice.send(content={"text": "hello", "n": [1, None]})
    mine, theirs = alice.receive(), bob.receive()
    assert mine == theirs
    assert mine.keys() == {"user", "content", "ts", "room", "offset"}
    assert mine["user"] == "alice" and mine["room"] == "chat:everyone" and mine["offset"] == 1
    assert mine["content"] == {"text": "hello", "n": [1, None]}
    assert TIMESTAMP.fullmatch(mine["ts"])


def test_any_json_is_content_and_is_passed_on_byte_for_byte(join):
    alice = join("/ws/chat:any-json")
    for content in ('null', '0', '"text \\u00e9"', '[]', '{"a":{"b":1e2}}', '-1.50'):
        alice.send_raw(f'{{"content":{content}}}')
        assert f'"content":{content},' in alice.socket.recv(10)


def test_offsets_count_from_one_and_all_members_see_one_order(join):
    room = "/ws/chat:order"
    members = [join(room, user=name) for name in ("alice", "bob", "carol")]
    for n in range(30):
        members[n % 3].send(content=n)
    seen = [[member.receive() for _ in range(30)] for member in members]
    assert seen[0] == seen[1] == seen[2]
    assert [message["offset"] for message in seen[0]] == list(range(1, 31))


def test_an_id_brings_an_ack_with_the_offset(join):
    alice = join("/ws/chat:acks")
    for n, sent_id in enumerate(["first", 2, -3.5], start=1):
        alice.send(content="x", id=sent_id)
        messages = [alice.receive(), alice.receive()]
        ack = next(m for m in messages if m.get("type") == "ack")
        publication = next(m for m in messages if "content" in m)
        assert ack.keys() == {"type", "id", "room", "offset", "epoch"}
        assert ack["id"] == sent_id and ack["offset"] == publication["offset"] == n
        assert re.fullmatch("[0-9a-f]{16}", ack["epoch"])


def test_several_rooms_and_every_message_names_its_room(join):
    alice = join("/ws?room=chat:several-a&room=chat:several-b")
    for room in ("chat:several-b", "chat:several-a"):
        alice.send(content=1, room=room)
        message = alice.receive()
        assert (message["room"], message["offset"]) == (room, 1)
    assert alice.ask_error(content=1) == "bad_request"


def test_rooms_in_path_and_query_and_escapes(join):
    alice = join("/ws/chat%3Aescaped%2Fslash?room=chat%3Aother")
    alice.send(content=1, room="chat:escaped/slash")
    assert alice.receive()["room"] == "chat:escaped/slash"
    alice.send(content=2, room="chat:other")
    assert alice.receive()["room"] == "chat:other"


def test_no_room_at_all_is_a_connection(join):
    alice = join("/ws")
    assert alice.ask(type="ping") == {"type": "pong"}
    assert alice.ask_error(content=1) == "bad_request"


def test_welcome_comes_first_and_says_where_the_rooms_stand(join):
    rooms = [f"live:welcome-{n}" for n in range(8)]
    path = "/ws?" + "&".join(f"room={room}" for room in rooms)
    alice = join(path, query={"welcome": "1"})
    welcome = alice.receive()
    assert welcome["type"] == "welcome" and welcome["user"] == "alice"
    assert re.fullmatch("[0-9a-f]{32}", welcome["connection"])
    assert TIMESTAMP.fullmatch(welcome["expires"])
    assert sorted(room["room"] for room in welcome["rooms"]) == rooms
    for room in welcome["rooms"]:
        assert room["offset"] == 0 and re.fullmatch("[0-9a-f]{16}", room["epoch"])
    assert {alice.receive()["type"] for _ in rooms} == {"joined"}


def test_join_and_leave(join):
    alice, bob = join("/ws/chat:joins"), join("/ws", user="bob")
    reply = bob.ask(type="join", room="chat:joins", id=1)
    assert reply.keys() == {"type", "id", "room", "offset", "epoch"}
    assert (reply["type"], reply["id"], reply["room"]) == ("join", 1, "chat:joins")
    assert bob.ask_error(type="join", room="chat:joins") == "already_joined"
    alice.send(content="to both")
    assert bob.receive()["content"] == "to both"
    assert bob.ask(type="leave", room="chat:joins", id=2) == {
        "type": "leave", "id": 2, "room": "chat:joins"}
    assert bob.ask_error(type="leave", room="chat:joins") == "not_joined"
    assert bob.ask_error(content=1, room="chat:joins") == "not_joined"


def test_members_are_told_who_joins_and_leaves(join):
    room = "/ws/live:told"
    alice = join(room, user="alice", query={"welcome": "1"})
    assert alice.receive()["type"] == "welcome"
    assert alice.receive()["user"] == "alice"
    bob = join(room, user="bob")
    joined = alice.receive()
    assert joined.keys() == {"type", "room", "user", "ts"}
    assert (joined["type"], joined["room"], joined["user"]) == ("joined", "live:told", "bob")
    # The second tab of a user is no news, and neither is its end.
    second = join(room, user="bob")
    second.close()
    bob.close()
    left = alice.receive()
    assert (left["type"], left["user"]) == ("left", "bob")


def test_presence_names_users_connections_and_info(join):
    room = "/ws/chat:presence"
    alice = join(room, user="alice")
    join(room, user="alice")
    join(room, jwt=token("bob", info={"name": "Bob"}))
    reply = alice.ask(type="presence", id="p")
    assert reply == {"type": "presence", "id": "p", "room": "chat:presence", "user_count": 2,
                     "connection_count": 3,
                     "users": [{"user": "alice", "connections": 2},
                               {"user": "bob", "connections": 1, "info": {"name": "Bob"}}]}
    after = alice.ask(type="presence", after="alice")
    assert [user["user"] for user in after["users"]] == ["bob"]


def test_presence_and_publishing_only_where_the_namespace_allows(join):
    alice = join("/ws/news:today")
    assert alice.ask_error(type="presence") == "permission_denied"
    assert alice.ask_error(content="x") == "permission_denied"


def test_a_token_says_what_may_be_joined_and_published_to(join):
    limited = token(join=["chat:*", "news:today"], publish=["chat:mine"])
    alice = join("/ws/chat:mine", jwt=limited)
    alice.send(content="mine")
    assert alice.receive()["content"] == "mine"
    assert alice.ask_error(type="join", room="live:no") == "permission_denied"
    assert alice.ask(type="join", room="chat:not-mine")["type"] == "join"
    assert alice.ask_error(content="x", room="chat:not-mine") == "permission_denied"


def test_ping_and_pong(join):
    alice = join()
    assert alice.ask(type="ping", id="a\"b") == {"type": "pong", "id": "a\"b"}


def test_binary_where_the_namespace_allows_it(join):
    alice, bob = join("/ws/raw:data"), join("/ws/raw:data", user="bob")
    alice.send_raw(b"\x00\xff any bytes")
    assert alice.receive() == bob.receive() == b"\x00\xff any bytes"
    carol = join("/ws/chat:no-binary")
    carol.send_raw(b"bytes")
    assert carol.receive()["code"] == "bad_request"
    assert carol.ask(type="ping")["type"] == "pong"


def test_what_is_not_valid_gets_an_error_and_the_connection_lives(join):
    alice = join("/ws/chat:invalid")
    for text in ("", "[]", "{", "null", '{"content":}', '{"content":1}x', "{}", '{"content":01}',
                 '{"type":"unknown"}', '{"type":1}', '{"content":1,"content":2}',
                 '{"content":1,"room":5}', '{"content":1,"id":{}}', '{"type":"refresh"}',
                 '{"type":"join"}', '{"content":1,"id":"' + "x" * 300 + '"}'):
        alice.send_raw(text)
        reply = alice.receive()
        assert (reply["type"], reply["code"]) == ("error", "bad_request"), text
    assert alice.ask(type="ping")["type"] == "pong"


def test_an_error_names_the_id_of_what_failed(join):
    reply = join("/ws/chat:named").ask(type="join", room="bad room", id=7)
    assert (reply["type"], reply["id"], reply["code"]) == ("error", 7, "bad_request")


def test_unknown_members_are_ignored(join):
    alice = join("/ws/chat:unknown-members")
    alice.send(content=1, later={"x": 1}, user="mallory")
    message = alice.receive()
    assert message["user"] == "alice" and "later" not in message


def test_a_full_room_refuses_a_join(join):
    join("/ws/tiny:one")
    bob = join("/ws", user="bob")
    assert bob.ask_error(type="join", room="tiny:one") == "limit_exceeded"
