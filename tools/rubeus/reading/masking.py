"""What may be shown of a delivery, or a record, to everybody: its structure, and no personal data."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from models.exact_json import integer
from models.identity import usable_id
from models.kind import FLUXO, KINDS
from rubeus.reading.fields import DOCUMENTED, ID, Form, Place, open_fields

MASK = "•••"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")
_ELEMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}\[(.*)\]")
# Of what senders are known to send; others could say anything.
_MEDIA_TYPES = {
    *("application/json", "application/x-www-form-urlencoded", "application/octet-stream"),
    *("application/xml", "application/cloudevents+json", "multipart/form-data"),
    *("text/plain", "text/json", "text/html", "text/xml"),
}
_ENCODINGS = {"", "gzip", "deflate", "br", "identity"}
_CHARSETS = {"utf-8", "utf8", "iso-8859-1", "windows-1252", "us-ascii"}


class NotJsonError(Exception):
    """The body can't be shown masked, since it is no JSON."""


def masked_body(body: bytes, kinds: Sequence[str | None] = ()) -> object:
    """Mask a JSON body: every value but those of open fields, and names that no programmer would give.

    A name repeated in an object is given once.

    Parameters
    ----------
    kinds
        Those of its records, in their order; where they are not known, only the records' ids are open.

    Raises
    ------
    NotJsonError
        If it is not JSON, or nested too deep to tell.
    """
    try:
        # As text, numbers of any length are no work; integers may be ids.
        value = json.loads(
            body.decode("utf-8-sig"), parse_int=integer, parse_float=str, parse_constant=_refuse
        )
        elements = value if isinstance(value, list) else [value]
        known = kinds if len(kinds) == len(elements) else [None] * len(elements)
        masked = [_record(kind, each) for kind, each in zip(known, elements, strict=True)]
    except (ValueError, RecursionError):
        raise NotJsonError from None
    return masked if isinstance(value, list) else masked[0]


def masked_record(kind: str, data: Mapping[str, object]) -> Mapping[str, object]:
    """Mask a record: every value but those of the kind's open fields, and odd names."""
    return _members(open_fields(kind), data)


def masked_value(kind: str, field: str, value: object) -> object:
    """Mask what a field (its dotted path) of a record holds, whether a value, an object or a list."""
    return _masked(open_fields(kind).member(field), value)


def masked_scalar(form: Form | None, value: object) -> object:
    """Mask what is neither an object nor a list: all but null, true, false, and what has the place's form."""
    if value is None or value is True or value is False:
        return value
    return value if form is not None and form.fullmatch(str(value)) else MASK


@lru_cache(1024)
def is_name(text: str) -> bool:
    """Tell whether a programmer would give such a name; any other is masked."""
    return _NAME.fullmatch(text) is not None


def masked_name(text: str) -> str:
    """Give a field's name, unless no programmer would give such a one."""
    return text if is_name(text) else MASK


def masked_names(value: Mapping[str, object]) -> Iterable[str]:
    """Give an object's names, masked; the object itself if none of them has to be."""
    if DOCUMENTED.issuperset(value) or all(map(is_name, value)):  # the first, which most are, takes a third
        return value
    return _shown_names(value)


def masked_path(path: str) -> str:
    """Give a dotted path of names, some with an id in brackets, without what could be a value."""
    return ".".join(
        name
        if is_name(name) or ((match := _ELEMENT.fullmatch(name)) and identity(match[1]) != MASK)
        else MASK
        for name in path.split(".")
    )


def identity(text: str) -> str:
    """Give a record's id, unless it looks like something else that came in its place."""
    return text if ID.fullmatch(text) else MASK


def path_kind(text: str) -> str:
    """Give the kind that the URL named, if it is one: else it is the sender's word."""
    return text if text in (*KINDS, FLUXO) else MASK


def content_type(text: str) -> str:
    """Give a Content-Type as far as it is made of well-known words: `application/json; charset=utf-8`."""
    media_type, *parameters = (part.strip() for part in text.split(";"))
    if media_type.lower() not in _MEDIA_TYPES:
        return MASK if text else ""
    return "; ".join([media_type, *(each if _is_charset(each) else MASK for each in parameters)])


def content_encoding(text: str) -> str:
    """Give a Content-Encoding if it is a well-known one."""
    return text if text.lower() in _ENCODINGS else MASK


def query(parameters: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """Give the names of a query's parameters as far as a programmer would give them, and no value."""
    names = masked_names(parameters)
    masked = ([MASK] * len(values) for values in parameters.values())
    return dict(zip(names, masked, strict=True))


def field_path(path: str) -> str:
    """Give a dotted path of names, or else no more of it than the record's kind, in front."""
    kind, *names = path.split(".")
    return path if all(map(is_name, names)) else f"{kind}.{MASK}"


def _is_charset(parameter: str) -> bool:
    name, _, value = parameter.lower().partition("=")
    return name == "charset" and value.strip('"') in _CHARSETS


def _record(kind: str | None, value: object) -> object:
    place = open_fields(kind)
    if not isinstance(value, dict):
        return _masked(place.member("-"), value)
    masked = _members(place, value)
    if usable_id(value.get("id")) is None and value.get("id") is not None:
        masked["id"] = MASK
    return masked


def _masked(place: Place, value: object) -> object:
    if isinstance(value, dict):
        return _members(place, value)
    if isinstance(value, list):
        return [_masked(place, each) for each in value]
    return masked_scalar(place.form, value)


def _members(place: Place, value: Mapping[str, object]) -> dict[str, object]:
    names = zip(masked_names(value), value.items(), strict=True)
    return {shown: _masked(place.member(name), member) for shown, (name, member) in names}


def _shown_names(names: Iterable[str]) -> Iterator[str]:
    """Mask odd names; tell them apart by a number, from the second on, so that no member is lost."""
    count = 0
    for name in names:
        if is_name(name):
            yield name
        else:
            count += 1
            yield f"{MASK}{count}" if count > 1 else MASK


def _refuse(name: str) -> object:
    """Refuse NaN and Infinity, as the receiver does."""
    raise ValueError(name)
