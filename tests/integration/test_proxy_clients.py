"""HTTP clients as people use them: each does through the proxy what it does without, and what is right."""

import hashlib
import json
import pathlib
import re
import shutil
import subprocess

import pytest
import requests

import upstream
from proxying import app, proxy  # noqa: F401 (fixtures)

HERE = pathlib.Path(__file__).parent
WAIT = 120
LARGE = 32 << 20
PAYLOAD = b"gatehouse " * 10000


def told(status, body):
    """What the clients say of an answer."""
    return f"{status} {len(body)} {hashlib.sha256(body).hexdigest()[:16]}"


def content(size):
    """What /bytes/SIZE is."""
    return (upstream.CHUNK * (size // len(upstream.CHUNK) + 1))[:size]


EXPECTED = {
    "get": told(200, content(1000)),
    "head": told(200, b"") + ", 1000 announced",
    "post": told(200, PAYLOAD),
    "chunked": told(200, PAYLOAD),
    "range": told(206, content(1000)[10:20]) + " bytes 10-19/1000",
    "redirect": told(200, content(7)) + " at /bytes/7",
    "redirected post": told(200, PAYLOAD) + " at /echo",
    "large": told(200, content(LARGE)),
    "upload": told(200, hashlib.sha256(b"u" * LARGE).hexdigest().encode()),
    "100-continue": told(200, PAYLOAD) + ", 1 interim",
    "keep-alive": "3 requests, 1 connections",
}


def run(*words, **more):
    done = subprocess.run(words, capture_output=True, timeout=WAIT, check=False, **more)
    assert done.returncode == 0, done.stderr.decode()
    return done


# Each returns name -> what came of it, of a server at `url`; `folder` is for its files.


def curl(url, folder):
    payload, large, body, headers = (folder / name for name in ("payload", "large", "body", "headers"))
    payload.write_bytes(PAYLOAD)
    large.write_bytes(b"u" * LARGE)

    def send(path, *words, show="", times=1):
        """(what came of it, what `show` shows)."""
        body.write_bytes(b"")
        outputs = ["-o", str(body)] * times
        done = run("curl", "-sS", "--noproxy", "*", "-D", str(headers), "-w", f"%{{http_code}} {show}\\n",
                   *outputs, *words, *[url + path] * times)
        status, _, shown = done.stdout.decode().partition(" ")
        return told(status, body.read_bytes()), shown.strip()

    def header(name):
        return re.findall(rf"^{name}: (.*)$", headers.read_text(), re.I | re.M)[-1]

    data = ("--data-binary", f"@{payload}", "-H", "Expect:")
    result = {
        "get": send("/bytes/1000")[0],
        "post": send("/echo", *data)[0],
        "chunked": send("/echo", *data, "-H", "Transfer-Encoding: chunked")[0],
        "range": f"{send('/bytes/1000', '-r', '10-19')[0]} {header('Content-Range')}",
        "large": send(f"/bytes/{LARGE}")[0],
        "upload": send("/digest", "--data-binary", f"@{large}")[0],
    }
    # curl writes the head where the body would be.
    size = send("/bytes/1000", "-I", show="%{size_download}")[1]
    result["head"] = told(200, b"x" * int(size)) + f", {header('Content-Length')} announced"
    for name, path, words in (("redirect", "/found", ()), ("redirected post", "/moved", data)):
        said, where = send(path, "-L", *words, show="%{url_effective}")
        result[name] = f"{said} at {where.removeprefix(url)}"
    said, _ = send("/echo", *data[:2], "-H", "Expect: 100-continue")
    result["100-continue"] = f"{said}, {headers.read_text().count('HTTP/1.1 100 ')} interim"
    shown = send("/bytes/10", show="%{num_connects}", times=3)[1]
    fresh = sum(int(line.split()[-1]) for line in shown.splitlines())
    result["keep-alive"] = f"3 requests, {fresh} connections"
    return result


def wget(url, folder):
    """Without what it has no option for: chunks, 100-continue, ranges with an end."""
    payload, large, body = (folder / name for name in ("payload", "large", "body"))
    payload.write_bytes(PAYLOAD)
    large.write_bytes(b"u" * LARGE)

    def send(path, *words):
        """(what came of it, the answers' heads)."""
        body.write_bytes(b"")
        done = run("wget", "--no-proxy", "--tries=1", "-S", "-O", str(body), *words, url + path)
        said = done.stderr.decode()
        return told(re.findall(r"^  HTTP/1\.1 (\d+)", said, re.M)[-1], body.read_bytes()), said

    def at(said):
        return re.findall(r"^--.*--  (\S+)$", said, re.M)[-1].removeprefix(url)

    head = send("/bytes/1000", "--spider")
    found, moved = send("/found"), send("/moved", f"--post-file={payload}")
    three = run("wget", "--no-proxy", "-O", str(body), *[f"{url}/bytes/10"] * 3).stderr.decode()
    announced = re.findall(r"Content-Length: (\d+)", head[1])[-1]
    return {
        "get": send("/bytes/1000")[0],
        "head": f"{head[0]}, {announced} announced",
        "post": send("/echo", f"--post-file={payload}")[0],
        "redirect": f"{found[0]} at {at(found[1])}",
        "redirected post": f"{moved[0]} at {at(moved[1])}",
        "large": send(f"/bytes/{LARGE}")[0],
        "upload": send("/digest", f"--post-file={large}")[0],
        "keep-alive": f"3 requests, {three.count('Connecting to')} connections",
    }


def python_requests(url, _):
    """Without 100-continue, which it does not know."""
    with requests.Session() as session:
        session.trust_env = False

        def send(method, path, **more):
            answer = session.request(method, url + path, timeout=WAIT, **more)
            return told(answer.status_code, answer.content), answer

        head = send("HEAD", "/bytes/1000")
        part = send("GET", "/bytes/1000", headers={"Range": "bytes=10-19"})
        found, moved = send("GET", "/found"), send("POST", "/moved", data=PAYLOAD)
        result = {
            "get": send("GET", "/bytes/1000")[0],
            "head": f"{head[0]}, {head[1].headers['Content-Length']} announced",
            "post": send("POST", "/echo", data=PAYLOAD)[0],
            "chunked": send("POST", "/echo", data=iter([PAYLOAD[:7], PAYLOAD[7:]]))[0],
            "range": f"{part[0]} {part[1].headers['Content-Range']}",
            "redirect": f"{found[0]} at {found[1].url.removeprefix(url)}",
            "redirected post": f"{moved[0]} at {moved[1].url.removeprefix(url)}",
            "large": send("GET", f"/bytes/{LARGE}")[0],
            "upload": send("POST", "/digest", data=b"u" * LARGE)[0],
        }
        pool = session.get_adapter(url).poolmanager.connection_from_url(url)
        before = pool.num_connections
        for _ in range(2):
            send("GET", "/bytes/10")
        # One connection did all of the above.
        result["keep-alive"] = f"3 requests, {1 + pool.num_connections - before} connections"
        return result


def go(url, folder):
    program = folder / "httpclient"
    run("go", "build", "-o", str(program), ".", cwd=HERE / "go_http_client")
    return json.loads(run(str(program), url, str(LARGE)).stdout)


def node(url, _):
    return json.loads(run("node", str(HERE / "node_http_client.mjs"), url, str(LARGE)).stdout)


CLIENTS = {"curl": curl, "wget": wget, "requests": python_requests, "go": go, "node": node}
CANNOT = {"wget": {"chunked", "range", "100-continue"}, "requests": {"100-continue"}}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_works_through_the_proxy_as_without(name, proxy, app, tmp_path):  # noqa: F811
    if name != "requests" and not shutil.which(name):
        pytest.skip(f"there is no {name} here")
    expected = {what: said for what, said in EXPECTED.items() if what not in CANNOT.get(name, ())}
    assert CLIENTS[name](f"http://{app}", tmp_path) == expected, "without the proxy"
    assert CLIENTS[name](f"http://{proxy.client}", tmp_path) == expected
