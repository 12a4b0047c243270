"""Bars with the range of the rounds, as SVG: one panel for each workload, one bar for each server."""

import math
import statistics
import xml.sax.saxutils

import contestants

WIDTH = 360          # of a panel
COLUMNS = 2
NAMES = 118          # of its labels
VALUES = 52          # right of its bars
BAR = 15
GAP = 5
HEAD = 30
COLOURS = {"gatehouse": "#1f6feb", "gatehouse-stream": "#1f6feb", "gatehouse-2": "#1f6feb",
           "direct": "#6e7781", "coalesce": "#6e7781", "uring": "#6e7781", "grpc_echo": "#6e7781"}
OTHERS = "#b58900"
# Which part of the page a plot belongs to: its heading's first word, the file, the workloads and
# what they show (None: what is compared).
PLOTS = [
    ("Fan-out", "fan-out.svg", [("f1", None), ("f1w1", None), ("f2", None), ("f3", None),
                                ("f4", None), ("f5z", None), ("f1tls", None), ("t1", None)]),
    ("Delivery", "latency.svg", [("f2", "delivery_p50_us"), ("f2", "delivery_p99_us")]),
    ("A connection", "connection.svg", [("memory", None), ("memory-tls", None),
                                        ("handshake", None), ("handshake-tls", None)]),
    ("Fairness", "fairness.svg", [("fairness", "quiet_delivery_p99_us"), ("fairness", None)]),
]


def tag(name, text=None, **attributes):
    words = " ".join(f'{key.replace("_", "-")}="{value}"' for key, value in attributes.items())
    inner = "" if text is None else xml.sax.saxutils.escape(text)
    return f"<{name} {words}>{inner}</{name}>"


def label(x, y, text, size=11, anchor="start", colour="#24292f", weight="normal"):
    return tag("text", text, x=round(x, 1), y=round(y, 1), font_size=size, text_anchor=anchor,
               fill=colour, font_weight=weight)


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def panel(x, y, title, bars):
    """`bars`: (server, values). Logarithmic where the greatest is a hundred times the least."""
    medians = [statistics.median(values) for _, values in bars]
    top = max(max(values) for _, values in bars) or 1
    least = min(value for value in medians if value > 0) if any(medians) else 1
    logarithmic = top / least > 100
    floor = 10 ** math.floor(math.log10(least)) if logarithmic else 0
    room = WIDTH - NAMES - VALUES - 20

    def length(value):
        if not logarithmic:
            return room * value / top
        return room * max(math.log10(max(value, floor) / floor), 0.02) / math.log10(top / floor)

    scale = ", logarithmic" if logarithmic else ""
    parts = [label(x, y + 14, title + scale, size=12, weight="bold")]
    for index, (name, values) in enumerate(bars):
        row = y + HEAD + index * (BAR + GAP)
        left = x + NAMES
        low, middle, high = min(values), statistics.median(values), max(values)
        parts.append(label(left - 6, row + BAR - 4, name, anchor="end"))
        parts.append(tag("rect", x=left, y=row, width=round(length(middle), 1), height=BAR,
                         fill=COLOURS.get(name, OTHERS)))
        if len(values) > 1:
            parts.append(tag("line", x1=round(left + length(low), 1), y1=row + BAR / 2,
                             x2=round(left + length(high), 1), y2=row + BAR / 2, stroke="#24292f",
                             stroke_width=1.5))
        parts.append(label(left + length(high) + 6, row + BAR - 4, number(middle)))
    return parts


def height_of(bars):
    return HEAD + len(bars) * (BAR + GAP) + 14


def picture(title, panels):
    """An SVG of `panels`: (title, bars), two beside each other."""
    parts, y = [], 40
    for first in range(0, len(panels), COLUMNS):
        line = panels[first:first + COLUMNS]
        for column, (name, bars) in enumerate(line):
            parts += panel(16 + column * WIDTH, y, name, bars)
        y += max(height_of(bars) for _, bars in line)
    width = 16 + WIDTH * min(COLUMNS, len(panels))
    head = [tag("rect", x=0, y=0, width=width, height=y, fill="#ffffff"),
            label(16, 24, title, size=14, weight="bold")]
    body = "\n".join(head + parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" '
            f'height="{y}" font-family="sans-serif" role="img">\n'
            f"<title>{xml.sax.saxutils.escape(title)}</title>\n{body}\n</svg>\n")


def bars_of(result, field):
    names = [name for name in contestants.ALL if name in result.workload.who]
    bars = [(name, result.values(name, field) if field else result.shown(name)) for name in names]
    return [(name, values) for name, values in bars if values and max(values) > 0]


def title_of(workload, field):
    if field:
        return f"{workload.name}: {field}"
    return f"{workload.name}: " + (f"ratio to {workload.baseline}" if workload.baseline
                                   else workload.unit)


def write(folder, results, headings):
    """Writes the plots that have figures. Returns (heading, path beside the page) for each."""
    found = {result.workload.name: result for result in results}
    written = []
    for heading in headings:
        for word, name, panels in PLOTS:
            if not heading.startswith(word):
                continue
            drawn = [(title_of(found[workload].workload, field), bars_of(found[workload], field))
                     for workload, field in panels if workload in found]
            drawn = [(title, bars) for title, bars in drawn if bars]
            if drawn:
                (folder / name).write_text(picture(heading.replace("`", ""), drawn))
                written.append((heading, f"{folder.name}/{name}"))
    return written
