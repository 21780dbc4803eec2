"""An Excel workbook in which every cell is text, so that zeros and signs of equality stay."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError, FileSizeError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from rubeus.errors import CommandError

# "Excel specifications and limits": of a worksheet, and of a cell.
_MAX_ROWS = 1_048_576
_MAX_COLUMNS = 16_384
_MAX_CHARACTERS = 32_767
_CUT = "… (cortado pelo limite do Excel)"

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_WIDTH = 18
_PLAIN = Format()


def write(file: IO[bytes], sheet: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
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
    # XlsxWriter leaves a pipe that is closed to it half written, with a traceback at its end.
    with tempfile.TemporaryFile() as whole:
        _store(whole, sheet, columns, rows)
        whole.seek(0)
        shutil.copyfileobj(whole, file)


def _store(file: IO[bytes], sheet: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    try:
        with xlsxwriter.Workbook(file, _OPTIONS) as book:
            _fill(book, sheet, columns, rows)
    except FileSizeError as error:
        message = "over 4 GB, which Excel does not take: choose some --columns, or --format csv"
        raise CommandError(message) from error
    except FileCreateError as error:
        (reason,) = error.args
        raise reason from error


def _fill(
    book: xlsxwriter.Workbook, sheet: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]
) -> None:
    bold = book.add_format({"bold": True})
    at = {name: number for number, name in enumerate(columns)}
    page = _page(book, sheet, columns, bold)
    number = 1
    for row in rows:
        if number == _MAX_ROWS:
            page = _page(book, sheet, columns, bold)
            number = 1
        # In constant_memory a row's cells may come in any order.
        for name, cell in row.items():
            if name in at:
                _write(page, number, at[name], _fitting(cell))
        number += 1


def _page(book: xlsxwriter.Workbook, sheet: str, columns: Sequence[str], bold: Format) -> Worksheet:
    count = len(book.worksheets())
    page = book.add_worksheet(f"{sheet} {count + 1}" if count else sheet)
    page.set_column(0, len(columns) - 1, _WIDTH)
    page.freeze_panes(1, 1)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    for number, name in enumerate(columns):
        page.write_string(0, number, name, bold)
    return page


def _write(page: Worksheet, row: int, column: int, cell: str) -> None:
    if cell.startswith("<r>"):  # XlsxWriter would take it for its own markup
        page.write_rich_string(row, column, cell[:1], _PLAIN, cell[1:])
    else:
        page.write_string(row, column, cell)


def _fitting(cell: str) -> str:
    """Cut a text, which Excel counts in units of UTF-16."""
    if len(cell) <= _MAX_CHARACTERS // 2:
        return cell
    units = cell.encode("utf-16-le")
    if len(units) <= 2 * _MAX_CHARACTERS:
        return cell
    return units[: 2 * (_MAX_CHARACTERS - len(_CUT))].decode("utf-16-le", "ignore") + _CUT
