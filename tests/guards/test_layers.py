"""Includes that the layers do not allow."""

BASE = "gatehouse_module(base SOURCES a.cc)\n"


def test_an_include_of_a_declared_module_passes(tree):
    assert tree("layers", {
        "edge/base/CMakeLists.txt": BASE,
        "edge/room/CMakeLists.txt": "gatehouse_module(room SOURCES r.cc DEPS base LIBS absl::status)\n",
        "edge/room/r.cc": '#include "edge/base/a.h"\n#include "edge/room/r.h"\n',
    }) == []


def test_an_include_of_an_undeclared_module_is_found_with_its_line(tree):
    found = tree("layers", {
        "edge/base/CMakeLists.txt": BASE,
        "edge/hub/CMakeLists.txt": "gatehouse_module(hub DEPS base)\n",
        "edge/room/CMakeLists.txt": "gatehouse_module(room DEPS base)\n",
        "edge/room/r.cc": '#include "edge/base/a.h"\n#include "edge/hub/hub.h"\n',
    })
    assert found == ["edge/room/r.cc:2: includes edge/hub/hub.h: hub is not in the DEPS of room"]


def test_a_cycle_is_found(tree):
    found = tree("layers", {
        "edge/hub/CMakeLists.txt": "gatehouse_module(hub DEPS node)\n",
        "edge/node/CMakeLists.txt": "gatehouse_module(node DEPS hub)\n",
    })
    assert found == ["the modules' graph has a cycle: hub -> node -> hub"]


def test_pure_modules_know_no_event_loop_and_the_edge_no_grpc(tree):
    found = tree("layers", {
        "edge/wire/CMakeLists.txt": "gatehouse_module(wire)\n",
        "edge/wire/w.cc": "#include <boost/asio/io_context.hpp>\n#include <grpcpp/grpcpp.h>\n",
    })
    assert len(found) == 2 and "no event loop" in found[0] and "know gRPC" in found[1]


def test_control_sees_of_the_edge_only_the_node_api(tree):
    found = tree("layers", {
        "edge/node/CMakeLists.txt": "gatehouse_module(node)\n",
        "control/c.cc": '#include "edge/node/node_api.h"\n#include "edge/node/node.h"\n',
    })
    assert len(found) == 1 and found[0].startswith("control/c.cc:2:")
