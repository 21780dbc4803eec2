"""Forms, urlencoded or multipart, as JSON objects."""

import json
import re
from collections.abc import Iterable
from io import BytesIO
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartParser, ParserLimitReached

from ingest.element import (
    MAX_DEPTH,
    MAX_FIELDS,
    Element,
    UnreadableError,
    in_portuguese,
    is_list_with_holes,
    too_deep,
)
from models.limits import MAX_BODY_BYTES
from models.outcome import Fault

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_URLENCODED = re.compile(r"[A-Za-z0-9%+._*~!'()@:;,/?$\[\]-]+=[A-Za-z0-9%+._*~!'()@:;,/?$\[\]&=-]*")
_BRACKETS = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_KEY = re.compile(r"\[([^\[\]]*)\]")
_INDEX = re.compile(r"0|[1-9][0-9]{0,5}")

_AS_BYTES = "latin-1"  # each byte as one character, so that the charset is told afterwards


def is_urlencoded(text: str, media_type: str) -> bool:
    """Tell whether text that is no JSON is a urlencoded form: by its header, or by its alphabet."""
    return "=" in text and (media_type == URLENCODED or _URLENCODED.fullmatch(text) is not None)


def urlencoded_pairs(text: str) -> list[tuple[bytes, bytes]]:
    """Give the names and values of a urlencoded form, in order, in whatever charset they are."""
    if text.count("&") >= MAX_FIELDS:
        raise _too_many()
    pairs = parse_qsl(text.encode().decode(_AS_BYTES), keep_blank_values=True, encoding=_AS_BYTES)
    return [(name.encode(_AS_BYTES), value.encode(_AS_BYTES)) for name, value in pairs]


def boundary(body: bytes, media_type: str) -> bytes | None:
    """Give the boundary of a multipart form, which its first line shows; None for any other body.

    A header that a program wrote by hand often lacks it.
    """
    first, _, rest = body[:400].lstrip().partition(b"\r\n")
    if not first.startswith(b"--"):
        return None
    if media_type != MULTIPART and not rest.lower().startswith(b"content-"):
        return None
    return first[2:].rstrip().removesuffix(b"--" if not rest.strip() else b"")


def multipart_pairs(body: bytes, boundary: bytes) -> list[tuple[bytes, bytes]]:
    """Give the names and values of a multipart form, in order, in whatever charset they are.

    Raises
    ------
    UnreadableError
        If a part is a file, or the form is cut off or malformed.
    """
    parts = MultipartParser(
        BytesIO(body.lstrip()),
        boundary,
        charset=_AS_BYTES,
        part_limit=MAX_FIELDS,
        spool_limit=MAX_BODY_BYTES,  # nothing goes to the disk
        memory_limit=MAX_BODY_BYTES,
    )
    pairs: list[tuple[bytes, bytes]] = []
    try:
        for part in parts:
            # A browser sends an empty file where none was chosen.
            if part.filename or (part.filename is not None and part.size):
                raise UnreadableError(Fault.MULTIPART, "O corpo é um formulário multipart com arquivo.")
            pairs.append(((part.name or "").encode(_AS_BYTES), part.raw))
    except ParserLimitReached:
        raise _too_many() from None
    except MultipartError:
        reason = "O formulário multipart está incompleto ou malformado."
        raise UnreadableError(Fault.MULTIPART, reason) from None
    return pairs


class _Branch(dict[str, object]):
    """An object or a list under construction: what PHP calls an array."""

    index = 0

    def key(self, written: str) -> str:
        """Give the key that is meant: empty brackets are the next position."""
        key = written or str(self.index)
        if _INDEX.fullmatch(key):
            self.index = max(self.index, int(key) + 1)
        return key

    def add(self, key: str, value: str) -> None:
        """Set a value; of a name that comes several times, a list."""
        before = self.get(key)
        if before is None:
            self[key] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            self[key] = [before, value]


def nest(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, object], bool]:
    """Make an object of a form's names and values, nested as PHP's bracket names say.

    ``emails[principal]=`` is a member of an object, ``list[0][id]=`` and ``list[]=`` of a list; where there
    are holes in its positions, it is an object that has them as keys. A name that comes several times holds a
    list. A name that contradicts another (``a=`` and ``a[b]=``) or whose brackets don't match stays whole.

    Returns
    -------
    tuple
        The object, and whether anything was nested.
    """
    pairs = list(pairs)
    plain = {name for name, _ in pairs}
    root = _Branch()
    nested = False
    for name, value in pairs:
        brackets = _BRACKETS.fullmatch(name)
        if brackets and brackets[1] not in plain and _put(root, brackets, value):
            nested = True
        else:
            root.add(name, value)
    return {name: _finished(value) for name, value in root.items()}, nested


def elements(fields: dict[str, object], *, free_keys: bool) -> list[Element]:
    """Give a form's elements: itself, or its members where the names began with positions (``0[id]=``)."""
    values: list[object] = [fields] if fields else []
    if fields and not free_keys and is_list_with_holes(fields):
        values = list(fields.values())
    return [
        Element(position, json.dumps(value, ensure_ascii=False), value)
        for position, value in enumerate(values)
    ]


def _put(root: _Branch, name: re.Match[str], value: str) -> bool:
    """Put a value where its name says, unless a value or a branch stands in the way."""
    *way, last = _KEY.findall(name[2])
    if len(way) + 2 > MAX_DEPTH:
        raise too_deep("O formulário")
    branch = root
    for written in (name[1], *way):
        below = branch.setdefault(branch.key(written), _Branch())
        if not isinstance(below, _Branch):
            return False
        branch = below
    key = branch.key(last)
    if isinstance(branch.get(key), _Branch):
        return False
    branch.add(key, value)
    return True


def _finished(value: object) -> object:
    if not isinstance(value, _Branch):
        return value
    if len(value) == value.index and all(map(_INDEX.fullmatch, value)):
        return [_finished(value[str(position)]) for position in range(len(value))]
    return {name: _finished(inner) for name, inner in value.items()}


def _too_many() -> UnreadableError:
    return UnreadableError(Fault.TOO_LARGE, f"O formulário passa de {in_portuguese(MAX_FIELDS)} campos.")
