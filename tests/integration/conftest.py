import pytest

from client import connect
from control import Control
from edge_process import Edge
from hook_endpoint import HookEndpoint
from settings import settings


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    """A node with the settings of all tests, shared by a file's tests: each uses rooms of its own."""
    with Edge(tmp_path_factory.mktemp("edge"), settings=settings()) as node:
        yield node


@pytest.fixture
def start(tmp_path):
    """Starts a node with settings of its own; it is ended after the test."""
    nodes = []

    def starter(*arguments, environment=None, **blocks):
        folder = tmp_path / str(len(nodes))
        folder.mkdir()
        node = Edge(folder, *arguments, settings=settings(**blocks), environment=environment)
        nodes.append(node)
        return node

    yield starter
    for node in nodes:
        node.__exit__(None, None, None)


@pytest.fixture
def control(edge):
    with Control(edge.control) as control:
        yield control


@pytest.fixture
def join(edge):
    """Connects clients to the shared node; they are closed after the test."""
    clients = []

    def connector(path="/ws/chat:lobby", **options):
        clients.append(connect(edge, path, **options))
        return clients[-1]

    yield connector
    for client in clients:
        client.close()


@pytest.fixture
def app():
    """An application's endpoint for hooks, which says yes until a test says otherwise."""
    with HookEndpoint() as endpoint:
        yield endpoint
