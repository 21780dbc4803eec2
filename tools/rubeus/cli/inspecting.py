"""The inspector of a stack, put together."""

import shlex
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from handlers.bootstrap import Receiver, receiver
from rubeus.cli.arguments import DEFAULT_AWS_PORT
from rubeus.cli.looking import inbox, records, trace, url
from rubeus.errors import CommandError
from rubeus.inspector.serving import inspector
from rubeus.inspector.stack import Stack
from rubeus.operating.redrive import redrive
from rubeus.reading.queues import RESOURCES, Queues
from rubeus.stack.child import listen
from rubeus.stack.target import Target, connect

if TYPE_CHECKING:
    from rubeus.stack.local import LocalStack

_ATTEMPTS = 3
_ANSWER_SECONDS = 4
# A page gives a throttled read up sooner than a command does, and says so.
_PATIENCE_SECONDS = 4.0

# No tunnel leads here: its names are for the receiver.
_HOSTS = ("127.0.0.1", "localhost", "[::1]")


@contextmanager
def inspecting(target: Target, name: str | None, listener: socket.socket) -> Iterator[str]:
    """Serve the pages of a stack for as long as the context lasts, and give the URL to open.

    Parameters
    ----------
    name
        That of the stack; None: a `rubeus serve`.
    listener
        Where the pages are served.
    """
    target = replace(target, attempts=_ATTEMPTS, answer_seconds=_ANSWER_SECONDS)

    def operating() -> Receiver:
        target.become_function()
        return receiver()

    def redrive_from(name: str) -> int:
        source, destination = (
            target.ids[f"{name.capitalize()}{each}"] for each in ("DeadLetterQueue", "Queue")
        )
        return redrive(target.sqs, source, destination)

    urls = {each: target.ids[resource] for each, resource in RESOURCES.items()}
    stack = Stack(
        name=name,
        options=_options(target, name),
        caller=target.caller(),
        deliveries=replace(inbox(target), patience=_PATIENCE_SECONDS),
        records=replace(records(target), patience=_PATIENCE_SECONDS),
        queues=Queues(target.sqs, target.cloudwatch, urls, time),
        receiver=operating,
        webhook_url=partial(url, target),
        trace=partial(trace, target),
        redrive=redrive_from,
    )
    with inspector(stack, listener, _HOSTS) as address:
        yield address


def _options(target: Target, name: str | None) -> str:
    if name:
        return shlex.join(["--stack", name, "--region", target.session.region_name])
    aws_port = urlsplit(target.endpoint or "").port
    return "--local" if aws_port == DEFAULT_AWS_PORT else f"--local --aws-port {aws_port}"


def beside(port: int) -> "Callable[[LocalStack], AbstractContextManager[str]]":
    """Give what serves the pages of a local stack, on this port or any free one."""

    @contextmanager
    def serve_pages(stack: "LocalStack") -> Iterator[str]:
        try:
            listener = listen(port, "--inspector-port")
        except CommandError:
            listener = listen(0, "--inspector-port")
        aws_port = int(urlsplit(stack.aws_endpoint).port or 0)
        target = connect(stack=None, region=None, aws_port=aws_port)
        with listener, inspecting(target, None, listener) as address:
            yield address

    return serve_pages
