"""What changes something: replay, dismiss; and what shows personal data, which leaves a trace."""

import re
import time
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from models.clock import BRASILIA, moment
from models.kind import FLUXO, KINDS
from models.outcome import State
from rubeus.inspector import words
from rubeus.inspector.pages import ask_for_reason, page, read_form, stack_of
from rubeus.inspector.stack import MIN_REASON
from rubeus.operating.dismiss import dismiss as put_aside
from rubeus.operating.replay import Replay, Replayed
from rubeus.reading.summary import Dismissal, remark

_ROWS = 50
_SHOWABLE = re.compile(r"(entrega|contato|registro_processo|atividade|evento|fluxo)/[^/?#]{1,300}")


@dataclass(frozen=True, slots=True)
class Row:
    """What a replay changes about one record."""

    name: str
    before: words.Mark | None
    after: words.Mark
    why: str


async def replay(request: Request) -> Response:
    """Show what a replay would do; on POST, do it and show what it did."""
    values = await read_form(request) if request.method == "POST" else dict(request.query_params)
    kind = values.get("como") or None
    if kind not in (None, *KINDS, FLUXO):
        raise HTTPException(404)
    return await run_in_threadpool(_replay, request, kind, is_done=request.method == "POST")


def _replay(request: Request, kind: str | None, *, is_done: bool) -> Response:
    stack, delivery_id = stack_of(request), request.path_params["id"]
    operation = Replay(stack.deliveries, stack.receiver(), kind)
    replayed = operation.run(delivery_id) if is_done else operation.foretell(delivery_id)
    if replayed.before is None:
        raise HTTPException(404)
    title, lead = _said(replayed, is_done=is_done)
    shown = replayed.changes[:_ROWS]
    return page(
        request,
        "reprocessar.html",
        id=delivery_id,
        title=title,
        lead=lead,
        kind=kind,
        kinds=[*KINDS, FLUXO],
        changes=[_row(old, new) for old, new in shown],
        others=len(replayed.records) - len(shown),
        is_done=is_done and not replayed.left_alone,
        is_possible=replayed.left_alone is None,
    )


def _row(old: Any, new: Any) -> Row:  # noqa: ANN401 (outcomes are what is stored)
    name = f"{new['position']}. {words.record(new)}".rstrip(". ")
    why = "; ".join(remark(each) for each in new.get("problems", ()))
    return Row(name, words.verdict(old) if old else None, words.verdict(new), why)


def _said(replayed: Replayed, *, is_done: bool) -> tuple[str, str]:
    if replayed.left_alone:
        return "Agora não pode ser reprocessada", why_not(replayed)
    if replayed.unfinished:
        return "Ainda não terminou", "A recuperação a termina em alguns minutos. Não é preciso fazer nada."
    changed = words.counted(len(replayed.changes), "registro", "registros")
    if is_done:
        surprise = " Algo chegou no meio: parte saiu diferente do previsto." if replayed.surprises else ""
        return (
            f"{changed} mudou" if len(replayed.changes) == 1 else f"{changed} mudaram"
        ), f"Foi reprocessada agora.{surprise}"
    if not replayed.changes:
        return "Nada mudaria", "Reprocessada agora, ela terminaria como está. Nada foi gravado ainda."
    return (
        f"{changed} {'mudaria' if len(replayed.changes) == 1 else 'mudariam'}",
        "Se for reprocessada agora, isto é o que acontece. Nada foi gravado ainda.",
    )


def why_not(replayed: Replayed) -> str:
    """Say in the reader's language why a delivery is left alone."""
    before = replayed.before
    if before and before.leased_until and before.leased_until > moment(time.time_ns()):
        return f"Outra execução está com ela até {before.leased_until.astimezone(BRASILIA):%H:%M}."
    if before and before.state is State.OPEN:
        return "Ela acabou de chegar, e o receptor ainda pode estar nela. Tente de novo em um minuto."
    if replayed.left_alone and replayed.left_alone.startswith(("records of it", "it is")):
        return (
            "Só o que está em quarentena, sem nenhum registro já gravado sob outro tipo, pode ser tratado"
            " como outro tipo."
        )
    return "O corpo dela já foi apagado pelo prazo de guarda, ou não pode ser lido."


async def dismiss(request: Request) -> Response:
    """Put a delivery aside, with a reason."""
    form = await read_form(request)
    because = form.get("porque", "").strip()[:200]
    if not because:
        said = "Nada foi dispensado. Diga por quê: é o que fica anotado na entrega."
        back = f"/entregas/{request.path_params['id']}"
        return ask_for_reason(request, form, field="porque", said=said, back=back)
    return await run_in_threadpool(_dismiss, request, because, force=bool(form.get("mesmo_assim")))


def _dismiss(request: Request, because: str, *, force: bool) -> Response:
    stack, delivery_id = stack_of(request), request.path_params["id"]
    dismissal = Dismissal(moment(time.time_ns()), stack.caller, because)
    put_aside(stack.deliveries, stack.receiver(), delivery_id, dismissal, force=force)
    return RedirectResponse(f"/entregas/{delivery_id}", 303)


async def show(request: Request) -> Response:
    """Show what is covered, for five minutes; on a stack, with a reason, and a trace before anything else."""
    form = await read_form(request)
    what, because = form.get("o_que", ""), form.get("motivo", "").strip()[:200]
    stack = stack_of(request)
    if not _SHOWABLE.fullmatch(what):
        raise HTTPException(404)
    if not stack.is_reason(because):
        said = f"Nada foi mostrado. Diga o motivo, em pelo menos {MIN_REASON} caracteres: ele fica anotado."
        return ask_for_reason(request, form, field="motivo", said=said, back=_back(form))
    await run_in_threadpool(stack.trace, f"inspect show {what}", because)
    request.app.state.shown.show(what, because)
    return RedirectResponse(_back(form), 303)


async def cover(request: Request) -> Response:
    """Cover it again."""
    form = await read_form(request)
    request.app.state.shown.cover(form.get("o_que", ""))
    return RedirectResponse(_back(form), 303)


def _back(form: dict[str, str]) -> str:
    """Give the page that somebody came from, which is one of ours."""
    path = form.get("volta", "")
    return path if re.fullmatch(r"/[A-Za-z][^\s\\]*", path) else "/entregas"
