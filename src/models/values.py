"""The types of the fields: what Rubeus may send on the left, what a consumer wants to read on the right.

Each type turns a value as sent into a view of it. For a value that is not as Rubeus documents it, the
validator raises a *warning*, or, when validating with ``context=LENIENT``, gives the best view there is. So
one strict pass tells the warnings, and one lenient pass gives the view all the same.

The habits handled here (empties of PHP, flags, dates without offset, lists turned objects) are those of the
sender (docs/sender.md).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final, LiteralString, TypeAlias, TypeVar

from pydantic import BeforeValidator, FailFast, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError, PydanticOmit

from models.clock import BRASILIA

LENIENT: Final = "lenient"
WARNING: Final = "warning"

UNUSUAL_EMPTY: Final = "vazio enviado de forma incomum"
NO_LIST: Final = "não é uma lista"

T = TypeVar("T")
Validator: TypeAlias = Callable[[object, ValidationInfo], object]

# MySQL and PHP call whatever is not zero true, so "-1" is.
_FLAGS = {"0": False, "1": True, "-1": True, 0: False, 1: True, -1: True}
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,30}([.,][0-9]{1,30})?")


def warn(info: ValidationInfo, reason: LiteralString, view: T) -> T:
    """Raise a warning, or give the view of the value where validation is lenient."""
    if info.context is LENIENT:
        return view
    raise PydanticCustomError(WARNING, reason)


def is_nothing(value: object, info: ValidationInfo) -> bool:
    """Tell whether a value is one of PHP's empties; warns of those that only a careless program writes."""
    if value is None or value in ("", [], {}):
        return True
    if value is False or value == "null":
        return warn(info, UNUSUAL_EMPTY, view=True)
    return False


def rows(value: object) -> Sequence[object] | None:
    """Give the elements of a list, or of one with holes, in PHP ``{"0": …, "2": …}``; else None."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and all(key.isdecimal() for key in value):
        return list(value.values())
    return None


def text(value: object, info: ValidationInfo) -> str | None:
    """Read text; a number as its digits."""
    if value is None:
        return None
    if type(value) is str and value not in ("", "null"):
        return value
    if type(value) in (int, Decimal):
        try:
            return str(value)
        except ValueError:  # more digits than Python turns into text
            return warn(info, "número grande demais", None)
    return None if is_nothing(value, info) else warn(info, "não é texto", None)


def element(validator: Validator) -> Validator:
    """Make a validator of a list's elements, which leaves out those that are nothing."""

    def validate(value: object, info: ValidationInfo) -> object:
        if (view := validator(value, info)) is None:
            warn(info, "posição vazia na lista", None)
            raise PydanticOmit
        return view

    return validate


def _flag(value: object, info: ValidationInfo) -> bool | None:
    if isinstance(value, str | int | Decimal) and value in _FLAGS:
        return _FLAGS[value]
    return None if is_nothing(value, info) else warn(info, "não é 0 nem 1", None)


def _integer(value: object, info: ValidationInfo) -> int | None:
    if type(value) is int:
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return None if is_nothing(value, info) else warn(info, "não é um número inteiro", None)


def _decimal(value: object, info: ValidationInfo) -> Decimal | None:
    if type(value) in (int, Decimal):
        return Decimal(value)  # type: ignore[arg-type]  # mypy does not narrow on type(…) in
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        number = Decimal(value.replace(",", "."))
        return warn(info, "número com vírgula", number) if "," in value else number
    return None if is_nothing(value, info) else warn(info, "não é um número", None)


def _parse(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _is_no_date(value: object, info: ValidationInfo) -> bool:
    return (isinstance(value, str) and value.startswith("0000-00-00")) or is_nothing(value, info)


def _moment(value: object, info: ValidationInfo) -> datetime | None:
    moment = _parse(value)
    if moment is not None and moment.tzinfo is None:
        return moment.replace(tzinfo=BRASILIA)
    if moment is not None:
        try:
            return moment.astimezone(BRASILIA)
        except OverflowError:  # at the ends of the calendar
            pass
    return None if _is_no_date(value, info) else warn(info, "data e hora em formato inesperado", None)


def _day(value: object, info: ValidationInfo) -> date | None:
    if moment := _parse(value):
        return moment.date()
    return None if _is_no_date(value, info) else warn(info, "data em formato inesperado", None)


def _object(value: object, info: ValidationInfo) -> object:
    if isinstance(value, dict) and value:
        return value
    return None if is_nothing(value, info) else warn(info, "não é um objeto", None)


def _object_or_nome(value: object, info: ValidationInfo) -> object:
    if isinstance(value, dict) and value:
        return value
    return None if is_nothing(value, info) else {"nome": value}


def _list(value: object, info: ValidationInfo) -> Sequence[object]:
    if (elements := rows(value)) is not None:
        return elements
    return () if is_nothing(value, info) else warn(info, NO_LIST, [value])


def _custom_value(value: object, info: ValidationInfo) -> str | tuple[str, ...] | None:
    if not value or not isinstance(value, dict | list):
        return text(value, info)
    texts = (text(each, info) for each in _list(value, info))
    return tuple(each for each in texts if each is not None)


def _custom_fields(value: object, info: ValidationInfo) -> Mapping[str, str | tuple[str, ...] | None]:
    # In one piece, so that a warning is told at the field's own path: the keys inside are the payload's.
    if isinstance(value, dict):
        return {key: _custom_value(inner, info) for key, inner in value.items()}
    return {} if is_nothing(value, info) else warn(info, "não é um objeto", {})


Text: TypeAlias = Annotated[str | None, PlainValidator(text)]
"""Text; numbers as their digits."""
Flag: TypeAlias = Annotated[bool | None, PlainValidator(_flag)]
"""``"0"``, ``"1"``, ``"-1"`` (true), the same as numbers, true, false."""
Integer: TypeAlias = Annotated[int | None, PlainValidator(_integer)]
Number: TypeAlias = Annotated[Decimal | None, PlainValidator(_decimal)]
"""A decimal number, exact."""
Day: TypeAlias = Annotated[date | None, PlainValidator(_day)]
Moment: TypeAlias = Annotated[datetime | None, PlainValidator(_moment)]
"""An aware datetime; Rubeus sends no offset and means Brasília time."""
CustomFields: TypeAlias = Annotated[
    Mapping[str, str | tuple[str, ...] | None], PlainValidator(_custom_fields)
]
"""Free keys; several texts where the field is multi-valued."""

Object: TypeAlias = Annotated[T | None, BeforeValidator(_object)]
ObjectOrNome: TypeAlias = Annotated[T | None, BeforeValidator(_object_or_nome)]
"""An object, or bare text, which stands for its ``nome``."""

# A list tells only of its first warning: a million bad elements would otherwise make gigabytes of errors.
ListOf: TypeAlias = Annotated[tuple[T, ...], FailFast(), BeforeValidator(_list)]
Texts: TypeAlias = ListOf[Annotated[str, PlainValidator(element(text))]]
Objects: TypeAlias = ListOf[Annotated[T, BeforeValidator(element(_object))]]
