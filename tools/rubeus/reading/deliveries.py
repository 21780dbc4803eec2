"""The deliveries table: what became of deliveries, and their bodies."""

import gzip
import json
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aws.deliveries_table import STORE
from aws.delivery_items import (
    BY_STATE,
    HEAD,
    TTL_ATTRIBUTE,
    body_part,
    closing,
    key,
    read_head,
    shards,
)
from aws.dynamodb import batch_get, batches
from aws.item_codec import decode
from models.clock import Clock, moment, timestamp
from models.deadline import Deadline
from models.delivery import Delivery
from models.outcome import Result, State, Verdict
from rubeus.errors import CommandError
from rubeus.reading.selection import Selection

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DISMISSAL = ("dismissed_at", "dismissed_by", "dismissed_because")
"""Attributes of a delivery that somebody put aside."""

_CONCLUSION = ("state", "problem", "reason", "outcome", "outcome_gzip", "unknown_fields")
_ATTRIBUTES = (
    *("delivery_id", "received_at", "attempts", "size", "sha256", "content_type", "path_kind", "as_kind"),
    *("replay_of", "body_parts", "due_at", "leased_until", TTL_ATTRIBUTE, *DISMISSAL, *_CONCLUSION),
)
_BY_DAY = "by_day"
_BATCH_KEYS = 100

# So long a read may be throttled before it is given up.
_THROTTLED_SECONDS = 60


class UnreadableBodyError(CommandError):
    """What the deliveries table holds as a body is no gzip."""


@dataclass(frozen=True, slots=True)
class Dismissal:
    """Who put a delivery aside, when (aware, UTC) and why."""

    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """All that is known of a delivery but its body.

    Attributes
    ----------
    received_at, due_at, leased_until
        When it came in; when recovery may take it again; until when a run has it. Aware, UTC.
    expires_at
        When DynamoDB may delete it; seconds since the Unix epoch.
    content_type, path_kind
        As the sender wrote them.
    as_kind
        The kind under which an operator had it taken, in place of `path_kind`.
    replay_of
        The delivery whose body it repeats, where an operator declared that one the newest.
    problem
        What is wrong with the body as a whole, in Portuguese.
    reason
        Why it is not finished.
    outcomes
        What became of each record, by position (from 1): verdict, and as far as there is something to say
        kind, id, kind_reason, version, problems and warnings (field and reason each).
    unknown_fields
        Paths of keys that no model knows: the sender's words.
    body_parts
        How many items beside the head hold the body; 0: the head does.
    """

    id: str
    received_at: datetime
    state: State
    attempts: int
    size: int
    sha256: str
    content_type: str
    path_kind: str | None
    as_kind: str | None
    replay_of: str | None
    problem: str | None
    reason: str | None
    outcomes: Mapping[int, Mapping[str, Any]]
    unknown_fields: Sequence[str]
    due_at: datetime | None
    leased_until: datetime | None
    expires_at: int | None
    body_parts: int
    dismissal: Dismissal | None

    @property
    def rejected(self) -> Sequence[Mapping[str, Any]]:
        """The outcomes of the records that were rejected."""
        return [each for each in self.outcomes.values() if each["verdict"] == Verdict.REJECTED]

    @property
    def problems(self) -> Mapping[str, Sequence[int]]:
        """All that is wrong, each once, with the positions of the records; none: it is about the whole."""
        found: dict[str, list[int]] = {text: [] for text in (self.reason, self.problem) if text}
        for outcome in self.rejected:
            for each in outcome.get("problems", ()):
                found.setdefault(remark(each), []).append(outcome["position"])
        return found

    def concluded(self, result: Result) -> "DeliverySummary":
        """Give what the inbox would say of it if it were closed with this result."""
        return replace(self, **_conclusion(decode({"data": {"M": closing(result)}})))


def read(item: Mapping[str, Any]) -> DeliverySummary:
    """Read a summary from the delivery's head, as boto3's client gives it."""
    values: dict[str, Any] = dict(decode({"data": {"M": item}}))
    return DeliverySummary(
        id=values["delivery_id"],
        received_at=datetime.fromisoformat(values["received_at"]),
        attempts=values["attempts"],
        size=values["size"],
        sha256=values["sha256"],
        content_type=values["content_type"],
        path_kind=values.get("path_kind"),
        as_kind=values.get("as_kind"),
        replay_of=values.get("replay_of"),
        due_at=_moment(values.get("due_at")),
        leased_until=_moment(values.get("leased_until")),
        expires_at=values.get(TTL_ATTRIBUTE),
        body_parts=values.get("body_parts", 0),
        dismissal=_dismissal(*(values[name] for name in DISMISSAL)) if DISMISSAL[0] in values else None,
        **_conclusion(values),
    )


def remark(each: Mapping[str, str]) -> str:
    """Word a problem or a warning of a record."""
    return f"{each['field']}: {each['reason']}" if each["field"] else each["reason"]


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
            return read_head(items[HEAD], [items[name]["body"]["B"] for name in names])
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
            items = batch_get(self.dynamodb, STORE, self.table, keys, deadline, attributes=_ATTRIBUTES)
            by_id = {item["delivery_id"]["S"]: item for item in items}
            yield from (read(by_id[delivery_id]) for _, delivery_id in batch if delivery_id in by_id)


def _conclusion(values: Mapping[str, Any]) -> dict[str, Any]:
    outcomes = values.get("outcome", [])
    if "outcome_gzip" in values:
        outcomes = json.loads(gzip.decompress(values["outcome_gzip"]))
    return {
        "state": State(values["state"]),
        "problem": values.get("problem"),
        "reason": values.get("reason"),
        "outcomes": {each["position"]: each for each in outcomes},
        "unknown_fields": values.get("unknown_fields", []),
    }


def _dismissal(at: str, by: str, because: str) -> Dismissal:
    return Dismissal(datetime.fromisoformat(at), by, because)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
