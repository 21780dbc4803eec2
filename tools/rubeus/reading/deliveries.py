"""The deliveries table: which deliveries there are, what became of each, and its body."""

import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any

from aws.delivery_items import BY_STATE, HEAD, body_part, key, read_head, shards
from models.clock import Clock, moment, timestamp
from models.deadline import Deadline
from models.delivery import Delivery, received_seconds
from models.outcome import State
from rubeus.errors import CommandError
from rubeus.reading.items import PATIENCE, Range, at_once, begun, conditions, get, query
from rubeus.reading.rows import DeliveryRow, indexed_row, row
from rubeus.reading.selection import Selection
from rubeus.reading.summary import ATTRIBUTES, DeliverySummary, read_summary

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BY_DAY = "by_day"
_BATCH_KEYS = 100
_MAX_ID = 200  # characters; DynamoDB refuses a key over 2,048 bytes

# Entries of the index that are made rows together, so that few calls read the heads of those that need it.
_ENTRIES = 5_000


class UnreadableBodyError(CommandError):
    """What the deliveries table holds as a body is no gzip."""


@dataclass(frozen=True)
class Deliveries:
    """Reads the deliveries table. Raises what boto3 raises, and StoreUnavailable."""

    dynamodb: "DynamoDBClient"
    table: str
    clock: Clock = time
    patience: float = PATIENCE

    def find(
        self,
        selection: Selection,
        *,
        oldest_first: bool = False,
        first: int | None = None,
        before: str | None = None,
    ) -> Iterator[DeliverySummary]:
        """Give the deliveries that are selected, newest first, as they are when they are asked for.

        Parameters
        ----------
        first
            How many are wanted, more or less: they are looked for as they are taken. None: which ones it is
            stands before the first is given, whatever becomes of them meanwhile.
        before
            The id of a delivery: only those that came before it.
        """
        ids = self._ids(selection, oldest_first=oldest_first, first=first, before=before)
        found = self.heads(ids if first else [*ids], min(first or _BATCH_KEYS, _BATCH_KEYS))
        return filter(selection.holds, found)

    def list(
        self, selection: Selection, limit: int | None = None, before: str | None = None
    ) -> Iterator[DeliveryRow]:
        """Give what a list says of those that are selected, newest first.

        Where they are found by day, the index tells all of a delivery that is done, so that ten thousand
        cost a few calls; what it says is a moment old.

        Parameters
        ----------
        limit
            At most so many.
        before
            As for `find`.
        """
        days = selection.days(moment(self.clock.time_ns()))
        found = (
            self._by_days(days, selection, limit, before)
            if days
            else map(row, self.find(selection, first=limit, before=before))
        )
        return islice(found, limit)

    def get(self, delivery_id: str) -> DeliverySummary | None:
        """Read one, as it is now; None where there is none, also where none can have that id."""
        return next(self.heads([delivery_id]), None) if 0 < len(delivery_id) <= _MAX_ID else None

    def heads(self, ids: Iterable[str], at_a_time: int = _BATCH_KEYS) -> Iterator[DeliverySummary]:
        """Read some, in the order of their ids as given, as they are taken; those that there are."""
        remaining = iter(ids)
        while batch := [*islice(remaining, at_a_time)]:
            keys = [key(delivery_id, HEAD) for delivery_id in batch]
            (items,) = get(self.dynamodb, self.table, keys, self._deadline, ATTRIBUTES)
            by_id = {item["delivery_id"]["S"]: item for item in items}
            yield from (read_summary(by_id[delivery_id]) for delivery_id in batch if delivery_id in by_id)

    def since(self, since: datetime) -> Iterator[DeliverySummary]:
        """Give all that came in since then, in any state, a day after the other, oldest first."""
        now = moment(self.clock.time_ns())
        for day in Selection(state=State.DONE, since=since).days(now):
            yield from self.find(Selection(day=day, since=since), oldest_first=True)

    def latest(self, since: datetime, kind: str) -> Iterator[DeliverySummary]:
        """Give those since then with a record of a kind, in any state, newest first.

        A call for each day, and for each hundred of them, as they are asked for.
        """
        now = moment(self.clock.time_ns())
        for day in reversed(Selection(state=State.DONE, since=since).days(now)):
            selection = Selection(day=day, since=since, kind=kind)
            ids = [item["delivery_id"]["S"] for item in self._indexed(day, selection, None, None)]
            yield from filter(selection.holds, self.heads(ids))

    def ids(self, day: str) -> Iterator[str]:
        """Give the ids of all that came in on a day, newest first; a call for some thousands of them."""
        found = query(
            *(self.dynamodb, self.table, {"day": day}),
            IndexName=_BY_DAY,
            ScanIndexForward=False,
            AttributesToGet=["delivery_id"],
        )
        return (each["delivery_id"]["S"] for each in found)

    def count(self, day: str) -> int:
        """Count what came in on a day, YYYY-MM-DD."""
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            IndexName=_BY_DAY,
            KeyConditions=conditions({"day": day}),
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
        found = query(self.dynamodb, self.table, {"delivery_id": summary.id}, ConsistentRead=True)
        items = {item["part"]["S"]: item for item in found}
        names = [body_part(number) for number in range(1, summary.body_parts + 1)]
        if not {HEAD, *names} <= items.keys():
            return None
        try:
            return read_head(items[HEAD], [items[name]["body"]["B"] for name in names]).delivery
        except (OSError, EOFError, zlib.error) as error:
            message = f"its body cannot be read: {type(error).__name__}"
            raise UnreadableBodyError(message) from error

    def _by_days(
        self, days: Sequence[str], selection: Selection, limit: int | None, before: str | None
    ) -> Iterator[DeliveryRow]:
        size = min(limit or _ENTRIES, _ENTRIES)
        for day in reversed(days):
            entries = self._indexed(day, selection, limit, before)
            remaining = (each for each in entries if not before or each["delivery_id"]["S"] < before)
            while batch := [*islice(remaining, size)]:
                yield from self._rows(batch, selection)

    def _indexed(
        self, day: str, selection: Selection, limit: int | None, before: str | None
    ) -> Iterator[Mapping[str, Any]]:
        """Give the entries of a day in its index that may be selected, newest first."""
        within = _within(selection.since, _just_after(before))
        first = limit and limit + bool(before)  # which comes first itself
        only: dict[str, Any] = {}
        if values := selection.became:
            first = None  # few may pass: whole pages are fewer calls
            is_one = {"ComparisonOperator": "IN", "AttributeValueList": [{"S": each} for each in values]}
            only["QueryFilter"] = {"became": is_one}
        entries = query(
            self.dynamodb,
            self.table,
            {"day": day, **within},
            first,
            IndexName=_BY_DAY,
            ScanIndexForward=False,
            **only,
        )
        return filter(selection.may_hold, entries)

    def _rows(self, items: Sequence[Mapping[str, Any]], selection: Selection) -> Iterator[DeliveryRow]:
        """Make rows of entries of the index; the heads of those are read of which it does not say all."""
        indexed = {item["delivery_id"]["S"]: self._row(item, selection) for item in items}
        unknown = [delivery_id for delivery_id, known in indexed.items() if known is None]
        heads = {each.id: each for each in self.heads(unknown) if selection.holds(each)}
        for delivery_id, known in indexed.items():
            if known or delivery_id in heads:
                yield known or row(heads[delivery_id])

    def _deadline(self) -> Deadline:
        return Deadline.after(self.patience, self.clock)

    def _row(self, item: Mapping[str, Any], selection: Selection) -> DeliveryRow | None:
        """Make a row of what the index has, if that answers all that is asked."""
        indexed = indexed_row(item)
        if indexed is None or (selection.kind and selection.kind not in indexed.kinds):
            return None
        return indexed

    def _ids(
        self, selection: Selection, *, oldest_first: bool, first: int | None, before: str | None
    ) -> Iterator[str]:
        """Give the ids in the indexes, each once: one that changes its state may be in two partitions."""
        days = selection.days(moment(self.clock.time_ns()))
        index, name = (_BY_DAY, "day") if days else (BY_STATE, "state_shard")
        since, until = (selection.since, None) if days else selection.times
        within = _within(since, _just_after(before) or until)
        entries = [
            query(
                self.dynamodb,
                self.table,
                {name: partition, **within},
                first,
                IndexName=index,
                ScanIndexForward=oldest_first,
            )
            for partition in days or [shard for state in selection.states for shard in shards(state)]
        ]
        given: set[str] = set()
        for entry in merge(*at_once(begun, entries), key=_place, reverse=not oldest_first):
            delivery_id = entry["delivery_id"]["S"]
            if delivery_id not in given and (before is None or delivery_id < before):
                given.add(delivery_id)
                yield delivery_id


def _just_after(delivery_id: str | None) -> datetime | None:
    """Give a time not long after that of a delivery: its id says it to the millisecond."""
    if delivery_id is None:
        return None
    return datetime.fromtimestamp(received_seconds(delivery_id), UTC) + timedelta(milliseconds=1)


def _within(since: datetime | None, until: datetime | None) -> Mapping[str, Range]:
    """Give what a Query asks of the time of receipt."""
    if not (since or until):
        return {}
    start = timestamp(since) if since else "0"
    # None came in between where the one is after the other, and DynamoDB refuses that.
    return {"received_at": (start, max(start, timestamp(until)) if until else "~")}


def _place(entry: Mapping[str, Any]) -> tuple[str, str]:
    return entry["received_at"]["S"], entry["delivery_id"]["S"]
