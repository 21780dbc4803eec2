"""Keeps a worker running, as Lambda does, and invokes its functions."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import IO, Any

from rubeus.errors import CommandError
from rubeus.stack.child import HOST, is_up, stop
from rubeus.stack.emulator import REGION
from rubeus.stack.worker import FUNCTIONS


class FunctionError(Exception):
    """A function raised, or its process ended in the middle."""


class Supervisor:
    """A worker that comes back when it dies.

    The socket that it listens on is this process's, so that an invocation finds its place in the queue while
    a worker starts, like the cold start of a function.

    Parameters
    ----------
    variables
        The functions' environment. No AWS account, profile or proxy of the caller is in it besides.
    log
        Where the worker's standard output goes; what `Popen` takes.
    """

    def __init__(self, variables: Mapping[str, str], log: int | IO[str]) -> None:
        self._variables = variables
        self._log = log
        self._changing = threading.Lock()
        self._ended = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the worker for as long as the context lasts.

        Raises
        ------
        CommandError
            When it does not come up.
        """
        with socket.create_server((HOST, 0), backlog=512) as self._listener:
            self._worker = self._start()
            watcher = threading.Thread(target=self._restart)
            try:
                if not is_up(self._worker, self._port, FUNCTIONS):
                    message = "the functions did not start; their log says why"
                    raise CommandError(message)
                watcher.start()
                yield
            finally:
                with self._changing:
                    self._ended = True
                stop(self._worker)
                if watcher.ident:
                    watcher.join()

    @property
    def endpoint(self) -> str:
        """Give the base URL of the worker, which stays the same when it comes back."""
        return f"http://{HOST}:{self._port}"

    @property
    def pid(self) -> int:
        """Give the process id of the present worker."""
        return self._worker.pid

    def invoke(self, function_name: str, event: Mapping[str, Any], seconds: float) -> Any:  # noqa: ANN401 (any JSON)
        """Run a function and wait for its answer.

        Parameters
        ----------
        function_name
            A name from `rubeus.stack.template.functions`.
        event
            What the handler gets.
        seconds
            How long to wait.

        Returns
        -------
        object
            What the handler returned.

        Raises
        ------
        FunctionError
            When the handler raised, or the worker died in the middle.
        TimeoutError
            When there is no answer in time; the function may still be running.
        """
        connection = http.client.HTTPConnection(HOST, self._port, timeout=seconds)
        with closing(connection):
            try:
                connection.request(
                    "POST", f"{FUNCTIONS}{function_name}/invocations", json.dumps(event).encode()
                )
                response = connection.getresponse()
                answer = json.load(response)
            except (ConnectionError, http.client.HTTPException) as error:
                message = f"{function_name}: its process ended"
                raise FunctionError(message) from error
        if response.status != 200 or "X-Amz-Function-Error" in response.headers:
            message = f"{function_name}: {answer.get('errorMessage', response.status)}"
            raise FunctionError(message)
        return answer

    @property
    def _port(self) -> int:
        return int(self._listener.getsockname()[1])

    def _start(self) -> "subprocess.Popen[bytes]":
        descriptor = self._listener.fileno()
        return subprocess.Popen(  # noqa: S603 (our own words)
            [sys.executable, "-m", "rubeus.stack.worker", str(descriptor)],
            env=function_process(self._variables),
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            pass_fds=[descriptor],
            start_new_session=True,  # Ctrl-C reaches the parent only, which lets requests in flight finish
        )

    def _restart(self) -> None:
        while True:
            self._worker.wait()
            with self._changing:
                if self._ended:
                    return
                stop(self._worker)  # closes its pipe
                self._worker = self._start()


def function_process(variables: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a process that is to be a function, on the emulator, with these variables."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and not name.lower().endswith("_proxy")
    }
    return kept | {
        **variables,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,  # a profile could name another endpoint
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
