"""Records as a file: all of a kind, what a search found, or the states of one."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from datetime import time as clock_time

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from models.clock import BRASILIA
from models.kind import FLUXO, KINDS
from models.record import Key
from rubeus.errors import CommandError
from rubeus.export.collecting import Collection
from rubeus.export.files import Table
from rubeus.inspector.pages import read_date, read_form, stack_of
from rubeus.inspector.tables import Form, download, form
from rubeus.inspector.views.records import read_key, search
from rubeus.reading import masking
from rubeus.reading.record_state import RecordState

_TOO_WIDE = "Isto não cabe num arquivo do Excel. Exporte em CSV."
_NO_REASON = "Diga o motivo de exportar dados pessoais: ele fica anotado."


async def many(request: Request) -> Response:
    """Give all records of a kind, or those of a search, as they are now; shown in full, with a reason."""
    values = await read_form(request)
    return await run_in_threadpool(_many, request, values)


def one(request: Request) -> Response:
    """Give all states of a record; in full while its data is shown."""
    stack, key = stack_of(request), read_key(request)
    history = stack.records.history(key)
    if not history:
        raise HTTPException(404)
    what = f"{key.kind}/{key.id}"
    showing = request.app.state.shown.get(what)
    if showing:
        stack.trace(f"inspect export {what}", showing.because)
    identity = masking.identity(key.id)
    name = key.kind if identity == masking.MASK else f"{key.kind}-{identity}"
    wanted = form(request.query_params.get("formato"))
    return _file(key.kind, name, wanted, history, shown=showing is not None, all_versions=True)


def _many(request: Request, values: Mapping[str, str]) -> Response:
    stack, kind = stack_of(request), values.get("tipo", "")
    if kind not in (*KINDS, FLUXO):
        raise HTTPException(404)
    because, shown = values.get("motivo", "").strip()[:200], bool(values.get("mostrar"))
    if shown and not stack.is_reason(because):
        return search(request, kind=kind, said=_NO_REASON)
    if shown:
        stack.trace(f"inspect export records --kind {kind}", because)
    keys, all_versions = _keys(kind, values.get("ids", "")), bool(values.get("versoes"))
    if keys is not None:
        states: Iterator[RecordState] = stack.records.current(keys)
    else:
        since = _since(values.get("desde", ""))
        states = Collection(stack.records, kind, since, all_versions).states()
    try:
        return _file(kind, kind, form(values.get("formato")), states, shown=shown, all_versions=all_versions)
    except CommandError:
        return search(request, kind=kind, said=_TOO_WIDE)


def _file(  # noqa: PLR0913 (what a table is made of)
    kind: str, name: str, wanted: Form, states: Iterable[RecordState], *, shown: bool, all_versions: bool
) -> Response:
    table = Table(kind, wanted, all_versions=all_versions)
    return download(name, wanted, lambda file: table.write(file, states, reveal=shown))


def _keys(kind: str, text: str) -> list[Key] | None:
    """Read the ids of a search's result; None where there are none, so all records are meant."""
    if not text:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        found = []
    return [Key(kind, each) for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _since(text: str) -> datetime | None:
    day = read_date(text)
    return datetime.combine(day, clock_time.min, BRASILIA) if day else None
