"""`rubeus inspect`."""

import json
import signal
import threading
from typing import TYPE_CHECKING

import click

from rubeus.cli.arguments import DEFAULT_INSPECTOR_PORT, on_a_stack, port
from rubeus.cli.command import Command, examples

if TYPE_CHECKING:
    from rubeus.stack.target import Target

_EPILOG = examples("rubeus inspect --local", "rubeus inspect --stack rubeus-webhook --port 0")


@click.command(cls=Command, epilog=_EPILOG)
@port("--port", DEFAULT_INSPECTOR_PORT, "Of the pages; 0: any free one.")
@on_a_stack
def inspect(target: "Target", *, port: int, as_json: bool) -> int:
    """Show in a browser what arrived and what became of it, until Ctrl-C.

    Nothing of it is deployed: the pages are served on this machine, to whoever has the printed URL, with the
    caller's own AWS credentials. docs/security.md has the policies for who looks and who operates. As JSON:
    {"inspector_url"}.
    """
    from rubeus.cli.inspecting import inspecting
    from rubeus.stack.child import listen

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    name = click.get_current_context().params["stack"]
    with listen(port, "--port") as listener, inspecting(target, name, listener) as url:
        click.echo(json.dumps({"inspector_url": url}) if as_json else f"{url}\n\nCtrl-C stops.")
        stop.wait()
    return 0
