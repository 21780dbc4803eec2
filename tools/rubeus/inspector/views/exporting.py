"""Every list as a file, as it is filtered; what is covered on the page is covered in the file."""

import json
import time
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from models.clock import BRASILIA, day, moment
from models.kind import label
from rubeus.inspector import words
from rubeus.inspector.batches import Line
from rubeus.inspector.pages import read_form, stack_of
from rubeus.inspector.shown import Showing
from rubeus.inspector.tables import form, table
from rubeus.inspector.views import bulk
from rubeus.inspector.views.deliveries import read_filters
from rubeus.inspector.views.people import chosen, happening
from rubeus.inspector.views.queue import SAYS
from rubeus.inspector.views.versions import compared
from rubeus.inspector.views.why import ANSWER
from rubeus.reading import masking
from rubeus.reading import traces as reading_traces
from rubeus.reading.diff import ABSENT
from rubeus.reading.queues import published
from rubeus.reading.rows import DeliveryRow
from rubeus.reading.selection import Selection

_VERDICTS = {verdict: several for verdict, (_, _, several) in words.VERDICTS.items()}
_DELIVERIES = (
    *("dia", "hora", "protocolo", "situacao", "registros", *_VERDICTS.values()),
    *("tipos", "milissegundos", "bytes", "problemas"),
)
_BATCH = ("protocolo", "antes", "depois", "registros_mudados", "motivo")
_PERSON = (
    *("dia", "hora", "tipo", "id", "acontecimento", "diz"),
    *("campo_do_rubeus", "data_no_rubeus", "protocolo"),
)

_ANSWERS = TypeAdapter(list[tuple[str, str, str, str, str, str, str]])


def deliveries(request: Request) -> Response:
    """Give the deliveries of a list, or all that needs somebody; nothing in them is personal."""
    query = request.query_params
    filters = read_filters(query)
    needing = query.get("quais") == bulk.NEEDING
    selection = Selection() if needing else filters.selection
    return table(
        "entregas-pendentes" if needing else f"entregas-{filters.day}",
        form(query.get("formato")),
        _DELIVERIES,
        map(_delivery, stack_of(request).deliveries.list(selection)),
    )


def batch(request: Request) -> Response:
    """Give what became of each delivery of a batch."""
    found = bulk.find(request)
    lines = list(found.lines)  # it may still grow
    return table("lote", form(request.query_params.get("formato")), _BATCH, map(_line, lines))


def person(request: Request) -> Response:
    """Give a person's story as the page has it, with all of its points; who may see it shown, in full."""
    contato_id, query = request.path_params["id"], request.query_params
    what = f"contato/{contato_id}"
    showing = request.app.state.shown.get(what)
    _trace(request, what, showing)
    rows = []
    for entry in chosen(request)[1]:
        point = happening(entry, shown=showing is not None)
        field, date = entry.happened or (None, None)
        rows.append(
            [
                *_at(entry.state.received_at),
                *(entry.state.key.kind, words.identity(entry.state.key.id), point.word, point.said),
                *(field, date and f"{date:%d/%m/%Y %H:%M}", entry.state.delivery_id),
            ]
        )
    name = masking.identity(contato_id)
    name = "historia" if name == masking.MASK else f"historia-contato-{name}"
    return table(name, form(query.get("formato")), _PERSON, rows)


def differences(request: Request) -> Response:
    """Give what differs between two states of a record; who may see it shown, in full."""
    found = compared(request)
    _trace(request, found.what, found.showing)
    rows = ([each.path, _cell(each.before), _cell(each.after)] for each in found.differences)
    identity = masking.identity(found.key.id)
    name = found.key.kind if identity == masking.MASK else f"{found.key.kind}-{identity}"
    full_name = f"diferencas-{name}-{found.before}-{found.after}"
    return table(full_name, form(request.query_params.get("formato")), ("campo", "antes", "depois"), rows)


async def why(request: Request) -> Response:
    """Give the answers that a page has, as it sent them: the question may be a CPF, which no page keeps."""
    values = await read_form(request)
    try:
        rows = _ANSWERS.validate_json(values.get("respostas", ""))
    except ValueError as error:
        raise HTTPException(404) from error
    return await run_in_threadpool(table, "por-que", form(values.get("formato")), ANSWER, rows)


def queue(request: Request) -> Response:
    """Give all that today's deliveries published."""
    today = day(moment(time.time_ns()))
    rows = (
        [*_at(each.at), each.message_id, SAYS[each.verdict], each.delivery_id]
        for each in published(stack_of(request).deliveries, today)
    )
    columns = ("dia", "hora", "mensagem", "o_que_diz", "protocolo")
    return table(f"publicadas-{today}", form(request.query_params.get("formato")), columns, rows)


def traces(request: Request) -> Response:
    """Give who had personal data shown this month."""
    month = f"{moment(time.time_ns()):%Y-%m}"
    found = reading_traces.traces(stack_of(request).records, month)
    rows = ([*_at(each.at), each.who.rpartition("/")[2], each.what, each.why] for each in found)
    columns = ("dia", "hora", "quem", "o_que", "por_que")
    return table(f"anotacoes-{month}", form(request.query_params.get("formato")), columns, rows)


def _trace(request: Request, what: str, showing: Showing | None) -> None:
    """Note that somebody takes along what is shown to them."""
    if showing:
        stack_of(request).trace(f"inspect export {what}", showing.because)


def _cell(value: object) -> str | None:
    """Write a value as text, or as JSON; nothing where there is none, which null is not."""
    if value is ABSENT:
        return None
    if isinstance(value, str | Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)  # a Decimal in it, so that no digit is lost


def _delivery(each: DeliveryRow) -> Sequence[object]:
    _, state = words.STATES[each.state]
    return [
        *(*_at(each.received_at), each.id, state, each.records),
        *(each.counts.get(verdict, 0) for verdict in _VERDICTS),
        *(", ".join(map(label, each.kinds)), each.milliseconds, each.size, "; ".join(each.problems)),
    ]


def _line(line: Line) -> Sequence[object]:
    states = [words.STATES[each][1] if each else None for each in (line.before, line.after)]
    return [line.id, *states, line.changed, bulk.why(line)]


def _at(received_at: datetime) -> Sequence[str]:
    local = received_at.astimezone(BRASILIA)
    return [f"{local:%d/%m/%Y}", f"{local:%H:%M:%S}"]
