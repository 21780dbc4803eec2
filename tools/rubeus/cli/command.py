"""How a command of `rubeus` ends: its exit status, and errors in one line."""

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


def examples(*lines: str) -> str:
    """Lay out commands for the end of a help text, a line each."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
