"""What came that Rubeus's page does not document: unknown fields, odd values, odd empties."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ingest.parse import parse
from models.values import UNUSUAL_EMPTY
from rubeus.reading import masking
from rubeus.reading.deliveries import Deliveries, UnreadableBodyError
from rubeus.reading.summary import DeliverySummary

UNKNOWN = "campo desconhecido"

_POSITION = re.compile(r"\.[0-9]+(?=\.|$)")
_MAX_SHAPE = 40


@dataclass(frozen=True, slots=True)
class Drift:
    """One oddity.

    Attributes
    ----------
    field
        Its dotted path, the record's kind in front, list positions left out.
    reason
        What is odd, in Portuguese; UNKNOWN for a field that no model knows.
    deliveries
        How many had it.
    first, last
        When it was received; aware, UTC.
    example
        The protocolo of the last one.
    shape
        What its value looks like there, without saying it; None where that can't be told.
    """

    field: str
    reason: str
    deliveries: int
    first: datetime
    last: datetime
    example: str
    shape: str | None = None

    @property
    def advice(self) -> str:
        """What to do, in Portuguese."""
        if self.reason == UNKNOWN:
            return "está guardado como veio; para lê-lo com tipo, avise quem mantém o receptor"
        if self.reason == UNUSUAL_EMPTY:
            return "foi lido como vazio; nada a fazer"
        return "está guardado como veio; confira o cadastro no Rubeus"


def drift(deliveries: Deliveries, found: Iterable[DeliverySummary]) -> Sequence[Drift]:
    """Gather what was odd about deliveries, the most frequent first; an example's body is read for each."""
    oddities: dict[tuple[str, str], Drift] = {}
    for summary in found:
        for field, reason in _odd(summary):
            now = Drift(field, reason, 1, summary.received_at, summary.received_at, summary.id)
            old = oddities.get((field, reason))
            oddities[field, reason] = _joined(old, now) if old else now
    ordered = sorted(oddities.values(), key=lambda each: (-each.deliveries, each.field, each.reason))
    return [replace(each, shape=_shape_in(deliveries, each)) for each in ordered]


def shape(value: object) -> str:
    """Describe a value in Portuguese: letters are a, digits 9."""
    match value:
        case None:
            return "null"
        case bool():
            return "verdadeiro ou falso"
        case str():
            pattern = re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "a", value))[:_MAX_SHAPE]
            return f"texto {pattern!r}" if value else "texto vazio"
        case dict():
            return "objeto"
        case list():
            return f"lista de {len(value)}"
        case _:
            return "número"


def masked(each: Drift) -> Drift:
    """Give what everybody may see of it: keys are the sender's words."""
    return replace(each, field=masking.field_path(each.field))


def _odd(summary: DeliverySummary) -> set[tuple[str, str]]:
    odd = {(field, UNKNOWN) for field in summary.unknown_fields}
    for outcome in summary.outcomes.values():
        for each in outcome.get("warnings", ()):
            path = f"{outcome.get('kind', '')}.{each['field']}" if each["field"] else outcome.get("kind", "")
            odd.add((_POSITION.sub("", path), each["reason"]))
    return odd


def _joined(one: Drift, other: Drift) -> Drift:
    last = max(one, other, key=lambda each: each.last)
    return replace(last, deliveries=one.deliveries + other.deliveries, first=min(one.first, other.first))


def _shape_in(deliveries: Deliveries, drift: Drift) -> str | None:
    summary = deliveries.get(drift.example)
    try:
        delivery = deliveries.delivery(summary) if summary else None
    except UnreadableBodyError:
        return None
    if delivery is None:
        return None
    kind, _, path = drift.field.partition(".")
    records = (record.data for record in parse(delivery).records if record.key.kind == kind)
    values = (value for data in records for value in _values(data, path.split(".") if path else []))
    return next(map(shape, values), None)


def _values(value: object, names: Sequence[str]) -> Iterator[object]:
    """Give what stands at a path; at a list, in each element."""
    if isinstance(value, list) and names:
        for each in value:
            yield from _values(each, names)
    elif not names:
        yield value
    elif isinstance(value, Mapping) and names[0] in value:
        yield from _values(value[names[0]], names[1:])
