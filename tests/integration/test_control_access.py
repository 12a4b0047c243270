"""Who may call the control API: keys, scopes, certificates, the unix socket."""

import json
import os
import ssl
import stat

import grpc
import pytest

from certificates import Authority
from control import Control
from edge_process import run, until
from settings import API_KEY, key_entry, settings

SCOPED_KEY = "the-key-with-scopes"


def code_of(call, **fields):
    with pytest.raises(grpc.RpcError) as failed:
        call(**fields)
    return failed.value.code()


@pytest.mark.parametrize("key", ["", "unknown-key", API_KEY + "x", API_KEY.upper()])
def test_without_a_known_key_nothing_is_served(edge, key):
    with Control(edge.control, key=key) as control:
        assert code_of(control.GetNodes) == grpc.StatusCode.UNAUTHENTICATED
        assert code_of(control.Broadcast, rooms=["a"], text="x") == grpc.StatusCode.UNAUTHENTICATED
        with pytest.raises(grpc.RpcError) as failed:
            next(control.WatchPresence(rooms=["a"]))
        assert failed.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_a_key_may_do_what_its_scopes_say(start):
    scoped = key_entry("scoped", SCOPED_KEY, rpcs=["Broadcast", "GetPresence"], rooms=["chat:"])
    edge = start(control={"api_keys": [key_entry("tests", API_KEY), scoped]})
    denied = grpc.StatusCode.PERMISSION_DENIED
    with Control(edge.control, key=SCOPED_KEY) as control:
        control.Broadcast(rooms=["chat:a", "chat:b"], text="x")
        control.GetPresence(room="chat:a")
        assert code_of(control.Broadcast, rooms=["chat:a", "live:a"], text="x") == denied
        assert code_of(control.GetPresence, room="live:a") == denied
        assert code_of(control.Kick, user="alice") == denied
        assert code_of(control.GetNodes) == denied
        stream = control.BroadcastStream(iter([]))
        with pytest.raises(grpc.RpcError) as failed:
            list(stream)
        assert failed.value.code() == denied
    with Control(edge.control) as control:
        control.Kick(user="alice")


def test_no_key_is_needed_where_that_was_asked_for(start):
    edge = start(control={"api_keys": [], "allow_unauthenticated": True})
    with Control(edge.control, key="") as control:
        assert control.GetNodes().nodes


@pytest.fixture(name="tls")
def tls_fixture(tmp_path, start):
    authority = Authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    certificate, key = authority.issue("edge", tmp_path)
    clients = [{"name": "reader", "rpcs": ["GetPresence"]}]
    edge = start(control={"tls": {"certificate_file": str(certificate), "key_file": str(key),
                                  "client_ca_file": str(tmp_path / "ca.pem"), "clients": clients}})
    return edge, authority, tmp_path


def credentials(authority, paths=None):
    certificate, key = (path.read_bytes() for path in paths) if paths else (None, None)
    return grpc.ssl_channel_credentials(authority.pem, key, certificate)


def test_a_certificate_gives_the_scopes_of_its_name(tls):
    edge, authority, folder = tls
    reader = credentials(authority, authority.issue("reader", folder))
    with Control(edge.control, key="", credentials=reader) as control:
        assert control.GetPresence(room="a").user_count == 0
        assert code_of(control.Kick, user="a") == grpc.StatusCode.PERMISSION_DENIED
    stranger = credentials(authority, authority.issue("stranger", folder))
    with Control(edge.control, key="", credentials=stranger) as control:
        assert code_of(control.GetPresence, room="a") == grpc.StatusCode.UNAUTHENTICATED
    with Control(edge.control, credentials=stranger) as control:
        assert control.GetNodes().nodes


def test_without_a_certificate_of_the_authority_there_is_no_connection(tls):
    edge, authority, folder = tls
    other = Authority("another")
    for wrong in (credentials(authority), credentials(authority, other.issue("reader", folder))):
        with Control(edge.control, credentials=wrong) as control:
            assert code_of(control.GetNodes) == grpc.StatusCode.UNAVAILABLE
    with Control(edge.control) as control:
        assert code_of(control.GetNodes) == grpc.StatusCode.UNAVAILABLE


