"""The tables of the panel as files: numbers as numbers, without what makes them readable there."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from models.clock import BRASILIA, moment
from rubeus.inspector import words
from rubeus.inspector.pages import stack_of
from rubeus.inspector.tables import form, table
from rubeus.inspector.views import panel, stages, unknown
from rubeus.inspector.work import Result, Work
from rubeus.reading.rows import DeliveryRow
from rubeus.reading.selection import Selection
from rubeus.reading.triggers import triggers

Found = TypeVar("Found")


class Exported(NamedTuple):
    """A table: the names of its columns, and its rows."""

    columns: Sequence[str]
    rows: Iterable[Iterable[object]]


def one(request: Request) -> Response:
    """Give one table, of a day or of what was worked out last; 404 where there is none."""
    name = request.query_params.get("tabela", "")
    if name not in _TABLES:
        raise HTTPException(404)
    columns, rows = _TABLES[name](request)
    day = panel.read_day(request).isoformat()
    return table(f"{name}-{day}", form(request.query_params.get("formato")), columns, rows)


def _rows(request: Request) -> Sequence[DeliveryRow]:
    day = panel.read_day(request).isoformat()
    return list(stack_of(request).deliveries.list(Selection(day=day)))


def _by_hour(request: Request) -> Exported:
    hours = panel.hours_of(_rows(request))
    names = [name.replace(" ", "_") for name in panel.OUTCOMES.values()]
    return Exported(
        ["hora", *names], ([hour, *panel.outcomes_of(rows).values()] for hour, rows in enumerate(hours))
    )


def _times(request: Request) -> Exported:
    hours = panel.hours_of(_rows(request))
    shares = (50, 95)
    rows = ([hour, *(_whole(panel.within(rows, each)) for each in shares)] for hour, rows in enumerate(hours))
    return Exported(["hora", *(f"p{each}_ms" for each in shares)], rows)


def _kinds(request: Request) -> Exported:
    found = panel.by_kind(stack_of(request).deliveries, _rows(request))
    return Exported(["tipo", *panel.TAKEN.values()], ([name, *counts.values()] for name, counts in found))


def _triggers(request: Request) -> Exported:
    since = moment(time.time_ns()) - timedelta(days=panel.read_trigger_days(request))
    found = triggers(stack_of(request).records, since)
    rows = ([each.trigger.label, each.records, each.last and _at(each.last)] for each in found)
    return Exported(["gatilho", "registros", "ultimo"], rows)


def _stages(request: Request) -> Exported:
    rows = (
        [funnel.process, each.name, each.people, each.from_before, _decimal(each.median_days)]
        for funnel in _worked_out(_stages_work(request)).funnels
        for each in funnel.stages
    )
    return Exported(["processo", "etapa", "pessoas", "da_anterior", "dias_mediana"], rows)


def _standing(request: Request) -> Exported:
    found = _worked_out(_stages_work(request))
    rows = (
        [process, words.identity(each.contato_id), each.stage, _at(each.since), (found.at - each.since).days]
        for process, standing in ((funnel.process, funnel.standing) for funnel in found.funnels)
        for each in standing
    )
    return Exported(["processo", "contato", "etapa", "desde", "dias"], rows)


def _fields(request: Request) -> Exported:
    found = _worked_out(_fields_work(request))
    rows = ([each.field, each.shape, _at(each.first), each.deliveries, each.example] for each in found.fields)
    return Exported(["campo", "forma", "desde", "entregas", "exemplo"], rows)


def _fields_by_day(request: Request) -> Exported:
    found = _worked_out(_fields_work(request))
    rows = ([f"{day:%d/%m/%Y}", count] for day, count in found.by_day.items())
    return Exported(["dia", "entregas"], rows)


_TABLES: Mapping[str, Callable[[Request], Exported]] = {
    "entregas-por-hora": _by_hour,
    "tempos-de-resposta": _times,
    "registros-por-tipo": _kinds,
    "gatilhos": _triggers,
    "etapas": _stages,
    "parados": _standing,
    "campos-desconhecidos": _fields,
    "campos-por-dia": _fields_by_day,
}


def _worked_out(work: Work[Found]) -> Found:
    state = work.state
    if not isinstance(state, Result):
        raise HTTPException(404)
    return state.found


def _stages_work(request: Request) -> Work[stages.Funnels]:
    work: Work[stages.Funnels] = request.app.state.stages
    return work


def _fields_work(request: Request) -> Work[unknown.Found]:
    work: Work[unknown.Found] = request.app.state.unknown_fields
    return work


def _whole(number: float | None) -> str | None:
    return None if number is None else f"{number:.0f}"


def _decimal(number: float | None) -> str | None:
    """Write a number as the Excel of Brazil reads it."""
    return None if number is None else f"{number:.1f}".replace(".", ",")


def _at(at: datetime) -> str:
    return f"{at.astimezone(BRASILIA):%d/%m/%Y %H:%M:%S}"
