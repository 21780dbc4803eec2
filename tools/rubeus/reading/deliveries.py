"""The deliveries table: which deliveries there are, what became of each, and its body."""

import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from aws.delivery_items import BY_STATE, HEAD, body_part, key, read_head, shards
from aws.dynamodb import batches
from models.clock import Clock, moment, timestamp
from models.deadline import Deadline
from models.delivery import Delivery
from models.outcome import State
from rubeus.errors import CommandError
from rubeus.reading.items import PATIENCE, get, query
from rubeus.reading.rows import DeliveryRow, indexed_row, row
from rubeus.reading.selection import Selection
from rubeus.reading.summary import ATTRIBUTES, DeliverySummary, read_summary

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BY_DAY = "by_day"
_BATCH_KEYS = 100


class UnreadableBodyError(CommandError):
    """What the deliveries table holds as a body is no gzip."""


@dataclass(frozen=True)
class Deliveries:
    """Reads the deliveries table. Raises what boto3 raises, and StoreUnavailable."""

    dynamodb: "DynamoDBClient"
    table: str
    clock: Clock = time
    patience: float = PATIENCE

    def find(self, selection: Selection, *, oldest_first: bool = False) -> Iterator[DeliverySummary]:
        """Give the deliveries that are selected, newest first, as they are when they are asked for."""
        days = selection.days(moment(self.clock.time_ns()))
        if days:
            ids = self._ids(_BY_DAY, "day", days, selection.since)
        else:
            partitions = [shard for state in selection.states for shard in shards(state)]
            ids = self._ids(BY_STATE, "state_shard", partitions, selection.since)
        return filter(selection.holds, self._summaries(sorted(ids, reverse=not oldest_first)))

    def list(self, selection: Selection, limit: int | None = None) -> Iterator[DeliveryRow]:
        """Give what a list says of those that are selected, newest first, and at most so many.

        Where they are found by day, the index tells all of a delivery that is done, so that ten thousand
        cost a few calls; what it says is a moment old.
        """
        days = selection.days(moment(self.clock.time_ns()))
        found = self._by_days(days, selection, limit) if days else map(row, self.find(selection))
        return islice(found, limit)

    def get(self, delivery_id: str) -> DeliverySummary | None:
        """Read one, as it is now."""
        return next(self._summaries([("", delivery_id)]), None)

    def heads(self, ids: Sequence[str]) -> Iterator[DeliverySummary]:
        """Read some, in the order of their ids as given, a call for each hundred; if there."""
        yield from self._summaries([("", each) for each in ids])

    def since(self, since: datetime) -> Iterator[DeliverySummary]:
        """Give all that came in since then, in any state, a day after the other, oldest first."""
        now = moment(self.clock.time_ns())
        for day in Selection(state=State.DONE, since=since).days(now):
            yield from self.find(Selection(day=day, since=since), oldest_first=True)

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
        found = query(self.dynamodb, self.table, "delivery_id = :id", {"id": summary.id}, ConsistentRead=True)
        items = {item["part"]["S"]: item for item in found}
        names = [body_part(number) for number in range(1, summary.body_parts + 1)]
        if not {HEAD, *names} <= items.keys():
            return None
        try:
            return read_head(items[HEAD], [items[name]["body"]["B"] for name in names]).delivery
        except (OSError, EOFError, zlib.error) as error:
            message = f"its body cannot be read: {type(error).__name__}"
            raise UnreadableBodyError(message) from error

    def _by_days(self, days: Sequence[str], selection: Selection, limit: int | None) -> Iterator[DeliveryRow]:
        for day in reversed(days):
            remaining = self._indexed(day, selection, limit)
            while batch := [*islice(remaining, _BATCH_KEYS)]:
                yield from self._rows(batch, selection)

    def _indexed(self, day: str, selection: Selection, limit: int | None) -> Iterator[Mapping[str, Any]]:
        """Give the entries of a day in its index that may be selected, newest first."""
        chosen = selection.index_filter()
        # A page has 1 MB, some four thousand entries, of which a short list needs but a few.
        is_short = limit is not None and limit <= _BATCH_KEYS and not chosen.expression
        return query(
            self.dynamodb,
            self.table,
            "#day = :day AND received_at >= :since",
            {"day": day, "since": timestamp(selection.since) if selection.since else "0", **chosen.values},
            IndexName=_BY_DAY,
            ExpressionAttributeNames={"#day": "day", **chosen.names},
            ScanIndexForward=False,
            **({"FilterExpression": chosen.expression} if chosen.expression else {}),
            **({"PaginationConfig": {"PageSize": _BATCH_KEYS}} if is_short else {}),
        )

    def _rows(self, items: Sequence[Mapping[str, Any]], selection: Selection) -> Iterator[DeliveryRow]:
        """Make rows of entries of the index; the heads of those are read of which it does not say all."""
        indexed = {item["delivery_id"]["S"]: self._row(item, selection) for item in items}
        unknown = [("", delivery_id) for delivery_id, known in indexed.items() if known is None]
        heads = {each.id: each for each in self._summaries(unknown) if selection.holds(each)}
        for delivery_id, known in indexed.items():
            if known or delivery_id in heads:
                yield known or row(heads[delivery_id])

    def _deadline(self) -> Deadline:
        return Deadline.after(self.patience, self.clock)

    def _row(self, item: Mapping[str, Any], selection: Selection) -> DeliveryRow | None:
        """Make a row of what the index has, if that answers all that is asked."""
        indexed = indexed_row(item)
        if indexed is None or selection.problem or (selection.kind and selection.kind not in indexed.kinds):
            return None
        return indexed

    def _ids(
        self, index: str, name: str, partitions: Iterable[str], since: datetime | None
    ) -> set[tuple[str, str]]:
        """Give times of receipt and ids; one that just changes its state may be in two partitions."""
        found: set[tuple[str, str]] = set()
        for partition in partitions:
            items = query(
                self.dynamodb,
                self.table,
                "#partition = :partition AND received_at >= :since",
                {"partition": partition, "since": timestamp(since) if since else "0"},
                IndexName=index,
                ExpressionAttributeNames={"#partition": name},
            )
            found.update((item["received_at"]["S"], item["delivery_id"]["S"]) for item in items)
        return found

    def _summaries(self, found: Sequence[tuple[str, str]]) -> Iterator[DeliverySummary]:
        """Read heads in the order of their ids, a hundred at a time, as they are asked for."""
        for batch in batches(found, _BATCH_KEYS):
            keys = [key(delivery_id, HEAD) for _, delivery_id in batch]
            (items,) = get(self.dynamodb, self.table, keys, self._deadline, ATTRIBUTES)
            by_id = {item["delivery_id"]["S"]: item for item in items}
            yield from (read_summary(by_id[delivery_id]) for _, delivery_id in batch if delivery_id in by_id)
