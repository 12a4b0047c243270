"""Rooms on FastAPI as its manual has them: a list of sockets for each room, `await send_text()` to
each; on uvicorn with uvloop. Lines `ROOM PAYLOAD` on a port of their own are publications, each
answered by a line with the number of members."""

import argparse
import asyncio
import contextlib
import sys

import ready
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect


class Rooms:
    def __init__(self):
        self.members = {}

    async def publish(self, name, message):
        members = list(self.members.get(name, ()))
        for member in members:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await member.send_text(message)
        return len(members)


rooms = Rooms()
app = FastAPI()


@app.websocket("/ws/{name}")
async def join(socket: WebSocket, name: str):
    await socket.accept()
    members = rooms.members.setdefault(name, [])
    members.append(socket)
    try:
        while True:
            await rooms.publish(name, await socket.receive_text())
    except WebSocketDisconnect:
        members.remove(socket)


async def serve_caller(reader, writer):
    while line := await reader.readline():
        room, payload = line.decode().rstrip("\n").split(" ", 1)
        writer.write(b"%d\n" % await rooms.publish(room, payload))


async def serve(options):
    control = await asyncio.start_server(serve_caller, "127.0.0.1", 0, limit=1 << 20)
    server = uvicorn.Server(uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", backlog=4096, lifespan="off",
        ws_per_message_deflate=options.deflate, ssl_certfile=options.certificate,
        ssl_keyfile=options.key))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            return serving.result()
        await asyncio.sleep(0.01)
    client = server.servers[0].sockets[0].getsockname()
    caller = control.sockets[0].getsockname()
    ready.say(f"127.0.0.1:{client[1]}", f"127.0.0.1:{caller[1]}")
    return await serving


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deflate", action="store_true")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    options = parser.parse_args()
    import uvloop
    uvloop.run(serve(options))


if __name__ == "__main__":
    sys.exit(main())
