"""An application's endpoint for hooks as a process of its own, which a test can stop, kill and start again.

usage: hook_process.py PORT        lets everybody in as "guest"; prints its port when it listens
"""

import asyncio
import json
import sys

ADMISSION = {"allow": {"user": "guest", "grants": {"join": ["*"], "publish": ["*"]}}}
ANSWERS = {"OnConnect": ADMISSION, "OnMessage": {"accept": {}}, "OnEvents": {}}


async def serve(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = head.split("content-length:")[1].split("\r\n")[0]
            await reader.readexactly(int(length))
            method = next(name for name in ANSWERS if f"/{name.lower()} " in head.split("\r\n")[0])
            body = json.dumps(ANSWERS[method]).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
