"""The deliveries table: the inbox."""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aws.client import store_errors
from aws.delivery_items import (
    BY_STATE,
    HEAD,
    TTL_ATTRIBUTE,
    body_part,
    closing,
    head,
    key,
    read_head,
    shards,
    state_shard,
)
from aws.dynamodb import batch_get, batch_write
from aws.item_codec import chunks
from models.clock import timestamp
from models.deadline import Deadline
from models.delivery import Delivery, OpenDelivery
from models.failures import OutOfTime, StoreUnavailable
from models.outcome import Result, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

    from aws.item_codec import Attributes

STORE = "deliveries table"

_SECONDS_A_DAY = 86_400

# gzip's best (9) takes twice the time of 6 for 1% less.
_COMPRESSION = 6

# The head (400 KiB at most) holds the body up to this size, and the outcomes.
_MAX_BODY_IN_HEAD = 200_000

# Attributes that only an open delivery has, or a closed one that still has to be looked at (state_shard).
_WHILE_OPEN = ("due_at", "leased_until", "reason", "state_shard")


class DeliveriesTable:
    """Keeps every delivery as received, and what became of it; see ingest.ports.Inbox.

    Parameters
    ----------
    retention_days, quarantine_retention_days
        How long after their receipt closed deliveries stay; open and failed ones stay until they are closed.
    """

    def __init__(
        self, dynamodb: "DynamoDBClient", table: str, retention_days: int, quarantine_retention_days: int
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._retention_days = {State.DONE: retention_days, State.QUARANTINED: quarantine_retention_days}

    def save(self, delivery: Delivery, deadline: Deadline) -> int:
        packed = gzip.compress(delivery.body, _COMPRESSION, mtime=0)
        parts = chunks(packed) if len(packed) > _MAX_BODY_IN_HEAD else ()
        requests: list[WriteRequestTypeDef] = [
            {"PutRequest": {"Item": {**key(delivery.id, body_part(number)), "body": {"B": part}}}}
            for number, part in enumerate(parts, 1)
        ]
        batch_write(self._dynamodb, STORE, self._table, requests, deadline)
        if deadline.remaining() <= 0:
            raise OutOfTime(STORE)
        with _ignore_refusal():
            self._dynamodb.put_item(
                TableName=self._table,
                Item=head(delivery, packed, len(parts)),
                ConditionExpression="attribute_not_exists(delivery_id)",
            )
        return len(parts)

    def close(self, result: Result, parts: int) -> None:
        delivery = result.delivery
        days = self._retention_days[result.state]
        expires_at = int(delivery.received_at.timestamp()) + days * _SECONDS_A_DAY
        expiry: Attributes = {TTL_ATTRIBUTE: {"N": str(expires_at)}}
        values = {**expiry, **closing(result)}
        remove = [name for name in _WHILE_OPEN if name not in values]
        for number in range(1, parts + 1):
            self._update(delivery.id, body_part(number), expiry)
        self._update(delivery.id, HEAD, values, remove)

    def list_open(self) -> Sequence[OpenDelivery]:
        found: list[OpenDelivery] = []
        with store_errors(STORE):
            for shard in shards(State.OPEN):
                pages = self._dynamodb.get_paginator("query").paginate(
                    TableName=self._table,
                    IndexName=BY_STATE,
                    KeyConditionExpression="state_shard = :shard",
                    ExpressionAttributeValues={":shard": {"S": shard}},
                )
                found.extend(
                    OpenDelivery(
                        item["delivery_id"]["S"],
                        datetime.fromisoformat(item["received_at"]["S"]),
                        datetime.fromisoformat(item["due_at"]["S"]) if "due_at" in item else None,
                    )
                    for page in pages
                    for item in page["Items"]
                )
        return found

    def claim(self, delivery_id: str, now: datetime, lease: timedelta) -> int | None:
        with _ignore_refusal():
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=key(delivery_id, HEAD),
                UpdateExpression="SET leased_until = :until, due_at = :until ADD attempts :one",
                ConditionExpression=(
                    "#state = :open AND (attribute_not_exists(leased_until) OR leased_until <= :now)"
                ),
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={
                    ":until": {"S": timestamp(now + lease)},
                    ":now": {"S": timestamp(now)},
                    ":open": {"S": State.OPEN},
                    ":one": {"N": "1"},
                },
                ReturnValues="UPDATED_NEW",
            )
            return int(answer["Attributes"]["attempts"]["N"])
        return None

    def load(self, delivery_id: str, deadline: Deadline) -> tuple[Delivery, int]:
        (item,) = batch_get(self._dynamodb, STORE, self._table, [key(delivery_id, HEAD)], deadline)
        numbers = range(1, int(item["body_parts"]["N"]) + 1 if "body_parts" in item else 1)
        wanted = [key(delivery_id, body_part(number)) for number in numbers]
        found = batch_get(self._dynamodb, STORE, self._table, wanted, deadline)
        parts = {part["part"]["S"]: part["body"]["B"] for part in found}
        return read_head(item, [parts[body_part(number)] for number in numbers]), len(numbers)

    def reschedule(self, delivery_id: str, until: datetime, reason: str) -> None:
        values: Attributes = {"due_at": {"S": timestamp(until)}, "reason": {"S": reason}}
        self._release(delivery_id, values)

    def mark_failed(self, delivery_id: str, reason: str) -> None:
        values: Attributes = {
            "state": {"S": State.FAILED},
            "state_shard": {"S": state_shard(State.FAILED, delivery_id)},
            "reason": {"S": reason},
        }
        self._release(delivery_id, values)

    def _release(self, delivery_id: str, values: "Attributes") -> None:
        """End a lease, unless the delivery was closed meanwhile, by who took it when that had run out."""
        with _ignore_refusal():
            self._update(delivery_id, HEAD, values, ["leased_until"], "attribute_exists(leased_until)")

    def _update(
        self,
        delivery_id: str,
        part: str,
        values: "Attributes",
        remove: Sequence[str] = (),
        condition: str = "attribute_exists(delivery_id)",
    ) -> None:
        removal = f" REMOVE {', '.join(remove)}" if remove else ""
        with store_errors(STORE):
            self._dynamodb.update_item(
                TableName=self._table,
                Key=key(delivery_id, part),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values) + removal,
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
            )


@contextmanager
def _ignore_refusal() -> Iterator[None]:
    """Call, and go on where the item is not as the call's condition wants it. Raises StoreUnavailable."""
    try:
        with store_errors(STORE):
            yield
    except StoreUnavailable as failure:
        if failure.code != "ConditionalCheckFailedException":
            raise
