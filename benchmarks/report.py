"""What was measured, for people (tables) and for programs (JSON)."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from benchmarks.rounds import AGAIN, BATCHED, FLOOR, LOOP, RECEIVER, Case, Measured

Results = Sequence[tuple[Case, Mapping[str, Measured]]]

LEGEND = """\
ratio: to the receiver with new records, in the same round; the median of all rounds
µs/record: processor time of the whole process, all threads; trips: longest chain of calls in sequence
first: the first delivery of this size in its process, in which connections are made (10 records at most for
those that make one call after the other); peak: of the process so far, sizes ascending, all its series
"""
_HEAD = (
    f"{'':28}{'wall ms':>9}{'min-max':>18}{'ratio':>7}{'µs/record':>11}{'ratio':>7}"
    f"{'calls/rec':>10}{'trips':>7}{'first ms':>10}{'peak MB':>9}"
)


def table(case: Case, measured: Mapping[str, Measured]) -> str:
    """Write one case as a table; ratios are to the receiver with new records, the median of all rounds."""
    over = ", TLS" if case.tls else ""
    title = f"{case.records:,} records, {case.milliseconds:g} ms a call{over}, {case.rounds} rounds"
    lines = [title, _HEAD]
    reference = measured[RECEIVER]
    for name, each in measured.items():
        wall, processor = statistics.median(each.wall), statistics.median(each.processor)
        lines.append(
            f"{name:<28}{wall * 1e3:>9.1f}{f'{min(each.wall) * 1e3:.1f}-{max(each.wall) * 1e3:.1f}':>18}"
            f"{each.ratio(reference):>7.2f}{processor / case.records * 1e6:>11.0f}"
            f"{each.ratio(reference, 'processor'):>7.2f}{statistics.median(each.calls) / case.records:>10.3f}"
            f"{statistics.median(each.in_sequence):>7.0f}{each.first * 1e3:>10.0f}{each.peak_mb:>9.0f}"
        )
    return "\n".join(lines)


class Check(NamedTuple):
    """One line of what the benchmark has to prove."""

    what: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Tell whether it does."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        """Write it as a line."""
        sign = "≥" if self.at_least else "≤"
        return (
            f"{'ok ' if self.holds else 'NOT'} {self.what}: {self.value:.3g} (wanted {sign} {self.limit:g})"
        )


def checks(results: Results) -> Iterator[Check]:
    """Say what is wanted of the receiver, and what was measured, at 5 ms a call (memory and time at any)."""
    for case, measured in results:
        if case.tls:
            continue
        receiver = measured[RECEIVER]
        where = f"{case.records:,} records, {case.milliseconds:g} ms"
        if case.records == 5_000:
            yield Check(f"{where}: seconds", max(receiver.wall), 25)
            yield Check(f"{where}: peak MB", receiver.peak_mb, 400)
        if case.milliseconds != 5:
            continue
        yield Check(f"{where}: the same again, wall", abs(measured[AGAIN].ratio(receiver) - 1), 0.05)
        if case.records == 1:
            yield Check(f"{where}: wall, times the loop's", receiver.ratio(measured[LOOP]), 2)
            processor = receiver.ratio(measured[LOOP], "processor")
            yield Check(f"{where}: processor, times the loop's", processor, 2)
            yield Check(f"{where}: calls in sequence", statistics.median(receiver.in_sequence), 4)
        if case.records == 1_000:
            calls = statistics.median(receiver.calls)
            yield Check(
                f"{where}: the loop's wall, times ours", measured[LOOP].ratio(receiver), 30, at_least=True
            )
            processor = measured[LOOP].ratio(receiver, "processor")
            yield Check(f"{where}: the loop's processor, times ours", processor, 6, at_least=True)
            yield Check(f"{where}: calls a record", calls / case.records, 0.35)
            for series in ("1 in 10 repeated", "1 in 10 raced"):
                each = measured[f"receiver, {series}"]
                yield Check(f"{where}: {series}, wall", each.ratio(receiver), 1.3)
                yield Check(f"{where}: {series}, calls", each.ratio(receiver, "calls"), 1.3)
        yield Check(f"{where}: repeated, wall", measured["receiver, repeated"].ratio(receiver), 1.05)
    for milliseconds in dict.fromkeys(case.milliseconds for case, _ in results):
        if (slope := _slope(results, milliseconds)) is not None:
            yield Check(f"{milliseconds:g} ms: log-log slope from 100 records on", slope, 1.1)


def own_milliseconds(case: Case, measured: Measured) -> float:
    """Give the wall time that is not waiting: what is the client's to cut."""
    waits = (each * case.milliseconds / 1000 for each in measured.in_sequence)
    return statistics.median(wall - wait for wall, wait in zip(measured.wall, waits, strict=True)) * 1000


def overheads(results: Results) -> Iterator[str]:
    """Say for one record how long each takes beside its round trips."""
    for case, measured in results:
        if case.records == 1:
            over = ", TLS" if case.tls else ""
            own = (
                (name, own_milliseconds(case, measured[name])) for name in (RECEIVER, LOOP, BATCHED, FLOOR)
            )
            said = "; ".join(f"{name.partition(',')[0]} {milliseconds:.1f} ms" for name, milliseconds in own)
            yield f"1 record, {case.milliseconds:g} ms{over}: wall minus trips times latency: {said}"
        if case.tls:
            yield _over_tls(case, measured[RECEIVER], measured[LOOP])


def _over_tls(case: Case, receiver: Measured, loop: Measured) -> str:
    where = f"{case.records:,} records, {case.milliseconds:g} ms, TLS"
    return (
        f"{where}: processor {receiver.ratio(loop, 'processor'):.2f} times the loop's; "
        f"the loop's wall {loop.ratio(receiver):.1f} times ours; first {receiver.first * 1e3:.0f} ms"
    )


def as_json(results: Results) -> list[dict[str, Any]]:
    """Give everything, each round's numbers too."""
    return [
        {**case._asdict(), "contestants": {name: asdict(each) for name, each in measured.items()}}
        for case, measured in results
    ]


def _slope(results: Results, milliseconds: float) -> float | None:
    points = [
        (math.log(case.records), math.log(statistics.median(measured[RECEIVER].wall)))
        for case, measured in results
        if case.milliseconds == milliseconds and case.records >= 100 and not case.tls
    ]
    return statistics.linear_regression(*zip(*points, strict=True)).slope if len(points) > 1 else None
