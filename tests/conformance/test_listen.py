"""The echo is off by default, and for loopback only."""

import json

import pytest

from edge_process import Edge, run
from settings import settings


def test_it_is_off_by_default(tmp_path):
    with Edge(tmp_path, settings=settings()) as edge:
        assert edge.ready["echo"] == ""


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "localhost:0", ""])
def test_it_is_for_loopback_only(tmp_path, address):
    config = tmp_path / "gatehouse.yaml"
    config.write_text(json.dumps(settings()))
    result = run("serve", "--config", str(config), "--debug-echo-listen", address)
    assert result.returncode == 1 and "loopback" in result.stderr
