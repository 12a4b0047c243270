"""What bench/run says: a text for each workload, and the tables of docs/performance.md."""

import datetime
import os
import pathlib
import platform
import statistics
import sys

import contestants
import plots

BEGIN = "<!-- bench/run writes from here -->"
END = "<!-- to here -->"
ORDER = ["gatehouse", "gatehouse-stream", "direct", "coalesce", "uring"]
FAN_OUT = {"f1": "busy room", "f1w1": "one at a time", "f2": "60 a second",
           "f3": "a huge room", "f4": "1,000 small rooms", "f5z": "4 KiB deflate",
           "f1tls": "busy room, TLS", "t1": "clients publish"}
EACH = {"memory": "memory, bytes", "memory-tls": "memory under TLS, bytes",
        "handshake": "handshake, us of CPU", "handshake-tls": "TLS handshake, us of CPU"}


PROXY = {"proxy": "requests of 1 KiB", "proxy-latency": "p99 at half load",
         "proxy-bytes": "bytes, in answers of 1 MiB", "proxy-memory": "memory of an idle connection"}


class About:
    """The machine and the circumstances, for the reader."""

    def __init__(self, options, descriptors, idle, two_shard_cores):
        self.options = options
        self.descriptors = descriptors
        self.idle = idle
        self.two_shard_cores = two_shard_cores

    def lines(self):
        model = "unknown processor"
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
        options = self.options
        shards = ("two cores" if "," in self.two_shard_cores else
                  "one core: this machine has no third, so it shows what crossing shards costs and "
                  "not what a second core brings")
        yield (f"{datetime.date.today()}: {model}, {os.cpu_count()} CPUs, Linux "
               f"{platform.release()}; servers on core {options.server_core}, the load on core "
               f"{options.load_core}; rounds of {options.duration:g} s: {options.rounds}; "
               f"{options.connections:,} connections where there are many (a huge room, small rooms, "
               "idle); "
               f"{self.descriptors:,} descriptors a process; the machine was {self.idle:.0%} idle "
               "before the first run.")
        yield f"The server with two shards had {shards}."


def digits_of(values):
    middle = statistics.median(values)
    if all(value == int(value) for value in values):
        return 0  # a count
    return 0 if middle >= 100 else 1 if middle >= 10 else 2


def spread(values, digits=None):
    """median (least–greatest)"""
    digits = digits_of(values) if digits is None else digits
    middle = f"{statistics.median(values):,.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def plain_text(result):
    workload = result.workload
    lines = [f"{workload.name}: {workload.title} (machine {result.idle:.0%} idle before)"]
    for name in workload.who:
        if name in result.runs:
            words = f"  {name:<18}{spread(result.values(name)):>36} {workload.unit}"
            if workload.baseline and result.ratios(name):
                words += f"; ratio to {workload.baseline} {spread(result.ratios(name))}"
            for field in workload.extra:
                words += f"; {field} {spread(result.values(name, field))}"
            if result.load_was_the_limit(name):
                words += "; the load was the limit"
            lines.append(words)
        if name in result.left_out:
            lines.append(f"  {name:<18}left out: {result.left_out[name]}")
    return "\n".join(lines) + "\n"


def cell(result, name, field=None):
    if result is None or name not in result.workload.who:
        return ""
    values = result.values(name, field) if field else result.shown(name)
    if not values:
        return "–"
    if not field and name == result.workload.baseline:
        return "1"
    mark = "°" if result.load_was_the_limit(name) else ""
    return spread(values) + mark


def row_names(results):
    """Who has anything to show, ours and the bare servers first."""
    seen = {name for result in results for name in result.runs}
    first = [name for name in ORDER if name in seen]
    return first + [name for name in contestants.ALL if name in seen and name not in first]


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows if any(row[1:])]
    return "\n".join(lines)


