"""The `rubeus` command: a file a noun; arguments in, one call, words out."""

import click

from rubeus.cli.command import Group
from rubeus.cli.deliveries import deliveries
from rubeus.cli.demo import demo
from rubeus.cli.doctor import doctor
from rubeus.cli.drift import drift
from rubeus.cli.inspect import inspect
from rubeus.cli.queue import queue
from rubeus.cli.records import records
from rubeus.cli.send import send
from rubeus.cli.serve import serve
from rubeus.cli.summary import summary
from rubeus.cli.token import token
from rubeus.cli.traces import traces
from rubeus.cli.triggers import triggers
from rubeus.cli.url import url
from rubeus.cli.watch import watch

# What a command needs besides is imported when it runs: boto3 and the models take half a second, which
# `--help` and completion need not wait for.


@click.group(name="rubeus", cls=Group, no_args_is_help=False)
@click.version_option(package_name="rubeus-webhook", message="%(prog)s %(version)s")
def main() -> None:
    """Run the receiver of Rubeus's webhooks on this machine, and help with a deployed one.

    Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong arguments, 130 interrupted.
    """


for _command in (
    *(serve, inspect, demo, url, token),
    *(records, deliveries, queue),
    *(triggers, drift, summary, traces),
    *(send, watch, doctor),
):
    main.add_command(_command)
