"""`rubeus drift`."""

import time
from datetime import datetime
from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import Moment, on_a_stack
from rubeus.cli.command import Command, examples

if TYPE_CHECKING:
    from rubeus.stack.target import Target

_DAYS = 7


@click.command(cls=Command, epilog=examples("rubeus drift --since 2026-11-01 --stack rubeus-webhook"))
@click.option("--since", type=Moment(), help=f"Since then: RFC 3339, or a day.  [default: {_DAYS} days ago]")
@on_a_stack
def drift(target: "Target", *, since: datetime | None, as_json: bool) -> int:
    """Say in Portuguese what came that Rubeus's page does not document, since when, how often, what to do.

    Unknown fields, odd values and odd empties, each with what an example looks like: its letters as a, its
    digits as 9. On AWS it needs what `rubeus deliveries show` needs. As JSON: {"drift": [{"field", "reason",
    "deliveries", "first", "last", "example" (a protocolo), "shape", "advice"}]}.
    """
    from datetime import timedelta

    from models.clock import moment, timestamp
    from rubeus.cli import looking, words
    from rubeus.reading.drift import drift as look
    from rubeus.reading.drift import masked

    start = since or moment(time.time_ns()) - timedelta(days=_DAYS)
    inbox = looking.inbox(target)
    seen = [masked(each) for each in look(inbox, words.progress(inbox.since(start), "deliveries"))]
    if as_json:
        found = [
            {
                "field": each.field,
                "reason": each.reason,
                "deliveries": each.deliveries,
                "first": timestamp(each.first),
                "last": timestamp(each.last),
                "example": each.example,
                "shape": each.shape,
                "advice": each.advice,
            }
            for each in seen
        ]
        words.print_json({"drift": found})
        return 0
    for each in seen:
        words.say(f"{each.field}: {each.reason}", hanging="  ")
        count = f"{each.deliveries} entrega{'s' if each.deliveries > 1 else ''}"
        words.say(f"{count}, de {_time(each.first)} a {_time(each.last)}", "  ")
        if each.shape:
            words.say(f"como veio: {each.shape}", "  ", "  ")
        words.say(f"exemplo: {each.example}", "  ")
        words.say(each.advice, "  ", "  ")
    if not seen:
        words.say(f"Nada fora do documentado desde {_time(start)}.")
    return 0


def _time(moment: datetime) -> str:
    from models.clock import BRASILIA

    return f"{moment.astimezone(BRASILIA):%d/%m/%Y %H:%M:%S}"
