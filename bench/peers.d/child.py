"""Runs a server that is not ours as children of this process: said ready when its ports answer,
ended with this process."""

import ctypes
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(words, **more):
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=sys.stderr,
                            preexec_fn=_die_with_parent, **more)


def serve_until_told(processes):
    """Until SIGTERM or SIGINT, or until one of them ends by itself."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    while not told.wait(0.2):
        for process in processes:
            if process.poll() is not None:
                print(f"{process.args[0]} ended with {process.returncode}", file=sys.stderr)
                told.set()
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
