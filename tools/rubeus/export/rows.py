"""Rows on disk until all of their columns are known."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from operator import itemgetter
from typing import IO, Any, TypeVar

import orjson

from models.exact_json import storable

Missing = TypeVar("Missing", str, None)


class Rows:
    """Rows in a file; one of the same identity replaces the one before.

    A line of the file has no names: it ends with the number of its shape, which says them.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._numbers: dict[Hashable, int] = {}
        self._count = 0
        self._shapes: dict[tuple[str, ...], int] = {}

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._numbers)

    @property
    def columns(self) -> set[str]:
        """The names in any row."""
        return {name for shape in self._shapes for name in _columns(shape)}

    def put(self, identity: Hashable, names: tuple[str, ...], cells: Sequence[str]) -> None:
        """Add a row, or replace one: the names of its columns, and its cells.

        A name that it has already gets a `_`. What UTF-8 can't hold becomes a question mark.
        """
        shape = self._shapes.setdefault(names, len(self._shapes))
        try:
            line = orjson.dumps([*cells, shape], option=orjson.OPT_APPEND_NEWLINE)
        except TypeError:  # lone surrogates
            line = orjson.dumps([*map(storable, cells), shape], option=orjson.OPT_APPEND_NEWLINE)
        self._file.write(line)
        self._numbers[identity] = self._count
        self._count += 1

    def cells(self, columns: Sequence[str], missing: Missing) -> Iterator[Sequence[str | Missing]]:
        """Give the cells of each row, in the order in which rows, or what replaced them, were added."""
        picks = [_pick(shape, columns) for shape in self._shapes]
        valid = {*self._numbers.values()}
        self._file.seek(0)
        for number, line in enumerate(self._file):
            if number in valid:
                cells = orjson.loads(line)
                pick = picks[cells[-1]]
                cells[-1] = missing
                yield pick(cells)


def _pick(shape: Sequence[str], columns: Sequence[str]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Choose from a row's cells, after which stands what takes the place of a missing one."""
    at = {name: number for number, name in enumerate(_columns(shape))}
    first, *others = (at.get(column, -1) for column in columns)
    return itemgetter(first, *others) if others else lambda cells: (cells[first],)


def _columns(shape: Sequence[str]) -> Sequence[str]:
    """Give the columns' names, each once, as UTF-8 can hold them."""
    found: dict[str, None] = {}
    for name in shape:
        column = storable(name)
        while column in found:
            column += "_"
        found[column] = None
    return [*found]
