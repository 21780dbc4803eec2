import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from rubeus.stack.child import listen
from rubeus.stack.event import to_event
from rubeus.stack.gateway import Gateway, Invoke
from rubeus.stack.server import ARRIVED, Server
from rubeus.stack.supervisor import FunctionError

ROUTES = ["/webhook/{token}", "/webhook/{token}/{kind}"]
TOO_LARGE = {"statusCode": 413, "headers": {}, "body": "grande demais"}
HEAD = b"POST /webhook/T HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
Serve = Callable[[Invoke], int]


def event_of(target: str = "/webhook/T", body: bytes = b"", **headers: str) -> dict[str, Any]:
    """Make the event of a POST."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    environ = EnvironBuilder(method="POST", headers=Headers(given), data=body).get_environ()
    return to_event(Request(environ | {"RAW_URI": target, ARRIVED: 1_795_600_000.25}), ROUTES)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Put a function behind a gateway until the test ends; gives the port."""
    with ExitStack() as context:

        def start(invoke: Invoke) -> int:
            listener = context.enter_context(listen(0, "--port"))
            context.enter_context(Server(listener, Gateway(invoke, ROUTES, TOO_LARGE)).running())
            return int(listener.getsockname()[1])

        yield start


def say(port: int, *parts: bytes) -> bytes:
    """Send bytes as they are, and nothing more; gives all that comes back."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def answers(said: bytes) -> list[dict[str, Any]]:
    """Take the events out of the answers of `echo`, one after the other."""
    bodies = [part.partition(b"\r\n\r\n")[2] for part in said.split(b"HTTP/1.1 207")[1:]]
    return [json.loads(body) for body in bodies]


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


def test_names_and_values_are_merged_as_api_gateway_does(serve: Serve) -> None:
    """Header names are in lower case, and what occurs twice is joined with a comma."""
    head = b"GET /?a=1&B=2&a=3 HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\nx-a: 2\r\n\r\n"
    (event,) = answers(say(serve(echo), head))
    assert event["headers"] == {"host": "localhost", "x-a": "1,2"}
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
        (6 * 1024 * 1024, {"Content-Type": "text/plain"}, 413),
        (4_800_000, {"Content-Type": "application/octet-stream"}, 413),
        (11 * 1024 * 1024, {"Content-Type": "text/plain"}, 413),
        (4_500_000, {"Content-Type": "application/octet-stream"}, 207),
    ],
)
def test_the_limits_of_api_gateway_and_lambda_hold(
    serve: Serve, length: int, headers: dict[str, str], status: int
) -> None:
    """Too many header bytes and an event over 6 MiB are refused."""

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
        assert connection.sock.recv(64) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.send(b"[]")
        assert connection.getresponse().status == 207


def test_stopping_waits_for_the_request_in_flight() -> None:
    """A request that the handler has begun is answered although the server is told to stop."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> dict[str, Any]:
        begun.set()
        go_on.wait(10)
        return {"statusCode": 200, "body": "pronto"}

    received: list[bytes] = []
    with listen(0, "--port") as listener:
        port = listener.getsockname()[1]
        with Server(listener, Gateway(slow, ROUTES, TOO_LARGE)).running():
            sender = threading.Thread(
                target=lambda: received.append(ask(port, "POST", "/webhook/T", b"[]")[1])
            )
            sender.start()
            begun.wait(10)
            threading.Timer(0.1, go_on.set).start()
    sender.join(10)
    assert received == [b"pronto"]


def test_a_burst_of_512_waits_in_the_queue() -> None:
    """Nobody is refused while nobody is accepted yet; then all are answered."""
    with listen(0, "--port") as listener, ExitStack() as context:
        port = listener.getsockname()[1]
        burst = [
            context.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            for _ in range(512)
        ]
        for connection in burst:
            connection.sendall(HEAD + b"Connection: close\r\n\r\n")
        with Server(listener, Gateway(echo, ROUTES, TOO_LARGE)).running():
            assert {connection.recv(12) for connection in burst} == {b"HTTP/1.1 207"}


