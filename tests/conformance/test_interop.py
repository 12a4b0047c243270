"""The echo held against the client of Python's `websockets`, which knows nothing of our codec."""

import os
import struct

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

SIZES = [0, 1, 125, 126, 127, 65535, 65536, 1 << 20, 16 << 20]


@pytest.fixture(name="socket")
def socket_fixture(echo_address):
    with connect(f"ws://{echo_address}/", proxy=None, compression=None, max_size=None) as socket:
        yield socket


@pytest.mark.parametrize("size", SIZES)
def test_text_and_binary_of_every_length_form(socket, size):
    text = ("0123456789abcdef" * (size // 16 + 1))[:size]
    socket.send(text)
    assert socket.recv(30) == text
    data = bytes(n & 0xFF for n in range(251)) * (size // 251 + 1)
    socket.send(data[:size])
    assert socket.recv(30) == data[:size]


def test_unicode(socket):
    text = "héllo \u2028 😀 \U0010ffff"
    socket.send(text)
    assert socket.recv(10) == text


def test_fragments_come_back_as_one_message(socket):
    socket.send(["in ", "three ", "pieces"])
    assert socket.recv(10) == "in three pieces"
    socket.send([b"\x00", b"", b"\x01"])
    assert socket.recv(10) == b"\x00\x01"


def test_many_messages_in_order(socket):
    for n in range(500):
        socket.send(str(n))
    assert [socket.recv(10) for _ in range(500)] == [str(n) for n in range(500)]


def test_ping_and_close(socket):
    assert socket.ping(struct.pack("!I", 7)).wait(10)
    socket.close(4321, "why")
    with pytest.raises(ConnectionClosed) as ended:
        socket.recv(10)
    assert (ended.value.rcvd.code, ended.value.sent.code) == (4321, 4321)


def test_a_message_over_16_mib_is_1009(socket):
    with pytest.raises(ConnectionClosed) as ended:
        socket.send(b"x" * ((16 << 20) + 1))
        socket.recv(30)
    assert ended.value.rcvd.code == 1009


@pytest.mark.parametrize("size", SIZES)
def test_every_length_form_compressed(echo_address, size):
    with connect(f"ws://{echo_address}/", proxy=None, max_size=None) as socket:
        assert len(socket.protocol.extensions) == 1
        text = "".join(str(n * 7919) for n in range(size // 3 + 1))[:size]
        socket.send(text)
        assert socket.recv(30) == text
        data = os.urandom(size)
        socket.send(data)
        assert socket.recv(30) == data
