"""`rubeus queue`."""

from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import on_a_stack
from rubeus.cli.command import Group, examples
from rubeus.errors import CommandError

if TYPE_CHECKING:
    from rubeus.stack.target import Target

_QUEUES = ("records", "recovery")


@click.group(cls=Group, no_args_is_help=False)
def queue() -> None:
    """Move messages back from the dead-letter queues."""


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
