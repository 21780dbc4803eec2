"""What API Gateway's HTTP API does with a request, as a WSGI application in front of the function.

Limits from the quotas of API Gateway (10,240 bytes of request line and header values, 10 MB of body) and of
Lambda (6 MiB of event).
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Request, Response

from models.limits import MAX_EVENT_BYTES
from rubeus.stack.event import size, to_event
from rubeus.stack.server import ANSWER
from rubeus.stack.supervisor import FunctionError

MAX_HEADER_BYTES = 10_240
MAX_BODY_BYTES = 10 * 1024 * 1024
INTEGRATION_SECONDS = 30

Answer = Mapping[str, Any]
Invoke = Callable[[dict[str, Any]], Answer]


class Gateway:
    """The API, to be served by `rubeus.stack.server`.

    Parameters
    ----------
    invoke
        Gives the function's answer to an event; raises FunctionError or, after `INTEGRATION_SECONDS`,
        TimeoutError. It is called from several threads at once.
    routes
        Paths of the API's routes, such as `/webhook/{token}`.
    too_large
        Answer to a body that never reaches the function because the event would exceed Lambda's limit.
    """

    def __init__(self, invoke: Invoke, routes: Sequence[str], too_large: Answer) -> None:
        self._invoke = invoke
        self._routes = routes
        self._too_large = too_large

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:  # noqa: ANN401 (as WSGI has them)
        """Answer one request (WSGI)."""
        answer = environ[ANSWER] = self._answer(Request(environ))
        body = answer.get("body") or ""
        content = base64.b64decode(body) if answer.get("isBase64Encoded") else body
        return Response(content, answer["statusCode"], answer.get("headers"))(environ, start_response)

    def _answer(self, request: Request) -> Answer:
        line = f"{request.method} {request.environ['RAW_URI']} {request.environ['SERVER_PROTOCOL']}"
        if len(line) + sum(map(len, request.headers.values())) > MAX_HEADER_BYTES:
            return _message(431)
        if len(request.get_data()) > MAX_BODY_BYTES:
            return self._too_large
        event = to_event(request, self._routes)
        if size(event) > MAX_EVENT_BYTES:
            return self._too_large
        try:
            return self._invoke(event)
        except FunctionError:
            return _message(500)
        except TimeoutError:
            return _message(503)


def _message(status: int) -> Answer:
    """Make an answer of API Gateway's own."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"message": HTTPStatus(status).phrase}),
    }
