"""Events: in order, again until they are taken, bounded."""

import threading

from client import connect
from edge_process import until
from hook_endpoint import HookEndpoint, metric, started


def test_events_come_in_order_and_once_more_until_they_are_taken(start, app):
    refused = []

    def on_events(question):
        if len(refused) < 2:
            refused.append(question)
            raise HookEndpoint.Raw(b"")
        return {}

    app.on["OnEvents"] = on_events
    edge = started(start, app, rules=["events"])
    with connect(edge, "/ws/chat:a", user="alice") as alice:
        alice.ask(type="join", room="chat:b")
        alice.ask(type="leave", room="chat:b")
    app.until_event("disconnected")
    taken = app.of("OnEvents")[len(refused):]
    events = [event for batch in taken for event in batch["events"]]
    assert [int(event["sequence"]) for event in events] == list(range(1, len(events) + 1))
    kinds = [(next(k for k in ("connected", "disconnected", "joined", "left") if k in event))
             for event in events]
    assert kinds == ["connected", "joined", "joined", "left", "disconnected"]
    assert events[0]["session"]["user"] == "alice" and len(events[0]["session"]["connection"]) == 32
    assert events[1]["joined"] == {"room": "chat:a"} and events[3]["left"] == {"room": "chat:b"}
    assert events[4]["disconnected"] == {"code": 1000, "reason": "disconnected"}
    assert refused[0]["epoch"] == taken[0]["epoch"] and taken[0]["node"] == "node-1"
    assert refused[0]["events"][0] == events[0]


def test_the_last_events_of_a_drain_are_told(start, app):
    edge = started(start, app, rules=[{"hook": "events", "events": ["disconnected"]}])
    clients = [connect(edge, user=f"u{i}") for i in range(10)]
    edge.terminate()
    for client in clients:
        client.closed()
        client.close()
    assert edge.wait() == 0
    ended = [event["disconnected"] for event in app.events()]
    assert ended == [{"code": 3001, "reason": "drained"}] * 10


def test_events_that_nobody_takes_are_bounded_and_counted(start, app):
    closed = threading.Event()

    def on_events(question):
        if not closed.is_set():
            raise HookEndpoint.Raw(b"")
        return {}

    app.on["OnEvents"] = on_events
    edge = started(start, app, rules=[{"hook": "events", "events": ["joined", "left"]}],
                   hook_settings={"event_queue": 100}, client={"messages_per_second": 0})
    with connect(edge, "/ws/chat:a") as client:
        for _ in range(400):
            client.ask(type="join", room="chat:b")
            client.ask(type="leave", room="chat:b")
        lost = metric(edge, "gatehouse_hook_events_lost_total")
        assert lost > 0
        closed.set()
        until(lambda: metric(edge, "gatehouse_hook_events_sent_total") + lost == 801, "the rest")
    told = {batch["events"][0]["sequence"]: int(batch.get("lost", 0)) for batch in app.of("OnEvents")}
    assert sum(told.values()) == lost
