"""One export: states in, a file out."""

from collections.abc import Hashable, Iterable, Sequence
from typing import BinaryIO, Literal

from rubeus.export import delimited, workbook
from rubeus.export.columns import header, row
from rubeus.export.lines import line
from rubeus.export.rows import Rows
from rubeus.reading.record_state import RecordState

Format = Literal["xlsx", "csv", "jsonl"]


def write_lines(file: BinaryIO, states: Iterable[RecordState], *, raw: bool) -> int:
    """Write a line of JSON for each state as it comes; gives their number.

    A record that changed meanwhile has a further line, whose `sequence` is greater.
    """
    count = 0
    for state in states:
        file.write(line(state, raw=raw))
        count += 1
    return count


def write_table(
    file: BinaryIO,
    form: Literal["xlsx", "csv"],
    kind: str,
    states: Iterable[RecordState],
    *,
    columns: Sequence[str] = (),
    all_versions: bool = False,
) -> int:
    """Write a row for each record, or for each version, once all have come; gives their number.

    Parameters
    ----------
    columns
        Those that are wanted, in their order; none: all documented ones, and those that any record has.
    """
    with Rows() as rows:
        for state in states:
            identity: Hashable = (state.key, state.receipt) if all_versions else state.key
            rows.put(identity, row(state))
        names = columns or header(kind, rows.columns)
        if form == "csv":
            delimited.write(file, names, rows)
        else:
            workbook.write(file, kind, names, rows)
        return len(rows)
