"""What one session may do, and the close codes when it does more."""

import json
import struct
import time

import pytest

from client import connect
from control import Control
from edge_process import until
from raw_client import BINARY, CLOSE, PING, PONG, TEXT, RawClient


def test_a_message_over_the_limit_is_1009(edge):
    with RawClient(edge) as client:
        client.send(TEXT, b'{"content":"' + b"x" * 65524 + b'"}')
        assert client.close_code() == 1009


def test_a_message_at_the_limit_passes(join):
    alice = join("/ws/chat:large")
    text = '{"content":"' + "x" * (65536 - 14) + '"}'
    assert len(text) == 65536
    alice.send_raw(text)
    assert len(alice.receive()["content"]) == 65536 - 14


def test_more_fragments_than_allowed_are_1009(edge):
    with RawClient(edge) as client:
        client.send(TEXT, b"", fin=False)
        for _ in range(64):
            client.send(0, b"", fin=False)
        assert client.close_code() == 1009


@pytest.mark.parametrize("code,opcode,payload", [(1007, TEXT, b"\xff\xfe"), (1002, 3, b""),
                                                 (1002, CLOSE, b"\x03"), (1007, CLOSE, b"\x03\xe8\xff")])
def test_broken_frames_get_the_code_of_the_rfc(edge, code, opcode, payload):
    with RawClient(edge) as client:
        client.send(opcode, payload)
        assert client.close_code() == code


def test_an_unmasked_frame_is_1002(edge):
    with RawClient(edge) as client:
        client.socket.sendall(b"\x81\x02{}")
        assert client.close_code() == 1002


def test_a_message_that_drips_is_cut_off(start):
    edge = start(client={"message_timeout": "1s"})
    with RawClient(edge) as client:
        client.socket.sendall(b"\x81\xfe")
        assert client.close_code() == 3501


def test_a_pong_answers_a_ping_with_its_payload(edge):
    with RawClient(edge) as client:
        client.send(PING, b"payload")
        assert client.receive() == (PONG, b"payload")


def test_a_close_is_answered_with_its_code(edge):
    with RawClient(edge) as client:
        client.send(CLOSE, struct.pack("!H", 4321) + b"why")
        assert client.close_code() == 4321
        assert client.receive() == (None, b"")


def test_too_many_errors_close_with_3509(start):
    edge = start(client={"max_errors": 3})
    with connect(edge) as client:
        for _ in range(3):
            assert client.ask_error(type="unknown") == "bad_request"
        client.send(type="unknown")
        assert client.closed() == (3509, "too many errors")


def test_more_messages_a_second_than_allowed_are_an_error(start):
    edge = start(client={"messages_per_second": 5, "max_errors": 0})
    with connect(edge) as client:
        for _ in range(30):
            client.send(type="ping")
        replies = [client.receive() for _ in range(30)]
        pongs = [reply for reply in replies if reply["type"] == "pong"]
        errors = [reply for reply in replies if reply["type"] == "error"]
        # Twice as many as a second's may come at once; a few more while this ran.
        assert 10 <= len(pongs) < 30
        assert {error["code"] for error in errors} == {"limit_exceeded"}
        assert "client.messages_per_second" in errors[0]["message"]


def test_rooms_of_a_session_are_limited(start):
    edge = start(client={"max_rooms": 2})
    with connect(edge, "/ws?room=chat:a&room=chat:b") as client:
        assert client.ask_error(type="join", room="chat:c") == "limit_exceeded"
        client.ask(type="leave", room="chat:a")
        assert client.ask(type="join", room="chat:c")["type"] == "join"


def test_a_silent_peer_is_closed_with_3012_and_leaves_its_rooms(start):
    edge = start(client={"ping_interval": "1s", "pong_timeout": "300ms"})
    began = time.monotonic()
    with RawClient(edge, "/ws/chat:silent") as silent, Control(edge.control) as control:
        assert silent.receive() == (PING, b"")
        # The first ping comes in the second half of the interval.
        assert time.monotonic() - began >= 0.4
        assert silent.close_code() == 3012
        until(lambda: not control.ListRooms().rooms, "the room to be empty")


def test_a_peer_that_answers_pings_stays(start):
    edge = start(client={"ping_interval": "1s", "pong_timeout": "300ms"})
    with RawClient(edge) as client:
        for _ in range(3):
            opcode, payload = client.receive()
            assert opcode == PING
            client.send(PONG, payload)
        client.send(TEXT, b'{"type":"ping"}')
        assert client.receive() == (TEXT, b'{"type":"pong"}')


def test_a_slow_consumer_is_closed_with_3008_and_delays_nobody(start):
    edge = start(client={"write_queue_size": "64KiB", "send_buffer_size": "4KiB"})
    with RawClient(edge, "/ws/chat:slow", receive_buffer=4096), Control(edge.control) as control, \
            connect(edge, "/ws/chat:slow", user="bob") as bob:
        dropped = 0
        for n in range(200):
            delivery = control.Broadcast(rooms=["chat:slow"], json=json.dumps("x" * 8000)).results[0]
            assert bob.receive()["offset"] == n + 1
            dropped += delivery.dropped
            if delivery.matched == 1:
                break
        assert dropped == 1, "the slow one was never cut off"
        presence = control.GetPresence(room="chat:slow")
        assert [user.user for user in presence.users] == ["bob"]


def test_binary_frames_in_pieces_are_one_message(join, edge):
    bob = join("/ws/raw:pieces", user="bob")
    with RawClient(edge, "/ws/raw:pieces") as client:
        client.send(BINARY, b"one ", fin=False)
        client.send(PING, b"between")
        client.send(0, b"message")
        assert bob.receive() == b"one message"
