"""What API Gateway hands over (HTTP API, payload format 2.0), reduced to what matters."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

ROOT = "webhook"


@dataclass(frozen=True, slots=True)
class Request:
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
    """

    method: str
    token: str | None
    kind: str | None
    body: bytes
    content_type: str
    source: str


def parse(event: Mapping[str, Any]) -> Request:
    """Read an event; whatever it lacks is as if it were empty.

    A stage or a base path in front of `/webhook` does not count.
    """
    http = (event.get("requestContext") or {}).get("http") or {}
    path = event.get("rawPath") or http.get("path") or ""
    segments = [unquote(segment) for segment in path.rstrip("/").split("/")]
    below = segments[segments.index(ROOT) + 1 :] if ROOT in segments else []
    known = len(below) in (1, 2) and all(below)
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return Request(
        method=(http.get("method") or "").upper(),
        token=below[0] if known else None,
        kind=below[1] if known and len(below) > 1 else None,
        body=_body(event),
        content_type=headers.get("content-type") or "",
        source=http.get("sourceIp") or "",
    )


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            # Not what the gateway promises; kept as it is, and judged like any body.
            pass
    # A lone surrogate can't have come over HTTP; as bytes it is no UTF-8, which is then said.
    return bytes(text.encode("utf-8", "surrogatepass"))
