"""docs/protocol.md is true: every exchange is run, every table compared with what it is taken from."""

import json
import os
import re

import pytest
from google.protobuf import json_format

from client import WAIT_SECONDS, connect
from control import Control, control_pb2, close_code_pb2, options_pb2
from edge_process import ROOT
from settings import token

DOCUMENT = ROOT / "docs/protocol.md"
TEXT = DOCUMENT.read_text()
EXCHANGES = re.findall(r"^```text\n(.*?)^```$", TEXT, re.M | re.S)
LINE = re.compile(r"(\w+) +([⇒→←×]) ?(.*)")
# What is different in each run: only its form is compared.
VARYING = {"ts": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "epoch": "[0-9a-f]{16}",
           "connection": "[0-9a-f]{32}", "expires": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"}


def without_varying(value):
    """The value with what varies replaced by its name, where its form is right."""
    if isinstance(value, list):
        return [without_varying(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: name if name in VARYING and re.fullmatch(VARYING[name], str(each))
            else without_varying(each) for name, each in value.items()}


class Exchange:
    """Plays the lines of one block against a node of its own."""

    def __init__(self, edge):
        self.edge = edge
        self.clients = {}
        self.epoch = ""  # the last one a client was told

    def play(self, line):
        who, what, text = LINE.fullmatch(line.rstrip()).groups()
        text = text.replace("EPOCH", self.epoch) if what in "⇒→" else text
        if who == "service":
            self.call(*text.split(" ", 1))
        elif what == "⇒":
            self.clients[who] = connect(self.edge, text, user=who)
        elif what == "→":
            self.clients[who].send_raw(text.replace('"TOKEN"', f'"{token(who)}"'))
        elif what == "×":
            self.clients.pop(who).close()
        else:
            got = self.clients[who].socket.recv(WAIT_SECONDS)
            self.epoch = (re.findall('"epoch":"([0-9a-f]{16})"', got) or [self.epoch])[-1]
            # As text, so that the order of the members is compared too.
            assert json.dumps(without_varying(json.loads(got))) == (
                json.dumps(without_varying(json.loads(text))))

    def call(self, method, fields):
        with Control(self.edge.control) as control:
            descriptor = control_pb2.DESCRIPTOR.services_by_name["ControlService"]
            request = getattr(control_pb2, descriptor.methods_by_name[method].input_type.name)()
            json_format.Parse(fields, request)
            getattr(control.stub, method)(request, metadata=control.metadata, timeout=WAIT_SECONDS)

    def close(self):
        for client in self.clients.values():
            client.close()


@pytest.mark.parametrize("number", range(len(EXCHANGES)))
def test_exchange(start, number):
    exchange = Exchange(start(node={"shards": 1}))
    for line in EXCHANGES[number].splitlines():
        exchange.play(line)
    # Nothing more than the document says.
    for client in exchange.clients.values():
        client.send(type="ping", id="end")
        assert client.receive() == {"type": "pong", "id": "end"}
    exchange.close()


def test_there_are_exchanges():
    assert len(EXCHANGES) >= 10


def close_code_rows():
    source = (ROOT / "proto/gatehouse/v1/close_code.proto").read_text()
    declared = re.findall(r"((?:^ *//.*\n)+) *(\w+) = (\d+) \[", source, re.M)
    comments = {name: " ".join(re.sub(r"^ *// ?", "", comment, flags=re.M).split())
                for comment, name, _ in declared}
    yield "| code | reason | a client should | sent when |"
    yield "|---|---|---|---|"
    for value in close_code_pb2.CloseCode.DESCRIPTOR.values:
        info = value.GetOptions().Extensions[options_pb2.close]
        if value.number:
            when = comments[value.name].removeprefix("RFC 6455: ").replace(" | ", " or ")
            does = "come back" if info.reconnect else "stay away"
            yield f"| {value.number} | {info.reason} | {does} | {when[0].lower() + when[1:]} |"


def test_the_close_codes_are_the_declared_ones():
    """GATEHOUSE_UPDATE_DOCS=1 writes the table instead."""
    table = "\n".join(close_code_rows()) + "\n"
    place = re.compile(r"(<!-- From proto/gatehouse/v1/close_code\.proto.*?-->\n)(.*?)(?=\n## )", re.S)
    if os.environ.get("GATEHOUSE_UPDATE_DOCS"):
        DOCUMENT.write_text(place.sub(lambda found: found[1] + table, TEXT))
        return
    assert place.search(TEXT)[2] == table


def test_the_error_codes_are_those_of_the_code():
    source = (ROOT / "edge/protocol/error_code.cc").read_text()
    table = TEXT.split("### Errors")[1].split("## Limits")[0]
    rows = "".join(re.findall(r"^\| (`.*?) \|", table, re.M))
    assert set(re.findall("`(\\w+)`", rows)) == set(re.findall('(?:return|,) "(\\w+)"', source))


def test_the_limits_are_the_settings_defaults():
    source = (ROOT / "proto/gatehouse/v1/config.proto").read_text()
    rows = re.findall(r"^\| `client\.(\w+)` \| (\S+) \|", TEXT, re.M)
    assert len(rows) >= 10
    for name, default in rows:
        assert re.search(rf' {name} = \d+ \[\(setting\) = {{default_value: "{default}"', source), name


def test_the_settings_that_are_named_exist():
    source = (ROOT / "proto/gatehouse/v1/config.proto").read_text()
    for name in re.findall(r"`(?:client|auth)\.(\w+)`", TEXT):
        assert re.search(rf" {name} = \d+ \[", source), name
