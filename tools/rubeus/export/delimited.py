"""CSV as the Excel of Brazil opens it: semicolons, UTF-8 with its mark."""

import csv
import io
from collections.abc import Sequence
from itertools import islice
from typing import IO

from rubeus.export.rows import Rows

# A cell that begins so is taken for a formula ("CSV Injection", OWASP).
_FORMULA = frozenset("=+-@\t\r")

# Few enough that one odd line does not make many be looked at by themselves.
_LINES = 30


def write(file: IO[bytes], columns: Sequence[str], rows: Rows) -> None:
    """Write rows under a header; what a spreadsheet would take for a formula has an apostrophe before it."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text, delimiter=";")
    writer.writerow(map(_defused, columns))
    left = rows.cells(columns, missing="")
    while lines := [*islice(left, _LINES)]:
        # Most are plain, and to see that of many at once takes a tenth of the writer's time.
        if plain := _plain(lines):
            text.write(plain)
            continue
        for cells in lines:
            if plain := _plain([cells]):
                text.write(plain)
            else:
                writer.writerow(map(_defused, cells))
    text.flush()
    text.detach()


def _plain(lines: Sequence[Sequence[str]]) -> str | None:
    """Put cells between delimiters, unless one needs quotes or an apostrophe."""
    text = "\r\n".join(map(";".join, lines)) + "\r\n"
    count, width = len(lines), len(lines[0])
    odd = (
        width == 1  # of which an empty one has quotes
        or '"' in text
        or not text.count("\r") == text.count("\n") == count
        or text.count(";") != count * (width - 1)
        # That a character is nowhere is soon known: most are rare.
        or any(each in text and f";{each}" in text for each in _FORMULA - {"\r"})
        or not _FORMULA.isdisjoint(cells[0][:1] for cells in lines)
    )
    return None if odd else text


def _defused(cell: str) -> str:
    return "'" + cell if cell[:1] in _FORMULA else cell
