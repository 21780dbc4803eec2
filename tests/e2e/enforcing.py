"""IAM in front of the emulated AWS, which checks no permission: refuses as AWS does what no policy allows."""

import json
import re
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from rubeus.stack.environment import REGION

SECURITY = Path(__file__).parents[2] / "docs" / "security.md"
ACCOUNT = "000000000000"

_SERVICE = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/")
_OPERATION = re.compile(r"/operation/(\w+)$")  # of the protocol that has no header for it: CloudWatch's
# TransactWriteItems needs the permission of each write in it; a batch of messages, that of one (Service
# Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB", "… for Amazon SQS").
_WRITES = {
    "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem",
}  # fmt: skip
_FREE = ("sts:GetCallerIdentity",)


class Need(NamedTuple):
    """An action on a resource, and the partition keys of the items that it writes."""

    action: str
    resource: str
    keys: Sequence[str] = ()


def documented(stack: str) -> tuple[Sequence[Any], Sequence[Any]]:
    """Read the statements of who looks, and of who operates, out of docs/security.md."""
    text = SECURITY.read_text().partition("## The inspector")[2].partition("\n## ")[0]
    text = text.replace("ACCOUNT", ACCOUNT).replace("rubeus-webhook", stack).replace("sa-east-1", REGION)
    policies = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    look, operate = (json.loads(each)["Statement"] for each in policies)
    return look, [*look, *operate]


def is_allowed(statements: Sequence[Mapping[str, Any]], need: Need) -> bool:
    """Say whether a policy allows it; knows what the documented ones are made of."""
    return any(
        each["Effect"] == "Allow"
        and any(fnmatchcase(need.action, action) for action in _as_list(each["Action"]))
        and any(fnmatchcase(need.resource, resource) for resource in _as_list(each["Resource"]))
        and _holds(each.get("Condition", {}), need)
        for each in statements
    )


def granted(statements: Sequence[Mapping[str, Any]]) -> Sequence[tuple[str, str]]:
    """List what a policy allows: each action with each resource, as it is written."""
    return [
        (action, resource)
        for each in statements
        for action in _as_list(each["Action"])
        for resource in _as_list(each["Resource"])
    ]


def is_met(grant: tuple[str, str], used: Collection[Need]) -> bool:
    """Say whether something was needed that a part of a policy allows."""
    return any(each.action == grant[0] and fnmatchcase(each.resource, grant[1]) for each in used)


def _holds(condition: Mapping[str, Any], need: Need) -> bool:
    if not condition:
        return True
    ((operator, keys),) = condition.items()
    ((name, patterns),) = keys.items()
    assert (operator, name) == ("ForAllValues:StringLike", "dynamodb:LeadingKeys")
    return all(any(fnmatchcase(key, each) for each in patterns) for key in need.keys)


def needed(service: str, operation: str, parameters: Mapping[str, Any]) -> Iterator[Need]:
    """Say what a call needs to be allowed."""
    place = f"arn:aws:{service}:{REGION}:{ACCOUNT}"
    if operation == "TransactWriteItems":
        for item in parameters["TransactItems"]:
            ((kind, write),) = item.items()
            key = write.get("Item", write.get("Key"))
            yield Need(f"dynamodb:{_WRITES[kind]}", f"{place}:table/{write['TableName']}", _keys(key))
    elif "RequestItems" in parameters:
        yield from (
            Need(f"dynamodb:{operation}", f"{place}:table/{each}") for each in parameters["RequestItems"]
        )
    elif service == "dynamodb":
        index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
        keys = _keys(parameters.get("Item", parameters.get("Key", {})))
        yield Need(f"dynamodb:{operation}", f"{place}:table/{parameters['TableName']}{index}", keys)
    elif service == "sqs":
        name = parameters["QueueUrl"].rpartition("/")[2]
        yield Need(f"sqs:{operation.removesuffix('Batch')}", f"{place}:{name}")
    elif service == "secretsmanager":
        name = parameters["SecretId"].rpartition(":")[2]
        yield Need(f"{service}:{operation}", f"{place}:secret:{name}-AbCdEf")
    elif service == "cloudformation":
        yield Need(f"{service}:{operation}", f"{place}:stack/{parameters['StackName']}/0a1b2c")
    else:
        yield Need(f"{ {'monitoring': 'cloudwatch'}.get(service, service) }:{operation}", "*")


def _keys(item: Mapping[str, Any]) -> Sequence[str]:
    return [item[name]["S"] for name in ("pk", "delivery_id") if name in item]


@contextmanager
def enforcing(endpoint: str, statements: Sequence[Any], used: set[Need]) -> Iterator[str]:
    """Stand in front of an emulated AWS for as long as the context lasts; gives the endpoint to call.

    Parameters
    ----------
    used
        Gathers what was needed and allowed, without keys.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service, operation, parameters = _call(self.path, self.headers, body)
            needs = [*needed(service, operation, parameters)]
            missing = next(
                (each for each in needs if each.action not in _FREE and not is_allowed(statements, each)),
                None,
            )
            if missing:
                self._answer(*_refusal(missing, is_json="X-Amz-Target" in self.headers))
                return
            used.update(Need(each.action, each.resource) for each in needs)
            connection = HTTPConnection(urlsplit(endpoint).netloc, timeout=30)
            try:
                connection.request("POST", self.path, body, dict(self.headers))
                response = connection.getresponse()
                self._answer(response.status, response.read(), response.getheader("Content-Type", ""))
            finally:
                connection.close()

        def _answer(self, status: int, content: bytes, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _call(path: str, headers: Any, body: bytes) -> tuple[str, str, Mapping[str, Any]]:
    """Read service, operation and parameters from a request, in whichever of AWS's protocols."""
    match = _SERVICE.search(headers.get("Authorization", ""))
    assert match, "every call is signed"
    if target := headers.get("X-Amz-Target"):
        return match[1], target.rpartition(".")[2], json.loads(body)
    if operation := _OPERATION.search(path):
        return match[1], operation[1], {}
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return match[1], form["Action"], form


def _refusal(need: Need, *, is_json: bool) -> tuple[int, bytes, str]:
    message = (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/equipe/ana is not authorized to perform: {need.action}"
        f" on resource: {need.resource} because no identity-based policy allows the {need.action} action"
    )
    if is_json:
        content = json.dumps({"__type": "AccessDeniedException", "message": message})
        return 400, content.encode(), "application/x-amz-json-1.0"
    error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error>"
    return 403, f"<ErrorResponse>{error}</ErrorResponse>".encode(), "text/xml"


def _as_list(value: Any) -> Collection[str]:
    return value if isinstance(value, list) else [value]
