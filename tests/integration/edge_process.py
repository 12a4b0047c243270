"""One `gatehouse serve` under test: its configuration, its ready line, its log, its end."""

import json
import os
import pathlib
import selectors
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 20
END_SECONDS = 30


def binary():
    return os.environ.get("GATEHOUSE_BINARY", str(ROOT / "build/dev/edge/gatehouse"))


def clean_environment(extra=None):
    """This process's environment without what would configure a Gatehouse."""
    names = (name for name in os.environ if not name.startswith("GATEHOUSE_"))
    return {name: os.environ[name] for name in names} | (extra or {})


def run(*words, environment=None, timeout=60):
    """Runs the program to its end."""
    return subprocess.run([binary(), *words], capture_output=True, text=True, timeout=timeout,
                          env=clean_environment(environment), check=False)


def until(condition, what, seconds=20):
    """The first true value of `condition()`; fails with `what` at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)


class Edge:
    """Starts at once; `with` ends it and fails if it did not end well."""

    def __init__(self, folder, *arguments, settings=None, environment=None):
        self.log_path = pathlib.Path(folder) / "gatehouse.log"
        words = [binary(), "serve", *arguments]
        if settings is not None:
            # YAML takes JSON as it is.
            config = pathlib.Path(folder) / "gatehouse.yaml"
            config.write_text(json.dumps(settings, indent=1))
            words += ["--config", str(config)]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log,
                                            env=clean_environment(environment))
        self.ready = self._read_ready()
        self.client = self.ready["client"]
        self.control = self.ready["control"]
        self.admin = self.ready["admin"]

    def _read_ready(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(START_SECONDS):
                self.process.kill()
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"no ready line, exit code {self.process.wait()}:\n{self.log()}")
        return json.loads(line)

    def log(self):
        return self.log_path.read_text()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds=END_SECONDS):
        return self.process.wait(seconds)

    def stop(self):
        """Ends it as an operator would and returns the exit code."""
        if self.process.poll() is None:
            self.terminate()
        return self.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        try:
            code = self.stop()
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.process.stdout.close()
        assert code == 0 or kind is not None, f"exit code {code}:\n{self.log()}"
