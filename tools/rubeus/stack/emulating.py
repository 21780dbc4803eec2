"""The emulator's own process: ministack behind the guard, and saved as often as something changed.

ministack saves when it stops, and says nothing when that fails. Here a fork writes a snapshot, every half
second in which something changed: it has all services as they were at one moment, and no request waits.
"""

import asyncio
import copy
import json
import logging
import os
import signal
import sys
import warnings
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app  # type: ignore[import-untyped]  # it has none
from ministack.core import persistence  # type: ignore[import-untyped]  # the same

from rubeus.stack.child import BACKLOG, stop_with_parent
from rubeus.stack.folder import make_current, new_snapshot
from rubeus.stack.guard import guarded_asgi

SERVICES = ("cloudformation", "dynamodb", "secretsmanager", "sqs")

_Async: TypeAlias = Callable[..., Awaitable[Any]]

_SECONDS = 0.5
_READING = ("BatchGet", "Describe", "Get", "List", "Query", "ReceiveMessage", "Scan")


class NotKeptError(Exception):
    """What is stored could not be read or written; the text says why."""


class Keeper:
    """Saves what ministack holds into a folder; see `rubeus.stack.folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unsaved = False
        self._problems = _Problems(logging.ERROR)
        logging.getLogger().addHandler(self._problems)

    async def application(self, scope: dict[str, Any], receive: _Async, send: _Async) -> None:
        """Answer as ministack does (ASGI), and remember what may have changed."""
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            self._unsaved |= _may_change(dict(scope.get("headers", ())))
            return

        async def send_checked(message: dict[str, Any]) -> None:
            if message["type"] == "lifespan.startup.complete":
                persistence.PERSIST_STATE = False  # it has loaded; saving is done here
                if self._problems.texts:
                    message = {"type": "lifespan.startup.failed", "message": self._problems.texts[0]}
            await send(message)

        await app(scope, receive, send_checked)

    async def run(self, end: asyncio.Event) -> None:
        """Save what changed, until the end.

        Raises
        ------
        NotKeptError, OSError
            When it cannot be saved.
        """
        while not end.is_set():
            try:
                await asyncio.wait_for(end.wait(), _SECONDS)
            except TimeoutError:
                if self._unsaved:
                    await self.save()

    async def save(self) -> None:
        """Save what is stored at this moment.

        Raises
        ------
        NotKeptError, OSError
            When it cannot be saved; then the last snapshot counts.
        """
        self._unsaved = False
        new = new_snapshot(self._folder)
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # Python warns of forks beside threads: locks of theirs stay closed
            child = os.fork()
        if child == 0:
            self._write(new, writing)
        os.close(writing)
        reason, status = await asyncio.to_thread(_wait_for, reading, child)
        if reason or status:
            raise NotKeptError(reason or "the process that writes it was ended")
        make_current(new)

    def _write(self, new: Path, report: int) -> None:
        """Write a snapshot in the forked process, report what fails, and end."""
        try:
            os.closerange(3, report)  # the sockets are the parent's
            os.closerange(report + 1, os.sysconf("SC_OPEN_MAX"))
            self._problems.texts.clear()
            # Ten times as fast: this memory is a copy already, and json.dump is written in Python.
            copy.deepcopy = lambda state: state  # type: ignore[misc, assignment] # it is given no more
            json.dump = lambda state, file, **options: file.write(json.dumps(state, **options))
            # The one use of ministack's inside: what it does when it stops, in another folder.
            persistence.PERSIST_STATE = True
            persistence.STATE_DIR = str(new)
            persistence.save_all(
                {name: import_module(f"ministack.services.{name}").get_state for name in SERVICES}
            )
            if missing := [name for name in SERVICES if not (new / f"{name}.json").exists()]:
                self._problems.texts.append(f"no state of {', '.join(missing)}")
            os.write(report, "".join(self._problems.texts[:1]).encode())
        except BaseException as error:  # noqa: BLE001 (nothing of this process may go on in the parent's code)
            os.write(report, repr(error).encode())
        finally:
            os._exit(0)


class _Problems(logging.Handler):
    """What ministack only logs when it loads or saves."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Remember an error."""
        self.texts.append(record.getMessage().removeprefix("Persistence: "))


def _may_change(headers: dict[bytes, bytes]) -> bool:
    """Say whether a request may have changed something that is worth a snapshot by itself.

    CloudFormation's are not: half a stack must not be kept, and after a whole one the token is written.
    """
    operation = headers.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]
    if operation:
        return not operation.startswith(_READING)
    signed = headers.get(b"authorization", b"")
    return bool(signed) and b"/cloudformation/" not in signed


def _wait_for(report: int, child: int) -> tuple[str, int]:
    with open(report, "rb") as file:
        reason = file.read().decode()
    return reason, os.waitpid(child, 0)[1]


async def _serve(descriptor: int, folder: str, hosts: list[str]) -> None:
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.backlog = BACKLOG
    config.keep_alive_timeout = 75
    config.loglevel = "ERROR"
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    if not folder:
        await serve(guarded_asgi(app, hosts), config, shutdown_trigger=end.wait)
        return
    keeper = Keeper(Path(folder))
    saving = asyncio.create_task(keeper.run(end))
    saving.add_done_callback(lambda _: end.set())
    await serve(guarded_asgi(keeper.application, hosts), config, shutdown_trigger=end.wait)
    await saving
    await keeper.save()


def _main(descriptor: str, folder: str, *hosts: str) -> None:
    stop_with_parent()  # gently: what is stored is saved
    try:
        asyncio.run(_serve(int(descriptor), folder, list(hosts)))
    except OSError as error:
        sys.exit(error.strerror)
    except Exception as error:  # noqa: BLE001 (hypercorn has its own for what goes wrong at the start)
        sys.exit(" ".join(str(error).split()))


if __name__ == "__main__":
    _main(*sys.argv[1:])
