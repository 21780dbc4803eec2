"""How a command of `rubeus` ends: its exit status, and errors in one line."""

import errno
import io
import os
import sys
from typing import Any

import click

from rubeus.errors import CommandError

_INTERRUPTED = 130


class Failure(click.ClickException):
    """An expected error, told as `rubeus deliveries show: reason`; exit status 1."""

    def __init__(self, command: str, error: CommandError) -> None:
        super().__init__(f"{command}: {error}")

    def show(self, file: object = None) -> None:  # noqa: ARG002 (click's signature)
        """Print it on standard error."""
        click.echo(self.message, err=True)


class Command(click.Command):
    """A command whose function returns its exit status, or raises CommandError."""

    def invoke(self, ctx: click.Context) -> None:
        """Run it, and end the process's work with its status."""
        try:
            status: int = super().invoke(ctx)
        except CommandError as error:
            raise Failure(ctx.command_path, error) from error
        except KeyboardInterrupt:
            status = _INTERRUPTED
        ctx.exit(status)


class Group(click.Group):
    """Commands of one noun."""

    command_class = Command

    def main(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 (click's signature)
        """Run what the command line says; what standard output can not spell is escaped, not an error."""
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            return super().main(*args, **options)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            # Else Python stumbles over what is left to write once more, as it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            click.echo(f"rubeus: cannot write: {error.strerror}", err=True)
            sys.exit(1)


def examples(*lines: str) -> str:
    """Lay out commands for the end of a help text, a line each."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
