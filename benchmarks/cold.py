"""`python -m benchmarks.cold`: how long a fresh process of the built package takes to its first answer.

A process is started as Lambda starts one: Lambda's Python, nothing on its path but the package. It imports
the handler and answers one delivery of one record. Compared with the least that anyone imports
(variants/minimal.py), from the same package, and with the same package without bytecode, which is what a
plain `sam build` makes.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchmarks.certificates import make_certificates
from benchmarks.payloads import contato, event
from benchmarks.processes import PACKAGE, ROOT, Runtime, StandIn, environment, package
from benchmarks.report import Check

_PACKAGE, _MINIMAL, _NO_BYTECODE = "package", "minimal", "package without bytecode"

# What it prints is the answer alone: that the handler's log stands on standard output too is as in Lambda.
_PROGRAM = """
import importlib, json, sys
event, module = json.loads(sys.argv[1]), sys.argv[2]
class Context:
    def get_remaining_time_in_millis(self):
        return 30_000
answer = importlib.import_module(module).handler(event, Context())
print(json.dumps(answer["statusCode"]), file=sys.stderr, flush=True)
import os; os._exit(0)
"""


class Start(NamedTuple):
    """What is started.

    Attributes
    ----------
    path
        From where it imports; nothing else is on its path.
    """

    module: str
    path: list[Path]


class Took(NamedTuple):
    """One start: seconds from the start of the process to its answer, and its processor time."""

    wall: float
    processor: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--latency", type=float, default=5, help="milliseconds a call")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    options = parser.parse_args()
    everything: dict[str, dict[str, list[Took]]] = {}
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        certificates = make_certificates(folder)
        stand_in = stack.enter_context(StandIn(certificates.server))
        runtime = package()
        starts = _starts(folder)
        plain = {"url": stand_in.url}
        tls = {"url": stand_in.https_url, "AWS_CA_BUNDLE": str(certificates.authorities)}
        stand_in.control(milliseconds=options.latency)
        for name, where in (("HTTP", plain), ("TLS", tls)):
            took = _measure(runtime, starts, where, options.rounds)
            everything[name] = took
            print(_table(f"{options.latency:g} ms a call, {name}", took), end="\n\n", flush=True)
    print(Check("first answer, times the minimal handler's", _ratio(everything["HTTP"], _MINIMAL), 1.3))
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")


def _starts(folder: Path) -> Mapping[str, Start]:
    bare = folder / "package"
    shutil.copytree(PACKAGE, bare, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "benchmarks" / "variants" / "minimal.py", folder)
    return {
        _PACKAGE: Start("handlers.webhook", [PACKAGE]),
        _MINIMAL: Start("minimal", [PACKAGE, folder]),
        _NO_BYTECODE: Start("handlers.webhook", [bare]),
    }


def _measure(
    runtime: Runtime, starts: Mapping[str, Start], where: Mapping[str, str], rounds: int
) -> dict[str, list[Took]]:
    """Start each in turn, round by round; the first round only warms the file system's cache."""
    took: dict[str, list[Took]] = {name: [] for name in starts}
    for number in range(rounds + 1):
        for name, each in starts.items():
            once = start(runtime, each, **where)
            if number:
                took[name].append(once)
    return took


def start(runtime: Runtime, what: Start, url: str, **more: str) -> Took:
    """Start a process and wait for its first answer.

    Parameters
    ----------
    url
        Where the services are.
    more
        Environment variables besides.
    """
    # Nothing may leave bytecode where there is to be none. The minimal handler itself is compiled each time,
    # which takes less than a millisecond.
    settings = environment(url, what.path) | more | {"PYTHONDONTWRITEBYTECODE": "1"}
    delivery = json.dumps(event([contato(1)]))
    command = [*runtime.command, "-P", "-c", _PROGRAM, delivery, what.module]
    reading, writing = os.pipe()
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own words
        command, env=settings, stdout=subprocess.DEVNULL, stderr=writing
    )
    os.close(writing)
    with open(reading, encoding="utf-8") as answers:  # noqa: PTH123 - a pipe
        answer = answers.readline()
        wall = time.perf_counter() - began
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if answer != "200\n":
            raise RuntimeError(answer + answers.read())
    return Took(wall, usage.ru_utime + usage.ru_stime)


def _ratio(took: Mapping[str, list[Took]], other: str) -> float:
    """Divide the package's wall time by another's, round by round; give the median."""
    pairs = zip(took[_PACKAGE], took[other], strict=True)
    return statistics.median(ours.wall / its.wall for ours, its in pairs)


def _table(where: str, took: Mapping[str, list[Took]]) -> str:
    lines = [
        f"First answer of a fresh process, {where}, {len(took[_PACKAGE])} rounds",
        f"{'':28}{'wall ms':>9}{'min-max':>16}{'package ÷':>12}{'processor ms':>15}",
    ]
    for name, starts in took.items():
        walls = [each.wall for each in starts]
        spread = f"{min(walls) * 1000:.0f}-{max(walls) * 1000:.0f}"
        wall = statistics.median(walls) * 1000
        processor = statistics.median(each.processor for each in starts) * 1000
        lines.append(f"{name:<28}{wall:>9.0f}{spread:>16}{_ratio(took, name):>12.2f}{processor:>15.0f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
