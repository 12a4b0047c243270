"""Two hundred clients that lose their connections in every way, fifty publishers, kicks, short histories.

Every client keeps a log for each room; the checker reads them: after each position that a client was told it
got every message once and in order, or it was told that it had not been recovered. Runs for 20 s, for
GATEHOUSE_TORTURE_SECONDS where that is set (an hour: 3600).
"""

import asyncio
import collections
import json
import os
import random
import socket

import grpc
import websockets
from websockets.asyncio.client import connect

from control import API_KEY, control_pb2, control_pb2_grpc
from settings import token

SECONDS = float(os.environ.get("GATEHOUSE_TORTURE_SECONDS", "20"))
CLIENTS = 200
PUBLISHERS = 50
ROOMS = [f"{namespace}:{number}" for namespace in ("long", "short") for number in range(6)]
RECEIVE_BUFFER = 4096
LATEST_SECONDS = 30


class RoomLog:
    """What one client knows of one room, and everything that it may not have seen."""

    def __init__(self, client, room):
        self.client = client
        self.room = room
        self.epoch = None
        self.offset = 0
        self.wrong = []
        self.recovered = self.lost = self.messages = 0

    def told(self, place, since):
        """A welcome says where the room stands."""
        epoch, offset, recovered = place["epoch"], place["offset"], place.get("recovered")
        if since is None:
            self.epoch, self.offset = epoch, offset
        elif recovered:
            self.recovered += 1
            if epoch != self.epoch or offset < self.offset:
                self.wrong.append(f"recovered from {self.epoch}:{self.offset} to {epoch}:{offset}")
        else:
            self.lost += 1
            self.epoch, self.offset = epoch, offset

    def got(self, message, truth):
        offset, content = message["offset"], message["content"]
        self.messages += 1
        known = truth.setdefault((self.room, self.epoch, offset), content)
        if known != content:
            self.wrong.append(f"{offset} is {content} here and {known} elsewhere")
        for missed in range(self.offset + 1, offset):
            self.missed(missed, truth)
        if offset <= self.offset:
            self.wrong.append(f"{offset} after {self.offset}")
        self.offset = max(offset, self.offset)

    def missed(self, offset, truth):
        """Only what excluded this client may be missing; others who got it say whether it did."""
        truth["unseen"].append((self, self.epoch, offset))


