"""A delivery's body as text for a person."""

import json

import orjson

from ingest.element import UnreadableError
from ingest.encoding import decompress
from models.delivery import Delivery


def unpacked(delivery: Delivery) -> tuple[bytes, bool]:
    """Give the body without its compression, and whether it had any, as the receiver reads it.

    What the receiver does not unpack, since it is damaged or too much, is given as it was sent.
    """
    try:
        inside, _ = decompress(delivery.body, delivery.content_encoding)
    except UnreadableError:
        return delivery.body, False
    return inside, inside is not delivery.body


def pretty(body: bytes) -> str:
    """Lay a body out: JSON indented, every number as it was sent; else as it is, what is not UTF-8 escaped.

    A name that an object holds twice is there once, with its last value.
    """
    text = body.decode(errors="backslashreplace")
    try:
        # As fragments, numbers keep all of their digits.
        value = json.loads(
            text.removeprefix("\ufeff"),
            parse_int=_as_sent,
            parse_float=_as_sent,
            parse_constant=_refuse,
        )
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except (ValueError, RecursionError, TypeError):
        return text


def _as_sent(number: str) -> orjson.Fragment:
    return orjson.Fragment(number)


def _refuse(name: str) -> object:
    """Refuse NaN and Infinity, as the receiver does."""
    raise ValueError(name)
