"""The validation of one record: strict on identity, lenient on values."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from models.shapes import Base, Part
from models.values import LENIENT, WARNING

# The only two errors of pydantic's own that the fields' types let through.
_BAD_KEY = "string_unicode"
_REASONS = {"missing": "não veio", _BAD_KEY: "tem uma chave com caracteres inválidos"}

# What a view holds that is no part. To ask pydantic whether something is a Part takes ten times as long.
_LEAVES = frozenset({str, NoneType, bool, int, date, datetime, Decimal, dict})


class Issue(NamedTuple):
    """Something about a field: its dotted path ("" for the record itself) and why, in Portuguese.

    The path is of documented names and list positions only, so it gives away nothing of the payload.
    """

    field: str
    reason: str


class Validation(NamedTuple):
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
        Dotted paths, sorted, of the view's keys that no model knows, without list positions: the sender's
        words.
    """

    view: Base | None
    problems: tuple[Issue, ...] = ()
    warnings: tuple[Issue, ...] = ()
    unknown_fields: tuple[str, ...] = ()


def validate(model: type[Base], data: Mapping[str, object]) -> Validation:
    """Validate one record. Nothing that JSON can hold makes it raise, and the record is not changed.

    Parameters
    ----------
    model
        The one of the record's kind.
    data
        The record as parsed from JSON, its numbers as int or Decimal.
    """
    try:
        view = model.model_validate(data)
    except ValidationError as error:
        errors = _errors(error)
    else:
        return Validation(view, unknown_fields=_unknown_fields(view))
    warnings = tuple(_issue(each) for each in errors if each["type"] in (WARNING, _BAD_KEY))
    try:
        view = model.model_validate(_with_encodable_keys(data), context=LENIENT)
    except ValidationError as error:
        return Validation(None, tuple(map(_issue, _errors(error))), warnings)
    return Validation(view, warnings=warnings, unknown_fields=_unknown_fields(view))


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


def _unknown_fields(view: Part) -> tuple[str, ...]:
    found: set[str] = set()
    _collect_unknown(view, "", found)
    return tuple(sorted(found))


def _collect_unknown(part: Part, path: str, found: set[str]) -> None:
    if part.model_extra:
        found.update(path + name for name in part.model_extra)
    for name, value in vars(part).items():  # of the fields alone
        if type(value) in _LEAVES:
            continue
        for each in value if isinstance(value, tuple) else (value,):
            if type(each) not in _LEAVES:
                _collect_unknown(each, f"{path}{name}.", found)
