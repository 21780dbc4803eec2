"""A port of the loopback interface at one more address: containers reach no loopback but their own."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from rubeus.errors import CommandError
from rubeus.stack.child import HOST


@contextmanager
def bridge(address: str, port: int) -> Iterator[None]:
    """Let a port be reached at another address for as long as the context lasts.

    Parameters
    ----------
    address
        One of this machine's, as that of Docker's bridge: 172.17.0.1 unless Docker is told otherwise.

    Raises
    ------
    CommandError
        When this machine has no such address, or the port is taken there.
    """
    try:
        server = _Server((address, port), partial(_Connection, port))
    except OSError as error:
        message = f"--expose {address}: its port {port} cannot be opened: {error.strerror}"
        raise CommandError(message) from error
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Connection(socketserver.BaseRequestHandler):
    def __init__(self, port: int, *arguments: Any) -> None:  # noqa: ANN401 (the base class's)
        self._port = port
        super().__init__(*arguments)

    def handle(self) -> None:
        """Pass on both ways what comes, until both sides are done."""
        with socket.create_connection((HOST, self._port)) as inside:
            back = threading.Thread(target=_pass_on, args=(inside, self.request))
            back.start()
            _pass_on(self.request, inside)
            back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # a container that is stopped hangs up in the middle
        while chunk := source.recv(65536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
