"""`python -m benchmarks`: the receiver, what people write instead, and the floor, in one paired run."""

import argparse
import itertools
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks import ceiling, plot, report
from benchmarks.certificates import make_certificates
from benchmarks.processes import Runtime, StandIn, Worker, checkout, package
from benchmarks.rounds import HANDLER, QUICK_ROUNDS, ROUNDS, Arena, Case, Measured, cases, teach


def main() -> None:
    """Measure, print, and write files where told to."""
    options = _options()
    results: list[tuple[Case, Mapping[str, Measured]]] = []
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        runtime = checkout() if options.checkout else package()
        certificates = make_certificates(folder)
        stand_in = stack.enter_context(StandIn(certificates.server))
        found = ceiling.measure(stand_in, options.latency)
        machine = (
            f"Python {_version(runtime)} ({runtime.name}), {os.cpu_count()} processors, {platform.machine()}"
        )
        print(f"{machine}\n{found}\n\n{report.LEGEND}")
        for case, measured in _measure(stand_in, runtime, certificates.authorities, options):
            results.append((case, measured))
            print(report.table(case, measured), end="\n\n", flush=True)
    print("\n".join(report.overheads(results)), end="\n\n")
    checked = list(report.checks(results))
    print("\n".join(map(str, checked)))
    if options.json:
        everything = {
            "machine": machine,
            "stand_in": found._asdict(),
            "cases": report.as_json(results),
            "checks": [each._asdict() | {"holds": each.holds} for each in checked],
        }
        options.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")
    if options.plot:
        options.plot.write_text(plot.svg(results), encoding="utf-8")
    sys.exit(any(not each.holds for each in checked) and options.strict)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds, and a latency of 5 ms only")
    parser.add_argument("--latency", type=float, nargs="+", help="milliseconds a call (0 5 20)")
    parser.add_argument("--records", type=int, nargs="+", choices=ROUNDS, help="sizes of deliveries")
    parser.add_argument("--checkout", action="store_true", help="this Python and src/, not the built package")
    parser.add_argument("--strict", action="store_true", help="fail where a check does not hold")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    parser.add_argument("--plot", type=Path, help="draw wall time against records into this SVG file")
    options = parser.parse_args()
    options.records = options.records or list(QUICK_ROUNDS if options.quick else ROUNDS)
    options.latency = options.latency or ([5] if options.quick else [0, 5, 20])
    return options


def _measure(
    stand_in: StandIn, runtime: Runtime, authorities: Path, options: argparse.Namespace
) -> Iterator[tuple[Case, Mapping[str, Measured]]]:
    """Run all cases, with fresh processes for each latency."""
    with Worker(runtime, HANDLER, stand_in.url) as receiver:
        teach(stand_in, receiver, max(options.records))
    todo = cases(options.latency, options.records, quick=options.quick)
    for (_, tls), group in itertools.groupby(todo, key=lambda case: (case.milliseconds, case.tls)):
        url, trust = (stand_in.https_url, {"AWS_CA_BUNDLE": str(authorities)}) if tls else (stand_in.url, {})
        with Arena(stand_in, partial(Worker, runtime, url=url, **trust)) as arena:
            for case in group:
                yield case, arena.measure(case)


def _version(runtime: Runtime) -> str:
    return platform.python_version() if runtime.name == "checkout" else Path(runtime.command[0]).name


if __name__ == "__main__":
    main()
