"""Werkzeug's HTTP server as the gateway and the worker need it.

Werkzeug hangs up after each answer, because it does not know where a body ends; its reader of chunked bodies
takes no extensions and no trailers, and lets through what is malformed. So the body is read here, before the
application is called; the rest is Werkzeug's.
"""

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.errors import MissingHeaderBodySeparatorDefect
from email.message import Message
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import h11
from werkzeug.exceptions import BadRequest
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wsgi import LimitedStream

from rubeus.stack.child import HOST

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

ARRIVED = "rubeus.arrived"
"""Where an application finds when the request arrived, before its body did: seconds since the Unix epoch."""
ANSWER = "rubeus.answer"
"""Where an application may leave something about its answer for `Server.answered`."""

_IDLE_SECONDS = 60
_FINISH_SECONDS = 30
_LINGER_SECONDS = 5
# More than API Gateway (10 MB) and Lambda (6 MiB, as JSON) take. What is beyond is read and dropped: a sender
# in the middle of it would not see the answer.
_KEPT_BYTES = 32 * 1024 * 1024


class Server:
    """An HTTP server on a socket that listens already; one thread a connection.

    Parameters
    ----------
    listener
        The socket. Who connects before the server runs waits for it.
    application
        What answers; called from several threads at once.
    answered
        Told of each answer just before it is sent: the status, and what the application left under `ANSWER`.
    """

    def __init__(
        self,
        listener: socket.socket,
        application: "WSGIApplication",
        answered: Callable[[int, Any], None] = lambda *_: None,
    ) -> None:
        self.answered = answered
        self._application = application
        self._in_flight = 0
        self._changed = threading.Condition()
        port = listener.getsockname()[1]
        self._http = make_server(
            HOST, port, self, threaded=True, request_handler=_Connection, fd=listener.fileno()
        )

    def __call__(self, environ: "WSGIEnvironment", start_response: Any) -> Any:  # noqa: ANN401 (as WSGI has them)
        """Answer one request (WSGI)."""
        return self._application(environ, start_response)

    def serve_forever(self) -> None:
        """Serve until another thread ends it, or the process."""
        self._http.serve_forever(poll_interval=0.05)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve for as long as the context lasts; at its end let the requests in flight finish."""
        thread = threading.Thread(target=self.serve_forever)
        thread.start()
        try:
            yield
        finally:
            self._http.shutdown()
            thread.join()
            with self._changed:
                self._changed.wait_for(lambda: self._in_flight == 0, _FINISH_SECONDS)

    @contextmanager
    def in_flight(self) -> Iterator[None]:
        """Count a request as in flight."""
        with self._changed:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()


class _Connection(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True  # headers and body leave in two writes

    def parse_request(self) -> bool:
        """Note the time before the sender is told to go on with the body."""
        self._arrived = time.time()
        return super().parse_request()

    def run_wsgi(self) -> None:
        """Answer one request, and leave the connection where the next one begins."""
        with self._served.in_flight():
            if self.request_version != self.protocol_version:
                self.close_connection = True  # HTTP/1.0
            del self.headers["Expect"]  # http.server has said 100 Continue; Werkzeug would say it again
            try:
                body = self._read_body()
            except BadRequest as error:
                self.send_error(HTTPStatus.BAD_REQUEST, error.description)
                return
            connection, self.rfile = self.rfile, io.BytesIO(body)  # Werkzeug empties it after the answer
            try:
                super().run_wsgi()
            finally:
                self.rfile = connection

    def make_environ(self) -> "WSGIEnvironment":
        """Add the time of arrival."""
        return {**super().make_environ(), ARRIVED: self._arrived}

    def send_header(self, keyword: str, value: str) -> None:
        """Send a header, but not the "Connection: close" that Werkzeug adds to every answer."""
        if (keyword, value) != ("Connection", "close") or self.close_connection:
            super().send_header(keyword, value)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 (as in the base class)
        """Answer as API Gateway does when it refuses a request by itself, and hang up."""
        self.close_connection = True
        self.request_version = self.protocol_version  # else a line that is none would count as HTTP/0.9
        self.environ = {}
        content = json.dumps({"message": message or HTTPStatus(code).phrase}).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self._linger()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 (as in the base class)
        """Tell of an answer; no line of Werkzeug's, since the path holds the token."""
        self._served.answered(int(code), self.environ.get(ANSWER))

    def log(self, *_: object) -> None:
        """Log nothing else either."""

    @property
    def _served(self) -> Server:
        return cast("Server", self.server.app)

    def _read_body(self) -> bytes:
        """Read the body to its end.

        Raises
        ------
        BadRequest
            When it cannot be told where the body ends, it ends too early, or the head is malformed.
        """
        stream = cast("io.BufferedReader", self.rfile)
        if not self.path.startswith("/") or any(
            isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in self.headers.defects
        ):
            raise BadRequest(HTTPStatus.BAD_REQUEST.phrase)
        if self.request_version == self.protocol_version and len(self.headers.get_all("Host", [])) != 1:
            raise BadRequest("One Host header is needed")
        if "Transfer-Encoding" not in self.headers:
            return _kept(_until_empty(LimitedStream(stream, _content_length(self.headers))))
        body = _kept(_dechunked(stream, self.headers))
        # As API Gateway hands it over.
        del self.headers["Transfer-Encoding"]
        self.headers["Content-Length"] = str(len(body))
        return body

    def _linger(self) -> None:
        """Read what is still being sent: a connection that is closed before that is reset, answer and all."""
        deadline = time.monotonic() + _LINGER_SECONDS
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1)
            while self.connection.recv(65536) and time.monotonic() < deadline:
                pass


def _content_length(headers: "Message[str, str]") -> int:
    lengths = set(headers.get_all("Content-Length", ["0"]))
    length = lengths.pop()
    if lengths or not (length.isascii() and length.isdigit()):
        raise BadRequest("Content-Length is not one number")
    return int(length)


def _until_empty(stream: io.RawIOBase) -> Iterator[bytes]:
    while part := stream.read(65536):
        yield part


def _dechunked(stream: io.BufferedReader, headers: "Message[str, str]") -> Iterator[bytes]:
    """Read a chunked body as RFC 9112 has it, and not a byte of the next request."""
    if [each.strip().lower() for each in headers.get_all("Transfer-Encoding", [])] != ["chunked"]:
        raise BadRequest("Transfer-Encoding can only be chunked")
    if "Content-Length" in headers:
        raise BadRequest("Content-Length and Transfer-Encoding exclude each other")
    parser = h11.Connection(h11.SERVER)
    parser.receive_data(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    parser.next_event()
    seen = b""
    try:
        while not isinstance(event := parser.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            else:
                stream.read(len(seen))
                seen = stream.peek()
                parser.receive_data(seen)
    except h11.RemoteProtocolError as error:
        raise BadRequest("The chunked body is malformed") from error
    stream.read(len(seen) - len(parser.trailing_data[0]))


def _kept(parts: Iterator[bytes]) -> bytes:
    kept = bytearray()
    for part in parts:
        if len(kept) < _KEPT_BYTES:
            kept += part
    return bytes(kept)