def test_call_over_mutual_tls(tls):
    edge, authority, folder = tls
    certificate, key = authority.issue("reader", folder)
    words = ["call", "GetPresence", '{"room":"a"}', "--target", edge.control,
             "--tls-ca", str(folder / "ca.pem"), "--tls-cert", str(certificate), "--tls-key", str(key)]
    result = run(*words)
    assert result.returncode == 0, result.stderr


def test_certificates_that_are_replaced_serve_new_connections(start, tmp_path):
    old, new = Authority("the old"), Authority("the new")
    certificate, key = old.issue("edge", tmp_path)
    edge = start(control={"tls": {"certificate_file": str(certificate), "key_file": str(key)}})
    host, port = edge.control.rsplit(":", 1)

    def served():
        return ssl.get_server_certificate((host, int(port)), timeout=10)

    first = served()
    with Control(edge.control, credentials=credentials(old)) as before:
        assert before.GetNodes().nodes
        new.issue("edge", tmp_path)  # over the same two files
        until(lambda: served() != first, "the new certificate to be served")
        assert before.GetNodes().nodes, "an open connection goes on"
        with Control(edge.control, credentials=credentials(new)) as after:
            assert after.GetNodes().nodes
    with Control(edge.control, credentials=credentials(old)) as after:
        assert code_of(after.GetNodes) == grpc.StatusCode.UNAVAILABLE


def test_open_to_anybody_is_for_this_machine_only(tmp_path):
    authority = Authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    certificate, key = authority.issue("edge", tmp_path)
    control = {"listen": "0.0.0.0:0", "api_keys": [], "allow_unauthenticated": True,
               "tls": {"certificate_file": str(certificate), "key_file": str(key),
                       "client_ca_file": str(tmp_path / "ca.pem")}}
    config = tmp_path / "gatehouse.yaml"
    config.write_text(json.dumps(settings(control=control)))
    for command in ("check-config", "serve"):
        result = run(command, "--config", str(config))
        assert result.returncode == 1 and not result.stdout
        assert "control.allow_unauthenticated: true is for loopback" in result.stderr


@pytest.mark.parametrize("command", ["check-config", "serve"])
def test_an_rpc_that_there_is_not_is_an_error_of_the_configuration(tmp_path, command):
    wrong = key_entry("backend", API_KEY, rpcs=["Broadcast", "Brodcast"])
    config = tmp_path / "gatehouse.yaml"
    config.write_text(json.dumps(settings(control={"api_keys": [wrong]})))
    result = run(command, "--config", str(config))
    assert result.returncode == 1
    assert 'control.api_keys[0].rpcs[1]: "Brodcast" is no RPC' in result.stderr
    assert "did you mean Broadcast?" in result.stderr and "GetNodes" in result.stderr


def test_a_port_that_others_reach_needs_mutual_tls(tmp_path):
    config = tmp_path / "gatehouse.yaml"
    config.write_text(json.dumps(settings(control={"listen": "0.0.0.0:0"})))
    result = run("check-config", "--config", str(config))
    assert result.returncode == 1 and "control.listen" in result.stderr


def test_the_unix_socket(start, tmp_path):
    path = tmp_path / "control.sock"
    edge = start(control={"unix_socket": str(path)})
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with Control(f"unix:{path}") as control:
        assert control.GetNodes().nodes
    with Control(f"unix:{path}", key="") as control:
        assert code_of(control.GetNodes) == grpc.StatusCode.UNAUTHENTICATED
    assert edge.stop() == 0
    assert not path.exists()


def test_an_old_unix_socket_is_no_obstacle(start, tmp_path):
    path = tmp_path / "control.sock"
    first = start(control={"unix_socket": str(path)})
    first.process.kill()
    first.process.wait()
    first.stop = lambda: 0
    start(control={"unix_socket": str(path)})
    with Control(f"unix:{path}") as control:
        assert control.GetNodes().nodes
