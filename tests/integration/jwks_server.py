"""A server of a JSON Web Key Set on a port of its own, and the keys of its issuer."""

import http.server
import json
import threading

import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from settings import claims

MAKE = {
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "PS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


class Key:
    """A private key with its kid; `jwk` is what an issuer publishes of it."""

    def __init__(self, kid, algorithm="ES256"):
        self.kid, self.algorithm, self.private = kid, algorithm, MAKE[algorithm]()
        by_name = pyjwt.algorithms.get_default_algorithms()[algorithm]
        self.jwk = json.loads(by_name.to_jwk(self.private.public_key()))
        # What they are for is the reader's to say.
        self.jwk.pop("key_ops", None)
        self.jwk["kid"] = kid

    def token(self, issuer, user="alice", **more):
        if issuer is not None:
            more["iss"] = issuer
        return pyjwt.encode(claims(user, **more), self.private, algorithm=self.algorithm,
                            headers={"kid": self.kid})


def key_set(*keys):
    return json.dumps({"keys": [key.jwk for key in keys]}).encode()


class JwksServer:
    """`server.body` is what it answers, with `server.status`. `stop` and `start` keep the port."""

    def __init__(self, *keys, tls=None):
        self.body, self.status, self.asked = key_set(*keys), 200, 0
        self.headers = {}
        self._tls, self._port = tls, 0
        self.start()

    def start(self):
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                owner.asked += 1
                self.send_response(owner.status)
                for name, value in owner.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(owner.body)))
                self.end_headers()
                self.wfile.write(owner.body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        if self._tls:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self):
        if self._server:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    @property
    def url(self):
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self._port}/jwks.json"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
