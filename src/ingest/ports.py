"""What the work needs from outside."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from models.change import Plan, WriteResult
from models.deadline import Deadline
from models.delivery import Delivery, Left, OpenDelivery, Saved, SavedDelivery, Turn
from models.failures import StoreUnavailable
from models.message import Message
from models.outcome import Result
from models.record import Current, History, Key, Record


class Inbox(Protocol):
    """Where a delivery is saved before anything else is done with it. All raise StoreUnavailable."""

    def save(self, delivery: Delivery, deadline: Deadline) -> Saved:
        """Save it as open.

        A delivery that is saved already stays as it is: the call may be a repeated one, or the message of the
        recovery queue may have come twice.
        """
        ...

    def close(self, result: Result, parts: int, deadline: Deadline) -> None:
        """Write down what became of a delivery; `parts` is what `save` or `load` gave."""
        ...

    def leave_open(self, result: Result, deadline: Deadline) -> None:
        """Write down how far the front door came with a delivery that it leaves to recovery."""
        ...

    def list_open(self, deadline: Deadline) -> Sequence[OpenDelivery]:
        """List the open deliveries; the list may be a moment old."""
        ...

    def claim(self, turn: Turn, now: datetime, lease: timedelta, deadline: Deadline) -> int | None:
        """Claim an open delivery for the time of the lease, and count the attempt.

        Returns
        -------
        int
            The number of attempts, this one and the front door's included; None where another run holds the
            delivery or has tried it since, or it is closed, or not due.
        """
        ...

    def load(self, delivery_id: str, deadline: Deadline) -> SavedDelivery:
        """Read a delivery."""
        ...

    def reschedule(self, delivery_id: str, until: datetime, left: Left, deadline: Deadline) -> None:
        """End the claim on a delivery that is not finished; it stays open, and is due again `until` then."""
        ...

    def mark_failed(self, delivery_id: str, left: Left, deadline: Deadline) -> None:
        """End the claim on a delivery that recovery does not try again."""
        ...


class Records(Protocol):
    """The states of all records."""

    def read(self, keys: Sequence[Key], deadline: Deadline) -> Mapping[Key, Current]:
        """Read current states, consistently; unknown keys are left out. Raises StoreUnavailable."""
        ...

    def history(
        self,
        overtaken: Mapping[Key, Sequence[Record]],
        current: Mapping[Key, Current],
        delivery: Delivery,
        deadline: Deadline,
    ) -> Mapping[Key, History]:
        """Read the history of the delivery's records that were overtaken. Raises StoreUnavailable."""
        ...

    def store(self, plans: Sequence[Plan], delivery: Delivery, deadline: Deadline) -> Sequence[WriteResult]:
        """Write each plan whole or not at all; give what became of each, in their order."""
        ...


class Messages(Protocol):
    """The queue that consumers read."""

    def publish(self, messages: Sequence[Message], deadline: Deadline) -> Mapping[str, StoreUnavailable]:
        """Send messages, those of one group in their order; give the failures by message id.

        A message that SQS fails to take is sent after those behind it.
        """
        ...


class RecoveryQueue(Protocol):
    """Where a delivery is saved while the inbox can't, and what gives one a run of its own.

    All raise StoreUnavailable.
    """

    def enqueue(self, delivery: Delivery, deadline: Deadline) -> None:
        """Save it whole."""
        ...

    def hand_out(self, turns: Sequence[Turn], deadline: Deadline) -> None:
        """Let each turn be taken by a run of its own; where it raises, perhaps not all."""
        ...


class Stores(NamedTuple):
    """All of them, and the threads that may call them at the same time."""

    inbox: Inbox
    records: Records
    messages: Messages
    recovery: RecoveryQueue
    pool: Executor
