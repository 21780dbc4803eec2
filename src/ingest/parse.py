"""From a delivery to its records: split, tell the kind, validate. Each element alone."""

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from ingest.body import split
from ingest.element import Element, UnreadableError
from models.contato import Contato
from models.delivery import Delivery
from models.exact_json import canonical
from models.identity import usable_id
from models.kind import FLUXO, KINDS, MODELS, check_path, infer
from models.outcome import BodyProblem, Fault, Outcome, Verdict
from models.record import Fluxo, Key, Record
from models.shapes import Base
from models.validation import Issue, validate

# What a button or a monitor sends to see whether somebody answers is short, and has no id.
_MAX_TEST_CHARACTERS = 1_000


class Parsed(NamedTuple):
    """What a delivery says.

    Attributes
    ----------
    records
        The ones to store, in order.
    outcomes
        One for each element, by position; those of `records` are pending yet.
    problem
        Why the body as a whole can't be taken; then there are no records.
    """

    records: tuple[Record, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    problem: BodyProblem | None = None


def parse(delivery: Delivery) -> Parsed:
    """Read a delivery; never raises for what the sender wrote."""
    if delivery.path_kind is not None and delivery.path_kind not in (*KINDS, FLUXO):
        return Parsed(problem=BodyProblem(Fault.UNKNOWN_KIND, "O tipo no fim da URL não existe."))
    free_keys = delivery.path_kind == FLUXO
    try:
        body = split(delivery.body, delivery.content_type, delivery.content_encoding, free_keys=free_keys)
    except UnreadableError as error:
        return Parsed(problem=error.problem)
    alone = len(body.elements) == 1
    if alone and body.elements[0].value in (None, [], {}):
        return Parsed()
    read = [
        _read_fluxo(delivery, element, alone=alone) if free_keys else _read(delivery, element, alone=alone)
        for element in body.elements
    ]
    return Parsed(
        records=tuple(record for record, _ in read if record),
        outcomes=tuple(outcome._replace(warnings=(*body.warnings, *outcome.warnings)) for _, outcome in read),
    )


def _read(delivery: Delivery, element: Element, *, alone: bool) -> tuple[Record | None, Outcome]:
    data = _object(element)
    if isinstance(data, Issue):
        return None, _rejected(element, data)
    doubts: tuple[Issue, ...] = ()
    if delivery.path_kind is not None:
        kind, why = delivery.path_kind, f"{delivery.path_kind}: a URL diz"
        check = check_path(kind, data.keys())
        if check.contradiction:
            return None, _rejected(element, Issue("", check.contradiction), kind=kind, why=why)
        doubts = (Issue("", check.doubt),) if check.doubt else ()
    else:
        inferred = infer(data.keys())
        why = inferred.reason
        if inferred.kind is None:
            is_short = len(element.text) <= _MAX_TEST_CHARACTERS
            is_test = alone and is_short and usable_id(data.get("id")) is None
            return None, _rejected(element, Issue("", why), why=why)._replace(is_test=is_test)
        kind = inferred.kind
    validation = validate(MODELS[kind], data)
    identifier = usable_id(data.get("id"))
    if validation.view is None or identifier is None:
        return None, _rejected(element, *validation.problems, kind=kind, identifier=identifier, why=why)
    record = _record(delivery, element, data, Key(kind, identifier), validation.view)
    outcome = Outcome(
        element.position,
        Verdict.PENDING,
        kind=kind,
        id=identifier,
        kind_reason=why,
        warnings=(*doubts, *validation.warnings, *_warnings(element)),
        unknown_fields=validation.unknown_fields,
    )
    return record, outcome


def _read_fluxo(delivery: Delivery, element: Element, *, alone: bool) -> tuple[Record | None, Outcome]:
    """Read what an automation flow posts: any object. It is an event, so the protocolo is its identity."""
    data = _object(element)
    if isinstance(data, Issue):
        return None, _rejected(element, data, kind=FLUXO)
    identifier = delivery.id if alone else f"{delivery.id}-{element.position + 1}"
    record = _record(delivery, element, data, Key(FLUXO, identifier))
    outcome = Outcome(
        element.position,
        Verdict.PENDING,
        kind=FLUXO,
        id=identifier,
        kind_reason=f"{FLUXO}: a URL diz",
        warnings=_warnings(element),
    )
    return record, outcome


def _record(
    delivery: Delivery,
    element: Element,
    data: Mapping[str, object],
    key: Key,
    view: Base | None = None,
) -> Record:
    contato = view if isinstance(view, Contato) else None
    content_hash = sha256(canonical(data)).hexdigest()
    return Record(
        key=key,
        position=element.position,
        receipt=delivery.receipt(element.position),
        text=element.text,
        data=data,
        content_hash=content_hash,
        references=view.references if view else (),
        codigo=contato.searched_codigo if contato else None,
        cpf=contato.cpf if contato else None,
        email=contato.email_principal if contato else None,
        repeats_a_name=element.repeats_a_name,
        fluxo=_fluxo(delivery.query, data, content_hash) if key.kind == FLUXO else None,
    )


def _fluxo(query: str, data: Mapping[str, object], content_hash: str) -> Fluxo:
    fingerprint = sha256(f"{query}\n{content_hash}".encode()).hexdigest()
    return Fluxo(query, f"{FLUXO}/{usable_id(data.get('id')) or fingerprint}", fingerprint)


def _object(element: Element) -> Mapping[str, object] | Issue:
    """Give the element as an object, or why it can't be one record."""
    if not isinstance(element.value, dict):
        return Issue("", "não é um objeto")
    if element.repeats_its_id:
        return Issue("id", "aparece duas vezes")
    if element.has_unusable_number:
        return Issue("", "tem um número com expoente grande demais")
    return element.value


def _warnings(element: Element) -> tuple[Issue, ...]:
    return (Issue("", "um nome aparece duas vezes no mesmo objeto"),) if element.repeats_a_name else ()


def _rejected(
    element: Element, *problems: Issue, kind: str | None = None, identifier: str | None = None, why: str = ""
) -> Outcome:
    return Outcome(
        element.position, Verdict.REJECTED, kind=kind, id=identifier, kind_reason=why, problems=problems
    )
