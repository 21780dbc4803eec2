"""`rubeus watch`."""

import json
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import on_a_stack
from rubeus.cli.command import Command, examples
from rubeus.errors import CommandError

if TYPE_CHECKING:
    from rubeus.reading.rows import DeliveryRow
    from rubeus.stack.target import Target

_POLL_SECONDS = 1.0
# It asks again by itself, so it does not wait for what else boto3 would try before it says "not connected".
_ATTEMPTS = 2
_ANSWER_SECONDS = 4


@click.command(
    cls=Command, epilog=examples("rubeus watch --local", "rubeus watch --stack rubeus-webhook | jq")
)
@on_a_stack
def watch(target: "Target", *, as_json: bool) -> int:
    """Print a line for every delivery as it comes, until Ctrl-C.

    Into a pipe, or with --json, each is one line of JSON, as of `rubeus deliveries list`. Whether the stack
    answers is told on standard error. It looks once a second; on AWS it needs what that command needs.
    """
    from rubeus.cli import listing, looking
    from rubeus.reading.arriving import Arriving
    from rubeus.stack.target import aws_errors

    arriving = Arriving(looking.inbox(replace(target, attempts=_ATTEMPTS, answer_seconds=_ANSWER_SECONDS)))
    machine = as_json or not sys.stdout.isatty()
    connected = None
    while True:
        try:
            with aws_errors():
                came = arriving.look()
        except CommandError as error:
            came = ()
            if connected is not False:
                click.echo(f"{_now()}  not connected: {error}", err=True)
            connected = False
        else:
            if not connected:
                click.echo(f"{_now()}  connected", err=True)
            connected = True
        for each in came:
            click.echo(json.dumps(listing.document(each), ensure_ascii=False) if machine else _line(each))
        sys.stdout.flush()
        time.sleep(_POLL_SECONDS)


def _line(delivery: "DeliveryRow") -> str:
    from models.outcome import State
    from rubeus.cli.words import brasilia, counted, escaped

    became = counted(delivery.counts) if delivery.counts else ""
    state = "" if delivery.state is State.DONE else delivery.state
    parts = (brasilia(delivery.received_at)[-8:], delivery.id, state, *delivery.kinds, became)
    return escaped("  ".join(part for part in parts if part))


def _now() -> str:
    from models.clock import moment
    from rubeus.cli.words import brasilia

    return brasilia(moment(time.time_ns()))
