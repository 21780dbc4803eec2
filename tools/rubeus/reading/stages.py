"""Who entered which stage of a process, and when: by the eventos "Entrou na etapa … - …"."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean, median

from models.evento import Evento
from models.validation import validate
from rubeus.reading.masking import MASK, masked_value
from rubeus.reading.record_state import RecordState

ENTERED = "Entrou na etapa "
"""How the type of an evento begins that says so."""

_ENTERED = re.compile(ENTERED + r"(?P<stage>.+?)(?: - (?P<process>[^-]+))?")
_NO_PROCESS = "sem processo"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a process.

    Attributes
    ----------
    people
        How many contatos entered it.
    from_before
        How many of them had entered the stage before it; None of the first.
    median_days
        How long those took from there, in days; None where there are none.
    """

    name: str
    people: int
    from_before: int | None
    median_days: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who entered a stage that is not the last, and none since then."""

    contato_id: str
    stage: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Funnel:
    """The stages of a process in the order in which people enter them; who stands longest comes first."""

    process: str
    stages: Sequence[Stage]
    standing: Sequence[Standing]


def funnels(eventos: Iterable[RecordState]) -> Sequence[Funnel]:
    """Work the funnels out of eventos, the process with the most people first.

    A person counts once a stage, from the first time; times are those of receipt. A name that does not look
    like a stage's is masked.
    """
    entered: dict[str, dict[str, dict[str, datetime]]] = defaultdict(lambda: defaultdict(dict))
    for state in eventos:
        view = validate(Evento, state.data).view
        name = view.tipo.nome if isinstance(view, Evento) and view.tipo else None
        match = _ENTERED.fullmatch(name.strip()) if name else None
        contato = next((each.id for each in view.references if each.principal), None) if view else None
        if match and contato:
            stage, process = match["stage"], match["process"] or _NO_PROCESS
            if masked_value("evento", "tipo.nome", name) == MASK:
                stage, process = MASK, MASK
            times = entered[process][contato]
            times[stage] = min(times.get(stage, state.received_at), state.received_at)
    found = [_funnel(process, people) for process, people in entered.items()]
    return sorted(found, key=lambda each: -sum(stage.people for stage in each.stages))


def _funnel(process: str, people: Mapping[str, Mapping[str, datetime]]) -> Funnel:
    order = _order(people.values())
    stages = []
    for before, name in zip([None, *order], order, strict=False):
        inside = [times for times in people.values() if name in times]
        took = [times[name] - times[before] for times in inside if before in times] if before else []
        days = [each / timedelta(days=1) for each in took]
        stages.append(Stage(name, len(inside), len(took) if before else None, median(days) if days else None))
    standing = []
    for contato_id, times in people.items():
        # Two stages of one delivery have one time.
        since, place = max((at, order.index(stage)) for stage, at in times.items())
        if place < len(order) - 1:
            standing.append(Standing(contato_id, order[place], since))
    return Funnel(process, stages, sorted(standing, key=lambda each: each.since))


def _order(people: Iterable[Mapping[str, datetime]]) -> Sequence[str]:
    """Order the stages by where they stand, on the average, in the ways of those who entered several."""
    places: dict[str, list[float]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for times in people:
        way = sorted(times, key=lambda stage: times[stage])
        for at, stage in enumerate(way):
            counts[stage] += 1
            if len(way) > 1:
                places[stage].append(at / (len(way) - 1))
    return sorted(counts, key=lambda stage: (mean(places[stage]) if places[stage] else 0.5, -counts[stage]))
