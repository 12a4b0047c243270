"""The dev build's compile commands, as clang 14 understands them."""

import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
import time

# With an argument of its own that goes as well.
WITH_ARGUMENT = {"-o", "-MF", "-MT", "-MQ"}
DROPPED = ("-W", "-fno-sanitize", "-fsanitize", "-fno-omit-frame-pointer", "-c", "-MD", "-MMD",
           "-fconcepts", "-fcoroutines", "-fmax-errors", "-fdiagnostics", "-Winvalid-pch", "-g")


class NotBuilt(Exception):
    """There is no compile_commands.json yet."""


def flags(command):
    """The flags of one compile command that clang needs: no compiler, no output, no gcc-only flag."""
    words = shlex.split(command)
    while words and not words[0].startswith("-"):
        words.pop(0)  # the launcher and the compiler
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in WITH_ARGUMENT:
            skip = True
        elif not word.startswith(DROPPED) and not word.endswith((".cc", ".cpp")):
            kept.append(word)
    return kept


def load(root, folders=("edge", "control")):
    """{path relative to root: (flags, directory)} of the translation units in the folders."""
    path = root / "build/dev/compile_commands.json"
    if not path.exists():
        raise NotBuilt(f"{path.relative_to(root)} is not there: run scripts/build dev first")
    units = {}
    for entry in json.loads(path.read_text()):
        name = os.path.relpath(os.path.join(entry["directory"], entry["file"]), root)
        # A file that was removed after the last configure is nobody's any more.
        if name.split(os.sep)[0] in folders and (root / name).exists():
            units[name] = (flags(entry["command"]), entry["directory"])
    return units


def run_all(commands, jobs, deadline=None):
    """Runs {name: (argv, directory)}. Returns (names of the failed, names not started).

    What a failed one printed is printed as it ends, so that a run that is stopped has said it.
    """
    failed, skipped = [], []

    def run(item):
        name, (argv, directory) = item
        if deadline is not None and time.monotonic() > deadline:
            skipped.append(name)
            return
        done = subprocess.run(argv, cwd=directory, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            failed.append(name)
            print(done.stdout, file=sys.stderr, flush=True)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run, commands.items()))
    return sorted(failed), sorted(skipped)
