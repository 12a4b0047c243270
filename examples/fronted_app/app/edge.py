"""What the application asks of the edge: two calls, over stubs generated from the edge's .proto."""

import atexit
import importlib
import json
import pathlib
import shutil
import sys
import tempfile

import grpc
import grpc_tools
from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[3] / "proto"
FILES = ["gatehouse/v1/control.proto", "gatehouse/v1/hooks.proto", "google/rpc/status.proto"]
CALL_SECONDS = 5


def generate_stubs():
    """A build would do this once; here it is done at each start, in half a second."""
    folder = tempfile.mkdtemp(prefix="fronted-stubs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    bundled = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    words = ["protoc", f"-I{PROTO}", f"-I{bundled}", f"--python_out={folder}",
             f"--grpc_python_out={folder}", *FILES]
    if protoc.main(words) != 0:
        raise RuntimeError("the stubs could not be generated")
    sys.path.insert(0, folder)
    return (importlib.import_module("gatehouse.v1.control_pb2"),
            importlib.import_module("gatehouse.v1.control_pb2_grpc"))


control_pb2, control_pb2_grpc = generate_stubs()


class Edge:
    """Any thread. Fails with grpc.RpcError, whose code() and details() say why."""

    def __init__(self, target, api_key):
        self._stub = control_pb2_grpc.ControlServiceStub(grpc.insecure_channel(target))
        self._metadata = (("authorization", f"Bearer {api_key}"),)

    def _call(self, method, request):
        # An edge that is just restarting is waited for, as long as the deadline allows.
        return method(request, metadata=self._metadata, timeout=CALL_SECONDS, wait_for_ready=True)

    def tell(self, room, content):
        """Sends any JSON value to everybody in a room."""
        request = control_pb2.BroadcastRequest(rooms=[room], json=json.dumps(content))
        self._call(self._stub.Broadcast, request)

    def kick(self, user, reason):
        """Closes all sockets of a user, with 3503: the pages stay away. How many there were."""
        request = control_pb2.KickRequest(user=user, reason=reason)
        return self._call(self._stub.Kick, request).kicked
