"""An Excel workbook in which every cell is text, so that zeros and signs of equality stay."""

import io
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import IO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from rubeus.errors import CommandError
from rubeus.export.rows import Rows

# "Excel specifications and limits": of a worksheet, and of a cell.
_MAX_ROWS = 1_048_576
_MAX_COLUMNS = 16_384
_MAX_CHARACTERS = 32_767
_CUT = "… (cortado pelo limite do Excel)"

# Of a worksheet's XML. Over 2 GiB, a zip needs an extension that Excel calls damaged.
_MAX_BYTES = 2_000_000_000

_WIDTH = 18

# What XML takes for markup or drops, and Excel's own escape for that: `_x000D_`.
_ODD = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|^\s|\s$|_x[0-9A-Fa-f]{4}_")
_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def write(file: IO[bytes], sheet: str, columns: Sequence[str], rows: Rows) -> None:
    """Write rows under a header, on more sheets where there are more than one can hold.

    A text that is longer than a cell can hold is cut, and ends with words that say so.

    Raises
    ------
    CommandError
        When it is more than a workbook can hold.
    OSError
        When the file can't be written.
    """
    if len(columns) > _MAX_COLUMNS:
        message = f"{len(columns)} columns, but Excel takes {_MAX_COLUMNS}: choose some, or --format csv"
        raise CommandError(message)
    left = rows.cells(columns, missing=None)
    with (
        ZipFile(_frame(sheet, len(columns), len(rows))) as frame,
        ZipFile(file, "w", ZIP_DEFLATED) as book,
    ):
        for part in frame.namelist():
            if part.startswith("xl/worksheets/"):
                with book.open(part, "w") as page:
                    _fill(page, frame.read(part).decode(), columns, islice(left, _MAX_ROWS - 1))
            else:
                book.writestr(part, frame.read(part))


def _frame(sheet: str, width: int, count: int) -> IO[bytes]:
    """Make a workbook whose sheets have two cells, the first and the last, for their extent and formats.

    XlsxWriter would take four times as long for all cells as `_fill` does.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True})
        for number, start in enumerate(range(0, count or 1, _MAX_ROWS - 1)):
            page = book.add_worksheet(f"{sheet} {number + 1}" if number else sheet)
            page.set_column(0, width - 1, _WIDTH, text)
            page.freeze_panes(1, 1)
            page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
            page.write_blank(min(count - start, _MAX_ROWS - 1), width - 1, None, text)
            page.write_blank(0, 0, None, bold)
    file.seek(0)
    return file


def _fill(page: IO[bytes], frame: str, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
    before, cells, after = re.split("(?<=<sheetData>)(.*)(?=</sheetData>)", frame)
    bold, *text = re.findall(r'<c r="\w+"( s="\d+")', cells)
    starts = [f'<c r="{xl_col_to_name(number)}' for number in range(len(columns))]
    size = page.write((before + _row(1, bold, starts, columns)).encode())
    for number, row in enumerate(rows, 2):
        size += page.write(_row(number, text[0], starts, row).encode())
        if size > _MAX_BYTES:
            message = "more than a sheet of Excel can hold: choose some --columns, or --format csv"
            raise CommandError(message)
    page.write(after.encode())


def _row(number: int, style: str, starts: Sequence[str], row: Sequence[str | None]) -> str:
    middle = f'{number}"{style} t="inlineStr"><is>'
    cells = [
        f"{start}{middle}{_text(cell)}</is></c>"
        for start, cell in zip(starts, row, strict=True)
        if cell is not None
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _text(cell: str) -> str:
    if len(cell) <= _MAX_CHARACTERS // 2 and not _ODD.search(cell):
        return f"<t>{cell}</t>"
    text = _ESCAPED.sub(lambda odd: f"_x{ord(odd[0]):04X}_", escape(_fitting(cell)))
    return f'<t xml:space="preserve">{text}</t>'


def _fitting(cell: str) -> str:
    """Cut a text, which Excel counts in units of UTF-16."""
    units = cell.encode("utf-16-le")
    if len(units) <= 2 * _MAX_CHARACTERS:
        return cell
    return units[: 2 * (_MAX_CHARACTERS - len(_CUT))].decode("utf-16-le", "ignore") + _CUT
