"""An application that stalls, dies and comes back while a thousand sessions connect: who is in stays
in, who comes is told to come again, and nobody else notices."""

import asyncio
import json
import pathlib
import signal
import subprocess
import sys

import pytest
import websockets
from websockets.asyncio.client import connect

from hook_endpoint import metric, started
from settings import token

HERE = pathlib.Path(__file__).parent
SESSIONS = 1000
# Of them, before anything happens.
EARLY = 300
AT_A_TIME = 100
ROOMS = 100
# As long as a question waits: a shard that waited with it would show in the paced chat.
HOOK_SECONDS = 3
LONGEST_SECONDS = 2
WAIT = 30


class Endpoint:
    """hook_process.py, on the same port in each of its lives."""

    def __init__(self):
        self.port = 0
        self.start()

    def start(self):
        words = [sys.executable, str(HERE / "hook_process.py"), str(self.port)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}/hooks"

    def stall(self):
        self.process.send_signal(signal.SIGSTOP)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class PacedChat:
    def __init__(self, edge):
        words = [sys.executable, str(HERE / "paced_chat.py"), edge.client, "raw:paced",
                 token("paul"), token("pia")]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def end(self):
        said, _ = self.process.communicate("end\n", timeout=WAIT)
        return json.loads(said)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Storm:
    """Sessions of one process: who got in, and who was refused how."""

    def __init__(self, edge):
        self.edge = edge
        self.sockets = {}     # number -> socket
        self.refusals = []    # (status, code, has Retry-After)
        self._turns = asyncio.Semaphore(AT_A_TIME)

    async def come(self, number):
        """One try, without a token: whether it was let in."""
        url = f"ws://{self.edge.client}/ws/chat:storm-{number % ROOMS}"
        async with self._turns:
            try:
                self.sockets[number] = await connect(url, proxy=None, compression=None,
                                                     ping_interval=None, open_timeout=WAIT)
                return True
            except websockets.InvalidStatus as error:
                response = error.response
                code = json.loads(response.body)["error"]["code"]
                self.refusals.append((response.status_code, code, "Retry-After" in response.headers))
                return False

    async def all_come(self, numbers):
        return await asyncio.gather(*[self.come(number) for number in numbers])

    async def all_come_in(self, numbers):
        """Tries again until all are in."""
        async with asyncio.timeout(WAIT):
            while missing := [number for number in numbers if number not in self.sockets]:
                await self.all_come(missing)

    async def chat(self, numbers):
        """Each says something in its room, and hears it itself."""
        async def say(number):
            content = f"from {number}"
            await self.sockets[number].send(json.dumps({"content": content}))
            async with asyncio.timeout(WAIT):
                while json.loads(await self.sockets[number].recv()).get("content") != content:
                    pass
        await asyncio.gather(*[say(number) for number in numbers])

    def clear(self):
        """The refusals so far, each kind once."""
        kinds, self.refusals = set(self.refusals), []
        return kinds

    def close(self):
        for socket in self.sockets.values():
            socket.transport.abort()


CLEAR = {(503, "unavailable", True)}


async def storm_over(edge, endpoint):
    storm = Storm(edge)
    early, late = range(EARLY), range(EARLY, SESSIONS)
    try:
        await storm.all_come_in(early)
        await storm.chat(early)

        # It takes connections and answers nothing: no one waits longer than the question may.
        endpoint.stall()
        async with asyncio.timeout(HOOK_SECONDS + WAIT):
            assert not any(await storm.all_come(late[:AT_A_TIME]))
        assert storm.clear() == CLEAR
        endpoint.kill()
        await asyncio.to_thread(endpoint.start)
        await storm.all_come_in(late[:1])

        # It dies in the middle of a crowd.
        storm.clear()
        crowd = asyncio.gather(*[storm.come(number) for number in late[1:]])
        while len(storm.sockets) < EARLY + 50:
            await asyncio.sleep(0.001)
        await asyncio.to_thread(endpoint.kill)
        await crowd
        assert storm.clear() == CLEAR
        let_in = sorted(storm.sockets)
        assert EARLY + 50 <= len(let_in) < SESSIONS
        await storm.chat(let_in)

        await asyncio.to_thread(endpoint.start)
        await storm.all_come_in(late)
        await storm.chat(range(SESSIONS))
        assert storm.clear() <= CLEAR
    finally:
        storm.close()


@pytest.fixture
def endpoint():
    process = Endpoint()
    yield process
    process.kill()


def test_a_thousand_sessions_and_an_application_that_stalls_dies_and_comes_back(start, endpoint):
    edge = started(start, endpoint, rules=["connect"],
                   service={"timeout": f"{HOOK_SECONDS}s", "breaker_open": "200ms"})
    paced = PacedChat(edge)
    try:
        asyncio.run(storm_over(edge, endpoint))
        chat = paced.end()
    finally:
        paced.kill()
    assert chat["count"] > 50 and chat["longest"] < LONGEST_SECONDS, chat
    calls = 'gatehouse_hook_calls_total{hook="OnConnect",outcome="%s"}'
    assert metric(edge, calls % "timed_out") >= 1
    assert metric(edge, calls % "unreached") + metric(edge, calls % "no_endpoint") >= 1
    assert metric(edge, 'gatehouse_hook_open{service="app"}') == 0
