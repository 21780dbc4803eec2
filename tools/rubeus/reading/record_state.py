"""What the records table says of one state of a record, and of a link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws.item_codec import decode, read_moment
from aws.writes import CURRENT
from models.record import Key


@dataclass(frozen=True, slots=True)
class RecordState:
    """A record as it was sent once.

    Attributes
    ----------
    version
        1, 2, 3 …; None for a late state, which was never current.
    received_at
        When the delivery that brought it came in; aware, UTC.
    receipt
        Orders all states: of two, the one received later has the greater text.
    delivery_id
        The protocolo.
    changed
        Top-level fields in which it differs from the version before.
    data
        The record as sent, parsed: numbers are int or Decimal.
    query
        Of a fluxo, the query of the URL that it was posted to: the sender's words.
    first_received_at, last_receipt
        Of the current state only: when the record came first (aware, UTC), and the greatest receipt that
        stated this content, its own or a repeat's.
    """

    key: Key
    version: int | None
    received_at: datetime
    receipt: str
    delivery_id: str
    content_hash: str
    changed: Sequence[str]
    data: Mapping[str, object]
    query: str | None = None
    first_received_at: datetime | None = None
    last_receipt: str | None = None

    @property
    def repeated(self) -> bool:
        """Whether the same content came again after it."""
        return self.last_receipt is not None and self.last_receipt > self.receipt


@dataclass(frozen=True, slots=True)
class Link:
    """That a record, as it is now, concerns a contato.

    Attributes
    ----------
    key
        The record's.
    role
        As what, in the sender's words.
    received_at
        When the state that says so came in; aware, UTC.
    """

    key: Key
    role: str | None
    principal: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a record came first, and when its present version did; aware, UTC."""

    key: Key
    version: int
    received_at: datetime
    first_received_at: datetime


def read_arrival(item: Mapping[str, Any]) -> Arrival:
    """Read what the index of days has of a record."""
    received = read_moment(item, "received_at"), read_moment(item, "first_received_at")
    return Arrival(read_key(item), int(item["version"]["N"]), *received)


def read_state(item: Mapping[str, Any]) -> RecordState:
    """Read a current, version or late item; `data_parts` must have been put together as `data_gzip`."""
    is_current = item["sk"]["S"] == CURRENT
    return RecordState(
        key=_key(item),
        version=int(item["version"]["N"]) if "version" in item else None,
        received_at=read_moment(item, "received_at"),
        receipt=item["receipt"]["S"],
        delivery_id=item["delivery_id"]["S"],
        content_hash=item["content_hash"]["S"],
        changed=[name["S"] for name in item["changed"]["L"]],
        data=decode(item),
        query=item["query"]["S"] if "query" in item else None,
        first_received_at=read_moment(item, "first_received_at") if is_current else None,
        last_receipt=item["last_receipt"]["S"] if is_current else None,
    )


def read_link(item: Mapping[str, Any]) -> Link:
    """Read a link."""
    return Link(
        key=_key(item),
        role=item["role"].get("S"),
        principal=item["principal"]["BOOL"],
        received_at=read_moment(item, "received_at"),
    )


def read_key(item: Mapping[str, Any]) -> Key:
    """Read whose state an item is, from its partition."""
    kind, _, identifier = item["pk"]["S"].partition("#")
    return Key(kind, identifier)


def _key(item: Mapping[str, Any]) -> Key:
    return Key(item["kind"]["S"], item["id"]["S"])
