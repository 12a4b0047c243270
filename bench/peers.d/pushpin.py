"""Rooms on Pushpin: condure, pushpin-proxy and pushpin-handler on one core, and a small origin that
puts every WebSocket into the channel its path names. Publications come with POST /publish/."""

import argparse
import configparser
import contextlib
import http.server
import os
import pathlib
import sys
import tempfile
import threading

import child
import ready


# pushpin itself, condure, zurl, proxy, handler
PROCESSES = 5


class OriginServer(http.server.ThreadingHTTPServer):
    request_queue_size = 4096  # its default of 5 refuses what a crowd's arrival brings


class Origin(http.server.BaseHTTPRequestHandler):
    """WebSocket over HTTP: accepts the opening and subscribes."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if body.startswith(b"OPEN\r\n"):
            room = self.path.split("?")[0].rsplit("/", 1)[-1]
            control = b'c:{"type":"subscribe","channel":"%s"}' % room.encode()
            answer = b"OPEN\r\nTEXT %x\r\n%s\r\n" % (len(control), control)
        else:
            answer = b""  # what a client says goes nowhere
        self.send_response(200)
        self.send_header("Content-Type", "application/websocket-events")
        self.send_header("Sec-WebSocket-Extensions", "grip")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):
            self.wfile.write(answer)

    def log_message(self, *_):
        pass


def configure(root, run, ports, descriptors):
    lib = pathlib.Path(root) / "usr/lib/pushpin"
    config = configparser.ConfigParser(interpolation=None, strict=False)
    config.read([lib / "internal.conf",
                 pathlib.Path(root) / "usr/share/pushpin/pushpin.conf.condure"])
    binaries = pathlib.Path(root) / "usr/bin"
    zmq = ports["publish_zmq"]
    config["global"] = {"rundir": run, "libdir": str(lib), "ipc_prefix": "p-", "port_offset": "0",
                        "stats_connection_ttl": "120"}
    config["runner"].update({
        "services": "condure,zurl,pushpin-proxy,pushpin-handler", "http_port": f"127.0.0.1:{ports['client']}",
        "logdir": run, "log_level": "0", "client_maxconn": str(descriptors),
        "condure_bin": str(binaries / "condure"), "zurl_bin": str(binaries / "zurl"),
        "proxy_bin": str(binaries / "pushpin-proxy"), "handler_bin": str(binaries / "pushpin-handler")})
    zurl = {"zurl_out_specs": "in", "zurl_out_stream_specs": "in-stream", "zurl_in_specs": "out"}
    config["proxy"].update({"routesfile": f"{run}/routes",
                            **{name: f"ipc://{run}/p-zurl-{end}" for name, end in zurl.items()}})
    config["handler"].update({
        "push_in_spec": f"tcp://127.0.0.1:{zmq}", "push_in_sub_specs": f"ipc://{run}/sub",
        "push_in_http_addr": "127.0.0.1", "push_in_http_port": str(ports["publish"]),
        "command_spec": f"ipc://{run}/command", "message_rate": "0", "message_hwm": "1000000"})
    (pathlib.Path(run) / "routes").write_text(f"* localhost:{ports['origin']},over_http\n")
    file = pathlib.Path(run) / "pushpin.conf"
    with file.open("w") as out:
        config.write(out, space_around_delimiters=False)
    return file


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", required=True, help="where Debian's packages were unpacked")
    parser.add_argument("--descriptors", type=int, default=20000)
    options = parser.parse_args()
    names = ("client", "publish", "publish_zmq", "origin")
    ports = dict(zip(names, ready.free_ports(len(names))))
    origin = OriginServer(("127.0.0.1", ports["origin"]), Origin)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as run:
        file = configure(options.root, run, ports, options.descriptors)
        libraries = f"{options.root}/usr/lib/x86_64-linux-gnu"
        environment = {**os.environ, "LD_LIBRARY_PATH": libraries,
                       "PATH": f"{options.root}/usr/bin:{os.environ['PATH']}"}
        pushpin = child.start([f"{options.root}/usr/bin/pushpin", f"--config={file}"],
                              env=environment)
        ready.await_port(ports["client"])
        ready.await_port(ports["publish"])
        ready.await_upgrade(ports["client"])
        # The origin takes no part in the fan-out and is not counted.
        ready.say(f"127.0.0.1:{ports['client']}", f"127.0.0.1:{ports['publish']}",
                  ready.family(pushpin.pid, PROCESSES))
        child.serve_until_told([pushpin])


if __name__ == "__main__":
    sys.exit(main())
