"""`rubeus records export`."""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from rubeus.cli.arguments import KINDS, Moment, on_a_stack, refusing, revealing
from rubeus.cli.command import Command, examples
from rubeus.errors import CommandError

if TYPE_CHECKING:
    from rubeus.export.files import Format
    from rubeus.stack.target import Target

_FORMATS: tuple["Format", ...] = ("xlsx", "csv", "jsonl")
_STDOUT = Path("-")

_EXAMPLES = examples(
    "rubeus records export --kind contato --out contatos.xlsx --local",
    "rubeus records export --kind evento --since 2026-11-20 --out e.csv --local",
    "rubeus records export --kind fluxo --format jsonl --out - --local | head",
)


class Columns(click.ParamType):
    """Names of columns, divided by commas."""

    name = "NAME,NAME…"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Divide them."""
        names = tuple(name.strip() for name in value.split(","))
        if not all(names) or len({*names}) < len(names):
            self.fail("give each column once", param, ctx)
        return names


@click.command(cls=Command, epilog=_EXAMPLES)
@click.option("--kind", type=click.Choice(KINDS), required=True, help="Which records.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, metavar="FILE", help="-: standard output."
)
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="What to write.  [default: by the ending of FILE]"
)
@click.option("--since", type=Moment(), help="Only what was received since then: RFC 3339, or a day.")
@click.option("--columns", type=Columns(), help="Of xlsx and csv: these columns, in this order.")
@click.option(
    "--all-versions", is_flag=True, help="All that was received of each record, not the newest alone."
)
@click.option("--raw", "bare", is_flag=True, help="Of jsonl: the records alone, as they were sent.")
@refusing(
    "--columns is for xlsx and csv, --raw for jsonl.",
    lambda form, out, columns, bare, **_: columns if _form(form, out) == "jsonl" else bare,
)
@refusing(
    "--json tells of the file, so it takes a FILE.", lambda as_json, out, **_: as_json and out == _STDOUT
)
@revealing
@on_a_stack
def export(
    target: "Target",
    *,
    kind: str,
    out: Path,
    form: "Format | None",
    since: datetime | None,
    columns: tuple[str, ...] | None,
    all_versions: bool,
    bare: bool,
    reveal: bool,
    reason: str | None,
    as_json: bool,
) -> int:
    """Write records to a file: xlsx for people, csv for Excel and Power BI, jsonl for programs.

    Every cell is text. Personal data is masked without --reveal. What comes in while the command runs is
    in the file, too: a record that changes meanwhile has one row, or a further line of jsonl. On AWS it
    needs what `get` needs, and dynamodb:Query on the table's indexes.
    """
    from rubeus.cli import looking
    from rubeus.cli.words import print_json, progress
    from rubeus.export.collecting import Collection
    from rubeus.export.files import Table, write_lines

    chosen = _form(form, out)
    if out == _STDOUT and sys.stdout.isatty() and (reveal or chosen == "xlsx"):
        message = "A terminal would obey what is in the records: give a FILE, or a pipe such as `| less`."
        raise click.UsageError(message)
    if reveal:
        looking.trace(target, f"records export --kind {kind}", reason)
    found = Collection(looking.records(target), kind, since, all_versions).states()
    states = progress(found, "records")
    with _opened(out) as file:
        if chosen == "jsonl":
            count = write_lines(file, states, raw=bare, reveal=reveal)
        else:
            table = Table(kind, chosen, columns or (), all_versions, _say_missing)
            count = table.write(file, states, reveal=reveal)
    if as_json:
        print_json({"exported": count, "kind": kind, "format": chosen, "out": str(out)})
    else:
        click.echo(f"{count} exported", err=True)
    return 0


def _say_missing(columns: Sequence[str]) -> None:
    click.echo(f"no record has: {', '.join(columns)}", err=True)


def _form(form: "Format | None", out: Path) -> "Format":
    for each in _FORMATS:
        if each == (form or out.suffix.removeprefix(".").lower()):
            return each
    message = f"Give --format ({', '.join(_FORMATS)}), or a FILE that ends so."
    raise click.UsageError(message)


@contextmanager
def _opened(out: Path) -> Iterator[IO[bytes]]:
    """Give a file to write; it has its name, and only then, when all is written."""
    if out == _STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        if out.exists() and not out.is_file():  # a FIFO or a device stays what it is
            with out.open("wb") as file:
                yield file
            return
        out = Path(os.path.realpath(out))  # a link stays one, too
        with tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
            try:
                yield file
                file.flush()
                Path(file.name).replace(out)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        message = f"cannot write {out}: {error.strerror}"
        raise CommandError(message) from error
