"""A list as a file: CSV or a workbook, as the Excel of Brazil opens them."""

import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import IO, Literal

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from rubeus.export import delimited, workbook
from rubeus.export.rows import Rows

Form = Literal["csv", "xlsx"]

_CHUNK = 65_536
_TYPES: dict[Form, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_SHEET = 31  # characters, of Excel


def form(text: str | None) -> Form:
    """Read which of the two somebody wants."""
    return "xlsx" if text == "xlsx" else "csv"


def table(name: str, wanted: Form, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Response:
    """Give rows as a file to download.

    Parameters
    ----------
    name
        Of the file, without its ending: nothing personal.
    rows
        Cells in the order of the columns; None: an empty one.
    """

    def write(file: IO[bytes]) -> None:
        with tempfile.TemporaryFile() as spool:
            found = Rows(spool)
            for number, row in enumerate(rows):
                cells = zip(columns, row, strict=True)
                filled = {column: str(cell) for column, cell in cells if cell not in (None, "")}
                found.put(number, tuple(filled), [*filled.values()])
            if wanted == "csv":
                delimited.write(file, columns, found)
            else:
                workbook.write(file, name[:_MAX_SHEET], columns, found)

    return download(name, wanted, write)


def download(name: str, wanted: Form, write: Callable[[IO[bytes]], object]) -> Response:
    """Give what is written to a file as one to download."""
    # Whole before the first byte is sent, so that a failure is a page that says so.
    file = tempfile.TemporaryFile()  # noqa: SIM115 (closed when it is sent)
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    full_name = f"{_NOT_IN_A_NAME.sub('-', name)}.{wanted}"
    return StreamingResponse(
        iter(partial(file.read, _CHUNK), b""),
        media_type=_TYPES[wanted],
        headers={"content-disposition": f'attachment; filename="{full_name}"'},
        background=BackgroundTask(file.close),
    )
