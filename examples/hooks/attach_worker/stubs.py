"""Stubs of the control API and the hooks, generated from the edge's .proto."""

import atexit
import importlib
import pathlib
import shutil
import sys
import tempfile

import grpc_tools
from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[3] / "proto"
FILES = ["gatehouse/v1/control.proto", "gatehouse/v1/hooks.proto", "google/rpc/status.proto"]


def _generate():
    """A build would do this once; here it is done at each start, in half a second."""
    folder = tempfile.mkdtemp(prefix="attach-stubs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    bundled = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    words = ["protoc", f"-I{PROTO}", f"-I{bundled}", f"--python_out={folder}",
             f"--grpc_python_out={folder}", *FILES]
    if protoc.main(words) != 0:
        raise RuntimeError("the stubs could not be generated")
    sys.path.insert(0, folder)


_generate()
hooks_pb2 = importlib.import_module("gatehouse.v1.hooks_pb2")
control_pb2_grpc = importlib.import_module("gatehouse.v1.control_pb2_grpc")
