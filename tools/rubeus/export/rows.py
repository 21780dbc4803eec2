"""Rows on disk until all of their columns are known."""

from collections.abc import Hashable, Iterator, Mapping
from typing import IO

import orjson

from models.exact_json import storable


class Rows:
    """Rows in a file; one of the same identity replaces the one before.

    Attributes
    ----------
    columns
        The names in any row.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._numbers: dict[Hashable, int] = {}
        self._count = 0
        self.columns: set[str] = set()

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._numbers)

    def put(self, identity: Hashable, row: Mapping[str, str]) -> None:
        """Add a row, or replace one. What UTF-8 can't hold becomes a question mark."""
        try:
            line = orjson.dumps(row)
        except TypeError:  # lone surrogates
            row = {storable(name): storable(text) for name, text in row.items()}
            line = orjson.dumps(row)
        self._file.write(line + b"\n")
        self.columns |= row.keys()
        self._numbers[identity] = self._count
        self._count += 1

    def __iter__(self) -> Iterator[Mapping[str, str]]:
        """Give the rows in the order in which they, or what replaced them, were added."""
        valid = {*self._numbers.values()}
        self._file.seek(0)
        for number, line in enumerate(self._file):
            if number in valid:
                yield orjson.loads(line)
