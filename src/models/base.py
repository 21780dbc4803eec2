"""What all records share, and the validation of one: strict on identity, lenient on values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from models.values import LENIENT, WARNING, Identity, Text, rows, usable_id

__all__ = [
    "Base",
    "ContatoKey",
    "Curso",
    "Issue",
    "Named",
    "Part",
    "Reference",
    "Responsavel",
    "Validation",
    "once_each",
    "usable_id",
    "validate",
]

# The only two errors of pydantic's own that the fields' types let through.
_BAD_KEY = "string_unicode"
_REASONS = {"missing": "não veio", _BAD_KEY: "tem uma chave com caracteres inválidos"}


class Part(BaseModel):
    """A typed view of an object that Rubeus sends; keys that the page does not document are kept as sent."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)


class Named(Part):
    """Anything that is sent as ``{id, nome}``."""

    id: Text = None
    nome: Text = None


class Responsavel(Named):
    """The user of the CRM who is in charge."""

    email: Text = None


class Curso(Part):
    """A course as it is offered."""

    id: Text = None
    codCurso: Text = None
    codOferta: Text = None


class ContatoKey(Part):
    """Which contato is meant."""

    id: Identity
    codigo: Text = None


@dataclass(frozen=True, slots=True)
class Reference:
    """That a record concerns a contato: its id, in which role, and whether as the principal one."""

    id: str
    role: str | None
    principal: bool


class Base(Part):
    """One record: an element of the array that Rubeus posts."""

    id: Identity

    @property
    def references(self) -> tuple[Reference, ...]:
        """The contatos that this record concerns, in the order sent, each once."""
        return ()


@dataclass(frozen=True, slots=True)
class Issue:
    """Something about a field: its dotted path ("" for the record itself) and why, in Portuguese.

    The path is of documented names and list positions only, so it gives away nothing of the payload.
    """

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Validation:
    """What is thought of one record.

    Attributes
    ----------
    view
        The typed record; None where there are problems.
    problems
        Why the record must be rejected.
    warnings
        Values that are not as documented; the view shows the best reading of them.
    unknown_fields
        Dotted paths, sorted, of the keys that no model knows, list positions left out: the sender's words.
    """

    view: Base | None
    problems: tuple[Issue, ...]
    warnings: tuple[Issue, ...]
    unknown_fields: tuple[str, ...]


def validate(model: type[Base], data: Mapping[str, object]) -> Validation:
    """Judge one record. Nothing that JSON can hold makes it raise, and the record is not changed.

    Parameters
    ----------
    model
        The one of the record's kind.
    data
        The record as parsed from JSON, its numbers as int or Decimal.
    """
    unknown: set[str] = set()
    _find_unknown(model, data, "", unknown)
    unknown_fields = tuple(sorted(unknown))
    try:
        return Validation(model.model_validate(data), (), (), unknown_fields)
    except ValidationError as error:
        errors = _errors(error)
    warnings = tuple(_issue(each) for each in errors if each["type"] in (WARNING, _BAD_KEY))
    try:
        view = model.model_validate(_with_encodable_keys(data), context=LENIENT)
    except ValidationError as error:
        return Validation(None, tuple(_issue(each) for each in _errors(error)), warnings, unknown_fields)
    return Validation(view, (), warnings, unknown_fields)


def once_each(references: Iterable[Reference]) -> tuple[Reference, ...]:
    """Give each contato once; of several mentions the first counts, but a principal one before others."""
    found: dict[str, Reference] = {}
    for reference in references:
        known = found.get(reference.id)
        if known is None or (reference.principal and not known.principal):
            found[reference.id] = reference
    return tuple(found.values())


def _errors(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=False, include_input=False)


def _issue(error: ErrorDetails) -> Issue:
    return Issue(".".join(map(str, error["loc"])), _REASONS.get(error["type"], error["msg"]))


def _with_encodable_keys(value: Any) -> Any:  # noqa: ANN401 - any JSON
    # pydantic refuses a whole object for one key that has a lone surrogate.
    if isinstance(value, dict):
        return {
            key.encode("utf-8", "replace").decode(): _with_encodable_keys(inner)
            for key, inner in value.items()
        }
    return [_with_encodable_keys(inner) for inner in value] if isinstance(value, list) else value


def _find_unknown(model: type[Part], data: Mapping[str, object], path: str, unknown: set[str]) -> None:
    names, parts = _shape(model)
    if keys := data.keys() - names:
        unknown.update(path + key for key in keys)
    for name, part, is_list in parts:
        value = data.get(name)
        for each in (is_list and rows(value)) or (value,):
            if isinstance(each, dict):
                _find_unknown(part, each, f"{path}{name}.", unknown)


@cache
def _shape(model: type[Part]) -> tuple[frozenset[str], tuple[tuple[str, type[Part], bool], ...]]:
    """Give a model's field names, and those that hold objects with their model and whether in a list."""
    parts = tuple(
        (name, part, get_origin(field.annotation) is tuple)
        for name, field in model.model_fields.items()
        for part in _parts_in(field.annotation)
    )
    return frozenset(model.model_fields), parts


def _parts_in(annotation: object) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts_in(argument)
