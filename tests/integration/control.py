"""Stubs of the control API, generated from proto/ into a temporary folder, and how to call it."""

import atexit
import pathlib
import shutil
import sys
import tempfile

import grpc
import grpc_tools
from grpc_tools import protoc

from edge_process import ROOT
from settings import API_KEY

FILES = ["gatehouse/v1/control.proto", "gatehouse/v1/close_code.proto", "gatehouse/v1/options.proto",
         "gatehouse/v1/hooks.proto",
         "google/rpc/status.proto", "google/rpc/error_details.proto", "grpc/health/v1/health.proto"]
CALL_SECONDS = 10


def _generate():
    folder = tempfile.mkdtemp(prefix="gatehouse-stubs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    bundled = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    code = protoc.main(["protoc", f"-I{ROOT}/proto", f"-I{bundled}", f"--python_out={folder}",
                        f"--grpc_python_out={folder}", *FILES])
    assert code == 0, "protoc failed"
    sys.path.insert(0, folder)
    # The health service's package lies below the name of an installed one.
    grpc.__path__.append(f"{folder}/grpc")


_generate()

# pylint: disable=wrong-import-position
from gatehouse.v1 import close_code_pb2, control_pb2, control_pb2_grpc, options_pb2  # noqa: E402
from gatehouse.v1 import hooks_pb2, hooks_pb2_grpc  # noqa: E402
from google.rpc import error_details_pb2, status_pb2  # noqa: E402
from grpc.health.v1 import health_pb2, health_pb2_grpc  # noqa: E402

__all__ = ["close_code_pb2", "control_pb2", "error_details_pb2", "health_pb2", "hooks_pb2",
           "hooks_pb2_grpc", "options_pb2",
           "Control", "violations"]


class Control:
    """`control.Broadcast(rooms=[...], text="...")`: each RPC by its name, with its request's fields."""

    def __init__(self, target, key=API_KEY, credentials=None):
        if credentials is None:
            self.channel = grpc.insecure_channel(target)
        else:
            self.channel = grpc.secure_channel(target, credentials)
        self.stub = control_pb2_grpc.ControlServiceStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)
        self.metadata = (("authorization", f"Bearer {key}"),) if key else ()

    def __getattr__(self, name):
        method = control_pb2.DESCRIPTOR.services_by_name["ControlService"].methods_by_name.get(name)
        if method is None:
            raise AttributeError(name)
        request_type = getattr(control_pb2, method.input_type.name)
        stub = getattr(self.stub, name)
        if method.client_streaming:
            return lambda requests: stub(requests, metadata=self.metadata, timeout=CALL_SECONDS)
        return lambda **fields: stub(request_type(**fields), metadata=self.metadata,
                                     timeout=CALL_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()


def violations(error):
    """The fields that an error's details name."""
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    fields = []
    for detail in status.details:
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            fields += [violation.field for violation in bad.field_violations]
    return fields
