"""CSV as the Excel of Brazil opens it: semicolons, UTF-8 with its mark."""

import csv
import io
from collections.abc import Sequence
from typing import IO

from rubeus.export.rows import Rows

# A cell that begins so is taken for a formula ("CSV Injection", OWASP).
_FORMULA = frozenset("=+-@\t\r")

# Without any of these, a line that begins with its delimiter needs neither quotes nor an apostrophe.
_ODD = ('"', "\r", "\n", *(f";{each}" for each in _FORMULA))


def write(file: IO[bytes], columns: Sequence[str], rows: Rows) -> None:
    """Write rows under a header; what a spreadsheet would take for a formula has an apostrophe before it."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text, delimiter=";")
    writer.writerow(map(_defused, columns))
    for cells in rows.cells(columns, missing=""):
        line = ";" + ";".join(cells)
        # Most lines are plain, and to see that takes a third of the writer's time.
        if len(line) > 1 and line.count(";") == len(columns) and not any(odd in line for odd in _ODD):
            text.write(line[1:] + "\r\n")
        else:
            writer.writerow(map(_defused, cells))
    text.flush()
    text.detach()


def _defused(cell: str) -> str:
    return "'" + cell if cell[:1] in _FORMULA else cell
