"""Lote: everything that a list has, replayed or dismissed; first it is shown what that would do."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from models.clock import moment
from models.kind import FLUXO, KINDS, label
from models.outcome import State, Verdict
from rubeus.inspector import words
from rubeus.inspector.batches import MAX_FORETOLD, Batch, Line
from rubeus.inspector.pages import ask_for_reason, explained, page, read_form, stack_of
from rubeus.inspector.views.deliveries import read_filters
from rubeus.inspector.views.operating import why_not
from rubeus.operating.dismiss import Dismissed
from rubeus.operating.replay import Replayed
from rubeus.reading.failures import Failure
from rubeus.reading.rows import DeliveryRow
from rubeus.reading.selection import Selection
from rubeus.reading.summary import Dismissal

_FIRST = 10
_MAX_LINES = 200
_FAILED = {
    "throttled": "A AWS pediu para esperar.",
    "away": "A AWS não respondeu.",
}
NEEDING = "pendentes"
"""What `quais` says of all that needs somebody, whenever it came."""


async def choose(request: Request) -> Response:
    """Choose all that a list has now, and lead to what could be done with them."""
    form = await read_form(request)
    return await run_in_threadpool(_choose, request, form)


def _choose(request: Request, form: Mapping[str, str]) -> Response:
    if form.get("quais") == NEEDING:
        batch = Batch(Selection(), urlencode({"quais": NEEDING}))
    else:
        filters = read_filters(form)
        names = ("situacao", "tipo", "veredito", "problema")
        asked = {name: form[name] for name in names if form.get(name)}
        batch = Batch(filters.selection, urlencode({"dia": filters.day, **asked}))
    stack = stack_of(request)
    request.app.state.batches.add(batch)
    batch.choose(stack.deliveries, stack.receiver)
    return RedirectResponse(_path(batch), 303)


def look(request: Request) -> Response:
    """Show how far it is; what would be done, or what was."""
    batch = find(request)
    kind_of = {"foretelling": "lote_andamento.html", "acting": "lote_andamento.html", "over": "lote_fim.html"}
    values = _confirmation(request, batch) if batch.phase == "ready" else _progress(batch)
    return page(
        request,
        kind_of.get(batch.phase, "lote.html"),
        batch=batch,
        here=_path(batch),
        back=f"/entregas?{batch.query}" if batch.selection.day else "/entregas",
        words=words,
        failure=explained(batch.error),
        **values,
    )


async def foretell(request: Request) -> Response:
    """Say what a replay under another kind would do."""
    form = await read_form(request)
    kind = form.get("como") or None
    if kind not in (None, *KINDS, FLUXO):
        raise HTTPException(404)
    batch, stack = find(request), stack_of(request)
    batch.foretell(stack.deliveries, stack.receiver, kind)
    return RedirectResponse(_path(batch), 303)


def replay(request: Request) -> Response:
    """Run them again, in the background."""
    batch, stack = find(request), stack_of(request)
    batch.replay(stack.deliveries, stack.receiver)
    return RedirectResponse(_path(batch), 303)


async def dismiss(request: Request) -> Response:
    """Put them aside, in the background, with a reason."""
    form = await read_form(request)
    because, batch, stack = form.get("porque", "").strip()[:200], find(request), stack_of(request)
    if not because:
        said = "Nada foi dispensado. Diga por quê: é o que fica anotado em cada entrega."
        return ask_for_reason(request, form, field="porque", said=said, back=_path(batch))
    dismissal = Dismissal(moment(time.time_ns()), stack.caller, because)
    batch.dismiss(stack.deliveries, stack.receiver, dismissal, force=bool(form.get("falhas")))
    return RedirectResponse(_path(batch), 303)


def stop(request: Request) -> Response:
    """End it early."""
    batch = find(request)
    batch.stop()
    return RedirectResponse(_path(batch), 303)


def why(line: Line) -> str:
    """Say why nothing was done with a delivery; nothing where something was."""
    if line.failure:
        return failed(line.failure)
    if isinstance(line.left_alone, Replayed):
        if line.left_alone.left_alone == f"it is {line.before}" and line.before:
            return f"Alguém mexeu nela enquanto isso: agora está {words.STATES[line.before][1]}."
        return why_not(line.left_alone)
    if isinstance(line.left_alone, Dismissed):
        state = words.STATES[line.before][1] if line.before else "apagada"
        return f"Agora está {state}, e assim não pode ser dispensada."
    if line.after not in (State.DONE, State.QUARANTINED, State.DISMISSED):
        return "Ainda não terminou; a recuperação a termina em alguns minutos."
    return ""


def failed(failure: Failure) -> str:
    """Say what AWS did not do."""
    return _FAILED.get(failure.cause, f"A AWS recusou ({failure.code}).")


def _progress(batch: Batch) -> dict[str, Any]:
    ends = Counter(line.after for line in batch.lines if not why(line) and line.after)
    left = [(line, why(line)) for line in batch.lines if why(line)]
    done = len(batch.lines) - len(left)
    return {
        "title": _title(batch, done),
        "ends": [(words.Mark(*words.STATES[state]), count) for state, count in ends.items()],
        "changes": _changes(batch),
        "left": left[:_MAX_LINES],
        "left_count": len(left),
        "not_tried": batch.total - len(batch.lines),
    }


def _title(batch: Batch, done: int) -> str:
    verb = "reprocessada" if batch.action == "replay" else "dispensada"
    if not done:
        return f"Nenhuma entrega foi {verb}"
    return f"{words.counted(done, f'entrega {verb}', f'entregas {verb}s')}"


def _confirmation(request: Request, batch: Batch) -> dict[str, Any]:
    rows, deliveries = batch.rows, stack_of(request).deliveries
    first = list(deliveries.heads([each.id for each in rows[:_FIRST]]))
    quarantined = len(batch.dismissable(force=False))
    would_change = sum(1 for line in batch.lines if line.changed or line.before is not line.after)
    left = Counter(why(line) for line in batch.lines if line.left_alone or line.failure)
    return {
        "first": first,
        "options": [*KINDS, FLUXO],
        "chosen": _said(batch.selection),
        "states": [
            (words.Mark(*words.STATES[state]), count)
            for state, count in Counter(each.state for each in rows).most_common()
        ],
        "kinds": [
            (label(kind), count)
            for kind, count in Counter(kind for each in rows for kind in each.kinds).most_common()
        ],
        "verdicts": _verdicts(rows),
        "replayable": len(batch.replayable),
        "quarantined": quarantined,
        "failed": len(batch.dismissable(force=True)) - quarantined,
        "foretold": len(batch.lines),
        "max_foretold": MAX_FORETOLD,
        "would_change": would_change,
        "would_stay": len(batch.lines) - would_change - sum(left.values()),
        "left": left.most_common(),
        "changes": _changes(batch),
    }


def _verdicts(rows: Iterable[DeliveryRow]) -> list[words.Mark]:
    counts: Counter[str] = Counter()
    for each in rows:
        counts.update(each.counts)
    return [
        words.Mark(css, words.counted(counts[verdict], one, several))
        for verdict, (css, one, several) in words.VERDICTS.items()
        if counts[verdict]
    ]


def _changes(batch: Batch) -> list[tuple[words.Mark | None, words.Mark, int]]:
    """Give from which verdict to which how many records go, the most first."""
    return [
        (_mark(before) if before else None, _mark(after), count)
        for (before, after), count in batch.changes.most_common()
    ]


def _mark(verdict: str) -> words.Mark:
    css, word, _ = words.VERDICTS[Verdict(verdict)]
    return words.Mark(css, word)


def _said(selection: Selection) -> str:
    """Say what was chosen."""
    if not selection.day:
        return "Tudo o que precisa de alguém, de qualquer dia."
    said = [words.long_day(date.fromisoformat(selection.day))]
    if selection.state:
        said.append(f"situação {words.STATES[selection.state][1]}")
    if selection.kind:
        said.append(f"tipo {label(selection.kind)}")
    if selection.verdict:
        said.append(f"veredito {words.VERDICTS[selection.verdict][1]}")
    if selection.problem:
        said.append(f"problema “{selection.problem}”")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}."


def find(request: Request) -> Batch:
    """Give the batch of an address; 404 where this process has none."""
    batch: Batch | None = request.app.state.batches.get(request.path_params["id"])
    if batch is None:
        raise HTTPException(404)
    return batch


def _path(batch: Batch) -> str:
    return f"/entregas/lote/{batch.id}"
