"""The forms that arguments have, and the options that several commands share."""

import shlex
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import wraps
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from models.clock import BRASILIA

if TYPE_CHECKING:
    from rubeus.reading.selection import Selection
    from rubeus.stack.target import Target

Function: TypeAlias = Callable[..., int]

# Spelled out, since to import them from the models takes longer than all of `--help`; a test compares.
KINDS = ("contato", "registro_processo", "atividade", "evento", "fluxo")
VERDICTS = ("new", "updated", "repeated", "late", "rejected", "pending")
STATES = ("open", "quarantined", "failed", "dismissed", "done")

COUNT = click.IntRange(min=1)

DEFAULT_AWS_PORT = 5000
DEFAULT_INSPECTOR_PORT = 3001


class Day(click.ParamType):
    """A day: YYYY-MM-DD; read as the same text."""

    name = "YYYY-MM-DD"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it."""
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = date.min
        if day.year in (date.min.year, date.max.year):  # the calendar may not have the days beside it
            self.fail(f"not a day (YYYY-MM-DD): {value!r}", param, ctx)
        return day.isoformat()


class Month(click.ParamType):
    """A month: YYYY-MM; read as the same text."""

    name = "YYYY-MM"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it."""
        try:
            return f"{date.fromisoformat(f'{value}-01'):%Y-%m}"
        except ValueError:
            self.fail(f"not a month (YYYY-MM): {value!r}", param, ctx)


class Moment(click.ParamType):
    """An RFC 3339 time, or a day, which begins at midnight in Brasília; read as an aware time."""

    name = "TIME"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it."""
        try:
            if len(value) == len("YYYY-MM-DD"):
                return datetime.combine(date.fromisoformat(value), time(), BRASILIA)
            read = datetime.fromisoformat(value)
            if read.tzinfo and read.astimezone(BRASILIA) and read.astimezone(UTC):
                return read
        except (ValueError, OverflowError):  # the latter at the ends of the calendar
            pass
        example = "2026-11-24T08:00:00-03:00"
        return self.fail(f"neither a time like {example} nor a day (YYYY-MM-DD): {value!r}", param, ctx)


class Token(click.ParamType):
    """A token that a path can hold as it is."""

    name = "TOKEN"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it."""
        if value.replace("-", "").replace("_", "").isalnum() and value.isascii():
            return value
        return self.fail("letters, digits, - and _ only", param, ctx)


class Address(click.ParamType):
    """An IPv4 address; read as text."""

    name = "ADDRESS"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it."""
        try:
            return str(IPv4Address(value))
        except ValueError:
            self.fail(f"not an IPv4 address: {value!r}", param, ctx)


def refusing(message: str, wrong: Callable[..., bool]) -> Callable[[Function], Function]:
    """Refuse arguments that do not go together: those for which, given by name, `wrong` is true."""

    def decorate(command: Function) -> Function:
        @wraps(command)
        def run(**arguments: Any) -> int:  # noqa: ANN401 (the options')
            if wrong(**arguments):
                raise click.UsageError(message)
            return command(**arguments)

        return run

    return decorate


def port(name: str, default: int, text: str) -> Callable[[Function], Function]:
    """Add an option that takes a port."""
    return click.option(
        name, type=click.IntRange(0, 65535), metavar="PORT", default=default, show_default=True, help=text
    )


def on_a_stack(command: Function) -> Function:
    """Add where a command works, and `--json`; its first argument is a `rubeus.stack.target.Target`.

    What boto3 raises in it ends the command with one line.
    """

    @click.option("--local", is_flag=True, help="A running `rubeus serve`.")
    @click.option("--stack", metavar="NAME", help="A deployed CloudFormation stack.")
    @click.option(
        "--region",
        metavar="REGION",
        help="With --stack: its AWS region.  [default: that of your AWS configuration]",
    )
    @port("--aws-port", DEFAULT_AWS_PORT, "With --local: port of the emulated AWS.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    @wraps(command)
    def run(*, local: bool, stack: str | None, region: str | None, aws_port: int, **others: Any) -> int:  # noqa: ANN401 (the options')
        if local == (stack is not None):
            message = "Give either --local or --stack NAME."
            raise click.UsageError(message)
        from rubeus.stack.target import aws_errors, connect

        with aws_errors():
            return command(connect(stack=stack, region=region, aws_port=aws_port), **others)

    return run


def to_a_receiver(command: Function) -> Function:
    """Add where a receiver is, a stack's or that of `--url`, and `--json`; its first argument is the URL."""

    @on_a_stack
    @wraps(command)
    def to_a_stack(target: "Target", **others: Any) -> int:  # noqa: ANN401 (the options')
        from rubeus.cli import looking

        return command(looking.url(target), **others)

    @click.option("--url", metavar="URL", help="Any receiver, by its whole URL.")
    @wraps(to_a_stack)
    def run(*, url: str | None, **others: Any) -> int:  # noqa: ANN401 (the options')
        if url is None:
            return to_a_stack(**others)
        if others["local"] or others["stack"] is not None:
            message = "Give one of --url, --local and --stack NAME."
            raise click.UsageError(message)
        stack = ("local", "stack", "region", "aws_port")
        return command(url, **{name: value for name, value in others.items() if name not in stack})

    return run


