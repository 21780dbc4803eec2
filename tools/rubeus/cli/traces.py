"""`rubeus traces`."""

import time
from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import Month, on_a_stack
from rubeus.cli.command import Command, examples

if TYPE_CHECKING:
    from rubeus.stack.target import Target


@click.command(cls=Command, epilog=examples("rubeus traces --month 2026-11 --stack rubeus-webhook"))
@click.option("--month", type=Month(), help="Of this month (UTC).  [default: the present one]")
@on_a_stack
def traces(target: "Target", *, month: str | None, as_json: bool) -> int:
    """List who had personal data shown, when, of what, and why, oldest first.

    Looks at a `rubeus serve` leave none. They are kept for a year. On AWS it needs dynamodb:Query on the
    records table. As JSON: {"traces": [{"at" (RFC 3339, UTC), "who", "what", "why"}]}.
    """
    from models.clock import moment, timestamp
    from rubeus.cli import looking, words
    from rubeus.reading.traces import traces as look

    found = [*look(looking.records(target), month or f"{moment(time.time_ns()):%Y-%m}")]
    if as_json:
        told = [
            {"at": timestamp(each.at), "who": each.who, "what": each.what, "why": each.why} for each in found
        ]
        words.print_json({"traces": told})
        return 0
    for each in found:
        words.say(f"{words.brasilia(each.at)}  {each.who}")
        words.say(each.what, "  ", "  ")
        if each.why:
            words.say(each.why, "  ", "  ")
    if not found:
        nobody = "Nobody had personal data shown in that month."
        words.say(nobody if target.endpoint is None else "Looks at a `rubeus serve` leave no traces.")
    return 0
