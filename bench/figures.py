"""What bench/run measures: the workloads, who takes part in each, and what is compared."""

import dataclasses

import contestants
import peer_list

PEERS = [peer.name for peer in peer_list.PEERS]
OF_ROOMS = [peer.name for peer in peer_list.PEERS if peer.rooms]
FAN_OUT = ["direct", "coalesce", "uring", "gatehouse", "gatehouse-stream", *OF_ROOMS]
ONE_PUBLISHER = ["direct", "gatehouse", *OF_ROOMS]
PROXIES = ("nginx", "gatehouse-proxy")
# Pushpin asks its application for each: the figure would be that of an origin in Python.
HANDSHAKERS = [name for name in ONE_PUBLISHER if name != "pushpin"]


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    title: str
    command: str            # of load
    options: dict           # for it; a callable is asked with bench/run's own options
    field: str              # of load's report
    unit: str
    who: tuple              # names of contestants
    baseline: str | None    # whose value the others' are divided by; None: values as they are
    tls: bool = False       # of all but the bare servers, who are always plain
    deflate: bool = False
    chat: bool = False
    settings: tuple = ()    # of gatehouse
    extra: tuple = ()       # other fields of the report that are shown
    seconds: float = 1      # longest time a run is told to take, in durations
    hold: float = 0         # and in seconds

    def plain(self):
        return dataclasses.replace(self, tls=False, deflate=False)

    def obstacle(self, contestant):
        """None, or why it cannot take part."""
        if contestant in contestants.BARE:
            return None
        if not contestant.can(tls=self.tls, deflate=self.deflate, chat=self.chat):
            what = [name for name in ("tls", "deflate", "chat") if getattr(self, name)]
            return f"has no {' and '.join(what)} here"
        return None


def fan_out(name, title, who=tuple(FAN_OUT), more=None, baseline="direct", **rest):
    options = {"members": 1000, "size": 128, "in_flight": 16, **(more or {})}
    return Workload(name, title, "fanout", options, "deliveries_per_cpu_s",
                    "deliveries per CPU-second", tuple(who), baseline, **rest)


def fitting(asked):
    """So many connections, or as many as the descriptor limit of a process allows."""
    return lambda options: min(asked(options), options.most_connections)


BIG = fitting(lambda options: options.connections)
NO_HANDSHAKE_LIMIT = ("client.handshakes_per_second=0",)

