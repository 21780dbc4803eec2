"""The types of the fields: what Rubeus may send on the left, what a consumer wants to read on the right.

Each type turns a value as sent into a view of it. A value that is not what the page documents is an *oddity*:
the validator raises one, or, when validating with ``context=LENIENT``, gives the best view there is instead.
So one strict pass tells where the oddities are, and one lenient pass gives the view all the same.

The habits handled here (empties of PHP, flags, dates without offset, lists turned objects) are those of the
sender, written down in the project's notes on Rubeus.
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
STRUCTURE: Final = "structure"

T = TypeVar("T")

_ID_BYTES = 200  # far under DynamoDB's 1,024 for a sort key, with room for the words around it
_NOT_IN_AN_ID = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters, lone surrogates
# MySQL and PHP call whatever is not zero true, so "-1" is.
_FLAGS = {"0": False, "1": True, "-1": True, 0: False, 1: True, -1: True}
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,30}([.,][0-9]{1,30})?")
_PHONE = re.compile(r"[0-9\s()+./-]*")
_NOT_DIGITS = re.compile(r"[^0-9]+")


def usable_id(value: object) -> str | None:
    """Give an identity as stripped text, or None where the value can't be one.

    Text and integers can (Rubeus sends both, to be compared as text), except ``""``, ``"null"``, text with
    control characters or lone surrogates, and whatever takes more than 200 bytes in UTF-8.
    """
    if type(value) is int and abs(value) < 10**_ID_BYTES:
        return str(value)
    if type(value) is not str:
        return None
    text = value.strip()
    if text in ("", "null") or len(text) > _ID_BYTES or _NOT_IN_AN_ID.search(text):
        return None
    return text if len(text.encode()) <= _ID_BYTES else None


def rows(value: object) -> Sequence[object] | None:
    """Give the elements of a list, or of one with holes, in PHP ``{"0": …, "2": …}``; else None."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and all(key.isdecimal() for key in value):
        return list(value.values())
    return None


def _warn(info: ValidationInfo, reason: LiteralString, view: T) -> T:
    if info.context is LENIENT:
        return view
    raise PydanticCustomError(WARNING, reason)


def _is_nothing(value: object, info: ValidationInfo) -> bool:
    if value is None or value in ("", [], {}):
        return True
    if value is False or value == "null":
        return _warn(info, "vazio enviado de forma incomum", view=True)
    return False


def _identity(value: object) -> str:
    if (identity := usable_id(value)) is None:
        raise PydanticCustomError(STRUCTURE, "não é um id utilizável")
    return identity


def _text(value: object, info: ValidationInfo) -> str | None:
    if value is None:
        return None
    if type(value) is str and value not in ("", "null"):
        return value
    if type(value) in (int, Decimal):
        try:
            return str(value)
        except ValueError:  # more digits than Python turns into text
            return _warn(info, "número grande demais", None)
    return None if _is_nothing(value, info) else _warn(info, "não é texto", None)


def _flag(value: object, info: ValidationInfo) -> bool | None:
    if isinstance(value, str | int | Decimal) and value in _FLAGS:
        return _FLAGS[value]
    return None if _is_nothing(value, info) else _warn(info, "não é 0 nem 1", None)


def _integer(value: object, info: ValidationInfo) -> int | None:
    if type(value) is int:
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return None if _is_nothing(value, info) else _warn(info, "não é um número inteiro", None)


def _decimal(value: object, info: ValidationInfo) -> Decimal | None:
    if type(value) in (int, Decimal):
        return Decimal(value)  # type: ignore[arg-type]  # mypy does not narrow on type(…) in
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        number = Decimal(value.replace(",", "."))
        return _warn(info, "número com vírgula", number) if "," in value else number
    return None if _is_nothing(value, info) else _warn(info, "não é um número", None)


