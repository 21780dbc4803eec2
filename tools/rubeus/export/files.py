"""One export: states in, a file out."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import IO, Literal

from models.record import Key
from rubeus.export import delimited, workbook
from rubeus.export.columns import header
from rubeus.export.flattening import Flattening
from rubeus.export.lines import line
from rubeus.export.rows import Rows
from rubeus.reading.masking import MASK, identity, masked_record
from rubeus.reading.record_state import RecordState

Format = Literal["xlsx", "csv", "jsonl"]


def write_lines(file: IO[bytes], states: Iterable[RecordState], *, raw: bool, reveal: bool) -> int:
    """Write a line of JSON for each state as it comes, masked or all of it; gives their number.

    A record that changed meanwhile has a further line, whose `sequence` is greater.
    """
    count = 0
    for state in states:
        file.write(line(state if reveal else _masked(state), raw=raw))
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

    def write(self, file: IO[bytes], states: Iterable[RecordState], *, reveal: bool) -> int:
        """Write the rows once all states have come, masked or all that they say; gives their number."""
        with tempfile.TemporaryFile() as spool:
            rows, flattening = Rows(spool), Flattening(self.kind, reveal=reveal)
            for state in states:
                rows.put(
                    (state.key, state.receipt) if self.all_versions else state.key, *flattening.row(state)
                )
            seen = rows.columns
            names = self.columns or header(self.kind, seen)
            if absent := [name for name in self.columns if name not in seen]:
                self.missing(absent)
            if self.form == "csv":
                delimited.write(file, names, rows)
            else:
                workbook.write(file, self.kind, names, rows)
            return len(rows)


def _masked(state: RecordState) -> RecordState:
    return replace(
        state,
        key=Key(state.key.kind, identity(state.key.id)),
        data=masked_record(state.key.kind, state.data),
        query=MASK if state.query else state.query,
    )