@pytest.mark.parametrize("content_type", ["application/json", ""])
@pytest.mark.parametrize(
    "chunks",
    [
        (b"1\r\n[\r\n", b"1\r\n]\r\n", b"0\r\n\r\n"),
        (b"2;name=value\r\n[]\r\n0\r\nX-Trailer: 1\r\n\r\n",),
        (b"0", b"2\r", b"\n[", b"]\r\n", b"0\r\n\r\n"),
    ],
)
def test_a_chunked_body_is_handed_over_whole(
    serve: Serve, content_type: str, chunks: tuple[bytes, ...]
) -> None:
    """As text or base64 by its type, like any body, with its length in place of the coding."""
    typed = f"Content-Type: {content_type}\r\n".encode() if content_type else b""
    (event,) = answers(say(serve(echo), CHUNKED[:-2] + typed + b"\r\n", *chunks))
    assert (event["body"], event["isBase64Encoded"]) == (("[]", False) if content_type else ("W10=", True))
    assert event["headers"]["content-length"] == "2"
    assert "transfer-encoding" not in event["headers"]


def test_requests_follow_each_other_on_one_connection(serve: Serve) -> None:
    """Sent at once: one with a length, a chunked one, one without a body; each gets its answer, in order."""
    told = say(
        serve(echo),
        HEAD + b"Content-Length: 2\r\n\r\n[]" + CHUNKED + b"2\r\n{}\r\n0\r\n\r\n" + HEAD + b"\r\n",
    )
    assert [event.get("body") for event in answers(told)] == ["W10=", "e30=", None]
    assert b"Connection: close" not in told


def test_http_1_0_is_answered_and_the_connection_closed(serve: Serve) -> None:
    """It needs no Host, and is told that the connection ends."""
    told = say(serve(echo), b"POST /webhook/T HTTP/1.0\r\nContent-Length: 2\r\n\r\n[]")
    assert told.startswith(b"HTTP/1.1 207")
    assert b"\r\nConnection: close\r\n" in told
    assert answers(told)[0]["requestContext"]["http"]["protocol"] == "HTTP/1.0"


def test_a_method_in_lower_case_is_that_method(serve: Serve) -> None:
    """Some senders write `post`."""
    (event,) = answers(say(serve(echo), HEAD.replace(b"POST", b"post") + b"\r\n"))
    assert event["requestContext"]["http"]["method"] == "POST"


@pytest.mark.parametrize(
    "request_bytes",
    [
        CHUNKED + b"zz\r\n[]\r\n0\r\n\r\n",
        CHUNKED + b"-2\r\n[]\r\n0\r\n\r\n",
        CHUNKED + b"2\r\n[]x\r\n0\r\n\r\n",
        CHUNKED + b"5\r\n[]",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: two\r\n\r\n[]",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]",
        HEAD + b"Content-Length: 200\r\n\r\n[]",
        HEAD + b"no colon\r\nContent-Length: 2\r\n\r\n[]",
        HEAD + b"Host: localhost\r\n\r\n",
        b"POST http://[/webhook/T HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /webhook/T HTTP/1.1\r\n\r\n",
        b"POST\r\n\r\n",
    ],
)
def test_what_cannot_be_delimited_is_refused_and_the_connection_closed(
    serve: Serve, request_bytes: bytes
) -> None:
    """One 400, and nothing of what follows is taken for a request."""
    told = say(serve(echo), request_bytes + HEAD + b"\r\n")
    assert told.count(b"HTTP/1.1 ") == 1
    assert told.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nConnection: close\r\n" in told


def test_the_event_has_the_time_of_arrival(serve: Serve) -> None:
    """Milliseconds since the Unix epoch, before the body came and before another request was answered."""
    went_on = threading.Event()

    def late(event: dict[str, Any]) -> dict[str, Any]:
        went_on.wait(10)
        return echo(event)

    port = serve(late)
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as slow:
        slow.sendall(HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert slow.recv(64).startswith(b"HTTP/1.1 100")
        went_on.set()
        (second,) = answers(say(port, HEAD + b"\r\n"))
        slow.sendall(b"[]")
        slow.shutdown(socket.SHUT_WR)
        (first,) = answers(b"".join(iter(lambda: slow.recv(65536), b"")))
    moments = [event["requestContext"]["timeEpoch"] for event in (first, second)]
    assert moments == sorted(moments)
    assert event_of()["requestContext"]["timeEpoch"] == 1_795_600_000_250
