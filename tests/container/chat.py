"""A client of the container: publishes, gets its own message, a broadcast, and is kicked.

usage: CLIENT=HOST:PORT TOKEN=... chat.py FILE    (FILE is made once the client is in its room)
"""

import asyncio
import json
import os
import pathlib
import sys

import websockets


async def next_message(socket):
    """The next message with content; join, leave and presence events are passed over."""
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), timeout=20))
        if "content" in message:
            return message


async def main(ready):
    uri = f"ws://{os.environ['CLIENT']}/ws/chat:lobby?token={os.environ['TOKEN']}"
    async with websockets.connect(uri) as socket:
        await socket.send(json.dumps({"content": {"hello": 1}}))
        own = await next_message(socket)
        assert own["user"] == "alice" and own["content"] == {"hello": 1}, own
        ready.touch()
        broadcast = await next_message(socket)
        assert broadcast["content"] == "from the service", broadcast
        assert broadcast["offset"] > own["offset"], (own, broadcast)
        try:
            await next_message(socket)
            raise AssertionError("a message after the broadcast")
        except websockets.ConnectionClosed as closed:
            assert (closed.rcvd.code, closed.rcvd.reason) == (3503, "bye"), closed.rcvd


asyncio.run(main(pathlib.Path(sys.argv[1])))
