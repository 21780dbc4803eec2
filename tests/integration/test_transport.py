import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import get_cert_path

from aws.transport import Transport

OK = b"HTTP/1.1 200 OK\r\nX-Amzn-Requestid: 1\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def serving(*connections: Callable[[socket.socket], Any]) -> Iterator[str]:
    """Take one connection after the other, and do with each what its function does; give the origin."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for each in connections:
                connection, _ = listener.accept()
                with connection:
                    each(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def answer(*answers: bytes) -> Callable[[socket.socket], None]:
    """Answer one request after the other on a connection, which then ends."""

    def each(connection: socket.socket) -> None:
        for one in answers:
            connection.recv(65_536)
            connection.sendall(one)

    return each


def request(origin: str, body: bytes = b"{}") -> AWSPreparedRequest:
    """Make what botocore would send."""
    headers = HeadersDict({"X-Amz-Target": b"A"})
    return AWSPreparedRequest("POST", f"{origin}/queue", headers, body, stream_output=False)


@pytest.fixture
def transport() -> Iterator[Transport]:
    """Give one that waits a tenth of a second for an answer."""
    result = Transport(1, 0.1, str(get_cert_path(verify=True)))
    yield result
    result.close()


def test_a_connection_serves_again(transport: Transport) -> None:
    """Two requests of one thread go over one connection."""
    with serving(answer(OK, OK)) as origin:
        answers = [transport.send(request(origin)) for _ in range(2)]
        transport.close()

    assert [(each.status_code, each.content) for each in answers] == [(200, b"{}")] * 2
    assert answers[0].headers["x-amzn-requestid"] == "1"


def test_a_request_is_whole(transport: Transport) -> None:
    """Line, headers and body arrive as HTTP has them, the length counted in bytes."""
    seen = []

    def look(connection: socket.socket) -> None:
        seen.append(connection.recv(65_536))
        connection.sendall(OK)

    with serving(look) as origin:
        transport.send(request(origin, "é".encode()))

    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /queue HTTP/1.1"
    assert {b"X-Amz-Target: A", b"Content-Length: 2"} < set(head.split(b"\r\n"))
    assert body == "é".encode()


def test_a_connection_that_the_other_side_ended_is_not_used(transport: Transport) -> None:
    """A service that hung up meanwhile costs no failure: the next request opens a connection of its own."""
    ended = threading.Event()

    def end(connection: socket.socket) -> None:
        answer(OK)(connection)
        connection.close()
        ended.set()

    with serving(end, answer(OK)) as origin:
        transport.send(request(origin))
        assert ended.wait(5)
        assert transport.send(request(origin)).status_code == 200


def test_an_answer_that_says_it_is_the_last_ends_the_connection(transport: Transport) -> None:
    """`Connection: close` is heeded."""
    last = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with serving(answer(last), answer(OK)) as origin:
        assert [transport.send(request(origin)).status_code for _ in range(2)] == [200, 200]


def _hold(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.recv(65_536)


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (_hold, ReadTimeoutError),
        (answer(b""), ConnectionClosedError),
        (answer(b"nonsense\r\n\r\n"), ConnectionClosedError),
        (answer(OK[:-1]), ConnectionClosedError),
    ],
)
def test_a_failure_is_one_that_botocore_tries_again(
    transport: Transport, behaviour: Callable[[socket.socket], None], error: type[HTTPClientError]
) -> None:
    """No answer in time, none, nonsense or half of one: botocore's own errors, and a new connection."""
    with serving(behaviour, answer(OK)) as origin:
        with pytest.raises(error):
            transport.send(request(origin))
        assert transport.send(request(origin)).status_code == 200


def test_nobody_listens(transport: Transport) -> None:
    """A refused connection is botocore's EndpointConnectionError."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(EndpointConnectionError):
        transport.send(request(f"http://127.0.0.1:{port}"))


def test_a_certificate_is_checked(transport: Transport) -> None:
    """A server that proves nothing is not talked to."""

    def refuse(connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(connection, server_side=True)

    with serving(refuse) as origin, pytest.raises(SSLError):
        transport.send(request(origin.replace("http://", "https://")))
