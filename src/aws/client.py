"""The AWS clients, and what all stores have in common when they call."""

import base64
import http
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.request import getproxies

import orjson
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import get_cert_path
from botocore.session import Session

from aws.transport import Transport
from models.deadline import Deadline
from models.failures import OutOfTime, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

CONCURRENT_CALLS = 16
"""Threads, and connections kept per client."""

_CONNECT_SECONDS = 1
_READ_SECONDS = 3

# botocore's defaults (60 s to connect, 60 s to read) outlive API Gateway's 30 s.
_CONFIG = Config(
    connect_timeout=_CONNECT_SECONDS,
    read_timeout=_READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=CONCURRENT_CALLS,
    parameter_validation=False,
    user_agent="rubeus-webhook",  # else put together anew for every call: a tenth of its time
)

Job = TypeVar("Job")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Clients:
    """One client for each service, all of one session."""

    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    secretsmanager: "SecretsManagerClient"


def connect() -> Clients:
    """Make the clients; region, credentials and endpoints come from the environment, as boto3 reads it.

    They are the very clients of boto3, made by its core: to import boto3 itself takes a quarter of a cold
    start, for transfers to S3 that nobody makes here.
    """
    session = Session()
    clients = Clients(
        dynamodb=cast("DynamoDBClient", session.create_client("dynamodb", config=_CONFIG)),
        sqs=cast("SQSClient", session.create_client("sqs", config=_CONFIG)),
        secretsmanager=cast("SecretsManagerClient", session.create_client("secretsmanager", config=_CONFIG)),
    )
    if not getproxies():
        # botocore has no public place for it. With a proxy its own session stays, which knows about them.
        certificates = session.get_config_variable("ca_bundle") or get_cert_path(verify=True)
        transport = Transport(_CONNECT_SECONDS, _READ_SECONDS, str(certificates))
        for client in (clients.dynamodb, clients.sqs, clients.secretsmanager):
            client._endpoint.http_session = transport  # type: ignore[union-attr]  # noqa: SLF001
    for client in (clients.dynamodb, clients.sqs):
        # The rules by which botocore works out an address for every call, always the one the client has.
        client._ruleset_resolver = None  # type: ignore[union-attr]  # noqa: SLF001
        client.meta.events.register("provide-client-params", _set_aside)  # type: ignore[arg-type] # it may answer
        client.meta.events.register("before-call", _put_back)
    clients.dynamodb.meta.events.register("before-parse.dynamodb.BatchGetItem", _take_as_it_is)
    return clients


# Both services take the very JSON that our parameters are, but for bytes. botocore would walk through every
# value of every record twice, to validate it and to copy it: two thirds of a large delivery's processor time
# (docs/performance.md). So it sees the parameters with nothing in them, and their JSON is put in their place.


def _set_aside(params: dict[str, Any], context: dict[str, Any], **_: object) -> dict[str, Any]:
    context["parameters"] = params
    return {
        name: type(value)() if isinstance(value, dict | list) else value for name, value in params.items()
    }


def _put_back(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    # What botocore adds by itself stays: the token by which a transaction that is sent again is known.
    params["body"] = orjson.dumps(orjson.loads(params["body"]) | context["parameters"], default=_base64)


def _take_as_it_is(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    """Read an answer without botocore's walk through it, for the same reason."""
    if response_dict["status_code"] != http.HTTPStatus.OK:
        return
    body = response_dict["body"]
    has_bytes = b'"B"' in body
    customized_response_dict.update(json.loads(body, object_hook=_bytes) if has_bytes else orjson.loads(body))
    response_dict["body"] = b"{}"


def _bytes(value: dict[str, Any]) -> dict[str, Any]:
    # A field of a record may be called B too; its value then is no text, but says its own type.
    binary = value.get("B")
    return {"B": base64.b64decode(binary)} if isinstance(binary, str) and len(value) == 1 else value


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


@contextmanager
def store_errors(store: str) -> Iterator[None]:
    """Turn botocore's errors into ours: StoreUnavailable, with the code and without the message."""
    try:
        yield
    except ClientError as error:
        raise StoreUnavailable(store, error.response["Error"]["Code"]) from error
    except BotoCoreError as error:
        raise StoreUnavailable(store, type(error).__name__) from error


def call_all(
    pool: Executor, store: str, call: Callable[[Job], Answer], jobs: Sequence[Job], deadline: Deadline
) -> list[Answer | StoreUnavailable]:
    """Make all calls at the same time, and wait no longer than there is deadline.

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
