"""Fila: how much waits, how old it is, what was published last. Looking receives nothing."""

import time
from datetime import timedelta
from itertools import islice

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from models.clock import day, moment
from models.outcome import Verdict
from rubeus.inspector import words
from rubeus.inspector.pages import failure, page, read_form, stack_of
from rubeus.operating.redrive import VISIBILITY_SECONDS, RedriveError
from rubeus.reading.queues import published

_PUBLISHED = 20
_NAMES = {
    "records": ("registros", "uma mensagem para cada versão nova"),
    "records dead letters": ("registros, sem consumo", "o consumidor desistiu delas"),
    "recovery": ("recuperação", "entregas que ainda vão ser terminadas"),
    "recovery dead letters": ("recuperação, sem consumo", "nem a recuperação conseguiu"),
}
SAYS = {Verdict.NEW: "registro novo", Verdict.UPDATED: "nova versão", Verdict.LATE: "atrasada"}
"""What a message says, by the verdict that it came of."""


def look(request: Request) -> Response:
    """Show the queues, and what today's deliveries published."""
    stack = stack_of(request)
    counts = stack.queues.status()
    waiting = {each.name: each.waiting for each in counts}
    sent = [*islice(published(stack.deliveries, day(moment(time.time_ns()))), _PUBLISHED + 1)]
    return page(
        request,
        "fila.html",
        rows=[(each, *_NAMES[each.name], _age(each.oldest_seconds)) for each in counts],
        waiting=waiting["records"],
        dead=[
            (name, waiting[f"{name} dead letters"])
            for name in ("records", "recovery")
            if waiting[f"{name} dead letters"]
        ],
        names={name: title for name, (title, _) in _NAMES.items()},
        published=[
            (each, words.Mark(words.VERDICTS[each.verdict][0], SAYS[each.verdict]))
            for each in sent[:_PUBLISHED]
        ],
        is_cut=len(sent) > _PUBLISHED,
        moved=request.query_params.get("devolvidas", ""),
    )


async def redrive(request: Request) -> Response:
    """Move dead letters back to their queue."""
    form = await read_form(request)
    if form.get("fila") not in ("records", "recovery"):
        raise HTTPException(404)
    try:
        moved = await run_in_threadpool(stack_of(request).redrive, form["fila"])
    except RedriveError as error:
        if error.__cause__ is None:
            raise
        return failure(request, error.__cause__, _before(error.moved))
    return RedirectResponse(f"/fila?devolvidas={moved}", 303)


def _before(moved: int) -> str:
    """Say what a redrive did before it failed."""
    if not moved:
        return "Nenhuma mensagem foi devolvida: todas continuam guardadas."
    return (
        f"{words.counted(moved, 'mensagem foi devolvida', 'mensagens foram devolvidas')} antes disso;"
        f" as outras continuam guardadas, e podem ser devolvidas daqui a {VISIBILITY_SECONDS} segundos."
    )


def _age(seconds: int | None) -> str:
    """Give an age in at most two units; a dash where it is not known."""
    if seconds is None:
        return words.UNKNOWN
    hours, rest = divmod(timedelta(seconds=seconds).total_seconds(), 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours:.0f} h {minutes:.0f} min"
    return f"{minutes:.0f} min {left:.0f} s" if minutes else f"{left:.0f} s"
