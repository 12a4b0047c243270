"""Runs a workload: the servers take turns, each started afresh for every run."""

import dataclasses
import statistics
import time

import contestants
import figures
import rig

# A load that is busy for longer than this share of the time may be the limit of what it measures.
LOAD_IS_THE_LIMIT = 0.95


@dataclasses.dataclass
class Result:
    """What a workload gave: contestant -> its runs (None: that run failed)."""

    workload: object
    idle: float = 0            # share of the machine that did nothing just before
    runs: dict = dataclasses.field(default_factory=dict)
    left_out: dict = dataclasses.field(default_factory=dict)   # contestant -> why

    def values(self, name, field=None):
        field = field or self.workload.field
        return [run[field] for run in self.runs.get(name, []) if run and field in run]

    def ratios(self, name):
        """Of the rounds in which both it and the baseline gave a value."""
        field = self.workload.field
        pairs = zip(self.runs.get(name, []), self.runs.get(self.workload.baseline, []))
        return [ours[field] / bare[field] for ours, bare in pairs
                if ours and bare and field in ours and bare.get(field)]

    def shown(self, name):
        """Ratios where there is a baseline, else values."""
        return self.ratios(name) if self.workload.baseline else self.values(name)

    def load_was_the_limit(self, name):
        if not self.workload.baseline:
            return False
        shares = self.values(name, "load_core_share")
        return bool(shares) and statistics.median(shares) > LOAD_IS_THE_LIMIT


class Budget:
    """The time a whole run may take."""

    def __init__(self, minutes):
        self.end = time.monotonic() + minutes * 60

    def left(self):
        return self.end - time.monotonic()


def run_once(bench, options, workload, contestant):
    variant = workload.plain() if contestant in contestants.BARE else workload
    seconds = options.duration * workload.seconds + workload.hold + 2
    with contestant.start(bench, variant) as server:
        told = figures.load_options(variant, contestant, server, options)
        report = bench.load(workload.command, server, seconds, **told)
    if workload.command == "idle":
        report["idle_cpu_ms_per_s"] = report["server_core_share"] * 1000
    if workload.field not in report:
        raise rig.Failed(f"there is no {workload.field}: the server used no CPU")
    if variant.deflate and report["compressed"] < report["deliveries"]:
        raise rig.Failed(f"of {report['deliveries']} deliveries only {report['compressed']} came "
                         "compressed")
    return report


def participants(bench, options, workload, result):
    """The contestants, less those that cannot: result says why."""
    chosen = []
    for name in workload.who:
        contestant = contestants.ALL[name]
        if name in figures.PEERS:
            if name not in options.peers:
                continue
            peer = figures.peer_list.named(name)
            why = peer.lacks(bench.build) or workload.obstacle(contestant)
        else:
            why = workload.obstacle(contestant)
        if why:
            result.left_out[name] = why
        else:
            chosen.append(contestant)
    return chosen


def measure(bench, options, workload, budget, progress):
    """Rounds in which all take a turn; who begins rotates, so that the machine's drift cancels."""
    result = Result(workload, idle=rig.idle_share(0.5))
    there = participants(bench, options, workload, result)
    for name, why in result.left_out.items():
        progress(f"{workload.name}: {name} is left out: {why}")
    for number in range(options.rounds if there else 0):
        turn = number % len(there)
        for contestant in there[turn:] + there[:turn]:
            name = contestant.name
            if budget.left() < 0:
                result.left_out.setdefault(name, "the time was up")
            if name in result.left_out:
                continue
            try:
                report = run_once(bench, options, workload, contestant)
            except rig.Failed as failed:
                # A peer that fails once is not waited for again.
                result.left_out[name] = str(failed)
                progress(f"{workload.name}: {name} is left out: {failed}")
                continue
            result.runs.setdefault(name, []).append(report)
            progress(f"{workload.name} {number + 1}/{options.rounds} {name}: "
                     f"{report[workload.field]:,.0f} {workload.unit}")
    return result
