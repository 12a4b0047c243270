"""Starts a server on one core and the load generator on another, one pair of runs at a time."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

READY_SECONDS = 10
STOP_SECONDS = 40


def idle_share(seconds=1.0):
    """How much of the machine does nothing: figures from a busy machine are worth little."""
    def sample():
        fields = [int(x) for x in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
        return fields[3] + fields[4], sum(fields)
    idle, total = sample()
    time.sleep(seconds)
    idle_after, total_after = sample()
    return (idle_after - idle) / max(total_after - total, 1)


class Server:
    """A process that prints a ready line; on one core, or (None) on any. Use as a context."""

    def __init__(self, core, words):
        pinned = words if core is None else ["taskset", "-c", str(core), *words]
        self.process = subprocess.Popen(pinned, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        self.ready = self._await_ready(words)

    def _await_ready(self, words):
        signal.signal(signal.SIGALRM, self._too_late)
        signal.alarm(READY_SECONDS)
        line = self.process.stdout.readline()
        signal.alarm(0)
        if not line:
            sys.exit(f"{' '.join(words)} ended with {self.process.wait()} before it was ready")
        return json.loads(line)

    @staticmethod
    def _too_late(*_):
        sys.exit(f"a server was not ready within {READY_SECONDS} seconds")

    @property
    def pid(self):
        return self.ready["pid"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Rig:
    """The binaries of a build, and the two cores."""

    def __init__(self, build, server_core, load_core):
        build = pathlib.Path(build)
        self.gatehouse_path = build / "edge/gatehouse"
        self.load_path = build / "bench/load/load"
        self.limit_path = build / "bench/limit/limit"
        self.echo_path = build / "bench/grpc_echo/grpc_echo"
        self.server_core = server_core
        self.load_core = load_core
        for path in (self.gatehouse_path, self.load_path, self.limit_path, self.echo_path):
            if not path.exists():
                sys.exit(f"{path} is missing: cmake --build {build} --target gatehouse "
                         "gatehouse_bench_load gatehouse_bench_limit gatehouse_bench_grpc_echo")
        missing = {server_core, load_core} - os.sched_getaffinity(0)
        if missing or server_core == load_core:
            cores = sorted(os.sched_getaffinity(0))
            sys.exit(f"two cores are needed; this process may use {cores}")
        self.token = self._mint()

    def _mint(self):
        words = [self.gatehouse_path, "token", "--dev", "--user", "u", "--join", "*",
                 "--publish", "*", "--ttl", "1h"]
        return subprocess.run(words, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()

    def gatehouse(self, settings=()):
        """As a user gets it, with one shard, because it has one core."""
        words = [str(self.gatehouse_path), "serve", "--dev"]
        for setting in ("node.shards=1", "client.listen=127.0.0.1:0", "control.listen=127.0.0.1:0",
                        "admin.listen=127.0.0.1:0", *settings):
            words += ["--set", setting]
        return Server(self.server_core, words)

    def limit(self, coalesce=False):
        words = ["--coalesce"] if coalesce else []
        return Server(self.server_core, [str(self.limit_path), *words])

    def echo(self):
        return Server(self.server_core, [str(self.echo_path)])

    def load(self, command, server, **options):
        """Runs `load COMMAND --option-name value...` and returns what it measured."""
        words = ["taskset", "-c", str(self.load_core), str(self.load_path), command, "--json",
                 "--server-pid", str(server.pid)]
        if command != "rpc":
            words += ["--server", server.ready["client"], "--token", self.token]
        for name, value in options.items():
            words.append("--" + name.replace("_", "-"))
            if value is not True:
                words.append(str(value))
        done = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            sys.exit(f"load {command} failed: {done.stderr}{done.stdout}")
        return json.loads(done.stdout)
