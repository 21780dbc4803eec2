"""The folder of `--data DIR`: whose it is, and which of its snapshots counts."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rubeus.errors import CommandError
from rubeus.stack.child import STOP_SECONDS

_CURRENT = "current"
_PREFIX = "state-"
# Who was told to stop may be at its last snapshot still.
_PATIENCE_SECONDS = 2


@contextmanager
def claimed(folder: Path) -> Iterator[int]:
    """Keep a folder for this process, and for those that inherit the lock.

    Yields
    ------
    int
        The lock's descriptor: whoever has it, has the folder.

    Raises
    ------
    CommandError
        When another process has it, or it cannot be made or written.
    """
    try:
        folder.mkdir(
            mode=0o700, parents=True, exist_ok=True
        )  # for its owner alone: it holds people's records
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _wait_for(lock, folder)
            os.ftruncate(lock, 0)
            os.pwrite(lock, b"%d" % os.getpid(), 0)
            yield lock
        finally:
            os.close(lock)
    except OSError as error:
        message = f"{folder} cannot be the folder for the data: {error.strerror}"
        raise CommandError(message) from error


def snapshot(folder: Path) -> Path | None:
    """Give the folder of the last whole snapshot, if there is one."""
    if (folder / _CURRENT).exists():
        return folder / _CURRENT
    return folder if any(folder.glob("*.json")) else None  # as this program had it before


def new_snapshot(folder: Path) -> Path:
    """Make the folder of another snapshot, beside the one that counts."""
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))


def make_current(new: Path) -> None:
    """Let a snapshot count that is written whole, at one stroke, and remove all others."""
    folder = new.parent
    for file in new.iterdir():
        sync(file)
    sync(new)
    link = folder / "next"
    link.unlink(missing_ok=True)
    link.symlink_to(new.name)
    link.replace(folder / _CURRENT)
    sync(folder)
    for old in folder.glob(f"{_PREFIX}*"):
        if old != new:
            shutil.rmtree(old, ignore_errors=True)
    for old in folder.glob("*.json"):
        old.unlink()


def sync(path: Path) -> None:
    """Wait until a file or a folder would outlast a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _wait_for(lock: int, folder: Path) -> None:
    started = time.monotonic()
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        holder = os.pread(lock, 20, 0).decode()
        if time.monotonic() - started > (_PATIENCE_SECONDS if _is_alive(holder) else STOP_SECONDS):
            message = (
                f"the process {holder} uses {folder}; stop it first, or choose another folder with --data"
            )
            raise CommandError(message)
        time.sleep(0.05)


def _is_alive(process_id: str) -> bool:
    try:
        os.kill(int(process_id), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:  # somebody else's
        pass
    return True
