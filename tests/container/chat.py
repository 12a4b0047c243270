"""Two clients of the container, which say on stdout what has come to pass; tests/container/use acts.

usage: TOKENS="ALICE'S BOB'S" chat.py
"""

import asyncio
import json
import os

import websockets

ROOM = "ws://127.0.0.1:8080/ws/chat:lobby?token="


async def next_message(socket):
    """The next message with content; join, leave and presence events are passed over."""
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), timeout=30))
        if "content" in message:
            return message


async def closed(socket):
    """How the server closes; a message before it is an error."""
    try:
        message = await next_message(socket)
    except websockets.ConnectionClosed as end:
        return end.rcvd.code, end.rcvd.reason
    raise AssertionError(message)


def say(text):
    print(text, flush=True)


async def main(alice_token, bob_token):
    async with websockets.connect(ROOM + alice_token) as alice, \
               websockets.connect(ROOM + bob_token) as bob:
        await alice.send(json.dumps({"content": {"hello": 1}}))
        own, heard = await next_message(alice), await next_message(bob)
        assert own["user"] == heard["user"] == "alice" and heard["content"] == {"hello": 1}, heard
        say("heard each other")
        for client in (alice, bob):
            message = await next_message(client)
            assert message["content"] == "from the service", message
            assert message["offset"] > own["offset"], (own, message)
        say("heard the service")
        assert await closed(alice) == (3503, "bye")
        say("alice was kicked")
        code, _ = await closed(bob)
        assert code == 3001, code
        say("bob was asked to come back")


asyncio.run(main(*os.environ["TOKENS"].split()))
