"""What the work needs from outside."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from models.change import Plan, Written
from models.delivery import Delivery, Open
from models.failures import Patience, StoreUnavailable
from models.message import Message
from models.outcome import Result
from models.record import Current, History, Key


class Inbox(Protocol):
    """Where a delivery is kept before anything else is done with it."""

    def keep(self, delivery: Delivery, patience: Patience) -> int:
        """Keep it, open; give in how many parts beside its head. Raises StoreUnavailable.

        A delivery that is kept already stays as it is.
        """
        ...

    def close(self, result: Result, parts: int, patience: Patience) -> None:
        """Note what became of it. Raises StoreUnavailable."""
        ...

    def waiting(self) -> Sequence[Open]:
        """List the open deliveries. Raises StoreUnavailable."""
        ...

    def take(self, delivery_id: str, now: datetime, lease: timedelta) -> int | None:
        """Take an open delivery for the time of the lease; None where another has it, or it is closed.

        Gives how often it was worked on, this time and the front door's included. Raises StoreUnavailable.
        """
        ...

    def read(self, delivery_id: str, patience: Patience) -> tuple[Delivery, int]:
        """Read a delivery that is kept, and in how many parts its body is. Raises StoreUnavailable."""
        ...

    def put_off(self, delivery_id: str, until: datetime, reason: str) -> None:
        """Give a delivery back that is not finished; it stays open. Raises StoreUnavailable."""
        ...

    def give_up(self, delivery_id: str, reason: str) -> None:
        """Give a delivery back that nobody shall try again by itself. Raises StoreUnavailable."""
        ...


class Records(Protocol):
    """The states of all records."""

    def read(self, keys: Sequence[Key], patience: Patience) -> Mapping[Key, Current]:
        """Read current states, consistently; unknown keys are left out. Raises StoreUnavailable."""
        ...

    def history(
        self, since: Mapping[Key, str], delivery: Delivery, patience: Patience
    ) -> Mapping[Key, History]:
        """Read what is known of records that were overtaken: for each key, its first receipt in the delivery.

        Raises StoreUnavailable.
        """
        ...

    def store(self, plans: Sequence[Plan], delivery: Delivery, patience: Patience) -> Sequence[Written]:
        """Write each plan whole or not at all; give what became of each, in their order."""
        ...


class Messages(Protocol):
    """The queue that consumers read."""

    def publish(self, messages: Sequence[Message], patience: Patience) -> Mapping[str, StoreUnavailable]:
        """Send them; give the failures by message id."""
        ...


class RecoveryQueue(Protocol):
    """Where a delivery is kept while the inbox can't."""

    def hand_over(self, delivery: Delivery, patience: Patience) -> None:
        """Keep it whole. Raises StoreUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Stores:
    """All of them, and the threads that may call them at the same time."""

    inbox: Inbox
    records: Records
    messages: Messages
    recovery: RecoveryQueue
    pool: Executor
