"""How the commands print: in 80 columns, and nothing that a terminal could take for a command."""

import json
import re
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import click

from models.clock import BRASILIA
from models.outcome import Verdict
from rubeus.reading.summary import remark

if TYPE_CHECKING:
    from rubeus.operating.bulk import Failed

WIDTH = 80

_PATIENCE_SECONDS = 1

Element = TypeVar("Element")

# The words of the answers (handlers.responses) for one record. A line about a record is Portuguese, since it
# mostly quotes them; labels are English. No line is both.
_VERDICTS = {
    Verdict.NEW: "novo",
    Verdict.UPDATED: "atualizado",
    Verdict.REPEATED: "repetido",
    Verdict.LATE: "atrasado",
    Verdict.REJECTED: "recusado",
    Verdict.PENDING: "na fila",
}


def say(text: str, indent: str = "", hanging: str = "") -> None:
    """Print a text in lines of at most 80 columns, those after the first indented by `hanging` more."""
    lines = textwrap.wrap(
        escaped(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_on_hyphens=False,
    )
    click.echo("\n".join(lines))


def say_lines(text: str) -> None:
    """Print a text line by line as it is, those of over 80 columns broken."""
    for line in text.split("\n"):
        shown = escaped(line)
        click.echo("\n".join(shown[at : at + WIDTH] for at in range(0, len(shown) or 1, WIDTH)))


def print_json(document: object) -> None:
    """Print one JSON document, for scripts; it says the same with its odd characters escaped."""
    click.echo("\n".join(escaped(line) for line in json_text(document).split("\n")))


def json_text(document: object) -> str:
    """Lay JSON out; a Decimal is a number, or its text where a number would lose digits."""
    return json.dumps(document, ensure_ascii=False, indent=2, default=_number)


def escaped(text: str) -> str:
    """Escape, as JSON does, what is not printable: controls, C1, marks of direction, lone surrogates."""
    return text if text.isprintable() else re.sub(r"[^ ]", _escape, text)


def brasilia(moment: datetime) -> str:
    """Give a time as people there read it off the clock."""
    return f"{moment.astimezone(BRASILIA):%Y-%m-%d %H:%M:%S}"


def size(count: int) -> str:
    """Give a number of bytes in at most seven characters."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def verdict(outcome: Mapping[str, Any]) -> str:
    """Give what became of a record: "novo v1"."""
    word = _VERDICTS[Verdict(outcome["verdict"])]
    return f"{word} v{outcome['version']}" if "version" in outcome else word


def verdict_and_problems(outcome: Mapping[str, Any]) -> str:
    """Give what became of a record, and why: "recusado (id: está vazio)"."""
    remarks = "; ".join(map(remark, outcome.get("problems", ())))
    return f"{verdict(outcome)} ({remarks})" if remarks else verdict(outcome)


def record(outcome: Mapping[str, Any]) -> str:
    """Name a record: "registro 3  contato 341"."""
    name = " ".join(str(outcome[part]) for part in ("kind", "id") if part in outcome)
    return f"registro {outcome['position']}" + (f"  {name}" if name else "")


def records(positions: Sequence[int]) -> str:
    """Name records by their positions: "registros 2, 5-20"."""
    runs: list[list[int]] = []
    for position in positions:
        if runs and position == runs[-1][-1] + 1:
            runs[-1][1:] = [position]
        else:
            runs.append([position])
    return ("registros " if len(positions) > 1 else "registro ") + ", ".join(
        "-".join(map(str, run)) for run in runs
    )


def failed_document(each: "Failed") -> dict[str, Any]:
    """Give what AWS did not do for a delivery, for JSON."""
    return {"delivery_id": each.delivery_id, "error": each.failure.code}


def say_failed(each: "Failed") -> None:
    """Print that AWS did not do something for a delivery."""
    say(f"{each.delivery_id}: failed")
    say(f"AWS: {each.failure.code}; what is not finished, recovery finishes: try again later", "  ")


def counted(counts: Mapping[str, int]) -> str:
    """Give counts by what they are of: "1 done, 3 left alone"."""
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing"


def table(header: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Draw a table for a terminal: what a row is about, in whole, and lines of what there is to say."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*header, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    drawn.columns[0].no_wrap = True
    for name, lines in rows:
        drawn.add_row(Text(escaped(name)), Text("\n".join(map(escaped, lines))))
    Console().print(drawn)


def rows(header: tuple[str, str], found: Sequence[tuple[str, str]]) -> None:
    """Print rows: a table for a terminal, plain lines into a pipe; further lines of a row are indented."""
    if sys.stdout.isatty():
        table(header, [(name, facts.split("\n")) for name, facts in found])
        return
    for name, facts in found:
        first, *others = facts.split("\n")
        click.echo(escaped(f"{name}  {first}".rstrip()))
        for line in others:
            say(line, "  ", "  ")


def progress(each: Iterable[Element], what: str, total: int | None = None) -> Iterator[Element]:
    """Pass elements on, and after a second tell a terminal on standard error how many there were so far."""
    if not sys.stderr.isatty():  # nobody waits for it, nor for rich, which takes a while to be imported
        yield from each
        return
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    columns = (*Progress.get_default_columns()[:2], TextColumn("{task.completed}"), TextColumn(what))
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=total)
    started = time.monotonic()
    try:
        for element in each:
            if not bar.live.is_started and time.monotonic() - started > _PATIENCE_SECONDS:
                bar.start()
            yield element
            bar.advance(task)
    finally:
        bar.stop()


def _number(value: object) -> object:
    if not isinstance(value, Decimal):
        raise TypeError(type(value).__name__)
    return float(value) if Decimal(repr(float(value))) == value else str(value)


def _escape(character: "re.Match[str]") -> str:
    text = character[0]
    return text if text.isprintable() else json.dumps(text)[1:-1].replace("\x7f", "\\u007f")
