"""A record as one row of texts: `email_principal`, `curso_1_codCurso`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from models.clock import BRASILIA
from models.kind import FLUXO
from models.values import rows
from rubeus.export.columns import SINGULAR
from rubeus.reading.fields import Form, Place, open_fields
from rubeus.reading.masking import MASK, identity, is_name, masked_names, masked_scalar
from rubeus.reading.record_state import RecordState

# A name in an object; one as it is shown, and as it is; a position in a list, from 1.
_Name: TypeAlias = str | tuple[str, str] | int

# Any text has it, so nothing is asked.
_ANY: Final[Form] = re.compile("(?s).*")

# Names are the senders', so what is remembered of them has an end.
_MOST_LEARNED = 10_000


class Flattening:
    """Records of one kind, made into rows of texts: of what they say, or of what everybody may see of it."""

    def __init__(self, kind: str, *, reveal: bool) -> None:
        self._reveal = reveal
        self._columns = _Columns("", None if reveal else open_fields(kind), iter(range(_MOST_LEARNED)))

    def row(self, state: RecordState) -> tuple[tuple[str, ...], Sequence[str]]:
        """Give the names of the columns, and the cells; what is null or empty has none.

        Where one field's name is another one's path, a name comes twice.
        """
        names, cells = self._facts(state)
        try:
            _flatten(self._columns, state.data.items(), names, cells)
        except _OddNameError:
            names, cells = self._facts(state)
            _flatten(self._columns, _named(state.data, reveal=self._reveal).items(), names, cells)
        if state.key.kind != FLUXO:  # whose id is our own, beside one that it may have
            if "id" not in names:
                names.append("id")
                cells.append("")
            cells[names.index("id")] = state.key.id if self._reveal else identity(state.key.id)
        return tuple(names), cells

    def _facts(self, state: RecordState) -> tuple[list[str], list[str]]:
        names = ["atualizado_em", "protocolo"]
        cells = [str(state.received_at.astimezone(BRASILIA))[:19], state.delivery_id]
        if state.version is not None:
            names.append("versao")
            cells.append(str(state.version))
        if state.query:
            names.append("parametros")
            cells.append(state.query if self._reveal else MASK)
        return names, cells


class _OddNameError(Exception):
    """What is shown of a name, here, depends on those beside it."""


class _Columns(dict[_Name, tuple[str, Form | None, "_Columns"]]):
    """Of an object's members, or a list's elements: column, form of what is shown, and the columns in it.

    They are learned as they are met: to put a name together anew takes longer than all else.

    Parameters
    ----------
    place
        None for who may see all.
    room
        Has an element for each name that may still be remembered, here and in what is in it.
    """

    __slots__ = ("_place", "_prefix", "_room")

    def __init__(self, prefix: str, place: Place | None, room: Iterator[int]) -> None:
        self._prefix = prefix
        self._place = place
        self._room = room

    def __missing__(self, name: _Name) -> tuple[str, Form | None, "_Columns"]:
        if isinstance(name, int):
            column, place = f"{self._prefix}{name}", self._place
        else:
            if isinstance(name, str) and self._is_odd(name):
                raise _OddNameError
            shown, sent = name if isinstance(name, tuple) else (name, name)
            column = self._prefix + SINGULAR.get(shown, shown)
            place = self._place and self._place.member(sent)
        found = column, place.form if place else _ANY, _Columns(f"{column}_", place, self._room)
        if next(self._room, None) is not None:
            self[name] = found
        return found

    def _is_odd(self, name: str) -> bool:
        return not is_name(name) if self._place else name.isdecimal()


def _flatten(
    columns: _Columns, members: Iterable[tuple[_Name, object]], names: list[str], cells: list[str]
) -> None:
    for name, value in members:
        if value is None:
            continue
        column, form, inner = columns[name]
        # Without a call for each, since all this is half of the time of an export.
        if type(value) is str and (form is _ANY or form is None):
            names.append(column)
            cells.append(value if form else MASK)
        elif type(value) is dict:
            _flatten(inner, value.items(), names, cells)
        elif type(value) is list:
            _flatten(inner, enumerate(value, 1), names, cells)
        else:
            shown = value if form is _ANY else masked_scalar(form, value)
            names.append(column)
            cells.append(shown if type(shown) is str else _text(shown))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _named(value: Mapping[str, object], *, reveal: bool) -> Mapping[_Name, object]:
    """Give an object whose names, in all that is in it, tell what is shown of them."""
    shown = value if reveal else masked_names(value)
    pairs = zip(zip(shown, value, strict=True), value.values(), strict=True)
    return {name: _inside(member, reveal=reveal) for name, member in pairs}


def _inside(value: object, *, reveal: bool) -> object:
    if isinstance(value, dict):
        # A list with holes, as PHP sends it. Masked, its positions are odd names.
        elements = rows(value) if reveal else None
        return _named(value, reveal=reveal) if elements is None else _inside(elements, reveal=reveal)
    return [_inside(each, reveal=reveal) for each in value] if isinstance(value, list) else value
