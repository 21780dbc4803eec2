"""What the work needs from outside."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from models.change import Plan, Written
from models.delivery import Delivery
from models.failures import Patience, StoreUnavailable
from models.message import Message
from models.outcome import Result
from models.record import Current, Key, Version


class Inbox(Protocol):
    """Where a delivery is kept before anything else is done with it."""

    def keep(self, delivery: Delivery, patience: Patience) -> int:
        """Keep it, open; give in how many parts beside its head. Raises StoreUnavailable."""
        ...

    def close(self, result: Result, parts: int, patience: Patience) -> None:
        """Note what became of it. Raises StoreUnavailable."""
        ...


class Records(Protocol):
    """The states of all records."""

    def read(self, keys: Sequence[Key], patience: Patience) -> Mapping[Key, Current]:
        """Read current states, consistently; unknown keys are left out. Raises StoreUnavailable."""
        ...

    def history(self, since: Mapping[Key, str], patience: Patience) -> Mapping[Key, Sequence[Version]]:
        """Read versions, newest first, down to the first before that receipt. Raises StoreUnavailable."""
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
