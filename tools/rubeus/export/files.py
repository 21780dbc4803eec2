"""One export: states in, a file out."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import IO, Literal

from models.record import Key
from rubeus.export import delimited, workbook
from rubeus.export.columns import header, row
from rubeus.export.lines import line
from rubeus.export.rows import Rows
from rubeus.reading.masking import MASK, identity, masked_record
from rubeus.reading.record_state import RecordState

Format = Literal["xlsx", "csv", "jsonl"]


def as_it_is(state: RecordState) -> RecordState:
    """Give a state for those who may see all of it."""
    return state


def masked(state: RecordState) -> RecordState:
    """Give a state as everybody may see it."""
    return replace(
        state,
        key=Key(state.key.kind, identity(state.key.id)),
        data=masked_record(state.key.kind, state.data),
        query=MASK if state.query else state.query,
    )


def write_lines(file: IO[bytes], states: Iterable[RecordState], *, raw: bool) -> int:
    """Write a line of JSON for each state as it comes; gives their number.

    A record that changed meanwhile has a further line, whose `sequence` is greater.
    """
    count = 0
    for state in states:
        file.write(line(state, raw=raw))
        count += 1
    return count


@dataclass(frozen=True)
class Table:
    """A table of records of one kind.

    Attributes
    ----------
    columns
        Those that are wanted, in their order; none: all documented ones, and those that any record has.
    all_versions
        A row for each state, not for each record.
    missing
        Is told which of the wanted columns no record has; they stay empty.
    """

    kind: str
    form: Literal["xlsx", "csv"]
    columns: Sequence[str] = ()
    all_versions: bool = False
    missing: Callable[[Sequence[str]], None] = lambda _: None

    def write(
        self,
        file: IO[bytes],
        states: Iterable[RecordState],
        shown: Callable[[RecordState], RecordState] = as_it_is,
    ) -> int:
        """Write the rows once all states have come; gives their number.

        Parameters
        ----------
        shown
            Gives of a state what may be shown; which record it is, is told by the state itself.
        """
        with tempfile.TemporaryFile() as spool:
            rows = Rows(spool)
            for state in states:
                rows.put((state.key, state.receipt if self.all_versions else None), row(shown(state)))
            seen = rows.columns
            names = self.columns or header(self.kind, seen)
            if absent := [name for name in self.columns if name not in seen]:
                self.missing(absent)
            if self.form == "csv":
                delimited.write(file, names, rows)
            else:
                workbook.write(file, self.kind, names, rows)
            return len(rows)
