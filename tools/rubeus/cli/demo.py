"""`rubeus demo`."""

import click

from rubeus.cli.command import Command, examples


@click.command(cls=Command, epilog=examples("rubeus demo", "rubeus demo --verbose"))
@click.option("--verbose", is_flag=True, help="Show the function's log lines too, on standard error.")
def demo(*, verbose: bool) -> int:
    """Post every sample and show what becomes of it.

    The answers, the records and the messages, from a stack of its own that ends with it. In a terminal it
    waits for Enter, so that its pages can be opened.
    """
    from rubeus.cli.inspecting import beside
    from rubeus.stack.demo import demo as run

    return run(beside(0), verbose=verbose)
