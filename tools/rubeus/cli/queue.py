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

_which = click.option(
    "--queue", "which", type=click.Choice([*_QUEUES, "all"]), default="all", show_default=True, help="Which."
)


@click.group(cls=Group, no_args_is_help=False)
def queue() -> None:
    """Say how much waits in the queues; show what is in the dead-letter queues, and move it back."""


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


@queue.command(name="dead-letters", epilog=examples("rubeus queue dead-letters --queue records --local"))
@_which
@on_a_stack
def dead_letters(target: "Target", *, which: str, as_json: bool) -> int:
    """Show whose messages lie in the dead-letter queues: up to ten of each, and nothing that they say.

    To see a message is to receive it: each look adds one to its receive count, as the console's "Poll for
    messages" does. Nothing reads that count in a dead-letter queue, and the messages stay where they are,
    for everybody to see. On AWS it needs sqs:ReceiveMessage on the dead-letter queues. As JSON:
    {"messages": [{"queue", "sent_at", "receives" (before this look), "event" (created, updated or late),
    "kind", "id", "delivery_id" (null: not a message of the receiver's)}]}.
    """
    from rubeus.cli import counting
    from rubeus.cli.words import print_json
    from rubeus.reading import dead_letters as dead

    found = [
        each
        for name in _names(which)
        for each in dead.dead_letters(target.sqs, name, target.ids[f"{name.capitalize()}DeadLetterQueue"])
    ]
    if as_json:
        print_json({"messages": [counting.dead_letter(each) for each in found]})
    else:
        counting.say_dead_letters(found)
    return 0


@queue.command(epilog=examples("rubeus queue redrive --queue records --stack rubeus-webhook"))
@_which
@on_a_stack
def redrive(target: "Target", *, which: str, as_json: bool) -> int:
    """Move every message from a dead-letter queue back to its queue.

    As JSON: {"moved": {queue: count}}.
    """
    from rubeus.cli.words import print_json
    from rubeus.operating.redrive import redrive as move

    moved: dict[str, int] = {}
    for name in _names(which):
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


def _names(which: str) -> tuple[str, ...]:
    return _QUEUES if which == "all" else (which,)
