"""What bench/run measures. Each figure compares gatehouse with a bare server in pairs of runs."""

import dataclasses
import statistics


@dataclasses.dataclass
class Figure:
    name: str
    title: str
    unit: str        # of the values
    aim: str
    bare: object     # (rig, options) -> value of the bare server
    ours: object     # (rig, options) -> value of gatehouse
    field: str       # of load's report, whose value is compared
    absolute: bool = False  # the aim is about gatehouse's value, not about the ratio


def fanout(publish):
    def bare(rig, options):
        with rig.limit() as server:
            return rig.load("fanout", server, publish=f"line:{server.ready['control']}",
                            members=1000, size=128, in_flight=1, duration=options.duration)

    def ours(rig, options):
        with rig.gatehouse() as server:
            return rig.load("fanout", server, publish=f"{publish}:{server.ready['control']}",
                            members=1000, size=128, in_flight=1, duration=options.duration)

    return bare, ours


def idle(rig, server, options):
    return rig.load("idle", server, connections=options.connections)


def bare_idle(rig, options):
    with rig.limit() as server:
        return idle(rig, server, options)


def our_idle(rig, options):
    with rig.gatehouse() as server:
        return idle(rig, server, options)


def bare_connect(rig, options):
    with rig.limit() as server:
        return rig.load("connect", server, parallel=16)


def our_connect(rig, options):
    with rig.gatehouse(["client.handshakes_per_second=0"]) as server:
        return rig.load("connect", server, parallel=16)


def calls(start, **more):
    def run(rig, options):
        with start(rig) as server:
            return rig.load("rpc", server, target=server.ready["control"], in_flight=64,
                            duration=options.duration, **more)
    return run


FIGURES = [
    Figure("f1w1", "1,000 members, 128 bytes, one Broadcast under way, beside bench/limit",
           "deliveries per CPU-second", ">= 0.8", *fanout("rpc"), "deliveries_per_cpu_s"),
    Figure("f1w1-stream", "the same published on a BroadcastStream",
           "deliveries per CPU-second", ">= 0.8", *fanout("stream"), "deliveries_per_cpu_s"),
    Figure("memory", "resident memory of an idle authenticated session in a room",
           "bytes", "<= 2048 bytes", bare_idle, our_idle, "rss_per_connection", absolute=True),
    Figure("handshake", "a handshake with an HS256 token; bench/limit looks at none",
           "us of CPU", "-", bare_connect, our_connect, "cpu_us_per_handshake"),
    Figure("broadcast", "Broadcast into an empty room, 64 under way, beside bench/grpc_echo",
           "calls per CPU-second", ">= 0.7", calls(lambda rig: rig.echo()),
           calls(lambda rig: rig.gatehouse()), "calls_per_cpu_s"),
    Figure("broadcast-stream", "the same as messages on one BroadcastStream",
           "messages per CPU-second", ">= 0.7", calls(lambda rig: rig.echo(), stream=True),
           calls(lambda rig: rig.gatehouse(), stream=True), "calls_per_cpu_s"),
]


def measure(rig, options, figure, progress):
    """Pairs of runs; which side goes first alternates, so that the machine's drift cancels out."""
    pairs = []
    for number in range(options.rounds):
        sides = ["bare", "ours"] if number % 2 == 0 else ["ours", "bare"]
        reports = {side: getattr(figure, side)(rig, options) for side in sides}
        pair = {side: reports[side][figure.field] for side in reports}
        pair["ratio"] = pair["ours"] / pair["bare"] if pair["bare"] else float("nan")
        pair["reports"] = reports
        pairs.append(pair)
        progress(f"{figure.name} {number + 1}/{options.rounds}: bare {pair['bare']:,.0f}, "
                 f"gatehouse {pair['ours']:,.0f}, ratio {pair['ratio']:.2f}")
    return pairs


def spread(values, digits):
    """median (min to max)"""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def describe(figure, pairs):
    ours = spread([pair["ours"] for pair in pairs], 1 if figure.unit.startswith("us") else 0)
    bare = spread([pair["bare"] for pair in pairs], 1 if figure.unit.startswith("us") else 0)
    ratio = spread([pair["ratio"] for pair in pairs], 2)
    measured = "gatehouse" if figure.absolute else "ratio"
    return (f"{figure.name}: {figure.title}\n"
            f"  ratio      {ratio}\n"
            f"  gatehouse  {ours} {figure.unit}\n"
            f"  bare       {bare} {figure.unit}\n"
            f"  aim        {measured} {figure.aim}\n")
