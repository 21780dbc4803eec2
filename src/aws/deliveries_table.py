"""The deliveries table: the inbox."""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from aws.delivery_items import (
    BY_STATE,
    HEAD,
    PARTS_TOGETHER,
    TTL_ATTRIBUTE,
    answer,
    body_part,
    closing,
    head,
    key,
    read_head,
    read_open,
    shards,
    state_shard,
    write_positions,
)
from aws.dynamodb import batch_get, query, transact
from aws.item_codec import chunks
from aws.throttling import persist
from models.clock import timestamp
from models.deadline import Deadline
from models.delivery import Delivery, Left, OpenDelivery, Saved, SavedDelivery, Turn
from models.failures import OutOfTime, StoreUnavailable
from models.outcome import Result, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesUnionTypeDef, TransactWriteItemTypeDef

    from aws.item_codec import Attributes

STORE = "deliveries table"

_SECONDS_A_DAY = 86_400

# gzip's best (9) takes twice the time of 6 for 1% less.
_COMPRESSION = 6

# The head (400 KB at most) holds the body up to this size, and the outcomes.
_MAX_BODY_IN_HEAD = 200_000

# Attributes that only an open delivery has, or a closed one that still has to be looked at (state_shard).
_WHILE_OPEN = ("due_at", "leased_until", "unfinished", "reason", "state_shard")

_REFUSED = "ConditionalCheckFailed"


