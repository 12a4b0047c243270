"""Loads the guards, which are scripts without a suffix, as modules."""

import importlib.machinery
import importlib.util
import pathlib
import sys

import pytest

GUARDS = pathlib.Path(__file__).resolve().parents[2] / "scripts/guards"
sys.path.insert(0, str(GUARDS))
sys.dont_write_bytecode = True


def load(name):
    loader = importlib.machinery.SourceFileLoader(name, str(GUARDS / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path):
    """Writes files into a tree of its own and gives back the guard's findings for it."""

    def findings(guard, files):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return list(load(guard).findings(tmp_path, [pathlib.PurePosixPath(f) for f in files]))

    return findings
