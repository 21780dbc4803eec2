"""Values that identify: ids, and how a record names others by theirs.

A wrong id joins strangers, so an id is strict. An absent reference is only absent: it makes no link, and
rejects nobody.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Final, TypeAlias, TypeVar

from pydantic import BeforeValidator, FailFast, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from models.values import NO_LIST, UNUSUAL_EMPTY, element, is_nothing, rows, warn

STRUCTURE: Final = "structure"
SEVERAL_IDS: Final = "vários ids num só texto"

T = TypeVar("T")

_ID_BYTES = 200  # far under DynamoDB's 1,024 for a sort key, with room for the words around it
# Control characters, lone surrogates, and what is left of a template that was never filled: {{id}}, <id>.
_NOT_IN_AN_ID = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff{}<>]|\[\[|\]\]|^%.*%$")
# What programs write where there is no value, in lower case.
_WORDS_FOR_NOTHING = frozenset({"", "null", "undefined", "none", "nan", "false"})
_ZERO = re.compile(r"[-+]?0+(?:[.,]0+)?")  # an id of 0 is "no row" in PHP and MySQL
_FLOAT = re.compile(r"([0-9]+)\.0+")  # an integer that went through a floating-point number
_MAX_IDS_CHARACTERS = 20_000  # GROUP_CONCAT gives at most 1,024 unless told otherwise
_SEPARATOR = re.compile(r"[,|]")  # of GROUP_CONCAT, and of Rubeus's own fields of several values

_UNUSUAL_ID = "id escrito de forma incomum"


def usable_id(value: object) -> str | None:
    """Give an identity as stripped text, or None where the value can't be one.

    Text and integers can (Rubeus sends both, to be compared as text), also integers written as ``634.0``, but
    not: 0, ``""``, ``"null"``, ``"undefined"`` and the like, a template that was not filled (``{{id}}``),
    text with control characters or lone surrogates, and whatever takes more than 200 bytes in UTF-8.
    """
    if type(value) is Decimal:
        value = whole(value)
    if type(value) is int:
        return str(value) if value and abs(value) < 10**_ID_BYTES else None
    if type(value) is not str:
        return None
    text = value.strip()
    if _is_digits(text):
        return text if text.strip("0") and len(text) <= _ID_BYTES else None
    if len(text) > _ID_BYTES or _NOT_IN_AN_ID.search(text) or is_absent(text) or text.lower() == "true":
        return None
    if match := _FLOAT.fullmatch(text):
        return match[1]
    return text if len(text.encode()) <= _ID_BYTES else None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_divided(text: str) -> bool:
    return "," in text or "|" in text


def whole(number: Decimal) -> int | None:
    """Give a number of up to 200 digits as the integer that it is, if it is one."""
    if number.adjusted() >= _ID_BYTES or number != number.to_integral_value():
        return None
    return int(number)


def is_absent(value: object) -> bool:
    """Tell whether a value names nobody: empty, zero, a word for nothing, or made of such alone."""
    if isinstance(value, str):
        if value.isdigit():
            return not value.strip("0")
        text = value.strip().lower()
        return text in _WORDS_FOR_NOTHING or _ZERO.fullmatch(text) is not None
    if isinstance(value, dict):
        return all(map(is_absent, value.values()))
    if isinstance(value, list):
        return all(map(is_absent, value))
    return not value


def ids_in(value: object) -> list[str] | None:
    """Give the ids that a bare value names: digits, or several numbers divided by comma or bar; else None."""
    if not isinstance(value, str) or not _is_divided(value):
        identity = usable_id(value)
        return [identity] if identity and _is_digits(identity) else None
    if len(value) > _MAX_IDS_CHARACTERS:
        return None
    pieces = [piece.strip() for piece in _SEPARATOR.split(value)]
    ids = [usable_id(piece) for piece in pieces if not is_absent(piece)]
    found = [identity for identity in ids if identity and _is_digits(identity)]
    return found if found and len(found) == len(ids) else None


def reference(
    value: object, info: ValidationInfo, *, bare: bool = False
) -> Mapping[str, object] | list[str] | None:
    """Read how a record names another.

    Parameters
    ----------
    bare
        Rubeus sends the id alone; else an object that has it.

    Returns
    -------
    Mapping or list or None
        The object, or one made of the id; the ids where one text names several; None where it names nobody.

    Raises
    ------
    PydanticCustomError
        If a list or `true` stands in its place.
    """
    if is_absent(value):
        return None if is_nothing(value, info) else warn(info, UNUSUAL_EMPTY, None)
    if isinstance(value, dict):
        return value
    if isinstance(value, list | bool):
        raise PydanticCustomError(STRUCTURE, "não é um objeto com id")
    ids = ids_in(value)
    if ids is None:
        return warn(info, "não é um id", None)
    if len(ids) > 1:
        return warn(info, SEVERAL_IDS, ids)
    view = {"id": ids[0]}
    if not bare:
        return warn(info, "veio só o id, não um objeto", view)
    return view if _is_as_sent(ids[0], value) else warn(info, _UNUSUAL_ID, view)


def _bare_reference(value: object, info: ValidationInfo) -> object:
    return reference(value, info, bare=True)


def _first_bare_reference(value: object, info: ValidationInfo) -> object:
    found = reference(value, info, bare=True)
    return {"id": found[0]} if isinstance(found, list) else found


def _references(value: object, info: ValidationInfo) -> Sequence[object]:
    listed = rows(value)
    if listed is None and is_absent(value):
        return () if is_nothing(value, info) else warn(info, UNUSUAL_EMPTY, ())
    elements = (value,) if listed is None else listed
    named = [each for value in elements for each in _several(value) or (value,)]
    if len(named) > len(elements):
        return warn(info, SEVERAL_IDS, named)
    return warn(info, NO_LIST, elements) if listed is None else elements


def _several(value: object) -> list[str] | None:
    """Give the ids of a text that names several."""
    if not isinstance(value, str) or not _is_divided(value):
        return None
    ids = ids_in(value)
    return ids if ids and len(ids) > 1 else None


def _identity(value: object, info: ValidationInfo) -> str:
    if (identity := usable_id(value)) is None:
        raise PydanticCustomError(STRUCTURE, "não é um id utilizável")
    return identity if _is_as_sent(identity, value) else warn(info, _UNUSUAL_ID, identity)


def _is_as_sent(identity: str, value: object) -> bool:
    return value == identity or str(value).strip() == identity


Identity: TypeAlias = Annotated[str, PlainValidator(_identity)]
"""An id that must be usable: see `usable_id`."""

ReferenceTo: TypeAlias = Annotated[T | None, BeforeValidator(_first_bare_reference)]
"""A bare id, or an object that has it."""
_ReferencesTo: TypeAlias = Annotated[tuple[T, ...], FailFast(), BeforeValidator(_references)]
ReferencesTo: TypeAlias = _ReferencesTo[Annotated[T, BeforeValidator(element(_bare_reference))]]
"""A list of bare ids, or of objects that have them."""
ObjectReferencesTo: TypeAlias = _ReferencesTo[Annotated[T, BeforeValidator(element(reference))]]
"""A list of objects that have ids; bare ids with a warning."""
