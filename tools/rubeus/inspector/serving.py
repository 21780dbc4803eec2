"""The pages behind HTTP, in a thread of this process."""

import asyncio
import os
import secrets
import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from hypercorn.asyncio import serve
from hypercorn.config import Config
from starlette.types import ASGIApp

from rubeus.inspector.application import application
from rubeus.inspector.guard import KEY, Guard
from rubeus.inspector.stack import Stack

_FINISH_SECONDS = 2


@contextmanager
def inspector(stack: Stack, listener: socket.socket, hosts: Collection[str]) -> Iterator[str]:
    """Serve the pages for as long as the context lasts, and give the URL to open.

    Parameters
    ----------
    listener
        A socket of the loopback interface that listens already.
    hosts
        The names by which the pages answer, lower case.
    """
    address, port = listener.getsockname()[:2]
    key = secrets.token_urlsafe(24)
    with _running(Guard(application(stack), key, port, hosts), listener):
        yield f"http://{address}:{port}/?{KEY}={key}"


@contextmanager
def _running(guarded: ASGIApp, listener: socket.socket) -> Iterator[None]:
    config = Config()
    config.bind = [f"fd://{os.dup(listener.fileno())}"]  # hypercorn closes its own
    config.errorlog = None  # the application says what went wrong; a path could hold the key
    config.graceful_timeout = _FINISH_SECONDS
    config.include_server_header = False
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def run() -> None:
        try:
            loop.run_until_complete(serve(guarded, config, shutdown_trigger=stop.wait))  # type: ignore[arg-type]  # hypercorn's own names for ASGI
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    thread = threading.Thread(target=run, name="inspector")
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
