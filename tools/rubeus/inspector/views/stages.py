"""Etapas: the funnels of "Entrou na etapa …", worked out of all eventos of some weeks."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.clock import day, moment
from models.record import Key
from rubeus.inspector import charts, words
from rubeus.inspector.views.working import Working
from rubeus.inspector.work import Progress, Tell
from rubeus.reading.record_state import RecordState
from rubeus.reading.records import Records
from rubeus.reading.stages import Funnel, Stage, funnels

_DAYS = 60
_STANDING = 10
_TELL_EACH = 25
# Finding out what is to be read takes about this share of the time.
_FINDING = 0.2


@dataclass(frozen=True, slots=True)
class Funnels:
    """What was worked out: by eventos since then (aware, UTC), as it stood at a time."""

    since: datetime
    at: datetime
    funnels: Sequence[Funnel]


def work_out(records: Records, tell: Tell) -> Funnels:
    """Read all eventos of the last weeks, a hundred a call, and make funnels of them."""
    now = moment(time.time_ns())
    since = now - timedelta(days=_DAYS)
    days = list(records.days_since(since))
    keys: list[Key] = []
    for number, each in enumerate(days, start=1):
        keys += records.keys_of_day("evento", each)
        tell(Progress(_FINDING * number / len(days)))
    states = (each for each in _read(records, keys, tell) if each.received_at >= since)
    return Funnels(since, now, funnels(states))


def _read(records: Records, keys: Sequence[Key], tell: Tell) -> Iterator[RecordState]:
    for number, state in enumerate(records.current(keys), start=1):
        if number % _TELL_EACH == 1:
            tell(Progress(_FINDING + (1 - _FINDING) * number / len(keys), number))
        yield state


def _values(found: Funnels) -> Mapping[str, Any]:
    return {
        "since": found.since,
        "now": found.at,
        "today": day(found.at),
        "funnels": [
            (each, _chart(each), [_row(*pair) for pair in _pairs(each)], _worst(each))
            for each in found.funnels
        ],
        "most": _STANDING,
    }


PAGE = Working(
    "/painel/etapas",
    "etapas.html",
    lambda request: request.app.state.stages,
    ("evento lido", "eventos lidos"),
    _values,
)


def _pairs(funnel: Funnel) -> Iterator[tuple[Stage | None, Stage]]:
    return zip([None, *funnel.stages], funnel.stages, strict=False)


def _row(before: Stage | None, stage: Stage) -> tuple[str, str, str, str]:
    """Give the cells of a stage: name, people, conversion, days."""
    if before is None or stage.from_before is None:
        return stage.name, words.number(stage.people), words.UNKNOWN, words.UNKNOWN
    conversion = f"{words.number(stage.from_before)} ({_share(stage.from_before, before.people)})"
    return stage.name, words.number(stage.people), conversion, _days(stage.median_days)


def _chart(funnel: Funnel) -> charts.Rows:
    values = []
    for before, stage in _pairs(funnel):
        said = words.number(stage.people)
        if before and stage.from_before:
            said += f": {_share(stage.from_before, before.people)} da anterior, em {_days(stage.median_days)}"
        values.append((stage.name, {"c-ok": stage.people}, said))
    return charts.rows(values)


def _worst(funnel: Funnel) -> str:
    """Say what the funnel says, in a sentence or two."""
    first, last = funnel.stages[0], funnel.stages[-1]
    if first is last:
        return f"{words.counted(first.people, 'pessoa entrou', 'pessoas entraram')} em {first.name}."
    kept, before, after = min(
        ((stage.from_before or 0) / before.people, before.name, stage.name)
        for before, stage in _pairs(funnel)
        if before
    )
    said = (
        f"{words.counted(first.people, 'pessoa entrou', 'pessoas entraram')} em {first.name};"
        f" {words.number(last.people)}, em {last.name}."
    )
    return said if kept >= 1 else f"{said} A maior perda é entre {before} e {after}: passam {kept:.0%}."


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}"


def _days(days: float | None) -> str:
    if days is None:
        return words.UNKNOWN
    if days < 1:
        return "menos de 1 dia"
    rounded = round(days, 1)
    return f"{rounded:g} {'dia' if rounded < 2 else 'dias'}".replace(".", ",")
