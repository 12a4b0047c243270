"""Starts a server on one core and the load generator on another, one run at a time."""

import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

import peer_list

READY_SECONDS = 15
STOP_SECONDS = 40
# Besides a run's own seconds: connecting ten thousand, and the rest of what is under way.
GRACE_SECONDS = 180


class Failed(Exception):
    """A run that gave no figure, and why."""


def idle_share(seconds=1.0):
    """How much of the machine does nothing: figures from a busy machine are worth little."""
    def sample():
        fields = [int(x) for x in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
        return fields[3] + fields[4], sum(fields)
    idle, total = sample()
    time.sleep(seconds)
    idle_after, total_after = sample()
    return (idle_after - idle) / max(total_after - total, 1)


def raise_descriptor_limit():
    """The soft limit becomes the hard one, for all that is started from here. Returns it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Server:
    """A process that prints a ready line; on some cores, or (None) on any. Use as a context."""

    def __init__(self, cores, words):
        pinned = words if cores is None else ["taskset", "-c", str(cores), *words]
        self.process = subprocess.Popen(pinned, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        self.ready = self._await_ready(words)

    def _await_ready(self, words):
        signal.signal(signal.SIGALRM, self._too_late)
        signal.alarm(READY_SECONDS)
        try:
            line = self.process.stdout.readline()
        except Failed:
            self.process.kill()
            raise
        finally:
            signal.alarm(0)
        if not line:
            raise Failed(f"{pathlib.Path(words[0]).name} ended with {self.process.wait()} before "
                         "it was ready")
        return json.loads(line)

    @staticmethod
    def _too_late(*_):
        raise Failed(f"it was not ready within {READY_SECONDS} seconds")

    @property
    def pid(self):
        return self.ready["pid"]

    @property
    def pids(self):
        """All its processes, as load's --server-pid takes them."""
        return ",".join(str(pid) for pid in self.ready.get("pids", [self.pid]))

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
    """The binaries of a build, the cores, and a certificate."""

    def __init__(self, build, server_core, load_core):
        self.build = pathlib.Path(build)
        self.gatehouse_path = self.build / "edge/gatehouse"
        self.load_path = self.build / "bench/load/load"
        self.limit_path = self.build / "bench/limit/limit"
        self.echo_path = self.build / "bench/grpc_echo/grpc_echo"
        self.upstream_path = self.build / "bench/upstream/upstream"
        self.server_core = server_core
        self.load_core = load_core
        for path in (self.gatehouse_path, self.load_path, self.limit_path, self.echo_path,
                     self.upstream_path):
            if not path.exists():
                sys.exit(f"{path} is missing: cmake --build {build} --target gatehouse "
                         "gatehouse_bench_load gatehouse_bench_limit gatehouse_bench_grpc_echo "
                         "gatehouse_bench_upstream gatehouse_bench_beast")
        cores = sorted(os.sched_getaffinity(0))
        if {server_core, load_core} - set(cores) or server_core == load_core:
            sys.exit(f"two cores are needed; this process may use {cores}")
        spare = [core for core in cores if core not in (server_core, load_core)]
        # For a server with two shards: two cores where there are three, else both on one.
        self.two_shard_cores = f"{server_core},{spare[0]}" if spare else str(server_core)
        # What proxies stand before is not measured: with the load, where there is no third core.
        self.upstream_core = spare[0] if spare else load_core
        self.folder = tempfile.TemporaryDirectory()
        self.certificate = peer_list.make_certificate(self.folder.name)
        self.token = self._mint()

    def _mint(self):
        words = [self.gatehouse_path, "token", "--dev", "--user", "u", "--join", "*",
                 "--publish", "*", "--ttl", "12h"]
        return subprocess.run(words, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()

    def tls_files(self, tls):
        if tls and self.certificate is None:
            raise Failed("there is no openssl to make a certificate with")
        return self.certificate if tls else None

    def load(self, command, server, seconds, **options):
        """Runs `load COMMAND --option-name value...` and returns what it measured. `seconds`: what
        it is told to take."""
        words = ["taskset", "-c", str(self.load_core), str(self.load_path), command, "--json",
                 "--server-pid", server.pids]
        if command != "rpc":
            words += ["--server", server.ready["client"]]
        if command not in ("rpc", "http", "http-idle"):
            words += ["--token", self.token]
        for name, value in options.items():
            if value is None or value is False:
                continue
            words.append("--" + name.replace("_", "-"))
            if value is not True:
                words.append(str(value))
        try:
            done = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=seconds + GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed(f"it took over {seconds + GRACE_SECONDS:.0f} s") from None
        if done.returncode != 0:
            raise Failed(reason_of(done))
        return json.loads(done.stdout)


def reason_of(done):
    """Why load gave up, in a line."""
    if done.stdout.startswith("{"):
        report = json.loads(done.stdout)
        return report.get("first_close") or report.get("verified", "load failed")
    return (done.stderr.strip() or f"load ended with {done.returncode}").splitlines()[0][:200]
