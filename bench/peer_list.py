"""The servers that Gatehouse is compared with: where they come from and how they are started."""

import dataclasses
import os
import pathlib
import resource
import subprocess
import sys

BENCH = pathlib.Path(__file__).resolve().parent
PROGRAMS = BENCH / "peers.d"
HOME = BENCH.parent / ".cache/peers"
VENV = HOME / "venv"
NODE = HOME / "node"
DEBIAN = HOME / "debian"
LIBRARIES = DEBIAN / "usr/lib/x86_64-linux-gnu"
DEBIAN_PACKAGES = ["nginx", "libnginx-mod-nchan", "pushpin", "condure", "zurl"]


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    title: str
    publish: str          # load's --publish, with {control} for the address of the ready line
    start: object         # (build folder, tls files or None, deflate) -> words
    there: object         # (build folder) -> the file without which it is not set up
    tls: bool = True
    deflate: bool = True
    chat: bool = True     # clients may publish
    settle: int = 0       # seconds from the last 101 until all are members
    rooms: bool = True    # else it is a reverse proxy, and told --upstream

    def lacks(self, build):
        """None, or what is missing."""
        file = self.there(build)
        if file.exists():
            return None
        how = "build gatehouse_bench_beast" if self.name == "beast" else "bench/peers setup"
        return f"not there: {how}"

    def can(self, tls=False, deflate=False, chat=False):
        return (self.tls or not tls) and (self.deflate or not deflate) and (self.chat or not chat)


def certificate_words(tls):
    return ["--certificate", str(tls[0]), "--key", str(tls[1])] if tls else []


def python(program, *more):
    def words(_, tls, deflate):
        return [str(VENV / "bin/python"), str(PROGRAMS / program), *more,
                *(["--deflate"] if deflate else []), *certificate_words(tls)]
    return words


def node(_, tls, deflate):
    return ["node", str(PROGRAMS / "ws.js"), "--modules", str(NODE / "node_modules"),
            *(["--deflate"] if deflate else []), *certificate_words(tls)]


def debian(program):
    def words(_, tls, deflate):
        descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        return [sys.executable, str(PROGRAMS / program), "--root", str(DEBIAN),
                "--descriptors", str(descriptors), *(["--deflate"] if deflate else []),
                *certificate_words(tls)]
    return words


def beast_path(build):
    return pathlib.Path(build) / "bench/peers.d/beast/beast"


def installed(package):
    return lambda _: next(VENV.glob(f"lib/python3*/site-packages/{package}"), VENV / package)


PEERS = [
    Peer("uwebsockets", "uWebSockets (socketify 0.0.31)", "frame", python("uwebsockets.py"),
         installed("socketify")),
    Peer("ws", "Node.js, ws 8.23.0", "line:{control}", node, lambda _: NODE / "node_modules/ws"),
    Peer("fastapi", "FastAPI 0.163.2 on uvicorn", "line:{control}", python("fastapi_rooms.py"),
         installed("fastapi")),
    Peer("beast", "Boost.Beast's chat example", "line:{control}",
         lambda build, _, deflate: [str(beast_path(build)), *(["--deflate"] if deflate else [])],
         beast_path, tls=False),
    Peer("nchan", "nginx with Nchan (Debian)", "nchan:{control}", debian("nchan.py"),
         lambda _: DEBIAN / "usr/lib/nginx/modules/ngx_nchan_module.so"),
    # What its clients say goes to the application: there is no chat without one. TLS and
    # compression need files in its own folder, and are left out.
    Peer("pushpin", "Pushpin (Debian)", "pushpin:{control}", debian("pushpin.py"),
         lambda _: DEBIAN / "usr/bin/pushpin", tls=False, deflate=False, chat=False,
         settle=3),
    Peer("nginx", "nginx (Debian), reverse proxy", "", debian("nginx_proxy.py"),
         lambda _: DEBIAN / "usr/sbin/nginx", tls=False, deflate=False, rooms=False),
]


def named(name):
    for peer in PEERS:
        if peer.name == name:
            return peer
    sys.exit(f"there is no peer {name}; there are {', '.join(peer.name for peer in PEERS)}")


def make_certificate(folder):
    """A self-signed P-256 certificate for a run: (certificate, key), or None without openssl."""
    certificate, key = pathlib.Path(folder) / "cert.pem", pathlib.Path(folder) / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-days", "7", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", str(certificate), "-keyout",
             str(key)]
    try:
        subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    os.chmod(key, 0o600)
    return certificate, key