def one_table(found, columns, names):
    """A column for each workload of `columns` that was run: name -> head."""
    there = {name: head for name, head in columns.items() if name in found}
    rows = [[contestants.ALL[who].title, *(cell(found[name], who) for name in there)]
            for who in names]
    return table(["", *there.values()], rows)


def field_table(result, heads, names):
    """A column for each field of one workload's report: field (None: the compared one) -> head."""
    rows = [[contestants.ALL[who].title, *(cell(result, who, field) for field in heads)]
            for who in names]
    return table(["", *heads.values()], rows)


def sections(results):
    """(heading, text) for each part that has figures."""
    found = {result.workload.name: result for result in results}
    names = row_names(results)
    if set(FAN_OUT) & set(found):
        yield ("Fan-out: deliveries for a CPU-second of the server, as a ratio to `limit` with one "
               "send() each", one_table(found, FAN_OUT, names))
    if "f2" in found:
        yield ("Delivery latency at 60 publications a second to 1,000 members",
               field_table(found["f2"], {"delivery_p50_us": "p50, us", "delivery_p99_us": "p99, us"},
                           names))
    if set(EACH) & set(found):
        yield "A connection", one_table(found, EACH, names)
    if "memory" in found:
        yield ("CPU of idle connections",
               field_table(found["memory"], {"idle_cpu_ms_per_s": "ms of CPU a second, all together"}, names))
    control = {"rpc": "Broadcast, 64 under way", "rpc-stream": "BroadcastStream, 64 under way"}
    if set(control) & set(found):
        yield ("Control plane: calls for a CPU-second, as a ratio to bare gRPC",
               one_table(found, control, ["gatehouse", "grpc_echo"]))
    if "fairness" in found:
        yield ("Fairness: p99 of deliveries in a paced room, alone and beside a flooded one",
               field_table(found["fairness"],
                           {"quiet_delivery_p99_us": "alone, us", None: "flooded, us",
                            "flood_deliveries_per_s": "deliveries a second in the flood"}, names))
    if "slow" in found:
        yield ("Slow consumers: 100 of 1,000 stop reading; what the other 900 get",
               field_table(found["slow"],
                           {"before_delivery_p99_us": "p99 before, us", None: "p99 then, us",
                            "rss_growth_per_slow": "memory for each of the slow, bytes",
                            "slow_closed": "closed by the server"}, names))
    if set(PROXY) & set(found):
        yield ("Reverse proxy, as a ratio to nginx: work for a CPU-second (more is better), p99 and "
               "memory (less is better)", one_table(found, PROXY, names))
    if "shards" in found:
        yield ("Two shards: deliveries for a CPU-second, as a ratio to one",
               one_table(found, {"shards": "busy room"}, ["gatehouse", "gatehouse-2"]))


def left_out(results):
    for result in results:
        for name, why in result.left_out.items():
            yield f"- {contestants.ALL[name].title}, `{result.workload.name}`: {why}"


def markdown(about, results, figures):
    parts = [*about.lines(),
             "Each cell is the median and, in parentheses, the least and the greatest of the rounds. "
             "`°`: the load generator was busy all the time."]
    pictures = dict(figures)
    for heading, text in sections(results):
        parts += [f"### {heading}", text]
        if heading in pictures:
            parts.append(f"![{heading}]({pictures[heading]})")
    missing = list(left_out(results))
    if missing:
        parts += ["### Left out", "\n".join(missing)]
    return "\n\n".join(parts)


def write(file, about, results):
    text = file.read_text()
    if BEGIN not in text or END not in text:
        sys.exit(f"{file} has no '{BEGIN}' and '{END}' to write between")
    folder = file.with_suffix("")
    folder.mkdir(exist_ok=True)
    headings = [heading for heading, _ in sections(results)]
    figures = plots.write(folder, results, headings)
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    file.write_text(f"{before}{BEGIN}\n\n{markdown(about, results, figures)}\n\n{END}{after}")