def _parse(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _is_no_date(value: object, info: ValidationInfo) -> bool:
    return (isinstance(value, str) and value.startswith("0000-00-00")) or _is_nothing(value, info)


def _moment(value: object, info: ValidationInfo) -> datetime | None:
    moment = _parse(value)
    if moment is not None and moment.tzinfo is None:
        return moment.replace(tzinfo=BRASILIA)
    if moment is not None:
        try:
            return moment.astimezone(BRASILIA)
        except OverflowError:  # at the ends of the calendar
            pass
    return None if _is_no_date(value, info) else _warn(info, "data e hora em formato inesperado", None)


def _day(value: object, info: ValidationInfo) -> date | None:
    if moment := _parse(value):
        return moment.date()
    return None if _is_no_date(value, info) else _warn(info, "data em formato inesperado", None)


def _phone(value: object, info: ValidationInfo) -> str | None:
    if (text := _text(value, info)) is None:
        return None
    digits = _NOT_DIGITS.sub("", text) or None
    return digits if digits and _PHONE.fullmatch(text) else _warn(info, "não parece um telefone", digits)


def _check_digit(digits: str) -> str:
    weighted = sum(
        int(digit) * weight for digit, weight in zip(digits, range(len(digits) + 1, 1, -1), strict=True)
    )
    return str(weighted * 10 % 11 % 10)


def _cpf(value: object, info: ValidationInfo) -> str | None:
    if (text := _text(value, info)) is None:
        return None
    digits = _NOT_DIGITS.sub("", text)
    if len(digits) != 11:
        return _warn(info, "não tem os 11 dígitos de um CPF", digits or None)
    first = _check_digit(digits[:9])
    if digits[9:] != first + _check_digit(digits[:9] + first):
        return _warn(info, "dígito verificador do CPF não confere", digits)
    return digits


def _object(value: object, info: ValidationInfo) -> object:
    if isinstance(value, dict) and value:
        return value
    return None if _is_nothing(value, info) else _warn(info, "não é um objeto", None)


def _strict_object(value: object, info: ValidationInfo) -> object:
    if isinstance(value, dict) and value:
        return value
    if _is_nothing(value, info):
        return None
    raise PydanticCustomError(STRUCTURE, "não é um objeto com id")


def _shorthand(key: str) -> Callable[[object, ValidationInfo], object]:
    def expand(value: object, info: ValidationInfo) -> object:
        if isinstance(value, dict) and value:
            return value
        return None if _is_nothing(value, info) else {key: value}

    return expand


def _list(value: object, info: ValidationInfo) -> Sequence[object]:
    if (elements := rows(value)) is not None:
        return elements
    return () if _is_nothing(value, info) else _warn(info, "não é uma lista", [value])


def _element(
    validator: Callable[[object, ValidationInfo], object],
) -> Callable[[object, ValidationInfo], object]:
    def validate(value: object, info: ValidationInfo) -> object:
        if (view := validator(value, info)) is None:
            _warn(info, "posição vazia na lista", None)
            raise PydanticOmit
        return view

    return validate


def _custom_value(value: object, info: ValidationInfo) -> str | tuple[str, ...] | None:
    if not value or not isinstance(value, dict | list):
        return _text(value, info)
    texts = (_text(element, info) for element in _list(value, info))
    return tuple(text for text in texts if text is not None)


def _custom_fields(value: object, info: ValidationInfo) -> Mapping[str, str | tuple[str, ...] | None]:
    # In one piece, so that an oddity is told at the field's own path: the keys inside are the payload's.
    if isinstance(value, dict):
        return {key: _custom_value(inner, info) for key, inner in value.items()}
    return {} if _is_nothing(value, info) else _warn(info, "não é um objeto", {})


Identity: TypeAlias = Annotated[str, PlainValidator(_identity)]
"""An id that must be usable: see `usable_id`."""
Text: TypeAlias = Annotated[str | None, PlainValidator(_text)]
"""Text; numbers as their digits."""
Flag: TypeAlias = Annotated[bool | None, PlainValidator(_flag)]
"""``"0"``, ``"1"``, ``"-1"`` (true), the same as numbers, true, false."""
Integer: TypeAlias = Annotated[int | None, PlainValidator(_integer)]
Number: TypeAlias = Annotated[Decimal | None, PlainValidator(_decimal)]
"""A decimal number, exact."""
Day: TypeAlias = Annotated[date | None, PlainValidator(_day)]
Moment: TypeAlias = Annotated[datetime | None, PlainValidator(_moment)]
"""An aware datetime; Rubeus sends no offset and means Brasília time."""
Cpf: TypeAlias = Annotated[str | None, PlainValidator(_cpf)]
"""The digits, kept also where the check digits are wrong."""
Phone: TypeAlias = Annotated[str | None, PlainValidator(_phone)]
"""The digits."""
CustomFields: TypeAlias = Annotated[
    Mapping[str, str | tuple[str, ...] | None], PlainValidator(_custom_fields)
]
"""Free keys; several texts where the field is multi-valued."""

Object: TypeAlias = Annotated[T | None, BeforeValidator(_object)]
ObjectOrNome: TypeAlias = Annotated[T | None, BeforeValidator(_shorthand("nome"))]
"""An object, or bare text, which stands for its ``nome``."""
ObjectOrId: TypeAlias = Annotated[T | None, BeforeValidator(_shorthand("id"))]
"""An object, or a bare value, which stands for its ``id``."""
StrictObject: TypeAlias = Annotated[T | None, BeforeValidator(_strict_object)]
"""An object; any other shape that is not empty makes the record meaningless."""

# A list tells only of its first oddity: a million bad elements would otherwise make gigabytes of errors.
_ListOf: TypeAlias = Annotated[tuple[T, ...], FailFast(), BeforeValidator(_list)]
Texts: TypeAlias = _ListOf[Annotated[str, PlainValidator(_element(_text))]]
Phones: TypeAlias = _ListOf[Annotated[str, PlainValidator(_element(_phone))]]
Objects: TypeAlias = _ListOf[Annotated[T, BeforeValidator(_element(_object))]]
ObjectsOrIds: TypeAlias = _ListOf[Annotated[T, BeforeValidator(_element(_shorthand("id")))]]
StrictObjects: TypeAlias = _ListOf[Annotated[T, BeforeValidator(_element(_strict_object))]]
