"""A delivery with no true value in it: for a sample that shows what a sender does, and tells nobody."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode

from ingest.element import POSITION
from ingest.parse import Parsed, parse
from models.delivery import Delivery
from models.identity import is_absent
from models.kind import FLUXO, KINDS
from rubeus.errors import CommandError
from rubeus.reading import masking
from rubeus.reading.fields import ID, OPEN
from rubeus.reading.invention import Invention

MAX_BYTES = 100_000
"""Of a body: a sample is for reading."""

_DRAWS = 5
_MIN_TELLING = 3
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")
_NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(.*)", re.DOTALL)
_TELLING = re.compile(r"[^\W_]")
_YES_AND_NO = ("0", "1", "-1")
_NO_RECORD = ("-",)
_NOTHING = re.compile(r"[-+0.,e ]*|\s*true\s*|0000-00-00(?:[ T]00:00(?::00)?)?", re.IGNORECASE)


# The names that lead to a value, any of which may be empty.
_Path: TypeAlias = tuple[str, ...]


class NoSampleError(CommandError):
    """Of this body no sample can be made; says why."""


class _Object(tuple[tuple[str, object], ...]):  # noqa: SLOT001 (nothing is kept by it)
    """An object's members, a name that it has twice included."""


class _Number(str):  # noqa: SLOT000 (the same)
    """A number as it was written."""


def synthetic(delivery: Delivery) -> Delivery:
    """Give a delivery of the same shape, of which the receiver would think the same.

    What is open stays, but for ids, which are renumbered so that links stay; digits become digits, letters
    letters, dates other dates, a CPF another one, right where it was right. Every value is the same invention
    wherever it stands.

    Raises
    ------
    NoSampleError
        When the body is no JSON in UTF-8, too long, or would be taken otherwise afterwards.
    """
    if len(delivery.body) > MAX_BYTES:
        message = f"the body is over {MAX_BYTES // 1000} kB"
        raise NoSampleError(message)
    value = _read(delivery.body)
    parsed = parse(delivery)
    if parse(delivery._replace(path_kind=None)).problem:
        message = "the receiver cannot read the body"
        raise NoSampleError(message)
    tree = _Tree(value, parsed, free_keys=delivery.path_kind == FLUXO)
    for seed in range(_DRAWS):
        made = _made(delivery, tree, seed)
        if not any(each in text for text in _texts(_read(made.body)) for each in tree.telling):
            break
    else:
        message = "something of it would be left"
        raise NoSampleError(message)
    if _judgement(parse(made)) != _judgement(parsed):
        message = "the receiver would take the sample otherwise"
        raise NoSampleError(message)
    return made


def _made(delivery: Delivery, tree: "_Tree", seed: int) -> Delivery:
    invention = Invention(tree.covered, seed)
    kind = delivery.path_kind
    content_type = masking.content_type(delivery.content_type)
    query = [
        (name if _NAME.fullmatch(name) else invention.text(name), invention.text(each))
        for name, each in parse_qsl(delivery.query, keep_blank_values=True)
    ]
    return delivery._replace(
        body=_json(tree.replaced(invention)).encode(),
        path_kind=invention.text(kind) if kind and kind not in (*KINDS, FLUXO) else kind,
        query=urlencode(query),
        content_type="application/json" if masking.MASK in content_type else content_type,
        content_encoding="",
    )


class _Tree:
    """A body, and the kinds of its records, by which it is known what is open.

    Attributes
    ----------
    covered
        All values, and odd names, that are not.
    telling
        Those of them that could tell something where they are left.
    """

    def __init__(self, value: object, parsed: Parsed, *, free_keys: bool) -> None:
        self.value = value
        self.has_holes = (
            isinstance(value, _Object)
            and not free_keys
            and all(POSITION.fullmatch(name) and isinstance(each, _Object) for name, each in value)
        )
        kinds = [each.kind for each in parsed.outcomes]
        elements = len(value) if isinstance(value, list) or self.has_holes else 1  # type: ignore[arg-type] # with holes it is an object
        self.kinds: Sequence[str | None] = kinds if len(kinds) == elements else [None] * elements
        self.covered = [
            each
            for kind, element in zip(self.kinds, self._elements(), strict=True)
            for each in _covered(kind, element, _root(element))
        ]
        self.telling = {
            each
            for each in self.covered
            if len(each) >= _MIN_TELLING and _TELLING.search(each) and not _says_nothing(each)
        }

    def replaced(self, invention: Invention) -> object:
        """Give the body with inventions in it."""
        made = [
            self._replaced(kind, each, _root(each), invention)
            for kind, each in zip(self.kinds, self._elements(), strict=True)
        ]
        if isinstance(self.value, list):
            return made
        if self.has_holes and isinstance(self.value, _Object):
            return _Object((str(at), each) for at, each in enumerate(made))
        return made[0]

    def _elements(self) -> Sequence[object]:
        if isinstance(self.value, list):
            return self.value
        if self.has_holes and isinstance(self.value, _Object):
            return [each for _, each in self.value]
        return [self.value]

    def _replaced(self, kind: str | None, value: object, path: _Path, invention: Invention) -> object:
        if isinstance(value, list):
            return [self._replaced(kind, each, path, invention) for each in value]
        if isinstance(value, _Object):
            are_positions = all(POSITION.fullmatch(name) for name, _ in value)
            return _Object(
                (
                    str(at) if are_positions else _name(name, invention),
                    self._replaced(kind, each, (*path, name), invention),
                )
                for at, (name, each) in enumerate(value)
            )
        if not isinstance(value, str):
            return value
        is_id = _is_id(kind, path)
        if not is_id and _is_open(kind, path, value) and not any(each in value for each in self.telling):
            return value
        return _value(value, path, invention, is_id=is_id)


