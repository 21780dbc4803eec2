"""Registros: find a record, and see it as it is or as it stood, beside its history."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock_time
from typing import cast
from urllib.parse import quote

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from models.clock import BRASILIA
from models.kind import FLUXO, KINDS, MODELS, label
from models.record import Key
from models.validation import validate
from rubeus.inspector import words
from rubeus.inspector.pages import page, read_date, read_form, stack_of
from rubeus.inspector.tree import tree
from rubeus.reading import masking
from rubeus.reading.record_state import RecordState
from rubeus.reading.records import By, NoIdentityError

_BY = {"CPF": "cpf", "e-mail": "email", "codigo": "codigo"}


@dataclass(frozen=True, slots=True)
class Field:
    """A top-level field of a record, drawn, and what there is to say of it."""

    name: str
    drawn: Markup
    marks: list[words.Mark]


async def find(request: Request) -> Response:
    """Find a record by kind and id, or a contato by who it is; by POST, whatever somebody types where."""
    if request.method != "POST":
        return search(request)
    form = await read_form(request)
    if "quem" in form:
        return await run_in_threadpool(_by_identity, request, form)
    kind, identifier = form.get("tipo", ""), form.get("id", "").strip()
    if kind not in (*KINDS, FLUXO) or masking.identity(identifier) == masking.MASK:
        return search(request, kind=kind, said="Isso não é um id do Rubeus. CPF e e-mail, procure ao lado.")
    until, path = read_date(form.get("em", "")), record_path(Key(kind, identifier))
    return RedirectResponse(f"{path}?em={until}" if until else path, 303)


def one(request: Request) -> Response:
    """Show a record."""
    records, key = stack_of(request).records, read_key(request)
    day = read_date(request.query_params.get("em", ""))
    history, links = records.story(key)
    if not history:
        raise HTTPException(404)
    state = records.get(key, _end_of(day)) if day else records.get(key)
    what = f"{key.kind}/{key.id}"
    showing = request.app.state.shown.get(what)
    return page(
        request,
        "registro.html",
        key=key,
        name=f"{label(key.kind)} {masking.identity(key.id)}",
        state=state,
        day=day,
        fields=_fields(state, shown=showing is not None) if state else [],
        field_name=str if showing else masking.masked_name,
        contatos=contatos_of(key.kind, state.data) if state else [],
        history=list(reversed(history)),
        links=sorted(links, key=lambda link: link.received_at, reverse=True),
        showing=showing,
        what=what,
        words=words,
        label=label,
        kinds=[*KINDS, FLUXO],
        record_path=record_path,
    )


def read_key(request: Request) -> Key:
    """Read a record's identity from the path; 404 where the kind is none."""
    key = Key(request.path_params["kind"], request.path_params["id"])
    if key.kind not in (*KINDS, FLUXO):
        raise HTTPException(404)
    return key


def record_path(key: Key) -> str:
    """Give the path of a record's page."""
    return f"/registros/{key.kind}/{quote(key.id, safe='')}"


def contatos_of(kind: str, data: object) -> Sequence[str]:
    """Give the ids of the contatos that a record concerns, as far as they may be shown."""
    model = MODELS.get(kind)
    view = validate(model, data).view if model and isinstance(data, dict) else None
    return [each.id for each in view.references if words.identity(each.id) != masking.MASK] if view else []


def _by_identity(request: Request, form: dict[str, str]) -> Response:
    stack, title = stack_of(request), form.get("por", "CPF")
    by, text = cast("By", _BY.get(title, "cpf")), form.get("quem", "")
    because = form.get("motivo", "").strip()[:200]
    if not stack.is_reason(because):
        return search(request, by=title, said="Diga o motivo da procura: ele fica anotado.")
    try:
        stack.trace(f"inspect search contato by {by}", because)
        found = stack.records.find(by, text)
    except NoIdentityError:
        return search(request, by=title, said=f"Isso não é um {title}. Confira e procure de novo.")
    if len(found) == 1:
        return RedirectResponse(record_path(found[0].key), 303)
    said = "" if found else f"Nenhum contato tem este {title} agora."
    return search(request, by=title, said=said, found=found)


def search(
    request: Request,
    *,
    kind: str = "",
    by: str = "CPF",
    said: str = "",
    found: Sequence[RecordState] = (),
) -> Response:
    """Show the forms, with what is to be said and what was found."""
    return page(
        request,
        "registros.html",
        kind=kind,
        kinds=[*KINDS, FLUXO],
        by=by,
        choices=list(_BY),
        said=said,
        found=found,
        ids=json.dumps([each.key.id for each in found]),
        words=words,
        label=label,
        record_path=record_path,
    )


def _fields(state: RecordState, *, shown: bool) -> list[Field]:
    """Draw the fields of a state, in the order in which they were sent."""
    kind, model = state.key.kind, MODELS.get(state.key.kind)
    validation = validate(model, state.data) if model else None
    warnings = validation.warnings if validation else ()
    unknown = validation.unknown_fields if validation else ()
    data = state.data if shown else masking.masked_record(kind, state.data)
    fields = []
    for name, (sent, value) in zip(data, zip(state.data, data.values(), strict=True), strict=True):
        marks = (
            [words.Mark("updated", f"mudou na versão {state.version}")]
            if sent in state.changed and (state.version or 0) > 1
            else []
        )
        marks += [
            words.Mark("warn", f"{path.partition('.')[2]}: {each.reason}" if "." in path else each.reason)
            for each in warnings
            if (path := each.field).partition(".")[0] == sent
        ]
        marks += [words.Mark("unknown", "campo desconhecido") for each in unknown if each == sent]
        fields.append(Field(name, tree(value, {}), marks))
    return fields


def _end_of(day: date) -> datetime:
    return datetime.combine(day, clock_time.max, BRASILIA)
