"""Por que não está aqui?: one question, one answer."""

import json
from collections.abc import Sequence
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from models.clock import BRASILIA
from models.identity import usable_id
from models.kind import FLUXO, KINDS, label
from models.record import Key
from rubeus.inspector import words
from rubeus.inspector.pages import page, read_form, stack_of
from rubeus.inspector.stack import Stack
from rubeus.reading import answers, masking
from rubeus.reading.records import By, NoIdentityError
from rubeus.reading.why import Case, Explanation, Finding, Wanted, explain

_BY = {"codigo": "codigo", "cpf": "CPF", "email": "e-mail"}
_QUESTIONS = {
    **{kind: f"{label(kind)}, por id" for kind in KINDS},
    FLUXO: f"{label(FLUXO)}, por protocolo",  # which is its id: the one in its body is somebody else's
    **{by: f"contato, por {word}" for by, word in _BY.items()},
}
_MARKS = {
    Case.STORED: words.Mark("done", "está aqui"),
    Case.REPEATED: words.Mark("repeated", "repetido"),
    Case.LATE: words.Mark("late", "atrasado"),
    Case.WAITING: words.Mark("waiting", "na fila"),
    Case.FAILED: words.Mark("failed", "parado"),
    Case.REJECTED: words.Mark("rejected", "recusado"),
    Case.DISMISSED: words.Mark("dismissed", "dispensado"),
    Case.ERASED: words.Mark("dismissed", "apagado"),
}

ANSWER = ("dia", "hora", "caso", "registro", "o_que_houve", "o_que_fazer", "protocolo")
"""Columns of the answers as a file."""


async def ask(request: Request) -> Response:
    """Show the question; on POST, which keeps what was typed out of the URL, answer it."""
    if request.method == "POST":
        form = await read_form(request)
        return await run_in_threadpool(_answer, request, form)
    return _page(request, "contato")


def _answer(request: Request, form: dict[str, str]) -> Response:
    stack, asked, text = stack_of(request), form.get("tipo", "contato"), form.get("valor", "").strip()
    if not text:
        return _page(request, asked, said="Diga qual é o registro.")
    if asked not in _BY and usable_id(text) is None:
        return _page(request, asked, said="Isso não é um id. Confira e pergunte de novo.")
    because = form.get("motivo", "").strip()[:200]
    if asked in _BY and not stack.is_reason(because):
        return _page(request, asked, said="Diga o motivo da procura: ele fica anotado.")
    try:
        wanted = _wanted(stack, asked, text, because)
    except NoIdentityError:
        return _page(request, asked, said=f"Isso não é um {_BY[asked]}. Confira e pergunte de novo.")
    known = "" if asked in _BY or masking.identity(text) == masking.MASK else text
    return _page(request, asked, value=known, explanation=explain(stack.records, stack.deliveries, wanted))


def _wanted(stack: Stack, asked: str, text: str, because: str) -> Wanted:
    if asked in _BY:
        stack.trace(f"inspect search contato by {asked}", because)
        return Wanted.identity(cast("By", asked), text)
    return Wanted(key=Key(asked if asked in (*KINDS, FLUXO) else "contato", text))


def _page(
    request: Request, asked: str, *, value: str = "", said: str = "", explanation: Explanation | None = None
) -> Response:
    findings = explanation.findings if explanation else ()
    found = [(each, _MARKS[each.case], answers.tell(each)) for each in findings]
    return page(
        request,
        "por_que.html",
        asked=asked,
        value=value,
        questions=_QUESTIONS,
        said=said,
        found=found,
        rows=json.dumps([_row(*each) for each in found]),
        never=explanation and answers.never(explanation),
        unread=explanation and explanation.unread,
        by_identity=explanation and not explanation.since,
        is_answered=explanation is not None,
        words=words,
        identity=masking.identity,
    )


def _row(each: Finding, mark: words.Mark, answer: answers.Answer) -> Sequence[str]:
    local = each.at.astimezone(BRASILIA)
    name = f"{label(each.key.kind)} {masking.identity(each.key.id)}" if each.key else ""
    return [f"{local:%d/%m/%Y}", f"{local:%H:%M:%S}", mark.text, name, *answer, each.delivery_id]
