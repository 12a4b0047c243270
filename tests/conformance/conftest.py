import pytest

from edge_process import Edge
from settings import settings


def pytest_addoption(parser):
    parser.addoption("--all-cases", action="store_true",
                     help="run all 517 Autobahn cases: all of compression (12, 13) too")


@pytest.fixture(scope="session")
def echo_address(tmp_path_factory):
    """The echo of the production session and codec."""
    with Edge(tmp_path_factory.mktemp("echo"), "--debug-echo-listen", "127.0.0.1:0",
              settings=settings()) as edge:
        yield edge.ready["echo"]
