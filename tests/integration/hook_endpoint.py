"""An application's endpoint for hooks: JSON over HTTP on a port of its own, answered by functions."""

import hashlib
import hmac
import http.server
import json
import threading

from edge_process import until
from http_client import get


class HookEndpoint:
    """`endpoint.on["OnJoin"] = function`: it gets the question and returns the answer as an object.

    A function may raise `Raw(bytes)` to write something else, or nothing, and end the connection.
    Questions without a function are answered with "yes". All that came is in `calls`.
    """

    class Raw(Exception):
        """Written in place of an answer; the connection ends."""

        def __init__(self, data=b""):
            super().__init__()
            self.data = data

    YES = {"OnConnect": {"allow": {}}, "OnRefresh": {"renew": {}}, "OnJoin": {"allow": {}},
           "OnMessage": {"accept": {}}, "OnRpc": {"json": "null"}, "OnEvents": {}}

    def __init__(self, port=0, tls=None):
        self.on = {}
        self.calls = []
        self.headers = []
        self._threads = []
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                method = self.path.rsplit("/", 1)[1]
                question = json.loads(body)
                endpoint.headers.append((method, dict(self.headers.items()), body))
                endpoint.calls.append((method, question))
                function = endpoint.on.get(method, lambda _: endpoint.YES[method])
                try:
                    answer = json.dumps(function(question)).encode()
                except HookEndpoint.Raw as raw:
                    self.wfile.write(raw.data)
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 1024

            def process_request(self, request, client_address):
                endpoint._sockets.add(request)
                super().process_request(request, client_address)

            def handle_error(self, request, client_address):
                pass  # the edge went away, which tests do on purpose

        self._sockets = set()
        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        if tls is not None:
            # The handshake is the connection's thread's.
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/hooks"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def of(self, method):
        """The questions of a method that came so far."""
        return [question for name, question in list(self.calls) if name == method]

    def events(self):
        return [event for batch in self.of("OnEvents") for event in batch["events"]]

    def until_event(self, kind, count=1):
        return until(lambda: len(found := [e for e in self.events() if kind in e]) >= count and found,
                     f"{count} events {kind}")

    def close(self):
        """As a process that dies: nobody listens, and every connection is reset."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        for socket in self._sockets:
            try:
                socket.shutdown(2)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def signatures(secret, time, body):
    """What the header must have for a body that came."""
    return hmac.new(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()


def hooks(*endpoints, rules, **service):
    """The `hooks` block of a configuration: one service, and rules given as "hook" or as an object."""
    urls = [getattr(each, "url", each) for each in endpoints]
    return {"services": [{"name": "app", "endpoints": urls, **service}],
            "rules": [{"service": "app", **(rule if isinstance(rule, dict) else {"hook": rule})}
                      for rule in rules]}


def started(start, *endpoints, rules, service=None, hook_settings=None, **blocks):
    """A node that asks these endpoints."""
    block = hooks(*endpoints, rules=rules, **(service or {})) | (hook_settings or {})
    return start(hooks=block, **blocks)


def metric(edge, line):
    """A metric's value, named with its labels; None: there is no such."""
    text = get(edge.admin, "/metrics")[2]
    found = [each for each in text.splitlines() if each.startswith(line + " ")]
    return float(found[0].rsplit(" ", 1)[1]) if found else None


def admit(user="carol", **more):
    """An OnConnect that lets everybody in as `user`."""
    return lambda question: {"allow": {"user": user, "grants": {"join": ["*"], "publish": ["*"]},
                                       **more}}
