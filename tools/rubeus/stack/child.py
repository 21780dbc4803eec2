"""What the two child processes, the emulator and the worker, have in common."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

from rubeus.errors import CommandError

HOST = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 30
BACKLOG = 512  # a burst waits in the socket's queue, not at the sender


class Child:
    """A process of ours that serves HTTP, and comes back when it was killed, as a Lambda function does.

    The socket that it listens on is this process's: who connects while it starts waits in the socket's queue,
    as in a cold start.

    Parameters
    ----------
    module
        What it runs: `python -m`, with the socket's descriptor as the first argument.
    arguments
        Its other arguments.
    listener
        The socket.
    environment
        Gives all of its environment, whenever it starts.
    log
        Where its output goes; what `Popen` takes.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        listener: socket.socket,
        environment: Callable[[], Mapping[str, str]],
        log: int | IO[Any],
    ) -> None:
        # Isolated: neither the caller's folder nor PYTHON… variables put other modules in place of ours.
        self._command = [sys.executable, "-I", "-m", module, str(listener.fileno()), *arguments]
        self._listener = listener
        self._environment = environment
        self._log = log
        self._changing = threading.Lock()
        self._is_ready = False
        self._ended = False

    @contextmanager
    def running(
        self, ready: str, comes_back: Callable[[int], bool], inherited: Sequence[int] = ()
    ) -> Iterator[None]:
        """Run it for as long as the context lasts.

        Parameters
        ----------
        ready
            A path that it answers with 200 once it serves.
        comes_back
            Told the exit status (negative: the signal) of a process that ended by itself, in a thread; says
            whether another is to take its place.
        inherited
            More descriptors that it gets.

        Raises
        ------
        ChildProcessError
            When it does not come up.
        """
        descriptors = [self._listener.fileno(), *inherited]
        self._process = self._start(descriptors)
        watcher = threading.Thread(target=self._watch, args=[comes_back, descriptors])
        try:
            if not is_up(self._process, self.port, ready):
                raise ChildProcessError(self._command[3])
            self._is_ready = True
            watcher.start()
            yield
        finally:
            with self._changing:
                self._ended = True
            stop(self._process)
            if watcher.ident:
                watcher.join()

    @property
    def port(self) -> int:
        """Give the port of the loopback interface that it serves, which stays the same when it comes back."""
        return int(self._listener.getsockname()[1])

    @property
    def pid(self) -> int:
        """Give the process id of the present process."""
        return self._process.pid

    @property
    def failure(self) -> int:
        """Give the last process's exit status (negative: the signal), once it has served and ended."""
        return self._process.wait() if self._is_ready else 0

    def _start(self, descriptors: Sequence[int]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 (our own words)
            self._command,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            pass_fds=descriptors,
            start_new_session=True,  # Ctrl-C reaches this process only, which ends its children in order
        )

    def _watch(self, comes_back: Callable[[int], bool], descriptors: Sequence[int]) -> None:
        while True:
            status = self._process.wait()
            with self._changing:
                if self._ended or not comes_back(status):
                    return
                stop(self._process)  # closes its pipe
                self._process = self._start(descriptors)


def listen(port: int, option: str) -> socket.socket:
    """Open a port of the loopback interface.

    Parameters
    ----------
    port
        0 picks a free one.
    option
        The option that names another port, for the error.

    Raises
    ------
    CommandError
        When the port is taken, or not for everyone.
    """
    try:
        return socket.create_server((HOST, port), backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        message = f"port {port} is not free; choose another with {option}, or 0 for any free one"
        raise CommandError(message) from error


def is_up(process: "subprocess.Popen[bytes]", port: int, path: str) -> bool:
    """Wait until a child answers a GET on `path` with 200; False when it ended or took too long."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(HOST, port, timeout=1)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return process.poll() is None
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)
        finally:
            connection.close()
    return False


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Stop a child that was started with a pipe as `stdin`, and wait for its end."""
    assert process.stdin is not None  # noqa: S101 (Popen was asked for a pipe)
    process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_with_parent() -> None:
    """In the child: end by SIGTERM once the parent closes the pipe, on purpose or because it died."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
