"""The program's commands: dev start, tokens, calls, configurations, and what is in no log."""

import json
import re
import shutil
import subprocess
import time

import jwt
import pytest

from client import connect, refusal
from control import Control, control_pb2
from edge_process import ROOT, Edge, run, until
from http_client import get
from prometheus_text import read_metrics
from settings import API_KEY, SECRET, settings, token

FREE = ["--set", "client.listen=127.0.0.1:0", "--set", "control.listen=127.0.0.1:0",
        "--set", "admin.listen=127.0.0.1:0"]


@pytest.fixture(name="home")
def home_fixture(tmp_path):
    """Where the development secret of this test is kept, not this machine's."""
    return {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"),
            "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "data")}


@pytest.fixture(name="config")
def config_fixture(tmp_path):
    path = tmp_path / "gatehouse.yaml"
    path.write_text(json.dumps(settings(), indent=1))
    return path


def test_dev_serves_a_demo_page_tokens_and_calls_without_keys(tmp_path, home):
    minted = run("token", "--dev", "--user", "alice", "--join", "chat:*", "--publish", "chat:*",
                 environment=home)
    assert minted.returncode == 0, minted.stderr
    with Edge(tmp_path, "--dev", *FREE, environment=home) as edge:
        status, headers, page = get(edge.client, "/")
        assert status == 200 and headers["Content-Type"].startswith("text/html")
        assert "new WebSocket(" in page and headers["Content-Security-Policy"]
        given = json.loads(get(edge.client, "/dev/token?user=bob")[2])["token"]
        with connect(edge, jwt=minted.stdout.strip(), origin="http://anywhere.example") as alice, \
                connect(edge, jwt=given) as bob, Control(edge.control, key="") as control:
            alice.send(content="hello")
            assert bob.receive()["user"] == "alice"
            assert control.GetPresence(room="chat:lobby").user_count == 2
        assert get(edge.client, "/dev/token?user=")[0] == 400


def test_the_ready_line_names_every_address(edge):
    assert edge.ready.keys() == {"event", "client", "control", "admin", "echo", "pid"}
    assert edge.ready["event"] == "ready" and edge.ready["pid"] == edge.process.pid
    for name in ("client", "control", "admin"):
        assert re.fullmatch(r"127\.0\.0\.1:[1-9]\d*", edge.ready[name])


def test_without_dev_nothing_insecure_is_on(tmp_path):
    environment = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME")}
    result = run("serve", *FREE, environment=environment)
    assert result.returncode == 1
    assert "auth.keys" in result.stderr


def test_token_signs_with_the_configured_key(edge, config):
    result = run("token", "--config", str(config), "--user", "alice", "--join", "chat:*",
                 "--publish", "chat:mine", "--info", '{"n":1}', "--ttl", "90s")
    claims = jwt.decode(result.stdout.strip(), SECRET, algorithms=["HS256"])
    assert claims["exp"] - claims["iat"] == 90 and abs(claims["iat"] - time.time()) < 60
    assert (claims["sub"], claims["join"], claims["publish"], claims["info"]) == (
        "alice", ["chat:*"], ["chat:mine"], {"n": 1})
    connect(edge, jwt=result.stdout.strip()).close()
    assert refusal(edge, "/ws/live:no", jwt=result.stdout.strip()).status == 403


def test_call_reaches_every_rpc_as_json(edge, join):
    alice = join("/ws/chat:called", user="called")
    where = ["--target", edge.control, "--key", API_KEY]
    result = run("call", "Broadcast", '{"rooms":["chat:called"],"text":"hello"}', *where)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["results"][0]["queued"] == 1
    assert alice.receive()["content"] == "hello"
    keyed = {"GATEHOUSE_API_KEY": API_KEY}
    result = run("call", "GetPresence", '{"room":"chat:called"}', "--target", edge.control,
                 environment=keyed)
    assert json.loads(result.stdout)["users"][0]["user"] == "called"
    watch = run("call", "WatchPresence", '{"rooms":["chat:called"]}', "--count", "1", *where)
    assert watch.returncode == 0 and '"snapshot"' in watch.stdout
    assert run("call", "GetNodes", *where).returncode == 0


@pytest.mark.parametrize("words,status", [
    (["GetNodes", "--key", "wrong-key"], "UNAUTHENTICATED"),
    (["Broadcast", '{"rooms":[""],"text":"x"}', "--key", API_KEY], "INVALID_ARGUMENT"),
    (["Broadcast", '{"nonsense":1}', "--key", API_KEY], "nonsense"),
    (["Nothing", "--key", API_KEY], "Nothing")])
def test_call_fails_with_the_status_and_the_reason(edge, words, status):
    result = run("call", *words, "--target", edge.control)
    assert result.returncode == 1 and status in result.stderr, result.stderr


def test_health_asks_the_admin_listener(edge, config):
    listen = ["--set", f"admin.listen={edge.admin}"]
    assert run("health", "--config", str(config), *listen).returncode == 0
    nobody = run("health", "--config", str(config), "--set", "admin.listen=127.0.0.1:1")
    assert nobody.returncode == 1 and "127.0.0.1:1" in nobody.stderr


def test_check_config_says_everything_that_is_wrong_at_once(tmp_path):
    config = tmp_path / "wrong.yaml"
    config.write_text("client:\n  ping_interval: fast\n  pong_timout: 8s\n  max_rooms: 0\n"
                      "namespaces:\n  - name: chat\n    binary: perhaps\n"
                      f"auth:\n  keys:\n    - algorithm: none\n      secret: {SECRET}\n")
    result = run("check-config", "--config", str(config))
    assert result.returncode == 1
    for place, key, value in [(2, "client.ping_interval", "fast"), (3, "client.pong_timout", "pong_timeout"),
                              (4, "client.max_rooms", "0"), (7, "namespaces[0].binary", "perhaps"),
                              (10, "auth.keys[0].algorithm", "HS256")]:
        line = next(line for line in result.stderr.splitlines() if key in line)
        assert f"wrong.yaml:{place}" in line and value in line, line
    assert SECRET not in result.stderr


def test_print_config_round_trip(tmp_path, config):
    printed = run("print-config", "--config", str(config))
    assert printed.returncode == 0, printed.stderr
    assert SECRET not in printed.stdout and "ping_interval: 25s" in printed.stdout
    again = tmp_path / "again.yaml"
    again.write_text(printed.stdout)
    # The secret is masked, so it comes from the environment.
    secret = {"GATEHOUSE_AUTH_KEYS_0_SECRET": SECRET}
    assert run("check-config", "--config", str(again), environment=secret).stdout == "ok\n"
    second = run("print-config", "--config", str(again), environment=secret)
    assert second.stdout == printed.stdout


def test_file_environment_and_flags_lie_over_each_other(config):
    def interval(*words, **environment):
        printed = run("print-config", "--config", str(config), *words, environment=environment)
        return re.search(r"ping_interval: (\S+)", printed.stdout)[1]
    assert interval() == "25s"
    assert interval(GATEHOUSE_CLIENT_PING_INTERVAL="10s") == "10s"
    assert interval("--set", "client.ping_interval=5s", GATEHOUSE_CLIENT_PING_INTERVAL="10s") == "5s"


def test_help_and_version():
    for command in ("serve", "check-config", "print-config", "token", "call", "health", "version"):
        assert command in run("--help").stdout
        result = run(command, "--help")
        assert result.returncode == 0 and f"gatehouse {command}" in result.stdout
    assert re.fullmatch(r"gatehouse \d+\.\d+\.\d+\S*\n", run("version").stdout)
    unknown = run("srve")
    assert unknown.returncode == 1 and "serve" in unknown.stderr


def test_admin_endpoints(edge):
    assert get(edge.admin, "/livez")[::2] == (200, "ok\n")
    assert get(edge.admin, "/readyz")[::2] == (200, "ready\n")
    assert get(edge.admin, "/nothing")[0] == 404


def test_metrics_parse_and_count(start):
    edge = start()
    with connect(edge) as client:
        client.send(content=1)
        client.receive()
        status, headers, text = get(edge.admin, "/metrics")
        assert status == 200 and "version=0.0.4" in headers["Content-Type"]
        samples = read_metrics(text)
        assert samples["gatehouse_sessions"] == samples["gatehouse_rooms"] == 1
        assert samples["gatehouse_publications_total"] == samples["gatehouse_deliveries_total"] == 1
    until(lambda: read_metrics(get(edge.admin, "/metrics")[2])["gatehouse_sessions"] == 0,
          "the session to be gone")


def test_secrets_are_in_no_log(start):
    edge = start(log={"level": "debug"})
    good, bad = token(), token(key="another secret that is long enough")
    with connect(edge, jwt=good) as client, Control(edge.control) as control:
        client.ask(type="refresh", token=good)
        client.send(content="a private message")
        client.receive()
        control.Broadcast(rooms=["chat:lobby"], text="a private broadcast")
    refusal(edge, jwt=bad)
    cookie = {"Cookie": f"gatehouse_token={bad}"}
    refusal(edge, jwt=False, additional_headers=cookie)
    refusal(edge, jwt=False, subprotocols=["gatehouse.bearer", bad])
    with Control(edge.control, key="a-wrong-key-of-somebody") as control:
        with pytest.raises(Exception):
            control.GetNodes()
    assert edge.stop() == 0
    log = edge.log()
    assert "handshake refused" in log and "token=***" in log
    for secret in (good, bad, good.split(".")[2], bad.split(".")[2], SECRET, API_KEY,
                   "a-wrong-key-of-somebody", "private"):
        assert secret not in log


def test_every_log_line_is_json(start):
    edge = start(log={"level": "debug"})
    connect(edge).close()
    refusal(edge, jwt=False)
    assert edge.stop() == 0
    lines = edge.log().splitlines()
    assert len(lines) >= 3
    for line in lines:
        entry = json.loads(line)
        assert entry["level"] in ("debug", "info", "warn", "error") and entry["ts"] and entry["msg"]


def test_grpc_has_nothing_to_complain_of_at_start(start):
    edge = start(log={"level": "debug"}, environment={"GRPC_VERBOSITY": "debug"})
    with Control(edge.control) as control:
        assert control.GetNodes().nodes
    assert edge.stop() == 0
    # What gRPC says before the program takes its lines over is in a form of its own.
    entries = [json.loads(line) for line in edge.log().splitlines() if line.startswith("{")]
    said = [entry for entry in entries if entry.get("from") == "grpc"]
    # Reflection that is registered twice is a warning and a line at debug.
    assert said and not [entry for entry in said
                         if entry["level"] != "debug" or "multiple times" in entry["msg"]]


def test_grpcurl_reads_the_api_by_reflection(edge):
    grpcurl = shutil.which("grpcurl", path=f"{ROOT}/.cache/tools/bin") or shutil.which("grpcurl")
    if not grpcurl:
        pytest.skip("grpcurl is not here")
    base = [grpcurl, "-plaintext", "-H", f"authorization: Bearer {API_KEY}"]

    def ask(*words):
        done = subprocess.run([*base, *words], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout
    assert "gatehouse.v1.ControlService" in ask(edge.control, "list")
    described = ask(edge.control, "describe", "gatehouse.v1.ControlService")
    methods = control_pb2.DESCRIPTOR.services_by_name["ControlService"].methods
    assert described.count("rpc ") == len(methods)
    answer = ask("-d", '{"rooms":["chat:grpcurl"],"text":"x"}', edge.control,
                 "gatehouse.v1.ControlService/Broadcast")
    assert json.loads(answer)["results"][0]["room"] == "chat:grpcurl"
    assert "SERVING" in ask(edge.control, "grpc.health.v1.Health/Check")
