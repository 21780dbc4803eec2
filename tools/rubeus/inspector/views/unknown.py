"""Campos desconhecidos: what came that no model knows, day by day, of two weeks' deliveries."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from models.clock import BRASILIA, moment
from rubeus.inspector import charts, words
from rubeus.inspector.views.working import Working
from rubeus.inspector.work import Progress, Tell
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.drift import UNKNOWN, Drift, drift, masked
from rubeus.reading.selection import Selection
from rubeus.reading.summary import DeliverySummary

_DAYS = 14
_TELL_EACH = 25


@dataclass(frozen=True, slots=True)
class Found:
    """The unknown fields (masked), and how many deliveries of each day had one."""

    by_day: Mapping[date, int]
    fields: Sequence[Drift]


def work_out(deliveries: Deliveries, tell: Tell) -> Found:
    """Read all deliveries of the last days, and an example of each field."""
    today = moment(time.time_ns()).astimezone(BRASILIA).date()
    days = [today - timedelta(days=ago) for ago in reversed(range(_DAYS))]
    # What comes in meanwhile is read, too.
    total = max(1, sum(deliveries.count(day.isoformat()) for day in days))
    by_day = Counter(dict.fromkeys(days, 0))

    def read() -> Iterator[DeliverySummary]:
        found = ((day, each) for day in days for each in _of(deliveries, day))
        for number, (day, each) in enumerate(found, start=1):
            if number % _TELL_EACH == 1:
                tell(Progress(min(1.0, number / total), number))
            by_day[day] += bool(each.unknown_fields)
            yield each

    found = [masked(each) for each in drift(deliveries, read()) if each.reason == UNKNOWN]
    return Found(by_day, found)


def _of(deliveries: Deliveries, day: date) -> Iterable[DeliverySummary]:
    return deliveries.find(Selection(day=day.isoformat()))


def _values(found: Found) -> Mapping[str, Any]:
    most = max(found.by_day, key=lambda day: found.by_day[day])
    today = max(found.by_day)
    return {
        "by_day": [(words.day_word(day, today), count) for day, count in found.by_day.items()],
        "chart": charts.columns(
            [{"c-ok": count} for count in found.by_day.values()], [f"{day:%d/%m}" for day in found.by_day]
        ),
        "days": len(found.by_day),
        "peak": words.day_word(most, today),
        "peak_count": found.by_day[most],
        "fields": found.fields,
        "today": today,
    }


PAGE = Working(
    "/painel/campos",
    "campos.html",
    lambda request: request.app.state.unknown_fields,
    ("entrega lida", "entregas lidas"),
    _values,
)