def _value(value: str, path: _Path, invention: Invention, *, is_id: bool) -> str:
    """Invent a text or a number; one that says nothing stays, and yes or no becomes no."""
    is_number = isinstance(value, _Number)
    if _says_nothing(value):
        return value
    if not is_id and value in _YES_AND_NO:
        return _Number("0") if is_number else "0"
    if path == ("cpf",) and (not is_number or value.isdigit()):
        return type(value)(invention.cpf(value))
    if not is_number:
        return invention.text(value)
    match = _NUMBER.fullmatch(value)
    assert match  # noqa: S101 (json took it for a number)
    sign, whole, fraction, exponent = match.groups()
    parts = [sign, invention.text(whole)]
    if fraction is not None:
        parts += [".", re.sub("[1-9]+", lambda digits: invention.text(digits[0]), fraction)]
    return _Number("".join([*parts, exponent]))


def _root(element: object) -> _Path:
    """Give the path at which a record starts, and what is none, below which nothing is open."""
    return () if isinstance(element, _Object) else _NO_RECORD


def _covered(kind: str | None, value: object, path: _Path) -> Iterator[str]:
    """Give all that is not open: texts and numbers, and names that no programmer would give."""
    if isinstance(value, list):
        for each in value:
            yield from _covered(kind, each, path)
    elif isinstance(value, _Object):
        for name, each in value:
            if not _NAME.fullmatch(name) and not POSITION.fullmatch(name):
                yield name
            yield from _covered(kind, each, (*path, name))
    elif isinstance(value, str) and not _is_open(kind, path, value):
        yield str(value)


def _is_open(kind: str | None, path: _Path, value: str) -> bool:
    return masking.masked_value(kind or "", ".".join(path), value) != masking.MASK


def _is_id(kind: str | None, path: _Path) -> bool:
    """Say whether a field holds the id of a record, or of whatever else it names; in bare form, too."""
    known = OPEN.get(kind or "", {})
    return path == ("id",) or known.get(".".join(path), known.get(".".join((*path, "id")))) is ID


def _says_nothing(text: str) -> bool:
    return bool(_NOTHING.fullmatch(text)) or is_absent(str(text))


def _name(name: str, invention: Invention) -> str:
    return name if _NAME.fullmatch(name) or _says_nothing(name) else invention.text(name)


def _texts(value: object) -> Iterator[str]:
    """Give all values, and odd names."""
    return _covered(None, value, _NO_RECORD)


def _judgement(parsed: Parsed) -> object:
    """Give what the receiver thinks of a delivery, apart from its values; and which ids are the same."""
    seen: dict[tuple[str | None, str | None], int] = {}
    return parsed.problem and parsed.problem.fault, [
        (
            *(each.verdict, each.kind, each.problems, each.warnings, each.is_test, each.id is None),
            len(each.unknown_fields),
            seen.setdefault((each.kind, each.id), len(seen)),
        )
        for each in parsed.outcomes
    ]


def _read(body: bytes) -> object:
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=_Object,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError):
        message = "the body is no JSON in UTF-8"
        raise NoSampleError(message) from None


def _refuse(name: str) -> object:
    """Refuse NaN and Infinity, as the receiver does."""
    raise ValueError(name)


def _json(value: object) -> str:
    if isinstance(value, _Object):
        return "{" + ",".join(f"{json.dumps(name)}:{_json(each)}" for name, each in value) + "}"
    if isinstance(value, list):
        return f"[{','.join(map(_json, value))}]"
    return str(value) if isinstance(value, _Number) else json.dumps(value)
