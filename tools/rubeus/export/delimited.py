"""CSV as the Excel of Brazil opens it: semicolons, UTF-8 with its mark."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

# A cell that begins so is taken for a formula ("CSV Injection", OWASP).
_FORMULA = frozenset("=+-@\t\r")


def write(file: IO[bytes], columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write rows under a header; what a spreadsheet would take for a formula has an apostrophe before it."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text, delimiter=";")
    writer.writerow(map(_defused, columns))
    for row in rows:
        if _FORMULA.isdisjoint([cell[:1] for cell in row.values()]):
            writer.writerow(map(row.get, columns))
        else:
            writer.writerow([_defused(row.get(column, "")) for column in columns])
    text.flush()
    text.detach()


def _defused(cell: str) -> str:
    return "'" + cell if cell[:1] in _FORMULA else cell
