"""The deliveries table as an operator uses it: heads by state or day, bodies, and opening again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aws.delivery_items import (
    BY_STATE,
    HEAD,
    TTL_ATTRIBUTE,
    body_part,
    key,
    read_head,
    shards,
    state_shard,
)
from aws.dynamodb import batches
from models.clock import BRASILIA, timestamp
from models.outcome import State
from rubeus.head import ATTRIBUTES, FROM_THE_END, Head, read

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesUnionTypeDef

EXPIRED = "a part of its body has expired"

_BY_DAY = "by_day"
_BATCH_KEYS = 100


class Inbox:
    """Reads the deliveries table, and opens deliveries again. Raises what boto3 raises."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def ids(
        self, states: Iterable[State], day: str | None = None, since: datetime | None = None
    ) -> list[str]:
        """List deliveries, oldest first, by the index of states or, with a day, by that of days.

        The indexes are a moment behind, and that of days has deliveries of all states.
        """
        index, name = (_BY_DAY, "day") if day else (BY_STATE, "state_shard")
        partitions = [day] if day else [shard for state in states for shard in shards(state)]
        found: set[tuple[str, str]] = set()  # one that just changes its state may be in two partitions
        for partition in partitions:
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self._table,
                IndexName=index,
                KeyConditionExpression="#partition = :partition AND received_at >= :since",
                ExpressionAttributeNames={"#partition": name},
                ExpressionAttributeValues={
                    ":partition": {"S": partition},
                    ":since": {"S": timestamp(since) if since else "0"},
                },
            )
            found.update(
                (item["received_at"]["S"], item["delivery_id"]["S"])
                for page in pages
                for item in page["Items"]
            )
        return [delivery_id for _, delivery_id in sorted(found)]

    def heads(self, ids: Sequence[str]) -> Iterator[Head]:
        """Read heads in the order of their ids, a hundred at a time, as they are asked for."""
        for batch in batches(ids, _BATCH_KEYS):
            items: dict[str, Mapping[str, Any]] = {}
            left: KeysAndAttributesUnionTypeDef | None = {
                "Keys": [key(delivery_id, HEAD) for delivery_id in batch],
                "ConsistentRead": True,
                "ProjectionExpression": ", ".join(f"#{name}" for name in ATTRIBUTES),
                "ExpressionAttributeNames": {f"#{name}": name for name in ATTRIBUTES},
            }
            while left:
                answer = self._dynamodb.batch_get_item(RequestItems={self._table: left})
                items |= {item["delivery_id"]["S"]: item for item in answer["Responses"][self._table]}
                left = answer["UnprocessedKeys"].get(self._table)
            yield from (read(items[delivery_id]) for delivery_id in batch if delivery_id in items)

    def head(self, delivery_id: str) -> Head | None:
        """Read one head, as it is now."""
        return next(self.heads([delivery_id]), None)

    def body(self, head: Head) -> bytes | None:
        """Read the body, byte for byte as it was sent; None where DynamoDB has deleted a part of it."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="delivery_id = :id",
            ExpressionAttributeValues={":id": {"S": head.id}},
            ConsistentRead=True,
        )
        items = {item["part"]["S"]: item for page in pages for item in page["Items"]}
        names = [body_part(number) for number in range(1, head.body_parts + 1)]
        if not {HEAD, *names} <= items.keys():
            return None
        return read_head(items[HEAD], [items[name]["body"]["B"] for name in names]).delivery.body

    def reopen(self, head: Head, now: datetime, recover_after: timedelta) -> str | None:
        """Make a delivery what it was when it came in, so that recovery takes it, at once or by schedule.

        Parameters
        ----------
        recover_after
            How old an open delivery must be: until then the front door may be at it.

        Returns
        -------
        str
            Why it stays as it is; None where it is open now.
        """
        if refusal := _refusal(head, now, recover_after):
            return refusal
        if self._kept_parts(head.id) < head.body_parts:
            return EXPIRED
        try:
            # The body first: DynamoDB must not delete it from under an open delivery.
            for number in range(1, head.body_parts + 1):
                self._keep_part(head.id, body_part(number))
            self._open(head.id, now, recover_after)
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            changed = self.head(head.id)
            return (changed and _refusal(changed, now, recover_after)) or EXPIRED
        return None

    def _keep_part(self, delivery_id: str, part: str) -> None:
        self._dynamodb.update_item(
            TableName=self._table,
            Key=key(delivery_id, part),
            UpdateExpression=f"REMOVE {TTL_ATTRIBUTE}",
            ConditionExpression="attribute_exists(delivery_id)",
        )

    def _open(self, delivery_id: str, now: datetime, recover_after: timedelta) -> None:
        # All that an earlier close said goes: the next one need not say the same things.
        removal = ", ".join(FROM_THE_END)
        self._dynamodb.update_item(
            TableName=self._table,
            Key=key(delivery_id, HEAD),
            UpdateExpression=(f"SET #state = :open, state_shard = :shard, attempts = :none REMOVE {removal}"),
            ConditionExpression=(
                "attribute_exists(delivery_id)"
                " AND (attribute_not_exists(leased_until) OR leased_until <= :now)"
                " AND (#state <> :open OR received_at <= :old)"
            ),
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":open": {"S": State.OPEN},
                ":shard": {"S": state_shard(State.OPEN, delivery_id)},
                ":none": {"N": "0"},
                ":now": {"S": timestamp(now)},
                ":old": {"S": timestamp(now - recover_after)},
            },
        )

    def _kept_parts(self, delivery_id: str) -> int:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="delivery_id = :id AND #part < :head",
            ExpressionAttributeNames={"#part": "part"},
            ExpressionAttributeValues={":id": {"S": delivery_id}, ":head": {"S": HEAD}},
            Select="COUNT",
            ConsistentRead=True,
        )
        return sum(page["Count"] for page in pages)


def _refusal(head: Head, now: datetime, recover_after: timedelta) -> str | None:
    if head.leased_until and head.leased_until > now:
        return f"another run has it until {head.leased_until.astimezone(BRASILIA):%H:%M}"
    if head.state is State.OPEN and head.received_at > now - recover_after:
        return "the front door may still be at it"
    return None
