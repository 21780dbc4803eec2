"""The AWS clients, and what all stores have in common when they call."""

import base64
import http
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import boto3
import orjson
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel
from botocore.parsers import ResponseParserError

from models.deadline import Deadline
from models.failures import OutOfTime, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

CONCURRENT_CALLS = 16
"""Threads, and connections kept per client."""

# botocore's defaults (60 s to connect, 60 s to read) outlive API Gateway's 30 s.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=CONCURRENT_CALLS,
    parameter_validation=False,
    # botocore builds its own user agent anew for every call, which takes a tenth of the call's time.
    user_agent="rubeus-webhook",
)

# What botocore's parsers raise where an answer is not as its model has it.
_UNREADABLE = (ResponseParserError, ValueError, LookupError, AttributeError, TypeError)

Job = TypeVar("Job")
Answer = TypeVar("Answer")


class Clients(NamedTuple):
    """One client for each service, all of one session."""

    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    secretsmanager: "SecretsManagerClient"


class UnreadableAnswerError(BotoCoreError):
    """A service answered, but not with the JSON that the operation promises."""

    fmt = "The answer could not be read"


def connect() -> Clients:
    """Make the clients; region, credentials and endpoints come from the environment, as boto3 reads it."""
    session = boto3.session.Session()
    clients = Clients(
        dynamodb=session.client("dynamodb", config=_CONFIG),
        sqs=session.client("sqs", config=_CONFIG),
        secretsmanager=session.client("secretsmanager", config=_CONFIG),
    )
    for client in (clients.dynamodb, clients.sqs):
        client.meta.events.register("provide-client-params", _set_aside)  # type: ignore[arg-type] # it may answer
        client.meta.events.register("before-call", _put_back)
    read_as_it_comes(clients.dynamodb)
    for each in (clients.dynamodb, clients.sqs, clients.secretsmanager):
        each.meta.events.register("after-call", _refuse_unreadable)
    for other in (clients.sqs, clients.secretsmanager):
        other.meta.events.register("after-call-error", _name_unreadable)
    return clients


def read_as_it_comes(dynamodb: "DynamoDBClient") -> None:
    """Let a client read items in a fifth of botocore's time; it raises UnreadableAnswerError, too."""
    for operation in ("BatchGetItem", "Query"):
        dynamodb.meta.events.register(f"before-parse.dynamodb.{operation}", _take_as_it_is)
    dynamodb.meta.events.register("after-call-error", _name_unreadable)


# The hooks below are boto3's events (its guide, "Extensibility guide"). The guide lists all but before-parse.
# Were that one no longer emitted, botocore would read the answers itself: the same result, more slowly.

# botocore walks through every value of every record twice, to validate it and to copy it. That would be two
# thirds of a large delivery's processor time (docs/performance.md). But both services take our parameters as
# they are, written as JSON; only bytes become base64. So botocore sees empty parameters, and their JSON
# replaces its own.


def _set_aside(params: dict[str, Any], context: dict[str, Any], **_: object) -> dict[str, Any]:
    context["parameters"] = params
    return {
        name: type(value)() if isinstance(value, dict | list) else value for name, value in params.items()
    }


def _put_back(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    # botocore adds the token by which DynamoDB knows a transaction that is sent again; it stays.
    params["body"] = orjson.dumps(orjson.loads(params["body"]) | context["parameters"], default=_base64)


def _take_as_it_is(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    """Read an answer without botocore's walk through every value, for the same reason."""
    if response_dict["status_code"] != http.HTTPStatus.OK:
        return
    body = response_dict["body"]
    has_bytes = b'"B"' in body
    customized_response_dict.update(json.loads(body, object_hook=_bytes) if has_bytes else orjson.loads(body))
    response_dict["body"] = b"{}"


def _bytes(value: dict[str, Any]) -> dict[str, Any]:
    # A record's field may be called B too. Its value is then an object that names its own type, never text.
    binary = value.get("B")
    return {"B": base64.b64decode(binary)} if isinstance(binary, str) and len(value) == 1 else value


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _refuse_unreadable(http_response: AWSResponse, model: OperationModel, **_: object) -> None:
    """Refuse a success that holds no JSON object: botocore takes it for one that holds nothing.

    It is not sent again, since nobody knows what the service did; recovery finds out.
    """
    if http_response.status_code >= http.HTTPStatus.MULTIPLE_CHOICES or model.output_shape is None:
        return
    try:
        answer = orjson.loads(http_response.content)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise UnreadableAnswerError


def _name_unreadable(exception: Exception, **_: object) -> None:
    """Give the errors of Python that botocore's parsers stumble with a name of their own."""
    if isinstance(exception, _UNREADABLE):
        raise UnreadableAnswerError from exception


@contextmanager
def store_errors(store: str) -> Iterator[None]:
    """Turn botocore's errors into ours: StoreUnavailable, with the code and without the message."""
    try:
        yield
    except ClientError as error:
        raise StoreUnavailable(store, error.response["Error"]["Code"]) from error
    except (BotoCoreError, RuntimeError) as error:
        # A RuntimeError is botocore's word for credentials that are expired even after a refresh.
        raise StoreUnavailable(store, type(error).__name__) from error


def call_all(
    pool: Executor, store: str, call: Callable[[Job], Answer], jobs: Sequence[Job], deadline: Deadline
) -> list[Answer | StoreUnavailable]:
    """Make all calls at the same time, and wait for them until the deadline.

    Even a single call goes through the pool, so that one that hangs can't outlast the answer.

    Returns
    -------
    list
        For each job its answer, or what it raised; OutOfTime for one that did not answer in time.
    """
    futures = [pool.submit(call, job) for job in jobs]
    answers: list[Answer | StoreUnavailable] = []
    for future in futures:
        try:
            answers.append(future.result(timeout=max(0, deadline.remaining())))
        except StoreUnavailable as failure:
            answers.append(failure)
        except TimeoutError:
            future.cancel()
            answers.append(OutOfTime(store))
    return answers
