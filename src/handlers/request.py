"""What API Gateway hands over (HTTP API, payload format 2.0), reduced to what matters."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import unquote

from models.delivery import MAX_QUERY_BYTES
from settings import Network

ROOT = "webhook"


class Request(NamedTuple):
    """One HTTP request.

    Attributes
    ----------
    token
        As the path has it; None where the path is not `/webhook/{token}` or `/webhook/{token}/{kind}`.
    kind
        The path's last segment, where it has one.
    source
        The address that the gateway was called from.
    body
        The bytes as sent.
    query
        As sent, of at most `MAX_QUERY_BYTES`.
    received_at
        When the gateway received it, in milliseconds since the Unix epoch; None where it does not say.
    """

    method: str
    token: str | None
    kind: str | None
    body: bytes
    content_type: str
    content_encoding: str
    query: str
    source: str
    received_at: int | None

    def is_from(self, networks: Sequence[Network]) -> bool:
        """Tell whether it comes from one of these networks; if there are none, it may come from anywhere."""
        if not networks:
            return True
        try:
            address = ip_address(self.source)
        except ValueError:
            return False
        return any(address in network for network in networks)


def read_request(event: Mapping[str, Any]) -> Request:
    """Read an event; whatever it lacks is as if it were empty.

    A stage or a base path in front of `/webhook` does not count.
    """
    context = event.get("requestContext") or {}
    http, epoch = context.get("http") or {}, context.get("timeEpoch")
    path = event.get("rawPath") or http.get("path") or ""
    segments = [unquote(segment) for segment in path.rstrip("/").split("/")]
    below = segments[segments.index(ROOT) + 1 :] if ROOT in segments else []
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    is_webhook = len(below) in (1, 2) and all(below)
    return Request(
        method=(http.get("method") or "").upper(),
        token=below[0] if is_webhook else None,
        kind=below[1] if is_webhook and len(below) > 1 else None,
        body=_body(event),
        content_type=headers.get("content-type") or "",
        content_encoding=headers.get("content-encoding") or "",
        query=_cut(event.get("rawQueryString") or ""),
        source=http.get("sourceIp") or "",
        received_at=epoch if type(epoch) is int else None,
    )


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            # Not what the gateway promises; kept as it is, and validated like any body.
            pass
    # A lone surrogate can't have come over HTTP; as bytes it is no UTF-8, which is then said.
    return bytes(text.encode("utf-8", "surrogatepass"))


def _cut(query: str) -> str:
    return query.encode("utf-8", "replace")[:MAX_QUERY_BYTES].decode("utf-8", "ignore")