def revealing(command: Function) -> Function:
    """Add `--reveal` and `--reason`, which it takes on a stack; for a command that is `on_a_stack`."""

    @click.option("--reveal", is_flag=True, help="Show personal data.")
    @click.option("--reason", metavar="TEXT", help="With --reveal on a stack: why. Kept, with who you are.")
    @wraps(command)
    def run(*, reveal: bool, reason: str | None, **others: Any) -> int:  # noqa: ANN401 (the options')
        shows = reveal or others.get("raw", False)
        if shows and others["stack"] is not None and not (reason or "").strip():
            message = "On a stack, personal data is shown for a --reason TEXT, which leaves a trace."
            raise click.UsageError(message)
        return command(reveal=reveal, reason=reason, **others)

    return run


def another(command: str) -> str:
    """Spell another command of `rubeus` for the stack of this one: `rubeus token retire --stack escola`."""
    given = click.get_current_context().params
    if given["local"]:
        aws_port = given["aws_port"]
        where = ["--local", *(["--aws-port", str(aws_port)] if aws_port != DEFAULT_AWS_PORT else [])]
    else:
        where = ["--stack", given["stack"], *(["--region", given["region"]] if given["region"] else [])]
    return f"rubeus {command} {shlex.join(where)}"


def filters(command: Function) -> Function:
    """Add the filters of deliveries, as the argument `selection`."""

    @click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
    @click.option("--day", type=Day(), help="Only those of this day.")
    @click.option("--since", type=Moment(), help="Only those received since then: RFC 3339, or a day.")
    @click.option(
        "--kind",
        type=click.Choice(KINDS),
        help="Only those with a record of this kind, or posted to its own URL.",
    )
    @click.option(
        "--verdict", type=click.Choice(VERDICTS), help="Only those with a record of which this became."
    )
    @click.option("--problem", metavar="TEXT", help="Only those with this text in their problems.")
    @wraps(command)
    def run(
        *, state: str | None, day: str | None, since: datetime | None, kind: str | None, problem: str | None,
        verdict: str | None,
        **others: Any,  # noqa: ANN401 (the other options)
    ) -> int:  # fmt: skip
        from models.outcome import State, Verdict
        from rubeus.reading.selection import Selection

        selection = Selection(
            State(state) if state else None, day, since, kind, problem, Verdict(verdict) if verdict else None
        )
        return command(selection=selection, **others)

    return run


def ids_or_all(command: Function) -> Function:
    """Add deliveries by their ids, or all that filters choose, as the argument `which`."""

    @click.argument("ids", nargs=-1, metavar="[ID]...")
    @click.option("--all", "everything", is_flag=True, help="All that `list` lists, with the same filters.")
    @filters
    @wraps(command)
    def run(*, ids: tuple[str, ...], everything: bool, selection: "Selection", **others: Any) -> int:  # noqa: ANN401 (the options')
        if everything == bool(ids):
            message = "Give either IDs or --all."
            raise click.UsageError(message)
        if ids and selection.has_filters:
            message = "The filters are for --all."
            raise click.UsageError(message)
        return command(which=tuple(dict.fromkeys(ids)) or selection, **others)

    return run
