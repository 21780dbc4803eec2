"""The deliveries table: which deliveries there are, what became of each, and its body."""

import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aws.deliveries_table import STORE
from aws.delivery_items import BY_STATE, HEAD, body_part, key, read_head, shards
from aws.dynamodb import batch_get, batches
from models.clock import Clock, moment, timestamp
from models.deadline import Deadline
from models.delivery import Delivery
from rubeus.errors import CommandError
from rubeus.reading.selection import Selection
from rubeus.reading.summary import ATTRIBUTES, DeliverySummary, read_summary

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesUnionTypeDef

_BY_DAY = "by_day"
_BATCH_KEYS = 100

# So long a read may be throttled before it is given up.
_THROTTLED_SECONDS = 60


class UnreadableBodyError(CommandError):
    """What the deliveries table holds as a body is no gzip."""


@dataclass(frozen=True)
class Deliveries:
    """Reads the deliveries table. Raises what boto3 raises, and StoreUnavailable."""

    dynamodb: "DynamoDBClient"
    table: str
    clock: Clock = time

    def find(self, selection: Selection, *, oldest_first: bool = False) -> Iterator[DeliverySummary]:
        """Give the deliveries that are selected, newest first, as they are when they are asked for."""
        days = selection.days(moment(self.clock.time_ns()))
        if days:
            ids = self._ids(_BY_DAY, "day", days, selection.since)
        else:
            partitions = [shard for state in selection.states for shard in shards(state)]
            ids = self._ids(BY_STATE, "state_shard", partitions, selection.since)
        return filter(selection.holds, self._summaries(sorted(ids, reverse=not oldest_first)))

    def get(self, delivery_id: str) -> DeliverySummary | None:
        """Read one, as it is now."""
        return next(self._summaries([("", delivery_id)]), None)

    def count(self, day: str) -> int:
        """Count what came in on a day, YYYY-MM-DD."""
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            IndexName=_BY_DAY,
            KeyConditionExpression="#day = :day",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":day": {"S": day}},
            Select="COUNT",
        )
        return sum(page["Count"] for page in pages)

    def delivery(self, summary: DeliverySummary) -> Delivery | None:
        """Read the delivery as it was received; None where DynamoDB has deleted a part of it.

        Raises
        ------
        UnreadableBodyError
            When what is there is not what the receiver wrote.
        """
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="delivery_id = :id",
            ExpressionAttributeValues={":id": {"S": summary.id}},
            ConsistentRead=True,
        )
        items = {item["part"]["S"]: item for page in pages for item in page["Items"]}
        names = [body_part(number) for number in range(1, summary.body_parts + 1)]
        if not {HEAD, *names} <= items.keys():
            return None
        try:
            return read_head(items[HEAD], [items[name]["body"]["B"] for name in names]).delivery
        except (OSError, EOFError, zlib.error) as error:
            message = f"its body cannot be read: {type(error).__name__}"
            raise UnreadableBodyError(message) from error

    def _ids(
        self, index: str, name: str, partitions: Iterable[str], since: datetime | None
    ) -> set[tuple[str, str]]:
        """Give times of receipt and ids; one that just changes its state may be in two partitions."""
        found: set[tuple[str, str]] = set()
        for partition in partitions:
            pages = self.dynamodb.get_paginator("query").paginate(
                TableName=self.table,
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
        return found

    def _summaries(self, found: Sequence[tuple[str, str]]) -> Iterator[DeliverySummary]:
        """Read heads in the order of their ids, a hundred at a time, as they are asked for."""
        for batch in batches(found, _BATCH_KEYS):
            keys = [key(delivery_id, HEAD) for _, delivery_id in batch]
            deadline = Deadline.after(_THROTTLED_SECONDS, self.clock)
            asked: KeysAndAttributesUnionTypeDef = {
                "Keys": keys,
                "ConsistentRead": True,
                "ProjectionExpression": ", ".join(f"#{name}" for name in ATTRIBUTES),
                "ExpressionAttributeNames": {f"#{name}": name for name in ATTRIBUTES},
            }
            items = batch_get(self.dynamodb, STORE, self.table, asked, deadline)
            by_id = {item["delivery_id"]["S"]: item for item in items}
            yield from (read_summary(by_id[delivery_id]) for _, delivery_id in batch if delivery_id in by_id)
