"""Who had personal data shown, when, of what, and why: items of the records table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws.item_codec import read_moment
from rubeus.reading.items import query
from rubeus.reading.records import Records


@dataclass(frozen=True, slots=True)
class Trace:
    """One look.

    Attributes
    ----------
    at
        Aware, UTC.
    who
        The ARN that AWS knows them by.
    what
        The command, and the record or delivery by its id: nothing that finds a person.
    why
        In their own words.
    """

    at: datetime
    who: str
    what: str
    why: str


def partition(month: str) -> str:
    """Give the partition key of a month's traces, YYYY-MM in UTC."""
    return f"trace#{month}"


def traces(records: Records, month: str) -> Iterator[Trace]:
    """Give the traces of a month (YYYY-MM, UTC), oldest first; DynamoDB deletes them when they expire."""
    items = query(records.dynamodb, records.table, {"pk": partition(month)}, ConsistentRead=True)
    return map(_read, items)


def _read(item: Mapping[str, Any]) -> Trace:
    return Trace(read_moment(item, "at"), item["who"]["S"], item["what"]["S"], item["why"]["S"])
