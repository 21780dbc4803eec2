"""Records as items of DynamoDB, and back."""

import gzip
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from models.exact_json import integer, loads
from models.record import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Attributes = dict[str, AttributeValueTypeDef]

MAX_ITEM_BYTES = 400_000
"""DynamoDB takes items of 400 KB, names included; sizes here are never less than DynamoDB's own."""

PART_BYTES = 380_000
"""Of a piece of something too big for one item; the rest is for its key."""

# Limits of DynamoDB's data types: nesting up to 32 levels, of which a scalar is one too, numbers of up to 38
# significant digits between 1E-130 and 9.99…E+125 ("Supported data types and naming rules"), names of up to
# 64 KB ("Service, account, and table quotas", both Developer Guide).
_MAX_LEVELS = 32
_MAX_DIGITS = 38
_EXPONENTS = range(-130, 126)
_MAX_NAME_BYTES = 60_000

# DynamoDB's form of a value takes some 250 bytes of memory, whatever the value: written out, a body of three
# million digits would fill the function's. What is mostly tiny values, of some five characters, stays text.
_SCALAR_BYTES = 22
_BYTES_A_CHARACTER = 4
_ALWAYS_NATIVE_BYTES = 2_000


class Content(NamedTuple):
    """A record's content, ready for items.

    Attributes
    ----------
    attributes
        `data` (a native map), or `data_json` (the text, where DynamoDB can't hold the map), or `data_gzip`
        (the text, where an item has no room for it), or `data_parts` (how many items of `parts` hold the
        gzipped text).
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


def encode(record: Record, room: int, *, packed: bool = False) -> Content:
    """Choose the form in which an item can hold the record as sent.

    Parameters
    ----------
    room
        How many bytes its attributes may take.
    packed
        Whatever it is, as bytes: DynamoDB has refused it once.
    """
    size = record.size
    if size <= room and not packed:
        native = None if record.repeats_a_name else _native(record.data, size, room)
        return native or Content({"data_json": {"S": record.text}}, (), 9 + size)
    gzipped = gzip.compress(record.text.encode(), mtime=0)
    if len(gzipped) <= room:
        return Content({"data_gzip": {"B": gzipped}}, (), 9 + len(gzipped))
    parts = chunks(gzipped)
    return Content({"data_parts": {"N": str(len(parts))}}, parts, 32)


def chunks(gzipped: bytes) -> tuple[bytes, ...]:
    """Cut bytes into pieces that fit into an item each."""
    return tuple(gzipped[at : at + PART_BYTES] for at in range(0, len(gzipped), PART_BYTES))


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


def _native(data: Mapping[str, object], size: int, room: int) -> Content | None:
    """Give the content as a native map, unless DynamoDB can't hold that, or it takes too much."""
    writer = _Writer(min(room, _ALWAYS_NATIVE_BYTES + _BYTES_A_CHARACTER * size))
    try:
        native = writer.attribute(data, 1)
    except (_CanNotHoldError, UnicodeEncodeError):  # a lone surrogate has no UTF-8
        return None
    return Content({"data": native}, (), 4 + writer.size)


def to_attribute(value: object) -> "AttributeValueTypeDef":
    """Write a parsed value as a value of DynamoDB; boto3's TypeSerializer takes several times as long.

    Raises
    ------
    ValueError
        Where DynamoDB has no form for it.
    """
    return _Writer(MAX_ITEM_BYTES).attribute(value, 1)


class _Writer:
    """Writes a value, and counts at least what DynamoDB does ("DynamoDB item sizes and formats")."""

    def __init__(self, room: int) -> None:
        self.size = 0
        self._room = room

    def attribute(self, value: object, level: int) -> "AttributeValueTypeDef":
        if level > _MAX_LEVELS or self.size > self._room:
            raise _CanNotHoldError
        if isinstance(value, str):
            self.size += 1 + max(_SCALAR_BYTES, _bytes(value))
            return {"S": value}
        if isinstance(value, dict):
            self.size += 4
            return {
                "M": {self._name(name): self.attribute(member, level + 1) for name, member in value.items()}
            }
        if isinstance(value, list):
            self.size += 4
            return {"L": [self.attribute(member, level + 1) for member in value]}
        self.size += 1 + _SCALAR_BYTES
        if value is None:
            return {"NULL": True}
        if isinstance(value, bool):
            return {"BOOL": value}
        if isinstance(value, int | Decimal):
            return {"N": _number(Decimal(value))}
        raise TypeError(type(value).__name__)

    def _name(self, name: str) -> str:
        size = _bytes(name)
        if not 0 < size <= _MAX_NAME_BYTES:
            raise _CanNotHoldError
        self.size += size
        return name


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


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


def read_moment(item: Mapping[str, Any], name: str) -> datetime:
    """Read a time that an item has; aware, UTC. Raises KeyError where it has none of this name."""
    return datetime.fromisoformat(item[name]["S"])


def item_size(item: "Attributes") -> int:
    """Count the bytes of an item as DynamoDB does, rounding up."""
    return sum(_bytes(name) + _size(attribute) for name, attribute in item.items())


def _size(attribute: "AttributeValueTypeDef") -> int:
    if "S" in attribute:
        return _bytes(attribute["S"])
    if "B" in attribute:
        return len(attribute["B"])
    if "M" in attribute:
        return 4 + sum(1 + _bytes(name) + _size(member) for name, member in attribute["M"].items())
    if "L" in attribute:
        return 4 + sum(1 + _size(member) for member in attribute["L"])
    return _SCALAR_BYTES