class Torture:
    def __init__(self, edge):
        self.edge = edge
        self.random = random.Random(20)
        self.truth = {"unseen": []}
        self.logs = []
        self.ended = collections.Counter()
        self.published = collections.Counter()
        self.over = False

    # ---- clients ----

    async def client(self, number):
        user = f"user-{number}"
        rooms = self.random.sample(ROOMS, 2)
        logs = {room: RoomLog(user, room) for room in rooms}
        self.logs += logs.values()
        while not self.over:
            await self.life(user, logs, self.random.choice(["cut", "close", "stall", "slow", "stay"]))
            await asyncio.sleep(self.random.uniform(0, 0.3))
        await self.last_life(user, logs)

    def url(self, user, logs):
        query = "".join(f"&room={room}" + (f"&since={log.epoch}:{log.offset}" if log.epoch else "")
                        for room, log in logs.items())
        return f"ws://{self.edge.client}/ws?welcome=1&token={token(user)}{query}"

    async def open(self, user, logs):
        host, port = self.edge.client.rsplit(":", 1)
        plug = socket.socket()
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        plug.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plug, (host, int(port)))
        return await connect(self.url(user, logs), sock=plug, max_queue=2, ping_interval=None,
                             compression=None, close_timeout=1, open_timeout=LATEST_SECONDS)

    async def take(self, connection, logs, since):
        """The next message; none when all is over and nothing comes any more."""
        message = None
        while message is None:
            try:
                message = json.loads(await asyncio.wait_for(connection.recv(), 1))
            except TimeoutError:
                if self.over:
                    return
        if message.get("type") == "welcome":
            for place in message["rooms"]:
                logs[place["room"]].told(place, since[place["room"]])
        else:
            logs[message["room"]].got(message, self.truth)

    async def life(self, user, logs, end):
        since = {room: log.epoch for room, log in logs.items()}
        try:
            connection = await self.open(user, logs)
        except (OSError, websockets.InvalidHandshake):
            self.ended["refused"] += 1
            return
        try:
            # Messages, not seconds: so that a busy machine does as much as an idle one.
            for _ in range(self.random.randrange(1, 200)):
                await self.take(connection, logs, since)
                if end == "slow":
                    await asyncio.sleep(0.01)
                if self.over:
                    break
            if end == "stall":
                await asyncio.sleep(self.random.uniform(0.5, 2))
                while not self.over:
                    await self.take(connection, logs, since)
        except websockets.ConnectionClosed as closed:
            self.ended[closed.rcvd.code if closed.rcvd else 1006] += 1
        else:
            self.ended[end] += 1
        if end == "close":
            await connection.close()
        else:
            connection.transport.abort()

    async def last_life(self, user, logs):
        """Reads to the rooms' ends, which a client that is not told of a loss must reach."""
        since = {room: log.epoch for room, log in logs.items()}
        connection = await self.open(user, logs)
        try:
            await self.take(connection, logs, since)
            await connection.send('{"type":"ping","id":"end"}')
            while True:
                text = await asyncio.wait_for(connection.recv(), LATEST_SECONDS)
                message = json.loads(text)
                if message.get("type") == "pong":
                    return
                logs[message["room"]].got(message, self.truth)
        finally:
            connection.transport.abort()

    # ---- publishers ----

    def content(self, publisher, count, excluded=""):
        return {"from": publisher, "count": count, "excluded": excluded,
                "text": "x" * self.random.choice([10, 100, 1000])}

    async def socket_publisher(self, number):
        name = f"publisher-{number}"
        while not self.over:
            try:
                async with connect(f"ws://{self.edge.client}/ws?token={token(name)}"
                                   + "".join(f"&room={room}" for room in ROOMS),
                                   compression=None, ping_interval=None) as connection:
                    await self.publish_and_read(connection, name)
            except (OSError, websockets.WebSocketException):
                self.ended["publisher"] += 1

    async def publish_and_read(self, connection, name):
        async def read():
            async for _ in connection:
                pass

        reader = asyncio.create_task(read())
        try:
            for count in range(10**9):
                if self.over or reader.done():
                    return
                content = self.content(name, count)
                await connection.send(json.dumps({"room": self.random.choice(ROOMS), "content": content}))
                self.published["socket"] += 1
                await asyncio.sleep(self.random.uniform(0.2, 0.6))
        finally:
            reader.cancel()

    async def grpc_publisher(self, number, stub):
        name = f"service-{number}"
        for count in range(10**9):
            if self.over:
                return
            excluded = f"user-{self.random.randrange(CLIENTS)}" if count % 4 == 0 else ""
            request = control_pb2.BroadcastRequest(
                rooms=self.random.sample(ROOMS, 2),
                json=json.dumps(self.content(name, count, excluded)),
                exclude_users=[excluded] if excluded else [], idempotency_key=f"{name}-{count}")
            await self.call(stub.Broadcast, request)
            # As after an answer that was lost: it is published once all the same.
            if count % 3 == 0:
                again = await self.call(stub.Broadcast, request)
                assert all(result.suppressed for result in again.results)
            self.published["grpc"] += 1
            await asyncio.sleep(self.random.uniform(0.2, 0.6))

    async def kicker(self, stub):
        while not self.over:
            user = f"user-{self.random.randrange(CLIENTS)}"
            await self.call(stub.Kick, control_pb2.KickRequest(user=user, code=3000))
            await asyncio.sleep(0.2)

    async def call(self, method, request):
        return await method(request, timeout=LATEST_SECONDS,
                            metadata=(("authorization", f"Bearer {API_KEY}"),))

    # ---- the whole ----

    async def run(self):
        async with grpc.aio.insecure_channel(self.edge.control) as channel:
            stub = control_pb2_grpc.ControlServiceStub(channel)
            clients = [asyncio.create_task(self.client(number)) for number in range(CLIENTS)]
            others = [asyncio.create_task(self.kicker(stub))]
            for number in range(PUBLISHERS):
                of = self.grpc_publisher(number, stub) if number % 2 else self.socket_publisher(number)
                others.append(asyncio.create_task(of))
            await asyncio.sleep(SECONDS)
            self.over = True
            await asyncio.wait_for(asyncio.gather(*others), 2 * LATEST_SECONDS)
            await asyncio.wait_for(asyncio.gather(*clients), 4 * LATEST_SECONDS)
            return await self.ends(stub)

    async def ends(self, stub):
        """Where the rooms stand."""
        places = {}
        for room in ROOMS:
            page = await self.call(stub.GetHistory, control_pb2.GetHistoryRequest(
                room=room, newest_first=True, page_size=1000))
            places[room] = (f"{page.epoch:016x}", page.offset)
            for publication in page.publications:
                self.truth.setdefault((room, places[room][0], publication.offset),
                                      json.loads(publication.payload.json))
        return places

    def check(self, places):
        for log in self.logs:
            epoch, offset = places[log.room]
            for missed in range(log.offset + 1, offset + 1):
                log.missed(missed, self.truth)
            assert log.epoch == epoch
        wrong = [f"{log.client} in {log.room}: {each}" for log in self.logs for each in log.wrong]
        for log, epoch, offset in self.truth["unseen"]:
            content = self.truth.get((log.room, epoch, offset))
            if content is None or content["excluded"] != log.client:
                wrong.append(f"{log.client} in {log.room} has not got {offset}: {content}")
        assert not wrong, f"{len(wrong)} wrong, the first: {wrong[:5]}"


def test_nobody_misses_a_message_without_being_told(start):
    history = {"history_age": "1m", "max_members": 10000}
    edge = start(
        client={"listen": "127.0.0.1:0", "send_buffer_size": "16KiB", "write_queue_messages": 64,
                "messages_per_second": 1000},
        namespaces=[{"name": "long", "history_size": 10000, **history},
                    {"name": "short", "history_size": 20, **history}],
        history={"memory": "64MiB"})
    torture = Torture(edge)
    torture.check(asyncio.run(torture.run()))
    recovered = sum(log.recovered for log in torture.logs)
    lost = sum(log.lost for log in torture.logs)
    messages = sum(log.messages for log in torture.logs)
    print(f"{messages} messages, {recovered} recoveries, {lost} told of a loss; "
          f"published {dict(torture.published)}; connections ended {dict(torture.ended)}")
    # Each kind of end, each way to recover and not to, did occur.
    assert recovered > 100 and lost > 0 and messages > 1000
    for end in ("cut", "close", "stall", "slow", 3000):
        assert torture.ended[end] > 0, torture.ended

