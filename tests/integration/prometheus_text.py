"""Reads what /metrics answers."""

import re


def read_metrics(text):
    """Prometheus' text format, strictly: {sample: value}. Each has its HELP and TYPE before it."""
    samples, types, described = {}, {}, set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            described.add(line.split(" ", 3)[2])
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in ("counter", "gauge", "histogram") and name not in types
            types[name] = kind
        else:
            found = re.fullmatch(r"([a-z_:][a-z0-9_:]*)(\{[^{}]*\})? (-?[0-9.e+-]+)", line)
            assert found, line
            family = re.sub(r"_(bucket|sum|count)$", "", found[1])
            name = found[1] if found[1] in types else family
            assert name in types and name in described, line
            assert (types[name] == "counter") == found[1].endswith("_total"), line
            assert line not in samples
            samples[found[1] + (found[2] or "")] = float(found[3])
    assert text.endswith("\n")
    return samples
