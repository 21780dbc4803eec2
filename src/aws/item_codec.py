"""Records as items of DynamoDB, and back."""

import gzip
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from models.exact_json import integer, loads
from models.record import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Attributes = dict[str, AttributeValueTypeDef]

MAX_CONTENT_BYTES = 380_000
"""DynamoDB takes items of 400 KiB (409,600 bytes), names included; the rest is for what stands beside."""

# An element of JSON takes at least two characters and at most four bytes in DynamoDB ("[]," is a list of
# 3 + 1 bytes), so text up to this size can't exceed the limit.
_SURELY_FITS_BYTES = MAX_CONTENT_BYTES // 2

# Limits of DynamoDB's data types: nesting up to 32 levels, numbers of up to 38 significant digits between
# 1E-130 and 9.99…E+125 ("Supported data types and naming rules", Developer Guide).
_MAX_LEVELS = 32
_MAX_DIGITS = 38
_EXPONENTS = range(-130, 126)

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class Content(NamedTuple):
    """A record's content, ready for items.

    Attributes
    ----------
    attributes
        `data` (a native map), or `data_json` (the text, where DynamoDB can't hold the map), or `data_gzip`
        (the text, over about 380 KB), or `data_parts` (how many items of `parts` hold the gzipped text).
    parts
        The gzipped text in pieces, where it does not fit into one item.
    size
        About how many bytes the attributes take.
    """

    attributes: "Attributes"
    parts: tuple[bytes, ...]
    size: int


class _CanNotHoldError(ValueError):
    """DynamoDB has no form for this value."""


def encode(record: Record) -> Content:
    """Choose the form in which an item can hold the record as sent."""
    text = record.text.encode()
    native = _native(record)
    if native is None:
        if len(text) <= MAX_CONTENT_BYTES:
            return Content({"data_json": {"S": record.text}}, (), len(text))
    elif len(text) <= _SURELY_FITS_BYTES:
        return Content({"data": native}, (), 2 * len(text))
    elif (size := _size(native)) <= MAX_CONTENT_BYTES:
        return Content({"data": native}, (), size)
    packed = gzip.compress(text, mtime=0)
    if len(packed) <= MAX_CONTENT_BYTES:
        return Content({"data_gzip": {"B": packed}}, (), len(packed))
    parts = chunks(packed)
    return Content({"data_parts": {"N": str(len(parts))}}, parts, 10)


def chunks(packed: bytes) -> tuple[bytes, ...]:
    """Cut bytes into pieces that fit into an item each."""
    return tuple(packed[at : at + MAX_CONTENT_BYTES] for at in range(0, len(packed), MAX_CONTENT_BYTES))


def decode(item: Mapping[str, Any]) -> Mapping[str, object]:
    """Read the content of an item back; `data_parts` must have been put together as `data_gzip`."""
    if "data" in item:
        value = from_attribute(item["data"])
    elif "data_json" in item:
        value = loads(item["data_json"]["S"])
    else:
        value = loads(gzip.decompress(item["data_gzip"]["B"]).decode())
    if not isinstance(value, dict):
        raise TypeError("the table holds a record that is no object")
    return value


def _native(record: Record) -> "AttributeValueTypeDef | None":
    if record.repeats_a_name:
        return None
    try:
        if _SURROGATE_ESCAPE.search(record.text):
            # Escaped pairs are characters; one that stands alone has no UTF-8.
            json.dumps(record.data, ensure_ascii=False, default=str).encode()
        return to_attribute(record.data)
    except (_CanNotHoldError, UnicodeEncodeError):
        return None


def to_attribute(value: object, level: int = 1) -> "AttributeValueTypeDef":
    """Write a parsed value as a value of DynamoDB; boto3's TypeSerializer takes several times as long.

    Raises
    ------
    ValueError
        Where DynamoDB has no form for it.
    """
    if isinstance(value, str):
        return {"S": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, dict):
        if level > _MAX_LEVELS or "" in value:
            raise _CanNotHoldError
        return {"M": {name: to_attribute(member, level + 1) for name, member in value.items()}}
    if isinstance(value, list):
        if level > _MAX_LEVELS:
            raise _CanNotHoldError
        return {"L": [to_attribute(member, level + 1) for member in value]}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | Decimal):
        return {"N": _number(Decimal(value))}
    raise TypeError(type(value).__name__)


def _number(number: Decimal) -> str:
    if not number:
        return "0"
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(digits) > _MAX_DIGITS or number.adjusted() not in _EXPONENTS:
        raise _CanNotHoldError
    return str(number)


def from_attribute(attribute: Mapping[str, Any]) -> object:
    """Read a value of DynamoDB; numbers come back as int or Decimal."""
    ((tag, held),) = attribute.items()
    match tag:
        case "M":
            return {name: from_attribute(member) for name, member in held.items()}
        case "L":
            return [from_attribute(member) for member in held]
        case "N":
            return integer(held) if held.lstrip("-").isdigit() else Decimal(held)
        case "NULL":
            return None
        case _:
            return held


def _size(attribute: "AttributeValueTypeDef") -> int:
    """Count as DynamoDB does ("DynamoDB item sizes and formats", Developer Guide), rounding up."""
    if "S" in attribute:
        return 1 + len(attribute["S"].encode())
    if "M" in attribute:
        return 4 + sum(len(name.encode()) + _size(member) for name, member in attribute["M"].items())
    if "L" in attribute:
        return 4 + sum(_size(member) for member in attribute["L"])
    return 22 if "N" in attribute else 2
