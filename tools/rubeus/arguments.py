"""The arguments of the operator's commands, and the forms that arguments have."""

import argparse
from datetime import date, datetime, time
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from models.clock import BRASILIA

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no public name


def add_deliveries(commands: "Commands") -> None:
    """Add `rubeus deliveries` and its commands."""
    parser = commands.add_parser("deliveries", help="list, show and replay deliveries")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    listing = actions.add_parser("list", help="list those that somebody has to look at, oldest first")
    listing.add_argument("--day", type=day, metavar="YYYY-MM-DD", help="all of this day, in any state")
    _add_filters(listing)
    listing.add_argument("--limit", type=count, metavar="N", help="at most so many")
    _add_target(listing)

    show = actions.add_parser("show", help="show what became of one and of its records, and its body")
    show.add_argument("id", metavar="ID", help="the protocolo")
    show.add_argument("--reveal", action="store_true", help="show personal data, and the body as it was sent")
    _add_target(show)

    replay = actions.add_parser("replay", help="run some again, and say what that changed")
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("ids", nargs="*", default=[], metavar="ID", help="a protocolo")
    which.add_argument("--all", action="store_true", help="all that `list` lists, with the same filters")
    _add_filters(replay)
    _add_target(replay)
    replay.set_defaults(usage_error=replay.error)


def add_queue(commands: "Commands") -> None:
    """Add `rubeus queue` and its command."""
    parser = commands.add_parser("queue", help="move messages back from the dead-letter queues")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    redrive = actions.add_parser(
        "redrive", help="move every message from a dead-letter queue back to its queue"
    )
    redrive.add_argument(
        "--queue", choices=["records", "recovery", "all"], default="all", help="which (default: all)"
    )
    _add_target(redrive)


def add_token(commands: "Commands") -> None:
    """Add `rubeus token` and its commands."""
    parser = commands.add_parser("token", help="change the token in the URL that is pasted into Rubeus")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    rotate = actions.add_parser(
        "rotate", help="make a new URL and print it; the old one stays valid until `retire`"
    )
    rotate.add_argument(
        "--force", action="store_true", help="even if an old URL is still valid, which then is no more"
    )
    rotate.add_argument(
        "--port", type=port, default=3000, help="with --local: port of the receiver (default 3000)"
    )
    _add_target(rotate)

    retire = actions.add_parser("retire", help="let nobody in with the old URL any more")
    _add_target(retire)


def has_filters(arguments: argparse.Namespace) -> bool:
    """Say whether one of the filters is given."""
    return any(getattr(arguments, name) is not None for name in ("state", "since", "kind", "problem"))


def port(text: str) -> int:
    """Read a port; 0 is one."""
    if text.isdecimal() and int(text) <= 65535:
        return int(text)
    message = f"not a port: {text!r}"
    raise argparse.ArgumentTypeError(message)


def address(text: str) -> str:
    """Read an IPv4 address."""
    try:
        return str(IPv4Address(text))
    except ValueError:
        message = f"not an IPv4 address: {text!r}"
        raise argparse.ArgumentTypeError(message) from None


def count(text: str) -> int:
    """Read a whole number from 1 on."""
    if text.isdecimal() and int(text) > 0:
        return int(text)
    message = f"not a whole number from 1 on: {text!r}"
    raise argparse.ArgumentTypeError(message)


def seconds(text: str) -> int:
    """Read a number of seconds from 1 on."""
    if text.isdecimal() and int(text) > 0:
        return int(text)
    message = f"not a number of seconds from 1 on: {text!r}"
    raise argparse.ArgumentTypeError(message)


def token(text: str) -> str:
    """Read a token that a path can hold as it is."""
    if text.isalnum() or text.replace("-", "").replace("_", "").isalnum():
        return text
    message = "letters, digits, - and _ only"
    raise argparse.ArgumentTypeError(message)


def day(text: str) -> str:
    """Read a day, YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        message = f"not a day (YYYY-MM-DD): {text!r}"
        raise argparse.ArgumentTypeError(message) from None


def moment(text: str) -> datetime:
    """Read an RFC 3339 time, or a day, which begins at midnight in Brasília; aware."""
    try:
        if len(text) == len("YYYY-MM-DD"):
            return datetime.combine(date.fromisoformat(text), time(), BRASILIA)
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read and read.tzinfo:
        return read
    message = f"neither a time like 2026-11-24T08:00:00-03:00 nor a day (YYYY-MM-DD): {text!r}"
    raise argparse.ArgumentTypeError(message)


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", choices=["open", "quarantined", "failed"], help="only those in this state")
    parser.add_argument(
        "--since", type=moment, metavar="TIME", help="only those received since then: RFC 3339, or a day"
    )
    parser.add_argument(
        "--kind", help="only those with a rejected record of this kind, or posted to its own URL"
    )
    parser.add_argument("--problem", metavar="TEXT", help="only those with this text in their problems")


def _add_target(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--local", action="store_true", help="a running `rubeus serve`")
    where.add_argument("--stack", metavar="NAME", help="a deployed CloudFormation stack")
    parser.add_argument(
        "--aws-port", type=port, default=5000, help="with --local: port of the emulated AWS (default 5000)"
    )
    parser.add_argument(
        "--region", help="with --stack: its AWS region (default: that of your AWS configuration)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