WORKLOADS = [
    fan_out("f1", "1,000 members, 128 B, 16 publications under way"),
    fan_out("f1w1", "the same, one at a time", more={"in_flight": 1}),
    fan_out("f2", "the same, 60 publications a second", more={"rate": 60},
            extra=("delivery_p50_us", "delivery_p99_us")),
    fan_out("f3", "--connections members of one room, 128 B, 4 under way",
            more={"members": BIG, "in_flight": 4}, settings=NO_HANDSHAKE_LIMIT),
    fan_out("f4", "--connections members in 1,000 random rooms, 128 under way",
            more={"members": BIG, "rooms": 1000, "random_rooms": True, "in_flight": 128},
            settings=NO_HANDSHAKE_LIMIT),
    fan_out("f5z", "1,000 members, 4 KiB of words, deflate; the bare servers plain",
            more={"size": 4096, "words": True}, deflate=True),
    fan_out("f1tls", "1,000 members, 128 B, 16 under way, TLS; the bare servers plain", tls=True),
    Workload("t1", "chat: 1,000 clients in rooms of 10 publish, 16 under way", "chat",
             {"members": 1000, "talkers": 10, "size": 128, "in_flight": 16},
             "deliveries_per_cpu_s", "deliveries per CPU-second",
             ("direct", "coalesce", "gatehouse", *OF_ROOMS), "direct", chat=True),
    Workload("memory", "resident memory of an idle connection in a room, and the CPU of all "
             "of them (--connections)", "idle",
             {"connections": BIG, "hold": lambda options: options.hold},
             "rss_per_connection", "bytes", tuple(ONE_PUBLISHER), None,
             settings=NO_HANDSHAKE_LIMIT, extra=("idle_cpu_ms_per_s",), seconds=0, hold=30),
    Workload("memory-tls", "the same memory under TLS", "idle",
             {"connections": BIG, "hold": 0, "parallel": 16}, "rss_per_connection", "bytes",
             ("gatehouse", *OF_ROOMS), None, tls=True, settings=NO_HANDSHAKE_LIMIT, seconds=0,
             hold=60),
    Workload("handshake", "a handshake; Gatehouse's with an HS256 token", "connect",
             {"handshakes": 10000, "parallel": 16}, "cpu_us_per_handshake", "us of CPU",
             tuple(HANDSHAKERS), None, settings=NO_HANDSHAKE_LIMIT, seconds=0, hold=60),
    Workload("handshake-tls", "the same with a whole TLS handshake (P-256)", "connect",
             {"handshakes": 3000, "batch": 3000, "parallel": 16}, "cpu_us_per_handshake",
             "us of CPU", ("gatehouse", *OF_ROOMS), None, tls=True, settings=NO_HANDSHAKE_LIMIT,
             seconds=0, hold=60),
    Workload("rpc", "Broadcast into an empty room, 64 under way", "rpc", {"in_flight": 64},
             "calls_per_cpu_s", "calls per CPU-second", ("grpc_echo", "gatehouse"), "grpc_echo"),
    Workload("rpc-stream", "the same as messages on one BroadcastStream", "rpc",
             {"in_flight": 64, "stream": True}, "calls_per_cpu_s", "messages per CPU-second",
             ("grpc_echo", "gatehouse"), "grpc_echo"),
    Workload("fairness", "p99 of a room of 100 at 60 publications a second, beside a room of "
             "1,000 with 16 under way", "fairness", {"flood_in_flight": 16},
             "flooded_delivery_p99_us", "us", ("direct", "gatehouse", "uwebsockets", "nchan"),
             None, extra=("quiet_delivery_p99_us", "flood_deliveries_per_s"), seconds=2),
    Workload("slow", "p99 of 900 members at 60 publications of 4 KiB a second while 100 others "
             "do not read", "slow", {"rate": 60, "duration": lambda options: 3 * options.duration}, "slow_delivery_p99_us", "us",
             ("direct", "gatehouse", "uwebsockets", "ws", "nchan"), None,
             extra=("before_delivery_p99_us", "rss_growth_per_slow", "slow_closed"), seconds=6),
    fan_out("history", "f1 with rooms that keep 1,000 publications, beside none",
            ("gatehouse", "gatehouse-history"), baseline="gatehouse"),
    fan_out("history-w1", "the same, one at a time", ("gatehouse", "gatehouse-history"),
            more={"in_flight": 1}, baseline="gatehouse"),
    fan_out("shards", "f1 with two shards, beside one", ("gatehouse", "gatehouse-2"),
            baseline="gatehouse"),
    Workload("proxy", "reverse proxy: 1 KiB answers on 64 connections that are kept", "http",
             {"size": 1024, "connections": 64}, "requests_per_cpu_s", "requests per CPU-second",
             PROXIES, "nginx"),
    Workload("proxy-latency", "the same at half of what a core does: p99", "http",
             {"size": 1024, "connections": 64, "share": 0.5}, "answer_p99_us", "us", PROXIES, "nginx",
             extra=("answer_p50_us", "rate"), seconds=2),
    Workload("proxy-bytes", "reverse proxy: 1 MiB answers on 16 connections", "http",
             {"size": 1 << 20, "connections": 16}, "bytes_per_cpu_s", "bytes per CPU-second", PROXIES,
             "nginx"),
    Workload("proxy-memory", "resident memory of a proxied connection that waits for its next request "
             "(--connections)", "http-idle", {"connections": BIG}, "rss_per_connection", "bytes",
             PROXIES, "nginx", seconds=0, hold=30),
]


def load_options(workload, contestant, server, options):
    """What `load` is told for one run of a contestant in a workload."""
    told = {name: value(options) if callable(value) else value
            for name, value in workload.options.items()}
    if contestant not in contestants.BARE:
        told.update(tls=workload.tls, deflate=workload.deflate)
    if workload.command in ("fanout", "fairness", "slow"):
        told["publish"] = contestant.how(server.ready)
    if workload.command == "fanout":
        told["settle"] = contestant.settle
    if workload.command == "rpc":
        told["target"] = server.ready["control"]
    if workload.command not in ("idle", "connect", "http-idle"):
        told.setdefault("duration", options.duration)
        told.setdefault("warmup", min(1, options.duration))
    return told
