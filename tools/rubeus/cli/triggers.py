"""`rubeus triggers`."""

import time
from datetime import datetime
from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import Moment, on_a_stack
from rubeus.cli.command import Command, examples

if TYPE_CHECKING:
    from rubeus.stack.target import Target

_DAYS = 30


@click.command(cls=Command, epilog=examples("rubeus triggers --since 2026-11-01 --stack rubeus-webhook"))
@click.option("--since", type=Moment(), help=f"Since then: RFC 3339, or a day.  [default: {_DAYS} days ago]")
@on_a_stack
def triggers(target: "Target", *, since: datetime | None, as_json: bool) -> int:
    """Say in Portuguese of each of Rubeus's six triggers whether it came, when last, and how often.

    By the records that changed since then. "nunca chegou" is said where --since goes back to the creation of
    the records table. On AWS it needs dynamodb:DescribeTable on the records table and dynamodb:Query on its
    indexes. As JSON: {"since", "triggers": [{"kind", "action", "records", "last" (null: not since then),
    "never" (not at all, as far as that is known)}]}.
    """
    from datetime import timedelta

    from models.clock import moment, timestamp
    from rubeus.cli import looking, words
    from rubeus.reading.triggers import TRIGGERS, tell
    from rubeus.reading.triggers import triggers as look

    start = since or moment(time.time_ns()) - timedelta(days=_DAYS)
    seen = [*words.progress(look(looking.records(target), start), "triggers", len(TRIGGERS))]
    if as_json:
        found = [
            {
                "kind": each.trigger.kind,
                "action": each.trigger.action,
                "records": each.records,
                "last": each.last and timestamp(each.last),
                "never": each.never,
            }
            for each in seen
        ]
        words.print_json({"since": timestamp(start), "triggers": found})
        return 0
    for each in seen:
        words.say(tell(each, start), hanging="  ")
    return 0
