"""Both sides of `bench/hooks`: the application that answers, and the clients that ask.

    hook_side.py app http|grpc|attach TARGET    prints a ready line, answers OnRpc until it is ended
    hook_side.py clients HOST:PORT PATH SESSIONS SECONDS PID MESSAGE    prints what they counted
"""

import asyncio
import json
import os
import pathlib
import select
import socket
import sys
import tempfile
import time

PROTO = pathlib.Path(__file__).resolve().parent.parent / "proto"
WARM_SECONDS = 1.0
MASK = b"\0\0\0\0"  # masks nothing; the server has to do the same work


def ready(**more):
    print(json.dumps({"pid": os.getpid(), **more}), flush=True)


class HttpAnswers(asyncio.Protocol):
    """HTTP/1.1 as far as the edge speaks it: a POST with a length, on a connection that is kept."""

    ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"json":"1"}'

    def __init__(self):
        self.pending = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.pending += data
        while (end := self.pending.find(b"\r\n\r\n")) >= 0:
            head = self.pending[:end].lower()
            at = head.index(b"content-length:") + 15
            size = int(head[at:].split(b"\r\n", 1)[0])
            if len(self.pending) < end + 4 + size:
                return
            self.pending = self.pending[end + 4 + size:]
            self.transport.write(self.ANSWER)


async def serve_http(_):
    server = await asyncio.get_running_loop().create_server(HttpAnswers, "127.0.0.1", 0)
    ready(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks")
    await server.serve_forever()


def stubs():
    import grpc_tools
    from grpc_tools import protoc
    bundled = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        code = protoc.main(["protoc", f"-I{PROTO}", f"-I{bundled}", f"--python_out={folder}",
                            f"--grpc_python_out={folder}", "gatehouse/v1/control.proto",
                            "gatehouse/v1/hooks.proto", "google/rpc/status.proto"])
        assert code == 0, "protoc failed"
        sys.path.insert(0, folder)
        from gatehouse.v1 import control_pb2_grpc, hooks_pb2, hooks_pb2_grpc
        return control_pb2_grpc, hooks_pb2, hooks_pb2_grpc


async def serve_grpc(_):
    import grpc.aio
    _, pb, pb_grpc = stubs()

    class Application(pb_grpc.HooksServiceServicer):
        async def OnRpc(self, request, context):
            return pb.OnRpcResponse(json="1")

    server = grpc.aio.server()
    pb_grpc.add_HooksServiceServicer_to_server(Application(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    ready(url=f"grpc://127.0.0.1:{port}")
    await server.wait_for_termination()


async def serve_attach(target):
    import grpc.aio
    control_grpc, pb, _ = stubs()
    stub = control_grpc.ControlServiceStub(grpc.aio.insecure_channel(target))
    call = stub.Attach()
    await call.write(pb.AttachRequest(hello=pb.AttachHello(service="app", worker="bench",
                                                           max_in_flight=1000)))
    answer = pb.OnRpcResponse(json="1")
    async for message in call:
        if message.HasField("welcome"):
            ready()
        elif message.HasField("question"):
            await call.write(pb.AttachRequest(
                answer=pb.AttachAnswer(question=message.question.id, on_rpc=answer)))


def upgraded(address, path):
    """A WebSocket, after its upgrade."""
    connection = socket.create_connection(address, timeout=10)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(1)
        assert part, f"refused: {head!r}"
        head += part
    assert b" 101 " in head, head
    connection.setblocking(False)
    return connection


def cpu_seconds(pid):
    """What all threads of a process have used; a thread that has ended is not counted."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def run_clients(address, path, sessions, seconds, pid, message):
    """Each session sends its message again whenever it was answered."""
    host, port = address.rsplit(":", 1)
    payload = message.encode()
    assert len(payload) < 126
    frame = bytes([0x81, 0x80 | len(payload)]) + MASK + payload
    poller = select.epoll()
    open_ones = {}
    for _ in range(sessions):
        connection = upgraded((host, int(port)), path)
        open_ones[connection.fileno()] = connection
        poller.register(connection, select.EPOLLIN)
        connection.send(frame)
    count = 0
    example = b""
    phases = [WARM_SECONDS, seconds]
    began = end = cpu = 0
    while phases:
        count, began, cpu = 0, time.monotonic(), cpu_seconds(pid)
        end = began + phases.pop(0)
        while time.monotonic() < end:
            for fd, _ in poller.poll(0.1):
                connection = open_ones[fd]
                example = connection.recv(4096)
                assert example, "the edge closed a session"
                # A session has one question open, so this is one whole answer.
                assert len(example) == 2 + example[1] and b'"error"' not in example, example
                count += 1
                connection.send(frame)
    took = time.monotonic() - began
    used = cpu_seconds(pid) - cpu
    print(json.dumps({"round_trips": count, "seconds": took, "edge_cpu_s": used,
                      "example": example[2:].decode()}))


def main(side, *words):
    if side == "app":
        kind, target = words
        serve = {"http": serve_http, "grpc": serve_grpc, "attach": serve_attach}[kind]
        asyncio.run(serve(target))
    else:
        address, path, sessions, seconds, pid, message = words
        run_clients(address, path, int(sessions), float(seconds), int(pid), message)


if __name__ == "__main__":
    main(*sys.argv[1:])
