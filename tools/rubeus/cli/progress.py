"""What a command shows while it works: on standard error, in a terminal, and after a second only."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_QUIET_SECONDS = 1.0


@contextmanager
def counting(what: Iterable[T], name: str, total: int | None = None) -> Iterator[Iterator[T]]:
    """Give an iterator over `what`, and count in a bar what is taken of it."""
    if not sys.stderr.isatty():
        yield iter(what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    parts = (BarColumn(), TextColumn("{task.completed:.0f} {task.description}"), TimeElapsedColumn())
    bar = Progress(*parts, console=Console(stderr=True), transient=True)
    task = bar.add_task(name, total=total)
    quiet_until = time.monotonic() + _QUIET_SECONDS

    def counted() -> Iterator[T]:
        for number, each in enumerate(what, 1):
            if not bar.live.is_started and time.monotonic() > quiet_until:
                bar.start()
            bar.update(task, completed=number)
            yield each

    try:
        yield counted()
    finally:
        bar.stop()
