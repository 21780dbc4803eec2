"""The worker that runs the functions: kept running, as Lambda does, and invoked."""

import http.client
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import IO, Any

from rubeus.errors import CommandError
from rubeus.stack.child import HOST, Child, listen
from rubeus.stack.environment import local_environment
from rubeus.stack.worker import FUNCTIONS


class FunctionError(Exception):
    """A function raised, or its process ended in the middle."""


class Supervisor:
    """A worker that comes back when it dies.

    Parameters
    ----------
    variables
        The functions' environment. It holds no AWS account, profile or proxy of the caller.
    hosts
        The names that it answers to; see `rubeus.stack.guard`.
    log
        Where the worker's output goes; what `Popen` takes.
    """

    def __init__(self, variables: Mapping[str, str], hosts: Collection[str], log: int | IO[Any]) -> None:
        self._variables = variables
        self._hosts = hosts
        self._log = log

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the worker for as long as the context lasts.

        Raises
        ------
        CommandError
            When it does not come up.
        """
        with ExitStack() as context:
            self._child = Child(
                "rubeus.stack.worker",
                list(self._hosts),
                context.enter_context(listen(0, "--port")),
                lambda: local_environment(self._variables),
                self._log,
            )
            try:
                context.enter_context(self._child.running(FUNCTIONS, lambda _: True))
            except ChildProcessError as error:
                message = "the functions did not start; --verbose shows why"
                raise CommandError(message) from error
            yield

    @property
    def endpoint(self) -> str:
        """Give the base URL of the worker, which stays the same when it comes back."""
        return f"http://{HOST}:{self._child.port}"

    @property
    def pid(self) -> int:
        """Give the process id of the present worker."""
        return self._child.pid

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
        connection = http.client.HTTPConnection(HOST, self._child.port, timeout=seconds)
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
