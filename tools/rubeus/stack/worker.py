"""The functions in a process of their own, behind the Invoke API of Lambda."""

import json
import re
import socket
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from pkgutil import resolve_name
from typing import Any, cast

from werkzeug.wrappers import Request, Response

from rubeus.stack.child import stop_with_parent
from rubeus.stack.environment import REGION
from rubeus.stack.event import ACCOUNT_ID
from rubeus.stack.guard import guarded_wsgi
from rubeus.stack.server import Server
from rubeus.stack.template import Function, functions, read_template

FUNCTIONS = "/2015-03-31/functions/"


@dataclass(frozen=True)
class LambdaContext:
    """What Lambda hands to a handler beside the event; `deadline` is in the seconds of `time.monotonic`."""

    aws_request_id: str
    function_name: str
    deadline: float
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 1024
    log_stream_name: str = "local"

    @property
    def invoked_function_arn(self) -> str:
        """Give the function's ARN."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """Give the name of the log group that the function would write to."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Give the milliseconds until Lambda would end the run."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


class Worker:
    """A WSGI application that runs functions: `ListFunctions` for a GET, `Invoke` for a POST.

    Parameters
    ----------
    served
        The functions by name, as `rubeus.stack.template.functions` gives them.
    """

    def __init__(self, served: Mapping[str, Function]) -> None:
        self._served = {name: (resolve_name(each.handler), each.seconds) for name, each in served.items()}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:  # noqa: ANN401 (as WSGI has them)
        """Answer one request (WSGI)."""
        request = Request(environ)
        invoked = re.fullmatch(f"{FUNCTIONS}([^/]+)/invocations", request.path)
        if request.method != "POST":
            answer = _json(200, {"Functions": [{"FunctionName": name} for name in self._served]})
        elif invoked and invoked[1] in self._served:
            answer = self._run(invoked[1], request.get_data())
        else:
            error = {"Type": "User", "Message": f"Function not found: {request.path}"}
            answer = _json(404, error, {"X-Amzn-ErrorType": "ResourceNotFoundException"})
        return answer(environ, start_response)

    def _run(self, name: str, body: bytes) -> Response:
        handler: Callable[[Any, LambdaContext], object]
        handler, seconds = self._served[name]
        context = LambdaContext(str(uuid.uuid4()), name, time.monotonic() + seconds)
        try:
            return _json(200, handler(json.loads(body), context))
        except Exception as error:  # noqa: BLE001 (whatever it is, the caller sees what Lambda would send)
            # Neither log nor answer holds the error's message: it could quote a record.
            kind = type(error).__name__
            traceback.print_tb(error.__traceback__)
            print(kind, file=sys.stderr)
            unhandled = {"errorMessage": kind, "errorType": kind}
            return _json(200, unhandled, {"X-Amz-Function-Error": "Unhandled"})


def _json(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(content), status, headers, content_type="application/json")


def _main(descriptor: str, *hosts: str) -> None:
    stop_with_parent()
    # A line that is still in a buffer is lost with a SIGKILL.
    cast("TextIOWrapper", sys.stdout).reconfigure(line_buffering=True)
    worker = guarded_wsgi(Worker(functions(read_template())), hosts)

    from handlers.bootstrap import receiver  # noqa: PLC0415 (only a process that is to be a function has to)

    # Lambda gives a process one request at a time. Here a first burst would build it once for each.
    receiver()
    Server(socket.socket(fileno=int(descriptor)), worker).serve_forever()


if __name__ == "__main__":
    _main(*sys.argv[1:])
