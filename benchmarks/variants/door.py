"""What both baselines do before they store anything: let in, parse, tell the kind, validate."""

import base64
import hmac
import json
import os
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from pydantic import ValidationError

from models.kind import MODELS, infer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_sqs import SQSClient

Record = tuple[str, str, dict[str, Any]]
"""Kind, id, and the record as parsed."""


@cache
def stores() -> "tuple[Table, SQSClient]":
    """Give the table and the queue, made once."""
    return boto3.resource("dynamodb").Table(os.environ["RECORDS_TABLE"]), boto3.client("sqs")


def admitted(event: Mapping[str, Any]) -> bool:
    """Compare the path's token with the secret, which is read once."""
    return hmac.compare_digest(event["pathParameters"]["token"].encode(), _token())


def records(event: Mapping[str, Any]) -> list[Record]:
    """Parse the body and validate every record with the receiver's own models; drop the ones that fail."""
    text = event["body"]
    if event["isBase64Encoded"]:
        text = base64.b64decode(text)
    valid = []
    for data in json.loads(text, parse_float=Decimal):
        kind = infer(data).kind
        if kind is None:
            continue
        try:
            view = MODELS[kind].model_validate(data)
        except ValidationError:
            continue
        valid.append((kind, view.id, data))
    return valid


def item(record: Record, received_at: str) -> dict[str, Any]:
    """Give the item of a record, as boto3's resource takes it."""
    kind, identifier, data = record
    return {
        "pk": f"{kind}#{identifier}",
        "sk": "current",
        "kind": kind,
        "id": identifier,
        "received_at": received_at,
        "data": data,
    }


class Message(NamedTuple):
    """What a FIFO queue takes."""

    body: str
    group: str
    deduplication_id: str


def message(record: Record, request_id: str) -> Message:
    """Give the message of a record."""
    kind, identifier, data = record
    body = json.dumps({"kind": kind, "id": identifier, "data": data}, default=_number)
    return Message(body, f"{kind}/{identifier}", f"{kind}/{identifier}/{request_id}")


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


@cache
def _token() -> bytes:
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["TOKEN_SECRET"])
    return bytes(json.loads(secret["SecretString"])["token"].encode())
