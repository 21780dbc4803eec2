"""The measuring: who takes part, with which deliveries, round by round."""

import itertools
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from benchmarks.processes import StandIn, Worker

Runs: TypeAlias = list[tuple[int, int, str]]
"""Contatos of a delivery: first id, how many, job."""

ROUNDS = {1: 40, 10: 20, 100: 10, 1_000: 5, 5_000: 3}
QUICK_ROUNDS = {1: 15, 10: 8, 100: 5, 1_000: 3}

# API Gateway gives up after 30 seconds, so who needs longer takes no part.
_GATEWAY_MILLISECONDS = 30_000

# Contatos that the stand-in knows, and some that it hides until another delivery has written them.
_KNOWN, _RACED = 1_000_001, 1_010_001
FIRST_FRESH = 2_000_001
"""Contatos from this id on are new."""

_JOB, _OTHER_JOB = "Auxiliar Administrativo", "Analista de Compras"

RACED = "1 in 10 raced"


def _one_in_ten(fresh: int, records: int, others: int) -> Runs:
    pairs = (((fresh + 9 * ten, 9, _JOB), (others + ten, 1, _JOB)) for ten in range(records // 10))
    return list(itertools.chain.from_iterable(pairs))


SERIES: Mapping[str, Callable[[int, int], Runs]] = {
    "new": lambda fresh, records: [(fresh, records, _JOB)],
    "updated": lambda _, records: [(_KNOWN, records, _OTHER_JOB)],
    "repeated": lambda _, records: [(_KNOWN, records, _JOB)],
    "1 in 10 repeated": lambda fresh, records: _one_in_ten(fresh, records, _KNOWN),
    RACED: lambda fresh, records: _one_in_ten(fresh, records, _RACED),
}
"""What a delivery holds, of the first id that nobody used yet and the number of records."""


class Contestant(NamedTuple):
    """Who answers which deliveries.

    Attributes
    ----------
    worker
        The process: one for each variant, and one more of the receiver, which shows how much is chance.
    calls_in_sequence
        For a record, where a variant makes its calls one after the other; else 0.
    sizes
        The numbers of records for which it takes part; all where empty.
    """

    worker: str
    module: str
    series: str = "new"
    calls_in_sequence: float = 0
    sizes: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Say both."""
        return f"{self.worker}, {self.series}"


RECEIVER = "receiver, new"
AGAIN = "receiver again, new"
LOOP = "loop, new"
BATCHED = "batched, new"
FLOOR = "floor, new"

HANDLER = "handlers.webhook"
CONTESTANTS = (
    Contestant("receiver", HANDLER),
    Contestant("loop", "benchmarks.variants.loop", calls_in_sequence=2),
    Contestant("batched", "benchmarks.variants.batched", calls_in_sequence=0.14),
    Contestant("floor", "benchmarks.variants.floor"),
    Contestant("receiver again", HANDLER),
    Contestant("receiver", HANDLER, "updated"),
    Contestant("receiver", HANDLER, "repeated"),
    Contestant("receiver", HANDLER, "1 in 10 repeated", sizes=(1_000,)),
    Contestant("receiver", HANDLER, RACED, sizes=(1_000,)),
)
"""In the order of every round. The baselines know no difference between new, updated and repeated."""


class Case(NamedTuple):
    """What a round is run for."""

    milliseconds: float
    records: int
    rounds: int
    tls: bool = False

    def contestants(self) -> list[Contestant]:
        """Give who takes part."""
        per_call = self.milliseconds + 2  # a call costs the client that much besides, or more
        return [
            each
            for each in CONTESTANTS
            if each.calls_in_sequence * self.records * per_call <= _GATEWAY_MILLISECONDS
            and (self.records in each.sizes or not each.sizes)
            and (each.series == "new" or not self.tls)
        ]


@dataclass
class Measured:
    """What one contestant did in one case, a number for each round."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    in_sequence: list[int] = field(default_factory=list)
    first: float = 0
    peak_mb: float = 0
    operations: dict[str, int] = field(default_factory=dict)

    def add(self, report: Mapping[str, Any], counts: Mapping[str, Any]) -> None:
        """Add one delivery."""
        self.wall.append(report["wall"])
        self.processor.append(report["processor"])
        self.calls.append(sum(counts["calls"].values()))
        self.in_sequence.append(counts["in_sequence"])
        self.peak_mb = report["peak_mb"]
        self.operations = counts["calls"]

    def ratio(self, other: "Measured", what: str = "wall") -> float:
        """Divide by another one's, round by round; give the median."""
        ratios = (mine / its for mine, its in zip(getattr(self, what), getattr(other, what), strict=True))
        return float(statistics.median(ratios))


def raced(series: str, records: int) -> list[str]:
    """Name the partition keys that another delivery writes first."""
    numbers = range(_RACED, _RACED + records // 10) if series == RACED else ()
    return [f"contato#{number}" for number in numbers]


def teach(stand_in: StandIn, receiver: Worker, most: int) -> None:
    """Let the stand-in learn the contatos that are known before a delivery of up to `most` comes."""
    stand_in.control(milliseconds=0, learns=True)
    for first, count in ((_KNOWN, most), (_RACED, most // 10)):
        for at in range(first, first + count, 500):
            receiver.deliver([(at, min(500, first + count - at), _JOB)])
    stand_in.control(learns=False)


class Arena(ExitStack):
    """The stand-in, and a process for each variant for as long as the context lasts."""

    def __init__(self, stand_in: StandIn, start: Callable[[str], Worker]) -> None:
        super().__init__()
        self._stand_in = stand_in
        modules = {each.worker: each.module for each in CONTESTANTS}
        self._workers = {name: self.enter_context(start(module)) for name, module in modules.items()}
        self._fresh = FIRST_FRESH

    def measure(self, case: Case) -> dict[str, Measured]:
        """Run all rounds of a case, warmed up before; give what each contestant did."""
        self._stand_in.control(milliseconds=case.milliseconds)
        contestants = case.contestants()
        measured = {each.name: Measured() for each in contestants}
        for each in contestants:
            # Who makes one call after the other is as warm as it gets after few records.
            records = min(case.records, 10) if each.calls_in_sequence else case.records
            measured[each.name].first = self._deliver(each, records)[0]["wall"]
        for _ in range(case.rounds):
            for each in contestants:
                measured[each.name].add(*self._deliver(each, case.records))
        return measured

    def _deliver(self, contestant: Contestant, records: int) -> tuple[dict[str, Any], dict[str, Any]]:
        self._stand_in.control(raced=raced(contestant.series, records))
        report = self._workers[contestant.worker].deliver(SERIES[contestant.series](self._fresh, records))
        self._fresh += records
        if report["status"] != 200:
            message = f"{contestant.name}: {report}"
            raise RuntimeError(message)
        return report, self._stand_in.control()


def cases(latencies: Sequence[float], sizes: Sequence[int], *, quick: bool) -> Iterator[Case]:
    """Give all cases, some over TLS last; sizes ascend, since a process remembers its peak."""
    rounds = ROUNDS | QUICK_ROUNDS if quick else ROUNDS
    for milliseconds in latencies:
        for records in sorted(sizes):
            yield Case(milliseconds, records, rounds[records])
    for records in sorted({1, 1_000}.intersection(sizes)):
        yield Case(5 if 5 in latencies else latencies[0], records, rounds[records], tls=True)
