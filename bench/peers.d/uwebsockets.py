"""Rooms on uWebSockets, through its Python binding: topics, and its own publish().

What fans out is C++; Python is called once for each publication and each handshake.
"""

import argparse
import signal
import sys

import ready
from socketify import App, AppListenOptions, AppOptions, CompressOptions, OpCode


def upgrade(response, request, context):
    room = request.get_parameter(0)
    response.upgrade(request.get_header("sec-websocket-key"),
                     request.get_header("sec-websocket-protocol"),
                     request.get_header("sec-websocket-extensions"), context, room)


class Rooms:
    def __init__(self, app, compress):
        self.app = app
        self.compress = compress

    def join(self, socket):
        socket.subscribe(socket.get_user_data())

    def talk(self, socket, message, _):
        self.app.publish(socket.get_user_data(), message, OpCode.TEXT, self.compress)

    def publish(self, socket, message, _):
        room, payload = message.split(" ", 1)
        self.app.publish(room, payload, OpCode.TEXT, self.compress)
        socket.send(str(self.app.num_subscribers(room)), OpCode.TEXT)


def behaviour(**handlers):
    # Bounded, but wide enough for what the load keeps under way.
    return {"max_payload_length": 64 * 1024, "max_backpressure": 16 * 1024 * 1024,
            "idle_timeout": 120, "send_pings_automatically": True, "upgrade": upgrade, **handlers}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deflate", action="store_true")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    options = parser.parse_args()
    tls = None
    if options.certificate:
        tls = AppOptions(key_file_name=options.key, cert_file_name=options.certificate)
    app = App(tls)
    rooms = Rooms(app, options.deflate)
    # One compressor for all sockets, without context: what the load wants.
    compression = CompressOptions.SHARED_COMPRESSOR if options.deflate else CompressOptions.DISABLED
    app.ws("/ws/:room", behaviour(open=rooms.join, message=rooms.talk, compression=compression))
    app.ws("/publish/:room", behaviour(message=rooms.publish, compression=CompressOptions.DISABLED))
    port = ready.free_ports(1)[0]
    app.listen(AppListenOptions(port=port, host="127.0.0.1"),
               lambda _: ready.say(f"127.0.0.1:{port}"))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # The binding's own loop polls without end beside asyncio's. Nothing here is a coroutine, so the
    # C++ loop may wait in the kernel, as it does without Python.
    app.loop.uv_loop.run()


if __name__ == "__main__":
    sys.exit(main())
