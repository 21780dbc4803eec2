import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from typing import Any

import pytest

from rubeus.stack.child import listen
from rubeus.stack.server import Server
from rubeus.stack.template import Function
from rubeus.stack.worker import LambdaContext, Worker


def echo(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Answer with the event, and with what is left of the time."""
    return {"event": event, "left": context.get_remaining_time_in_millis()}


def broken(event: Any, _: LambdaContext) -> None:
    """Raise an error that quotes the event."""
    raise ValueError(event)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Serve the two handlers above; gives the port."""
    served = {name: Function(f"tests.unit.test_cli_worker.{name}", 29) for name in ("echo", "broken")}
    with listen(0, "--port") as listener, Server(listener, Worker(served)).running():
        yield listener.getsockname()[1]


def invoke(port: int, name: str, event: Any) -> tuple[http.client.HTTPResponse, Any]:
    """Invoke a function as Lambda's API has it."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("POST", f"/2015-03-31/functions/{name}/invocations", json.dumps(event))
        response = connection.getresponse()
        return response, json.load(response)


def test_a_function_is_invoked_with_the_time_that_the_template_gives_it(port: int) -> None:
    """Event and answer pass as JSON; the context counts down from the function's time-out."""
    response, answer = invoke(port, "echo", {"nome": "Zoë"})
    assert (response.status, answer["event"]) == (HTTPStatus.OK, {"nome": "Zoë"})
    assert 20_000 < answer["left"] <= 29_000


def test_a_handler_that_raises_is_an_unhandled_error_without_its_message(
    port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The caller and the log get the error's type and place; its message could quote a record."""
    response, answer = invoke(port, "broken", "Ana Exemplo")
    assert (response.status, response.headers["X-Amz-Function-Error"]) == (HTTPStatus.OK, "Unhandled")
    assert answer == {"errorMessage": "ValueError", "errorType": "ValueError"}
    log = capsys.readouterr().err
    assert "in broken" in log
    assert "Ana Exemplo" not in log


def test_an_unknown_function_is_not_found(port: int) -> None:
    """Lambda's own error for a name that it does not have."""
    response, _ = invoke(port, "nenhuma", {})
    assert response.status == HTTPStatus.NOT_FOUND
    assert response.headers["X-Amzn-ErrorType"] == "ResourceNotFoundException"
