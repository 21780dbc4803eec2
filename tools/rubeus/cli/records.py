"""`rubeus records`."""

import click

from rubeus.cli.command import Group
from rubeus.cli.exporting import export


@click.group(cls=Group, no_args_is_help=False)
def records() -> None:
    """Export records."""


records.add_command(export)
