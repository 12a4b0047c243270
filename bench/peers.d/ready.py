"""The line by which a peer says that it serves, as bench/limit does; and ports for peers that
cannot choose one themselves."""

import json
import os
import socket
import time


def say(client, control="", pids=None):
    pids = pids or [os.getpid()]
    print(json.dumps({"event": "ready", "client": client, "control": control, "pid": os.getpid(),
                      "pids": pids}), flush=True)


def free_ports(count):
    """Ports that were free a moment ago: a peer that finds one taken ends, and is started again."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def await_port(port, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"nothing listens on port {port} after {seconds} s")


def await_upgrade(port, seconds=10):
    """Until a WebSocket is accepted: a port may answer long before what is behind it does."""
    request = (b"GET /ws/ready HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
               b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.create_connection(("127.0.0.1", port), 1) as peer:
            peer.settimeout(seconds)
            peer.sendall(request)
            if peer.recv(100).startswith(b"HTTP/1.1 101"):
                return
        time.sleep(0.1)
    raise SystemExit(f"no WebSocket is accepted on port {port} after {seconds} s")


def family(pid, size, seconds=10):
    """The process and all that descend from it, when there are `size` of them: a port may answer
    before the worker behind it has been forked."""
    end = time.monotonic() + seconds
    while len(found := tree_of(pid)) < size:
        if time.monotonic() > end:
            raise SystemExit(f"{len(found)} processes of {size} after {seconds} s")
        time.sleep(0.02)
    return found


def tree_of(pid):
    found = [pid]
    for parent in found:
        for task in os.listdir(f"/proc/{parent}/task"):
            with open(f"/proc/{parent}/task/{task}/children", encoding="ascii") as children:
                found.extend(int(child) for child in children.read().split())
    return found
