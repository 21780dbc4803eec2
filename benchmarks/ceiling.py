"""What the stand-in itself can do: a trivial client, which sends the same bytes over and over."""

import selectors
import socket
import time
from typing import NamedTuple

from benchmarks.processes import StandIn

_SECONDS = 0.5
_CONNECTIONS = 16


class Ceiling(NamedTuple):
    """What a client that does nothing gets.

    Attributes
    ----------
    calls_a_second
        Small ones, over 16 connections at latency 0: beyond it the stand-in would be what is measured.
    megabytes_a_second
        Of transactions of 200 kB.
    milliseconds
        What one call takes at each latency, over one connection.
    """

    calls_a_second: float
    megabytes_a_second: float
    milliseconds: dict[float, float]

    def __str__(self) -> str:
        """Write it as a line."""
        calls = ", ".join(f"{took:.2f} ms at {latency:g}" for latency, took in self.milliseconds.items())
        return (
            f"Stand-in: up to {self.calls_a_second:,.0f} small calls a second, "
            f"{self.megabytes_a_second:,.0f} MB/s of transactions; a call takes {calls}."
        )


def measure(stand_in: StandIn, latencies: list[float]) -> Ceiling:
    """Measure it."""
    stand_in.control(milliseconds=0)
    small = _request("PutItem", b'{"TableName": "t", "Item": {"pk": {"S": "1"}}}')
    large = _request("TransactWriteItems", b'{"TransactItems": ["%s"]}' % (b"x" * 200_000))
    calls_a_second = _rate(stand_in.port, small)
    megabytes_a_second = _rate(stand_in.port, large) * len(large) / 1e6
    milliseconds = {}
    for latency in latencies:
        stand_in.control(milliseconds=latency)
        milliseconds[latency] = 1000 / _rate(stand_in.port, small, connections=1)
    return Ceiling(calls_a_second, megabytes_a_second, milliseconds)


def _request(operation: str, body: bytes) -> bytes:
    head = (
        f"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Any.{operation}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _rate(port: int, request: bytes, connections: int = _CONNECTIONS) -> float:
    """Keep every connection busy for a while; give the calls a second."""
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        connection.sendall(request)
    began, calls = time.perf_counter(), 0
    while (took := time.perf_counter() - began) < _SECONDS:
        for key, _ in selector.select():
            # An answer is small and written at once, so it is read at once.
            key.fileobj.recv(65_536)  # type: ignore[union-attr]  # sockets only
            key.fileobj.sendall(request)  # type: ignore[union-attr]  # the same
            calls += 1
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]  # the same
    selector.close()
    return calls / took
