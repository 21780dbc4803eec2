"""Entrega: what Rubeus was told, and the body, each record beside what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ingest.body import split
from ingest.element import Element, UnreadableError
from models.delivery import Delivery
from models.kind import FLUXO, label
from models.outcome import State, Verdict
from rubeus.inspector import words
from rubeus.inspector.dialog import dialog
from rubeus.inspector.pages import page, stack_of
from rubeus.inspector.tree import tree
from rubeus.inspector.views.records import contatos_of
from rubeus.inspector.views.sample import file_name
from rubeus.reading import masking
from rubeus.reading.bodies import pretty, unpacked
from rubeus.reading.deliveries import UnreadableBodyError
from rubeus.reading.summary import DeliverySummary, remark

_RECORDS = 50


@dataclass(frozen=True, slots=True)
class Judged:
    """One record of the body: its JSON drawn, and what became of it."""

    position: int
    drawn: Markup
    name: str
    mark: words.Mark | None
    why: str
    problems: Sequence[str]
    warnings: Sequence[str]
    unknown: Sequence[str]
    outcome: Mapping[str, Any]
    contatos: Sequence[str]


def one(request: Request) -> Response:
    """Show one delivery."""
    stack = stack_of(request)
    summary = stack.deliveries.get(request.path_params["id"])
    if summary is None:
        raise HTTPException(404)
    try:
        delivery, missing = stack.deliveries.delivery(summary), "uma parte dele já foi apagada pelo prazo"
    except UnreadableBodyError:
        delivery, missing = None, "o que está gravado não é o que o receptor escreve"
    showing = request.app.state.shown.get(f"entrega/{summary.id}")
    first = max(1, _whole(request.query_params.get("registro", "1")))
    judged, is_readable = (
        _judged(summary, delivery, first, shown=showing is not None) if delivery else ([], False)
    )
    expires = summary.expires_at
    return page(
        request,
        "entrega.html",
        delivery=summary,
        what=f"entrega/{summary.id}",
        words=words,
        dialog=dialog(summary, delivery) if delivery else None,
        missing=missing,
        records=judged,
        more=first + _RECORDS if len(summary.outcomes) >= first + _RECORDS else None,
        showing=showing,
        text=pretty(unpacked(delivery)[0]) if delivery and showing and not is_readable else None,
        is_readable=is_readable,
        sample=file_name(summary),
        state=words.Mark(*words.STATES[summary.state]),
        expires=datetime.fromtimestamp(expires, UTC) if expires else None,
        path_kind=masking.path_kind(summary.path_kind) if summary.path_kind else None,
        content_type=masking.content_type(summary.content_type),
        unknown=[masking.field_path(path) for path in summary.unknown_fields],
        can_be_dismissed=summary.state in (State.QUARANTINED, State.FAILED),
    )


def _judged(
    summary: DeliverySummary, delivery: Delivery, first: int, *, shown: bool
) -> tuple[list[Judged], bool]:
    """Put the records from a position on beside their verdicts; and say whether the body can be read."""
    free_keys = delivery.path_kind == FLUXO
    try:
        body = split(delivery.body, delivery.content_type, delivery.content_encoding, free_keys=free_keys)
    except UnreadableError:
        return [], False
    elements = islice(body.elements, first - 1, first - 1 + _RECORDS)
    return [_judge(each, summary, shown=shown) for each in elements], True


def _judge(element: Element, summary: DeliverySummary, *, shown: bool) -> Judged:
    position = element.position + 1
    outcome = summary.outcomes.get(position, {})
    kind = outcome.get("kind") or ""
    unknown = [
        path.removeprefix(f"{kind}.") for path in summary.unknown_fields if path.startswith(f"{kind}.")
    ]
    here = [path for path in unknown if _has(element.value, path)]
    if not shown:
        here = [_masked_path(path, element.value) for path in here]
    marked = dict.fromkeys(here, "unknown")
    marked |= {each["field"]: "warn" for each in outcome.get("warnings", ())}
    return Judged(
        position=position,
        drawn=tree(element.value if shown else _masked(kind, element.value), marked),
        name=words.record(outcome),
        mark=words.verdict(outcome) if outcome else None,
        why=_why(outcome),
        problems=[remark(each) for each in outcome.get("problems", ())],
        warnings=outcome.get("warnings", ()),
        unknown=here,
        outcome=outcome,
        contatos=contatos_of(kind, element.value) if outcome.get("version") else [],
    )


def _masked(kind: str, value: object) -> object:
    return (
        masking.masked_record(kind, value)
        if isinstance(value, dict)
        else masking.masked_value(kind, "-", value)
    )


def _why(outcome: Mapping[str, Any]) -> str:
    """Say why it is of its kind: "É contato porque tem codigo, nome e emails."."""
    reason = str(outcome.get("kind_reason", ""))
    kind, _, because = reason.partition(": ")
    if outcome.get("verdict") == Verdict.REJECTED and not outcome.get("kind"):
        return ""
    if because == "a URL diz":
        return f"É {label(kind)} porque a URL diz."
    return f"É {label(kind)} porque {because}." if because else ""


def _masked_path(path: str, value: object) -> str:
    """Give a path in a record as the masked record has it."""
    names: dict[str, str] = {}
    if isinstance(value, dict):
        names = dict(zip(value, masking.masked_names(value), strict=True))
    return names.get(path, masking.masked_path(path))


def _has(value: object, path: str) -> bool:
    """Say whether a value has a dotted path, list positions left out; a name may have dots itself."""
    if isinstance(value, list):
        return any(_has(each, path) for each in value)
    if not isinstance(value, dict):
        return False
    return path in value or any(
        _has(each, path.removeprefix(f"{name}."))
        for name, each in value.items()
        if path.startswith(f"{name}.")
    )


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
