"""An HTTP request as the event that API Gateway makes of it (HTTP API, payload format 2.0).

Source of the shape: the API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs".
What it leaves open was measured against AWS by others: the path comes decoded (middleapi/standard-server,
pull request 93), and a body is text for a few content types only (ministackorg/ministack, pull request 766).
"""

import base64
import json
import re
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from werkzeug.wrappers import Request

from rubeus.stack.server import ARRIVED

TEXT_TYPES = {"application/json", "application/xml", "application/javascript"}
ACCOUNT_ID = "000000000000"
DOMAIN = "localhost"


def to_event(request: Request, routes: Sequence[str]) -> dict[str, Any]:
    """Make the event.

    Parameters
    ----------
    request
        What came in, by `rubeus.stack.server`.
    routes
        Paths such as `/webhook/{token}`, each open to any method; what fits none goes to `$default`.
    """
    # As it came, percent-encoded; WSGI has text as the Latin-1 reading of its bytes.
    raw_path, _, query = request.environ["RAW_URI"].encode("latin-1").decode().partition("?")
    path = unquote(raw_path)
    route_key, path_parameters = _route(path, routes)
    headers = _joined((name.lower(), value) for name, value in request.headers)
    arrived = request.environ[ARRIVED]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": "local",
            "domainName": DOMAIN,
            "domainPrefix": DOMAIN,
            "http": {
                "method": request.method,
                "path": path,
                "protocol": request.environ["SERVER_PROTOCOL"],
                "sourceIp": request.remote_addr,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": route_key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(arrived)),
            "timeEpoch": int(arrived * 1000),
        },
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if path_parameters:
        event["pathParameters"] = path_parameters
    if body := request.get_data():  # not .data, which would be empty for a form
        event["body"], event["isBase64Encoded"] = _body(body, headers.get("content-type", ""))
    return event


def size(event: Mapping[str, Any]) -> int:
    """Give the bytes of an event as JSON: what Lambda limits to 6 MiB."""
    return len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())


def _route(path: str, routes: Sequence[str]) -> tuple[str, dict[str, str]]:
    for route in routes:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(route))
        if match := re.fullmatch(pattern, path):
            return f"ANY {route}", match.groupdict()
    return "$default", {}


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Merge the values of a name that occurs more than once, with commas."""
    merged: dict[str, str] = {}
    for name, value in pairs:
        merged[name] = f"{merged[name]},{value}" if name in merged else value
    return merged


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.startswith("text/") or media_type in TEXT_TYPES:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass  # JSON could not carry these bytes as text
    return base64.b64encode(body).decode(), True
