"""`rubeus serve`: the receiver on this machine, until Ctrl-C."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, TextIO
from urllib.parse import urlsplit

from rubeus.errors import CommandError
from rubeus.stack.environment import become_local
from rubeus.stack.local import LocalStack, Options, local_stack
from rubeus.stack.output import leave_unread

READY = """\
The receiver runs on this machine, with an emulated AWS.

  URL to paste   {url}
{inspector}  AWS endpoint   {aws_endpoint}  (region {region}, any credentials)

Post a contato:
  curl -i {url} \\
    -H 'Content-Type: application/json' \\
    -d '[{{"id": "341", "codigo": "COD156", "nome": "Ana Exemplo", "emails": null}}]'

Read it back, and what waits in the queues:
  rubeus records get contato 341 --local --aws-port {aws_port}
  rubeus queue status --local --aws-port {aws_port}

Ctrl-C stops.{kept}
Each request is a line here:"""


def serve(
    options: Options,
    *,
    as_json: bool,
    verbose: str | None = None,
    beside: Callable[[LocalStack], AbstractContextManager[str]] | None = None,
) -> int:
    """Run the local stack until SIGINT or SIGTERM, printing where it is, and then a line for each request.

    Parameters
    ----------
    options
        Ports, token, and so on.
    as_json
        Print one line of JSON on standard output in place of the help; the lines go to standard error.
    verbose
        File that the functions' own log lines are added to; `-` for standard error, None for nowhere.
    beside
        Serves pages for as long as its context lasts, and gives the URL to open.

    Raises
    ------
    CommandError
        As `local_stack` does, and when the file cannot be written.
    """
    become_local()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    tell = partial(_print, file=sys.stderr if as_json else sys.stdout)
    with ExitStack() as context:
        log = context.enter_context(_log(verbose))
        stack = context.enter_context(local_stack(options, log, tell, stop.set))
        pages = context.enter_context(beside(stack)) if beside else None
        where = {**stack.as_dict(), "inspector_url": pages}
        _print(json.dumps(where) if as_json else _help(stack, pages, options.data), sys.stdout)
        stop.wait()
    return 0


@contextmanager
def _log(verbose: str | None) -> Iterator[int | IO[Any]]:
    if verbose in (None, "-"):
        yield sys.stderr if verbose else subprocess.DEVNULL
        return
    with ExitStack() as context:
        try:
            file = context.enter_context(Path(verbose).open("a", encoding="utf-8"))
        except OSError as error:
            message = f"{verbose} cannot be the file for --verbose: {error.strerror}"
            raise CommandError(message) from error
        yield file


def _print(line: str, file: TextIO) -> None:
    try:
        file.write(f"{line}\n")  # at one stroke, so that the lines of two threads do not mix
        file.flush()
    except BrokenPipeError:
        leave_unread(file)  # whoever read the lines is gone; the receiver goes on


def _help(stack: LocalStack, pages: str | None, data: Path | None) -> str:
    kept = (
        f" What is stored stays in {data}." if data else " What is stored is lost then; --data DIR keeps it."
    )
    inspector = f"  Inspector      {pages}\n" if pages else ""
    aws_port = urlsplit(stack.aws_endpoint).port
    return READY.format(**stack.as_dict(), inspector=inspector, kept=kept, aws_port=aws_port)
