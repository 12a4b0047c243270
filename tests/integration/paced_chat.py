"""A chat at a steady pace, in a process of its own so that nobody else's work is measured with it.

usage: paced_chat.py ADDRESS ROOM ALICE'S-TOKEN BOB'S-TOKEN

Prints a line when both are in; ends when its input does, and prints how many messages came and the
longest that one took.
"""

import json
import select
import sys
import time

from websockets.sync.client import connect

PACE = 0.02
WAIT = 30


def main():
    address, room, alice_token, bob_token = sys.argv[1:]
    url = f"ws://{address}/ws/{room}?token="
    count, longest = 0, 0.0
    with connect(url + alice_token, proxy=None) as alice, connect(url + bob_token, proxy=None) as bob:
        print("ready", flush=True)
        while not select.select([sys.stdin], [], [], PACE)[0]:
            sent = time.monotonic()
            alice.send(json.dumps({"content": count}))
            for member in (bob, alice):
                assert json.loads(member.recv(WAIT))["content"] == count
            longest = max(longest, time.monotonic() - sent)
            count += 1
    print(json.dumps({"count": count, "longest": longest}), flush=True)


if __name__ == "__main__":
    main()
