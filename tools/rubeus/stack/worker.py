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
from http.server import BaseHTTPRequestHandler
from io import TextIOWrapper
from pkgutil import resolve_name
from typing import Any, cast

from rubeus.stack.child import HOST, stop_with_parent
from rubeus.stack.emulator import REGION
from rubeus.stack.event import ACCOUNT_ID
from rubeus.stack.server import Server
from rubeus.stack.template import Function, functions, read_template

FUNCTIONS = "/2015-03-31/functions/"

Handler = Callable[[Any, Any], object]


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


class Worker(Server):
    """An HTTP server that runs functions; one thread a connection.

    Parameters
    ----------
    listener
        A socket that listens already: who connects while a worker starts waits for it.
    served
        The functions by name, as `rubeus.stack.template.functions` gives them.
    """

    def __init__(self, listener: socket.socket, served: Mapping[str, Function]) -> None:
        super().__init__((HOST, 0), _Connection, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.served = {name: (resolve_name(each.handler), each.seconds) for name, each in served.items()}


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body leave in two writes

    def do_POST(self) -> None:
        """Run a function (Invoke)."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        match = re.fullmatch(f"{FUNCTIONS}([^/]+)/invocations", self.path)
        if match and match[1] in self._served:
            self._run(match[1], body)
        else:
            error = {"Type": "User", "Message": f"Function not found: {self.path}"}
            self._answer(404, error, "X-Amzn-ErrorType", "ResourceNotFoundException")

    def do_GET(self) -> None:
        """Name the functions (ListFunctions)."""
        self._answer(200, {"Functions": [{"FunctionName": name} for name in self._served]})

    def log_message(self, *_: object) -> None:
        """Log nothing: standard output is the functions'."""

    @property
    def _served(self) -> Mapping[str, tuple[Handler, int]]:
        return cast("Worker", self.server).served

    def _run(self, name: str, body: bytes) -> None:
        handler, seconds = self._served[name]
        context = LambdaContext(str(uuid.uuid4()), name, time.monotonic() + seconds)
        try:
            answer = handler(json.loads(body), context)
        except Exception as error:  # noqa: BLE001 (whatever it is, the caller sees what Lambda would send)
            # Neither log nor answer holds the error's message: it could quote a record.
            kind = type(error).__name__
            traceback.print_tb(error.__traceback__)
            print(kind, file=sys.stderr)
            self._answer(200, {"errorMessage": kind, "errorType": kind}, "X-Amz-Function-Error", "Unhandled")
        else:
            self._answer(200, answer)

    def _answer(self, status: int, answer: object, *header: str) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        if header:
            self.send_header(*header)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _main(descriptor: int) -> None:
    stop_with_parent()
    # A line that is still in a buffer is lost with a SIGKILL.
    cast("TextIOWrapper", sys.stdout).reconfigure(line_buffering=True)
    worker = Worker(socket.socket(fileno=descriptor), functions(read_template()))

    from handlers.bootstrap import receiver  # noqa: PLC0415 (only a process that is to be a function has to)

    # Lambda gives a process one request at a time. Here a first burst would build it once for each.
    receiver()
    worker.serve_forever()


if __name__ == "__main__":
    _main(int(sys.argv[1]))
