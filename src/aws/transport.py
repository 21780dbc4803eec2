"""HTTP beneath botocore: what it has signed, over connections that every thread keeps to itself."""

import http.client
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

_OURS = ("host", "content-length")


class Transport:
    """Stands in for botocore's own session (`httpsession.URLLib3Session`), and raises the same errors.

    That one loads the file of certificates for every new connection (23 ms of processor time, and a large
    delivery opens some thirty), and takes more of it for each call (docs/performance.md).

    Parameters
    ----------
    connect_seconds, read_seconds
        How long to wait for a connection, and for each piece of an answer.
    certificates
        File of the authorities to trust.
    """

    def __init__(self, connect_seconds: float, read_seconds: float, certificates: str) -> None:
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._certificates = certificates
        self._tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._kept = threading.local()

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """Send a request and read the whole answer, whatever its status.

        Raises
        ------
        botocore.exceptions.HTTPClientError
            One of its kinds, all of which botocore's retries know.
        """
        origin, target = _split(request.url)
        body = request.body if isinstance(request.body, bytes) else b""
        connection = self._connection(origin)
        try:
            connection.sock.sendall(_head(request, origin, target, body) + body)
            response = http.client.HTTPResponse(connection.sock, method=request.method)
            response.begin()
            content = response.read()
        except TimeoutError as error:
            self._drop(origin)
            raise ReadTimeoutError(endpoint_url=origin, error=error) from error
        except (http.client.HTTPException, OSError) as error:
            self._drop(origin)
            raise ConnectionClosedError(endpoint_url=origin, error=error) from error
        if response.will_close:
            self._drop(origin)
        headers = dict(response.getheaders())  # AWSResponse makes of them what it needs
        return AWSResponse(request.url, response.status, headers, _Content(content))  # type: ignore[arg-type]

    def close(self) -> None:
        """Close this thread's connections."""
        for origin in list(self._kept.__dict__):
            self._drop(origin)

    def _connection(self, origin: str) -> http.client.HTTPConnection:
        """Give this thread's connection to a service: the one it has, unless the other side has hung up."""
        connection: http.client.HTTPConnection | None = self._kept.__dict__.get(origin)
        if connection and not _is_readable(connection.sock):
            return connection
        self._drop(origin)
        parts = urlsplit(origin)
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(
                parts.netloc, timeout=self._connect_seconds, context=self._context()
            )
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=self._connect_seconds)
        try:
            connection.connect()
        except ssl.SSLError as error:
            raise SSLError(endpoint_url=origin, error=error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=origin, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=origin, error=error) from error
        connection.sock.settimeout(self._read_seconds)
        self._kept.__dict__[origin] = connection
        return connection

    def _drop(self, origin: str) -> None:
        connection = self._kept.__dict__.pop(origin, None)
        if connection:
            connection.close()

    def _context(self) -> ssl.SSLContext:
        with self._lock:
            if self._tls is None:
                self._tls = ssl.create_default_context(cafile=self._certificates)
            return self._tls


def _is_readable(connection: socket.socket) -> bool:
    """Tell whether something came that nobody asked for: the end of the connection."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


class _Content:
    """An answer's body, in the form in which AWSResponse reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        """Give all of it."""
        yield self._content


def _split(url: str) -> tuple[str, str]:
    """Split a URL into its origin and the rest."""
    scheme, _, rest = url.partition("://")
    host, slash, target = rest.partition("/")
    return f"{scheme}://{host}", slash + target or "/"


def _head(request: AWSPreparedRequest, origin: str, target: str, body: bytes) -> bytes:
    """Write the request's line and headers; with the body behind them they leave in one packet."""
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {origin.partition('://')[2]}"]
    for name, value in request.headers.items():
        if name.lower() not in _OURS:
            lines.append(f"{name}: {value.decode() if isinstance(value, bytes) else value}")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
