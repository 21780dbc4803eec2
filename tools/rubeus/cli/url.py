"""`rubeus url`."""

from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import on_a_stack
from rubeus.cli.command import Command, examples

if TYPE_CHECKING:
    from rubeus.stack.target import Target


@click.command(cls=Command, epilog=examples("rubeus url --stack rubeus-webhook", "rubeus url --local"))
@on_a_stack
def url(target: "Target", *, as_json: bool) -> int:
    """Print the URL to paste into Rubeus.

    Needs secretsmanager:GetSecretValue on the stack's secret. As JSON: {"url"}.
    """
    from rubeus.cli import looking
    from rubeus.cli.words import print_json

    text = looking.url(target)
    if as_json:
        print_json({"url": text})
    else:
        click.echo(text)
    return 0
