"""`rubeus queue`."""

from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import on_a_stack
from rubeus.cli.command import Group, examples
from rubeus.errors import CommandError

if TYPE_CHECKING:
    from rubeus.stack.target import Target

_PUBLISHED = 10
_QUEUES = ("records", "recovery")


@click.group(cls=Group, no_args_is_help=False)
def queue() -> None:
    """Say how much waits in the queues, and move messages back from the dead-letter queues."""


@queue.command(epilog=examples("rubeus queue status --stack rubeus-webhook"))
@on_a_stack
def status(target: "Target", *, as_json: bool) -> int:
    """Count what is in the queues, and list what was published last.

    No message is received, so looking changes nothing: what was published is read from the deliveries of
    today. On AWS it needs sqs:GetQueueAttributes on the queues, cloudwatch:GetMetricData, and what
    `rubeus deliveries list` needs. As JSON: {"queues": [{"name", "waiting", "taken", "oldest_seconds" (null:
    CloudWatch does not say)}], "published": [{"at", "id", "verdict", "delivery_id"}]}.
    """
    import time
    from itertools import islice

    from models import clock
    from rubeus.cli import counting, looking
    from rubeus.cli.words import print_json
    from rubeus.reading.queues import RESOURCES, Queues, published

    urls = {name: target.ids[resource] for name, resource in RESOURCES.items()}
    counts = Queues(target.sqs, target.cloudwatch, urls, time).status()
    today = clock.day(clock.moment(time.time_ns()))
    sent = [*islice(published(looking.inbox(target), today), _PUBLISHED)]
    if as_json:
        print_json(counting.document(counts, sent))
    else:
        counting.say(counts, sent)
    return 0


@queue.command(epilog=examples("rubeus queue redrive --queue records --stack rubeus-webhook"))
@click.option(
    "--queue", "which", type=click.Choice([*_QUEUES, "all"]), default="all", show_default=True, help="Which."
)
@on_a_stack
def redrive(target: "Target", *, which: str, as_json: bool) -> int:
    """Move every message from a dead-letter queue back to its queue.

    As JSON: {"moved": {queue: count}}.
    """
    from rubeus.cli.words import print_json
    from rubeus.operating.redrive import redrive as move

    moved: dict[str, int] = {}
    for name in _QUEUES if which == "all" else (which,):
        source, destination = (
            target.ids[f"{name.capitalize()}{kind}"] for kind in ("DeadLetterQueue", "Queue")
        )
        try:
            moved[name] = move(target.sqs, source, destination)
        except CommandError as error:
            message = f"{name}: {error}"
            raise CommandError(message) from error
        if not as_json:
            click.echo(f"{name}: {moved[name]} moved")
    if as_json:
        print_json({"moved": moved})
    return 0
