import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from rubeus.stack.event import Request, to_event
from rubeus.stack.gateway import Gateway, Invoke
from rubeus.stack.supervisor import FunctionError

ROUTES = ["/webhook/{token}", "/webhook/{token}/{kind}"]
TOO_LARGE = {"statusCode": 413, "headers": {}, "body": "grande demais"}
Serve = Callable[[Invoke], int]


def event_of(target: str = "/webhook/T", body: bytes = b"", **headers: str) -> dict[str, Any]:
    """Make the event of a POST."""
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return to_event(Request("POST", target, pairs, body, "HTTP/1.1", "127.0.0.1"), ROUTES)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Put a function behind a gateway until the test ends; gives the port."""
    with ExitStack() as context:

        def start(invoke: Invoke) -> int:
            gateway = Gateway(0, invoke, ROUTES, TOO_LARGE)
            context.enter_context(gateway.running())
            return gateway.server_port

        yield start


def echo(event: dict[str, Any]) -> dict[str, Any]:
    """Answer with the event."""
    return {"statusCode": 207, "headers": {"X-SavedIn": "yes"}, "body": json.dumps(event)}


def ask(
    port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """Send one request and read its answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response, response.read()


@pytest.mark.parametrize(
    ("target", "route", "parameters"),
    [
        ("/webhook/T", "ANY /webhook/{token}", {"token": "T"}),
        ("/webhook/a%20b/contato?x=1", "ANY /webhook/{token}/{kind}", {"token": "a b", "kind": "contato"}),
        ("/webhook/T/contato/1", "$default", None),
        ("/", "$default", None),
        ("//[/webhook", "$default", None),
    ],
)
def test_a_path_finds_its_route(target: str, route: str, parameters: dict[str, str] | None) -> None:
    """The route key and the decoded path parameters are those of the API's routes, else `$default`."""
    event = event_of(target)
    assert (event["routeKey"], event.get("pathParameters")) == (route, parameters)
    assert event["requestContext"]["http"]["path"] == event["rawPath"]


def test_names_and_values_are_merged_as_api_gateway_does() -> None:
    """Header names are in lower case, and what occurs twice is joined with a comma."""
    request = Request("GET", "/?a=1&B=2&a=3", [("X-A", "1"), ("x-a", "2")], b"", "HTTP/1.1", "127.0.0.1")
    event = to_event(request, ROUTES)
    assert event["headers"] == {"x-a": "1,2"}
    assert event["queryStringParameters"] == {"a": "1,3", "B": "2"}
    assert event["rawQueryString"] == "a=1&B=2&a=3"


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", "é".encode(), ("é", False)),
        ("Text/Plain; charset=utf-8", b"a", ("a", False)),
        ("application/x-www-form-urlencoded", b"a", ("YQ==", True)),
        ("", b"a", ("YQ==", True)),
        ("application/json", b"\xff", ("/w==", True)),
    ],
)
def test_a_body_is_text_or_base64(content_type: str, body: bytes, expected: tuple[str, bool]) -> None:
    """Only the text types come as text, and only if they are UTF-8; everything else comes in base64."""
    event = event_of(body=body, content_type=content_type)
    assert (event["body"], event["isBase64Encoded"]) == expected


def test_the_handlers_answer_is_the_http_answer(serve: Serve) -> None:
    """Status, headers and body go through as the handler gave them; the body came to it whole."""
    response, content = ask(serve(echo), "POST", "/webhook/T", b"[]", {"Content-Type": "application/json"})
    assert (response.status, response.headers["X-SavedIn"]) == (207, "yes")
    assert json.loads(content)["body"] == "[]"


def test_head_has_no_body(serve: Serve) -> None:
    """A HEAD is answered with the length of what a GET would get, without it."""
    response, content = ask(serve(echo), "HEAD", "/webhook/T")
    assert int(response.headers["Content-Length"]) > 0
    assert content == b""


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [(FunctionError, 500, "Internal Server Error"), (TimeoutError, 503, "Service Unavailable")],
)
def test_a_function_that_fails_is_answered_as_by_api_gateway(
    serve: Serve, error: type[Exception], status: int, text: str
) -> None:
    """A function that raised or died becomes a bare 500, one that takes too long a bare 503."""

    def broken(_: object) -> dict[str, Any]:
        raise error

    response, content = ask(serve(broken), "POST", "/webhook/T", b"[]")
    assert (response.status, json.loads(content)) == (status, {"message": text})


@pytest.mark.parametrize(
    ("length", "headers", "status"),
    [
        (3, {"X-Long": "a" * 10_240}, 431),
        (0, {"Transfer-Encoding": "chunked"}, 411),
        (6 * 1024 * 1024, {"Content-Type": "text/plain"}, 413),
        (4_800_000, {"Content-Type": "application/octet-stream"}, 413),
        (11 * 1024 * 1024, {"Content-Type": "text/plain"}, 413),
        (4_500_000, {"Content-Type": "application/octet-stream"}, 207),
    ],
)
def test_the_limits_of_api_gateway_and_lambda_hold(
    serve: Serve, length: int, headers: dict[str, str], status: int
) -> None:
    """Too many header bytes, a body without a length and an event over 6 MiB are refused."""

    def accept(*_: object) -> dict[str, Any]:
        return {"statusCode": 207, "body": "aceito"}

    response, content = ask(serve(accept), "POST", "/webhook/T", b"a" * length, headers)
    assert response.status == status
    if status == 413:
        assert content == b"grande demais"


def test_a_sender_that_waits_for_100_continue_gets_it(serve: Serve) -> None:
    """A sender like cURL sends bigger bodies only after the server says so."""
    with closing(http.client.HTTPConnection("127.0.0.1", serve(echo), timeout=10)) as connection:
        connection.putrequest("POST", "/webhook/T")
        connection.putheader("Content-Length", "2")
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        assert connection.sock.recv(64).startswith(b"HTTP/1.1 100 Continue")
        connection.send(b"[]")
        assert connection.getresponse().status == 207


def test_stopping_waits_for_the_request_in_flight() -> None:
    """A request that the handler has begun is answered although the server is told to stop."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> dict[str, Any]:
        begun.set()
        go_on.wait(10)
        return {"statusCode": 200, "body": "pronto"}

    gateway = Gateway(0, slow, ROUTES, TOO_LARGE)
    answers: list[bytes] = []
    with gateway.running():
        sender = threading.Thread(
            target=lambda: answers.append(ask(gateway.server_port, "POST", "/webhook/T", b"[]")[1])
        )
        sender.start()
        begun.wait(10)
        threading.Timer(0.1, go_on.set).start()
    sender.join(10)
    assert answers == [b"pronto"]
