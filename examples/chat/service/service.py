"""The chat's own service: serves the page, logs users in, mints tokens, and drives the edge.

Pages:      GET /            index.html, chat.js, reconnect.js
Users:      POST /api/login {"name"} · POST /api/logout · GET /api/token
Operators:  POST /api/announce {"text"} · GET /api/presence · POST /api/kick {"user","reason"}
            with `authorization: Bearer $CHAT_OPERATOR_KEY`
"""

import argparse
import hmac
import http.cookies
import json
import os
import pathlib
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc

from accounts import Accounts
from edge import Edge

ROOM = "chat:lobby"
COOKIE = "chat_session"
MAX_BODY = 8192
PAGES = pathlib.Path(__file__).resolve().parent.parent / "page"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}


class Failure(Exception):
    """An answer that is not 200."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        self.answer({"/api/token": self.token, "/api/presence": self.presence})

    def do_POST(self):
        self.answer({"/api/login": self.log_in, "/api/logout": self.log_out,
                     "/api/announce": self.announce, "/api/kick": self.kick})

    def answer(self, routes):
        self.new_cookie = None
        try:
            if self.path in routes:
                self.send_json(200, routes[self.path]())
            elif self.command == "GET":
                self.send_page()
            else:
                raise Failure(404, "nothing here")
        except Failure as failure:
            # What was not read of the request would be taken for the next one.
            self.close_connection = True
            self.send_json(failure.status, {"error": str(failure)})
        except grpc.RpcError as error:
            self.send_json(502, {"error": f"the edge: {error.code().name}: {error.details()}"})

    # Users

    def log_in(self):
        name = self.body().get("name")
        session = self.server.accounts.log_in(name)
        if session is None:
            raise Failure(400, "a name is 1 to 32 of A-Z a-z 0-9 _ -")
        self.new_cookie = f"{COOKIE}={session}; Path=/; HttpOnly; SameSite=Strict"
        return {"user": name}

    def log_out(self):
        self.body()
        self.server.accounts.log_out(self.session())
        self.new_cookie = f"{COOKIE}=; Path=/; Max-Age=0"
        return {}

    def token(self):
        user = self.server.accounts.user_of(self.session())
        if user is None:
            raise Failure(401, "not logged in")
        return {"user": user, "room": ROOM, "url": f"{self.server.edge_url}/ws/{ROOM}",
                "token": self.server.accounts.token(user, ROOM)}

    # Operators

    def announce(self):
        text = self.operator_body().get("text")
        return {"queued": self.server.edge.broadcast(ROOM, json.dumps({"text": text}))}

    def presence(self):
        self.check_operator()
        return {"users": self.server.edge.users_in(ROOM)}

    def kick(self):
        body = self.operator_body()
        return {"kicked": self.server.edge.kick(body.get("user"), body.get("reason"))}

    def operator_body(self):
        self.check_operator()
        return self.body()

    def check_operator(self):
        shown = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(shown, f"Bearer {self.server.operator_key}".encode()):
            raise Failure(401, "for operators only")

    # HTTP

    def session(self):
        cookies = http.cookies.SimpleCookie(self.headers.get("Cookie", ""))
        return cookies[COOKIE].value if COOKIE in cookies else ""

    def body(self):
        # A page of another site can send a form here, but no JSON without being asked by the browser.
        size = self.headers.get("Content-Length", "")
        if self.headers.get("Content-Type") != "application/json" or not size.isdigit():
            raise Failure(415, "send application/json with its length")
        if int(size) > MAX_BODY:
            raise Failure(413, f"over {MAX_BODY} bytes")
        try:
            value = json.loads(self.rfile.read(int(size)))
        except ValueError:
            raise Failure(400, "not JSON") from None
        if not isinstance(value, dict):
            raise Failure(400, "not a JSON object")
        return value

    def send_page(self):
        name = "index.html" if self.path == "/" else self.path[1:]
        known = {page.name: page for page in PAGES.iterdir()}
        if name not in known:
            raise Failure(404, "nothing here")
        self.send(200, TYPES[known[name].suffix], known[name].read_bytes())

    def send_json(self, status, value):
        self.send(status, "application/json", json.dumps(value).encode() + b"\n")

    def send(self, status, content_type, body):
        policy = f"default-src 'self'; connect-src 'self' {self.server.edge_url}"
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", policy)
        if self.new_cookie:
            self.send_header("Set-Cookie", self.new_cookie)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", default="127.0.0.1:8000", help="where the page is served")
    parser.add_argument("--edge-url", default="ws://127.0.0.1:8080", help="where clients connect")
    parser.add_argument("--edge-control", default="127.0.0.1:9090", help="the edge's control API")
    return parser.parse_args()


def secret(name):
    value = os.environ.get(name)
    if not value:
        sys.exit(f"service: {name} is not set (./run sets it)")
    return value


def main():
    arguments = parse_arguments()
    host, port = arguments.listen.rsplit(":", 1)
    server = ThreadingHTTPServer((host, int(port)), Handler)
    server.accounts = Accounts(secret("CHAT_TOKEN_SECRET"))
    server.edge = Edge(arguments.edge_control, secret("CHAT_API_KEY"))
    server.operator_key = secret("CHAT_OPERATOR_KEY")
    server.edge_url = arguments.edge_url
    # shutdown() waits for serve_forever(), which this very thread is in.
    stop = threading.Thread(target=server.shutdown)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.is_alive() or stop.start())
    print(json.dumps({"event": "ready", "page": "http://%s:%d" % server.server_address[:2]}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
