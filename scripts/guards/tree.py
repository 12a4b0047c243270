"""What the guards share: the files of the tree, and how findings are reported."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(root=ROOT):
    """Every file of the tree that git tracks or would track, relative to root, sorted."""
    out = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True, text=True).stdout
    paths = sorted({pathlib.PurePosixPath(p) for p in out.split("\0") if p})
    return [p for p in paths if (root / p).is_file()]


def text(path):
    """The file's text, or None for one that is not text."""
    data = pathlib.Path(path).read_bytes()
    if b"\0" in data[:8192]:
        return None
    return data.decode("utf-8", errors="replace")


def script_kind(path, content):
    """'py', 'sh', 'js', 'cc' … : the suffix, or for a file without one what its first line runs."""
    if path.suffix:
        return path.suffix[1:]
    first = content.split("\n", 1)[0]
    if not first.startswith("#!"):
        return ""
    return "py" if "python" in first else "sh" if re.search(r"\b(ba)?sh\b", first) else ""


def report(guard, findings, checked):
    """Prints the findings and returns the exit code."""
    for finding in findings:
        print(f"{guard}: {finding}", file=sys.stderr)
    print(f"{guard}: {checked} checked, {len(findings)} findings")
    return 1 if findings else 0