class DeliveriesTable:
    """Keeps every delivery as received, and what became of it; see ingest.ports.Inbox.

    A head and the parts of its body are written together, so that no part is ever without its head, nor
    expires while the delivery is open, nor stays when it is closed. Only a body of over 3.4 MB gzipped (what
    JSON is after that is noise) needs several steps; then the parts come with an expiry, which `load` takes
    away if nobody else did.

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

    def save(self, delivery: Delivery, deadline: Deadline) -> Saved:
        packed = gzip.compress(delivery.body, _COMPRESSION, mtime=0)
        parts = chunks(packed) if len(packed) > _MAX_BODY_IN_HEAD else ()
        items: list[Attributes] = [
            {**key(delivery.id, body_part(number)), "body": {"B": part}}
            for number, part in enumerate(parts, 1)
        ]
        if len(parts) > PARTS_TOGETHER:
            expiry = self._expiry(delivery, State.DONE)
            for item in items:
                put = partial(self._dynamodb.put_item, TableName=self._table, Item={**item, **expiry})
                persist(STORE, deadline, put)
            items = []
        opening: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": head(delivery, packed, len(parts)),
                "ConditionExpression": "attribute_not_exists(delivery_id)",
            }
        }
        puts: list[TransactWriteItemTypeDef] = [
            {"Put": {"TableName": self._table, "Item": each}} for each in items
        ]
        is_new = self._write([opening, *puts], deadline)
        if len(parts) > PARTS_TOGETHER:
            self._keep(delivery.id, range(1, len(parts) + 1), deadline)
        return Saved(len(parts), is_new)

    def close(self, result: Result, parts: int, deadline: Deadline) -> None:
        try:
            self._close(result, closing(result), parts, deadline)
        except StoreUnavailable as failure:
            if failure.code != "ValidationException":
                raise
            self._close(result, closing(result, briefly=True), parts, deadline)

    def leave_open(self, result: Result, deadline: Deadline) -> None:
        reason = str(result.failures[-1]) if result.failures else "the front door could not say why"
        values = {**_left(Left(reason, result.unfinished)), **answer(result)}
        self._write(
            [self._update(result.delivery.id, HEAD, values, condition="attribute_not_exists(due_at)")],
            deadline,
        )

    def list_open(self, deadline: Deadline) -> Sequence[OpenDelivery]:
        return [
            read_open(item)
            for shard in shards(State.OPEN)
            for item in query(
                self._dynamodb,
                STORE,
                deadline,
                TableName=self._table,
                IndexName=BY_STATE,
                KeyConditionExpression="state_shard = :shard",
                ExpressionAttributeValues={":shard": {"S": shard}},
            )
        ]

    def claim(self, turn: Turn, now: datetime, lease: timedelta, deadline: Deadline) -> int | None:
        update = partial(
            self._dynamodb.update_item,
            TableName=self._table,
            Key=key(turn.delivery_id, HEAD),
            UpdateExpression="SET leased_until = :until, due_at = :until ADD attempts :one",
            ConditionExpression=(
                # While a lease runs it is not due, either.
                "#state = :open AND attempts = :attempts AND (attribute_not_exists(due_at) OR due_at <= :now)"
            ),
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":until": {"S": timestamp(now + lease)},
                ":now": {"S": timestamp(now)},
                ":open": {"S": State.OPEN},
                ":attempts": {"N": str(turn.attempts)},
                ":one": {"N": "1"},
            },
            ReturnValues="UPDATED_NEW",
        )
        with _ignore_refusal():
            return int(persist(STORE, deadline, update)["Attributes"]["attempts"]["N"])
        return None

    def load(self, delivery_id: str, deadline: Deadline) -> SavedDelivery:
        (item,) = self._get([key(delivery_id, HEAD)], deadline)
        numbers = range(1, int(item["body_parts"]["N"]) + 1 if "body_parts" in item else 1)
        found = self._get([key(delivery_id, body_part(number)) for number in numbers], deadline)
        parts = {part["part"]["S"]: part for part in found}
        expiring = [number for number in numbers if TTL_ATTRIBUTE in parts[body_part(number)]]
        self._keep(delivery_id, expiring, deadline)
        return read_head(item, [parts[body_part(number)]["body"]["B"] for number in numbers])

    def reschedule(self, delivery_id: str, until: datetime, left: Left, deadline: Deadline) -> None:
        self._release(delivery_id, {"due_at": {"S": timestamp(until)}, **_left(left)}, deadline)

    def mark_failed(self, delivery_id: str, left: Left, deadline: Deadline) -> None:
        values: Attributes = {
            "state": {"S": State.FAILED},
            "state_shard": {"S": state_shard(State.FAILED, delivery_id)},
            **_left(left),
        }
        self._release(delivery_id, values, deadline)

    def _get(self, keys: "Sequence[Attributes]", deadline: Deadline) -> list[dict[str, Any]]:
        asked: KeysAndAttributesUnionTypeDef = {"Keys": keys, "ConsistentRead": True}
        return batch_get(self._dynamodb, STORE, self._table, asked, deadline)

    def _close(self, result: Result, values: "Attributes", parts: int, deadline: Deadline) -> None:
        delivery = result.delivery
        expiry = self._expiry(delivery, result.state)
        remove = [name for name in _WHILE_OPEN if name not in values]
        ends = [self._update(delivery.id, body_part(number), expiry) for number in range(1, parts + 1)]
        if parts > PARTS_TOGETHER:
            for end in ends:
                self._write([end], deadline)
            ends = []
        self._write([self._update(delivery.id, HEAD, {**values, **expiry}, remove), *ends], deadline)

    def _release(self, delivery_id: str, values: "Attributes", deadline: Deadline) -> None:
        """End a lease, unless the delivery was closed meanwhile, by who took it when that had run out."""
        condition = "attribute_exists(leased_until)"
        self._write([self._update(delivery_id, HEAD, values, ["leased_until"], condition)], deadline)

    def _keep(self, delivery_id: str, numbers: Sequence[int], deadline: Deadline) -> None:
        """Let parts of a body not expire."""
        for number in numbers:
            self._write([self._update(delivery_id, body_part(number), {}, [TTL_ATTRIBUTE])], deadline)

    def _expiry(self, delivery: Delivery, state: State) -> "Attributes":
        seconds = self._retention_days[state] * _SECONDS_A_DAY
        return {TTL_ATTRIBUTE: {"N": str(int(delivery.received_at.timestamp()) + seconds)}}

    def _update(
        self,
        delivery_id: str,
        part: str,
        values: "Attributes",
        remove: Sequence[str] = (),
        condition: str = "attribute_exists(delivery_id)",
    ) -> "TransactWriteItemTypeDef":
        sets = "SET " + ", ".join(f"#{name} = :{name}" for name in values) if values else ""
        removal = f" REMOVE {', '.join(remove)}" if remove else ""
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": key(delivery_id, part),
            "UpdateExpression": sets + removal,
            "ConditionExpression": condition,
        }
        if values:
            update["ExpressionAttributeNames"] = {f"#{name}": name for name in values}
            update["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
        return {"Update": update}  # type: ignore[typeddict-item] # built in two steps

    def _write(self, writes: "Sequence[TransactWriteItemTypeDef]", deadline: Deadline) -> bool:
        """Write all or nothing: one item by its own call, which takes half of what a transaction does.

        Returns
        -------
        bool
            Whether the items were as the writes' conditions want them; else nothing is written.
        """
        if len(writes) == 1:
            with _ignore_refusal():
                persist(STORE, deadline, partial(self._write_one, writes[0]))
                return True
            return False
        attempt = 0
        while reasons := transact(self._dynamodb, STORE, writes, deadline):
            if _REFUSED in reasons:
                return False
            attempt += 1
            if not deadline.backoff(attempt):
                raise OutOfTime(STORE)
        return True

    def _write_one(self, write: Mapping[str, Any]) -> object:
        if "Put" in write:
            return self._dynamodb.put_item(**write["Put"])
        return self._dynamodb.update_item(**write["Update"])


def _left(left: Left) -> "Attributes":
    unfinished: Attributes = (
        {} if left.unfinished is None else {"unfinished": {"S": write_positions(left.unfinished)}}
    )
    return {"reason": {"S": left.reason}, **unfinished}


@contextmanager
def _ignore_refusal() -> Iterator[None]:
    """Call, and go on where the item is not as the call's condition wants it. Raises StoreUnavailable."""
    try:
        yield
    except StoreUnavailable as failure:
        if failure.code != "ConditionalCheckFailedException":
            raise
