"""`rubeus summary`."""

import time
from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import Day, on_a_stack
from rubeus.cli.command import Command, examples

if TYPE_CHECKING:
    from rubeus.stack.target import Target


@click.command(cls=Command, epilog=examples("rubeus summary --day 2026-11-24 --stack rubeus-webhook"))
@click.option("--day", type=Day(), help="Of this day in Brasília.  [default: today]")
@on_a_stack
def summary(target: "Target", *, day: str | None, as_json: bool) -> int:
    """Sum a day up in ten lines of Portuguese, without personal data.

    On AWS it needs what `rubeus deliveries list` needs. As JSON: {"day", "lines"}.
    """
    from models import clock
    from rubeus.cli import looking, words
    from rubeus.reading.day import tell, week_before
    from rubeus.reading.selection import Selection

    day = day or clock.day(clock.moment(time.time_ns()))
    inbox = looking.inbox(target)
    found = words.progress(inbox.find(Selection(day=day)), "deliveries")
    lines = tell(day, found, inbox.count(week_before(day)))
    if as_json:
        words.print_json({"day": day, "lines": lines})
        return 0
    for line in lines:
        words.say(line, hanging="  ")
    return 0
