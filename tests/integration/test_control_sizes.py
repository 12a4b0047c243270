"""Answers that could be of any size: what a caller gets takes no more than it takes by default."""

import pytest

from client import Client
from control import Control, control_pb2
from edge_process import Edge
from settings import settings, token

USERS = 120
INFO_BYTES = 45000  # of each; together more than the 4 MiB that a caller takes
MOST_BYTES = 3 << 20
ROOM = "chat:large"


@pytest.fixture(name="large", scope="module")
def large_fixture(tmp_path_factory):
    """A control API of a node with connections of much presence info."""
    config = settings(client={"max_presence_info_size": "64KiB", "max_header_size": "256KiB"},
                      auth={"max_token_size": "64KiB"})
    with Edge(tmp_path_factory.mktemp("large"), settings=config) as edge:
        info = {"padding": "x" * INFO_BYTES}
        clients = [Client(edge, f"/ws/{ROOM}", jwt=token(f"user-{n:03}", info=info)) for n in range(USERS)]
        with Control(edge.control) as control:
            yield control
        for client in clients:
            client.close()


def pages(call, **fields):
    """Every page of a paged call, each asked for with as many entries as are allowed."""
    answer = call(page_size=1000, **fields)
    yield answer
    while answer.next_page_token:
        answer = call(page_size=1000, page_token=answer.next_page_token, **fields)
        yield answer


@pytest.mark.parametrize("method,fields,entries", [
    ("ListConnections", {}, "connections"),
    ("ListConnections", {"room": ROOM}, "connections"),
    ("GetPresence", {"room": ROOM, "view": control_pb2.PRESENCE_VIEW_USERS}, "users"),
    ("GetPresence", {"room": ROOM, "view": control_pb2.PRESENCE_VIEW_CONNECTIONS}, "connections"),
], ids=["connections", "connections-of-a-room", "presence-users", "presence-connections"])
def test_pages_are_cut_by_their_bytes_and_go_on(large, method, fields, entries):
    answers = list(pages(getattr(large, method), **fields))
    assert len(answers) > 1
    assert max(answer.ByteSize() for answer in answers) < MOST_BYTES
    users = [entry.user for answer in answers for entry in getattr(answer, entries)]
    assert sorted(users) == [f"user-{n:03}" for n in range(USERS)]


def test_the_snapshot_of_a_watch_is_cut_by_its_bytes(large):
    watch = large.WatchPresence(rooms=[ROOM])
    users = []
    for count, event in enumerate(watch, 1):
        assert event.ByteSize() < MOST_BYTES and event.snapshot.user_count == USERS
        users += [connection.user for connection in event.snapshot.connections]
        if not event.snapshot.more:
            break
    watch.cancel()
    assert count > 1 and sorted(users) == [f"user-{n:03}" for n in range(USERS)]
