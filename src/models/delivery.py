"""One POST, as it came in."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.clock import day, moment, timestamp

MAX_QUERY_BYTES = 2_000
"""Of a query; what is longer is cut."""


class Delivery(NamedTuple):
    """The body as received, and what the door knows about it.

    Attributes
    ----------
    id
        UUIDv7 in text; the *protocolo* that people see. Sorts by time of receipt.
    received_at
        Aware, UTC, microseconds.
    body
        The bytes as sent, base64 of the gateway undone.
    content_type
        As sent, or empty.
    path_kind
        The last segment of the path when it has one, as sent; or the kind that an operator named later.
    query
        The query of the URL, as sent, of at most `MAX_QUERY_BYTES`.
    content_encoding
        As sent, or empty.
    replay_of
        Id of the delivery whose body this one repeats, where an operator declared that one the newest.
    """

    id: str
    received_at: datetime
    body: bytes
    content_type: str = ""
    path_kind: str | None = None
    query: str = ""
    content_encoding: str = ""
    replay_of: str | None = None

    @property
    def received(self) -> str:
        """The time of receipt as RFC 3339 text that sorts: 2026-11-24T11:00:00.123456Z."""
        return timestamp(self.received_at)

    @property
    def day(self) -> str:
        """The day of receipt in Brasília, YYYY-MM-DD: what "what came on the 24th" means to people."""
        return day(self.received_at)

    def receipt(self, position: int) -> str:
        """Name one record's receipt; of two records, the one received later has the greater text."""
        return f"{self.id}#{position:05d}"


class Saved(NamedTuple):
    """How a delivery was saved.

    Attributes
    ----------
    parts
        The number of items that hold its body beside the head.
    is_new
        It was not there before.
    """

    parts: int = 0
    is_new: bool = True


class Left(NamedTuple):
    """How an attempt left a delivery that it could not finish.

    Attributes
    ----------
    reason
        Why, in words that hold nothing of a payload.
    unfinished
        Positions of the records that may not be finished; None where the attempt did not find out.
    """

    reason: str
    unfinished: Sequence[int] | None = None


class SavedDelivery(NamedTuple):
    """A delivery as the inbox has it.

    Attributes
    ----------
    parts
        The number of items that hold its body beside the head.
    unfinished
        Positions of the records that may not be finished; None where nobody knows.
    """

    delivery: Delivery
    parts: int
    unfinished: frozenset[int] | None = None


class OpenDelivery(NamedTuple):
    """A delivery that the inbox has open.

    Attributes
    ----------
    received_at
        Aware, UTC.
    due_at
        When recovery may take it again, if it took it before; aware, UTC.
    attempts
        How often it was tried, the front door's attempt included; none after it was opened again.
    leased_until
        Until when an attempt has it that has not come back yet; aware, UTC.
    answered
        The front door came as far as its answer.
    """

    id: str
    received_at: datetime
    due_at: datetime | None = None
    attempts: int = 1
    leased_until: datetime | None = None
    answered: bool = True


class Turn(NamedTuple):
    """That recovery may try an open delivery once more.

    Attributes
    ----------
    attempts
        How often it was tried until then; if it was tried again since, the turn is void.
    """

    delivery_id: str
    attempts: int


_USABLE_NANOSECONDS = 15 * 60 * 10**9
_MILLISECOND = 1_000_000


def gateway_time(milliseconds: int | None, now: int) -> int | None:
    """Give the time of receipt, if the gateway's time is usable: given, and at most 15 minutes off our clock.

    Parameters
    ----------
    milliseconds
        What the gateway says, since the Unix epoch.
    now
        Our clock, in nanoseconds since the Unix epoch; it fills in the fraction of the millisecond.
    """
    if milliseconds is None or abs(milliseconds * _MILLISECOND - now) > _USABLE_NANOSECONDS:
        return None
    return milliseconds * _MILLISECOND + now % _MILLISECOND


def receive_at(nanoseconds: int, randomness: bytes) -> tuple[str, datetime]:
    """Give a delivery its id and time.

    Parameters
    ----------
    nanoseconds
        Since the Unix epoch.
    randomness
        Eight random bytes.

    Returns
    -------
    tuple
        A UUIDv7 (RFC 9562, with method 3 of section 6.2: the twelve bits after the milliseconds hold their
        fraction, so that ids sort by a quarter of a microsecond), and the same time, to the microsecond.
    """
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = rest * 4096 // 1_000_000
    tail = int.from_bytes(randomness, "big") & ((1 << 62) - 1)
    identifier = UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | tail)
    return str(identifier), moment(nanoseconds)


def received_seconds(receipt: str) -> float:
    """Read the time out of a delivery's id, or a record's receipt: seconds since the Unix epoch."""
    return (UUID(receipt.partition("#")[0]).int >> 80) / 1000
