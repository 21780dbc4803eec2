"""A real HTTP server in front of the function, which behaves as API Gateway's HTTP API does.

Limits from the quotas of API Gateway (10,240 bytes of request line and header values, 10 MB of body) and of
Lambda (6 MiB of event).
"""

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, cast

from rubeus.stack.child import HOST
from rubeus.stack.event import Request, size, to_event
from rubeus.stack.server import Server
from rubeus.stack.supervisor import FunctionError

MAX_HEADER_BYTES = 10_240
MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_EVENT_BYTES = 6 * 1024 * 1024
INTEGRATION_SECONDS = 30

Response = Mapping[str, Any]
Invoke = Callable[[dict[str, Any]], Response]


class Gateway(Server):
    """An HTTP server on the loopback interface; one thread a connection.

    Parameters
    ----------
    port
        Port to listen on; 0 picks a free one.
    invoke
        Gives the function's answer to an event; raises FunctionError or, after `INTEGRATION_SECONDS`,
        TimeoutError. It is called from several threads at once.
    routes
        Paths of the API's routes, such as `/webhook/{token}`.
    too_large
        Answer to a body that never reaches the function because the event would exceed Lambda's limit.
    """

    request_queue_size = 512  # a burst waits here, not at the sender

    def __init__(self, port: int, invoke: Invoke, routes: Sequence[str], too_large: Response) -> None:
        super().__init__((HOST, port), _Connection)
        self.invoke = invoke
        self.routes = routes
        self.too_large = too_large
        self._answering = 0
        self._changed = threading.Condition()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request as in flight."""
        with self._changed:
            self._answering += 1
        try:
            yield
        finally:
            with self._changed:
                self._answering -= 1
                self._changed.notify_all()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve for as long as the context lasts; at its end let the requests in flight finish."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            thread.join()
            with self._changed:
                self._changed.wait_for(lambda: self._answering == 0, INTEGRATION_SECONDS)
            self.server_close()


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds that an idle connection stays open
    disable_nagle_algorithm = True  # headers and body leave in two writes

    def do_POST(self) -> None:
        with self._gateway.answering():
            self._forward()

    do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST  # noqa: N815 (the same)

    def log_message(self, *_: object) -> None:
        """Log nothing: the path holds the token."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 (as in the base class)
        """Answer as API Gateway does when it refuses a request by itself, and hang up."""
        self.close_connection = True
        self._answer(_message(code, message or HTTPStatus(code).phrase))

    @property
    def _gateway(self) -> Gateway:
        return cast("Gateway", self.server)

    def _forward(self) -> None:
        if "transfer-encoding" in self.headers:
            self.send_error(411, "Send a Content-Length: chunked bodies are not taken here")
            return
        try:
            length = int(self.headers.get("content-length", 0))
        except ValueError:
            length = -1
        if length < 0:
            self.send_error(400, "Content-Length is not a number")
            return
        if len(self.requestline) + sum(map(len, self.headers.values())) > MAX_HEADER_BYTES:
            self._skip(length)
            self.send_error(431)
            return
        if length > MAX_BODY_BYTES:
            self._skip(length)
            self._answer(self._gateway.too_large)
            return
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        self._answer(self._invoke(body))

    def _skip(self, length: int) -> None:
        """Read a body to its end, since a sender in the middle of it would not see the answer."""
        while length > 0 and (chunk := self.rfile.read(min(length, 65536))):
            length -= len(chunk)

    def _invoke(self, body: bytes) -> Response:
        gateway = self._gateway
        request = Request(
            method=self.command,
            target=self.path,
            headers=self.headers.items(),
            body=body,
            protocol=self.request_version,
            source_ip=self.client_address[0],
        )
        event = to_event(request, gateway.routes)
        if size(event) > MAX_EVENT_BYTES:
            return gateway.too_large
        try:
            return gateway.invoke(event)
        except FunctionError:
            return _message(500, "Internal Server Error")
        except TimeoutError:
            return _message(503, "Service Unavailable")

    def _answer(self, response: Response) -> None:
        body = response.get("body") or ""
        content = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
        self.send_response(response["statusCode"])
        for name, value in response.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _message(status: int, text: str) -> Response:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"message": text}),
    }
