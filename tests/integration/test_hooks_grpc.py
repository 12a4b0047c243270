"""Hooks over gRPC: the same application as a HooksService, in clear, with TLS and with mutual TLS."""

import concurrent.futures
import json

import grpc
import pytest

from certificates import Authority
from client import connect, refusal
from control import hooks_pb2 as pb
from control import hooks_pb2_grpc
from edge_process import until
from hook_endpoint import hooks


class Application(hooks_pb2_grpc.HooksServiceServicer):
    """Answers every hook; tests look at what came."""

    def __init__(self):
        self.metadata = []
        self.events = []

    def OnConnect(self, request, context):
        self.metadata.append(dict(context.invocation_metadata()))
        if request.session.user == "mallory":
            return pb.OnConnectResponse(refuse=pb.HookRefusal(code="not_found", reason="who?"))
        return pb.OnConnectResponse(allow=pb.HookAdmission(
            user=request.session.user or "guest", state="0",
            grants=pb.HookGrants(join=["*"], publish=["*"])))

    def OnMessage(self, request, context):
        if request.payload.WhichOneof("kind") == "binary":
            return pb.OnMessageResponse(replace=pb.HookPayload(binary=request.payload.binary[::-1]))
        if json.loads(request.payload.json) == "fail":
            context.abort(grpc.StatusCode.INTERNAL, "a secret of the application")
        return pb.OnMessageResponse(accept=pb.HookYes(), state=request.session.state + "1")

    def OnRpc(self, request, context):
        return pb.OnRpcResponse(json=json.dumps(request.session.state))

    def OnJoin(self, request, context):
        return pb.OnJoinResponse(allow=pb.HookYes())

    def OnRefresh(self, request, context):
        return pb.OnRefreshResponse(renew=pb.HookRenewal())

    def OnEvents(self, request, context):
        self.events += request.events
        return pb.OnEventsResponse()


class Server:
    def __init__(self, application, port=0, credentials=None):
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        hooks_pb2_grpc.add_HooksServiceServicer_to_server(application, self.server)
        address = f"127.0.0.1:{port}"
        self.port = (self.server.add_secure_port(address, credentials) if credentials
                     else self.server.add_insecure_port(address))
        self.url = f"{'grpcs' if credentials else 'grpc'}://127.0.0.1:{self.port}"
        self.server.start()

    def stop(self):
        self.server.stop(None).wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


ALL = ["connect", "message", "rpc", "join", "refresh", "events"]


def test_every_hook(start):
    application = Application()
    with Server(application) as server:
        edge = start(hooks=hooks(server, rules=ALL, bearer="b-1"))
        with connect(edge, "/ws/chat:g", jwt=False) as client:
            client.send(content=1)
            assert client.receive()["user"] == "guest"
            assert client.ask(type="rpc", id=1, method="state")["result"] == "01"
            assert client.ask(type="refresh", id=2)["type"] == "refresh"
            assert client.ask_error(content="fail") == "unavailable"
        with connect(edge, "/ws/raw:g") as client:
            client.send_raw(b"abc")
            assert client.receive() == b"cba"
        assert refusal(edge, user="mallory").status == 404
        until(lambda: [e for e in application.events if e.HasField("disconnected")], "the events")
    assert application.metadata[0]["authorization"] == "Bearer b-1"
    assert application.metadata[0]["traceparent"].startswith("00-")
    assert "a secret of the application" not in edge.log()


def test_an_endpoint_that_is_away_is_refused_and_found_again(start):
    with Server(Application()) as server:
        edge = start(hooks=hooks(server, rules=["connect"], breaker_open="100ms"))
        connect(edge).close()
    assert refusal(edge).status == 503
    with Server(Application(), server.port):
        def comes_in():
            try:
                connect(edge).close()
                return True
            except Exception as error:  # pylint: disable=broad-except
                assert getattr(error, "status", None) == 503, error
                return False
        until(comes_in, "the endpoint is found again")


@pytest.fixture
def authority(tmp_path):
    issuer = Authority()
    (tmp_path / "ca.pem").write_bytes(issuer.pem)
    return issuer


def test_mutual_tls(start, tmp_path, authority):
    certificate, key = authority.issue("app", tmp_path)
    mine, my_key = authority.issue("edge", tmp_path)
    credentials = grpc.ssl_server_credentials(
        [(key.read_bytes(), certificate.read_bytes())], authority.pem, require_client_auth=True)
    tls = {"ca_file": str(tmp_path / "ca.pem")}
    with Server(Application(), credentials=credentials) as server:
        ours = tls | {"certificate_file": str(mine), "key_file": str(my_key)}
        connect(start(hooks=hooks(server, rules=["connect"], tls=ours))).close()
        # Without our certificate, or with another authority than the application's, nobody answers.
        assert refusal(start(hooks=hooks(server, rules=["connect"], tls=tls))).status == 503
        other = tmp_path / "other.pem"
        other.write_bytes(Authority("another").pem)
        stranger = ours | {"ca_file": str(other)}
        assert refusal(start(hooks=hooks(server, rules=["connect"], tls=stranger))).status == 503
