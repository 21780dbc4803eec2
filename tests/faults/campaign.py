"""`make faults N=10000 SEED=…`: deliveries and faults, as drawn, against the real handlers; what is lost."""

import argparse
import contextlib
import io
import logging
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.faults.observer import observe
from tests.faults.schedules import draw, run
from tests.faults.world import world


@dataclass
class Summary:
    """What a campaign did and found."""

    schedules: int = 0
    injected: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    sent_again: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Summary") -> None:
        self.schedules += other.schedules
        self.injected += other.injected
        self.answers += other.answers
        self.sent += other.sent
        self.sent_again += other.sent_again
        self.wrong += other.wrong

    def __str__(self) -> str:
        """Write it for people."""
        counts = (
            ("schedules run", self.schedules),
            ("faults injected", sum(self.injected.values())),
            *((f"  {name}", count) for name, count in self.injected.most_common()),
            ("deliveries", sum(self.answers.values())),
            *((f"  answered {status}", count) for status, count in sorted(self.answers.items())),
            ("messages sent", self.sent),
            ("  again, with the same id", self.sent_again),
            ("lost, doubled or wrong", len(self.wrong)),
        )
        return "\n".join([f"{name:<30}{count:>10,}" for name, count in counts] + self.wrong[:20])


def campaign(seed: str, first: int, last: int, *, until_wrong: bool = False) -> Summary:
    """Run the schedules from `first` to before `last` (or a wrong one), each on stores of its own."""
    summary = Summary()
    with world() as ours:
        for number in range(first, last):
            ours.renew()
            posted = run(ours, draw(seed, number))
            summary.wrong += [f"schedule {seed}/{number}: {fault}" for fault in observe(ours, posted)]
            summary.schedules += 1
            summary.answers.update(str(each.status or "died") for each in posted)
            if until_wrong and summary.wrong:
                break
        for process in ours.processes:
            summary.injected += process.injector.injected
        sent = sum((process.injector.sent for process in ours.processes), Counter[str]())
        summary.sent = sum(sent.values())
        summary.sent_again = summary.sent - len(sent)
    return summary


def _quiet(*arguments: object) -> Summary:
    """Run a part of the campaign without the handlers' log."""
    logging.disable()
    with contextlib.redirect_stdout(io.StringIO()):
        return campaign(*arguments)  # type: ignore[arg-type]


def main() -> int:
    """Run it on every processor, and print the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=300, help="schedules (default 300)")
    parser.add_argument("--seed", default="2026-11-24")
    parser.add_argument("--first", type=int, default=0, help="number of the first schedule (default 0)")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    started = time.monotonic()
    bounds = [options.first + options.n * job // options.jobs for job in range(options.jobs + 1)]
    total = Summary()
    with ProcessPoolExecutor(options.jobs) as pool:
        for part in pool.map(_quiet, [options.seed] * options.jobs, bounds, bounds[1:]):
            total.add(part)
    print(f"seed {options.seed}, {time.monotonic() - started:.0f} s\n{total}")
    return 1 if total.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
