"""One fake for each port, a clock and a context, and deliveries to put through them."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

from ingest.parse import parse
from ingest.ports import Stores
from models.change import Plan, WriteResult
from models.deadline import Deadline
from models.delivery import Delivery, Left, OpenDelivery, Saved, SavedDelivery, Turn, receive_at
from models.failures import StoreUnavailable
from models.message import Message
from models.outcome import Result, State
from models.record import Current, History, Key, Record, Version

_NOON = 1_795_532_400 * 10**9


def deliver(*elements: object, second: int = 0, kind: str | None = None) -> Delivery:
    """Give a delivery of these elements, received that many seconds after others."""
    return delivery_of(json.dumps(elements), second=second, kind=kind)


def delivery_of(body: str | bytes, *, second: int = 0, kind: str | None = None) -> Delivery:
    """Give a delivery of this body."""
    identifier, received_at = receive_at(_NOON + second * 10**9, bytes(8))
    return Delivery(identifier, received_at, body.encode() if isinstance(body, str) else body, "", kind)


def records(*elements: object, second: int = 0) -> tuple[Record, ...]:
    """Give the records of such a delivery."""
    return parse(deliver(*elements, second=second)).records


@dataclass
class ManualClock:
    """A clock that moves only when somebody sleeps or sets it, at once."""

    seconds: float = _NOON / 10**9

    def time_ns(self) -> int:
        return round(self.seconds * 1_000_000) * 1_000

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def deadline(seconds: float = 60, clock: ManualClock | None = None) -> Deadline:
    """Give a deadline so many seconds from now."""
    return Deadline.after(seconds, clock or ManualClock())


def lambda_context(milliseconds: int = 29_000) -> LambdaContext:
    """Give what Lambda says of an invocation that has so much time."""
    return cast("LambdaContext", SimpleNamespace(get_remaining_time_in_millis=lambda: milliseconds))


class WhenAwaited(Executor):
    """Does a call only when somebody waits for its result; who gives it no time, gets none."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        class Awaited(Future[Any]):
            def result(self, timeout: float | None = None) -> Any:
                if timeout is not None and timeout <= 0:
                    raise TimeoutError
                return fn(*args, **kwargs)

        return Awaited()


@dataclass
class Calls:
    """What the fakes share: their calls, in the order in which they came.

    Attributes
    ----------
    away
        Names of the calls that fail.
    first
        By name of a call, what happens just before it; called with the call's arguments.
    """

    names: list[str] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    first: dict[str, Callable[..., object]] = field(default_factory=dict)

    def come(self, name: str, *arguments: object) -> None:
        """Note a call. Raises StoreUnavailable if it fails."""
        self.names.append(name)
        if name in self.first:
            self.first[name](*arguments)
        if name in self.away:
            raise StoreUnavailable(name, "Away")


@dataclass
class Head:
    """What the inbox says of a delivery."""

    delivery: Delivery
    state: State = State.OPEN
    attempts: int = 1
    due_at: datetime | None = None
    leased_until: datetime | None = None
    reason: str = ""
    unfinished: Sequence[int] | None = None


@dataclass
class FakeInbox:
    """The inbox; see ingest.ports.Inbox."""

    calls: Calls
    heads: dict[str, Head] = field(default_factory=dict)
    closed: list[Result] = field(default_factory=list)

    def save(self, delivery: Delivery, deadline: Deadline) -> Saved:
        self.calls.come("save", delivery, deadline)
        is_new = delivery.id not in self.heads
        self.heads.setdefault(delivery.id, Head(delivery))
        return Saved(0, is_new)

    def close(self, result: Result, parts: int, deadline: Deadline) -> None:
        self.calls.come("close", result, parts, deadline)
        self.closed.append(result)
        head = self.heads[result.delivery.id]
        head.state, head.due_at, head.leased_until = result.state, None, None

    def leave_open(self, result: Result, deadline: Deadline) -> None:
        self.calls.come("leave_open", result, deadline)
        self.heads[result.delivery.id].unfinished = result.unfinished

    def list_open(self, deadline: Deadline) -> Sequence[OpenDelivery]:
        self.calls.come("list_open", deadline)
        return [
            OpenDelivery(
                head.delivery.id, head.delivery.received_at, head.due_at, head.attempts, head.leased_until
            )
            for head in self.heads.values()
            if head.state is State.OPEN
        ]

    def claim(self, turn: Turn, now: datetime, lease: timedelta, deadline: Deadline) -> int | None:
        self.calls.come("claim", turn.delivery_id, now, lease, deadline)
        head = self.heads[turn.delivery_id]
        if head.state is not State.OPEN or (head.due_at and head.due_at > now):
            return None
        if head.attempts != turn.attempts:
            return None
        head.leased_until = head.due_at = now + lease
        head.attempts += 1
        return head.attempts

    def load(self, delivery_id: str, deadline: Deadline) -> SavedDelivery:
        self.calls.come("load", delivery_id, deadline)
        head = self.heads[delivery_id]
        return SavedDelivery(
            head.delivery, 0, None if head.unfinished is None else frozenset(head.unfinished)
        )

    def reschedule(self, delivery_id: str, until: datetime, left: Left, deadline: Deadline) -> None:
        self.calls.come("reschedule", delivery_id, until, left, deadline)
        head = self.heads[delivery_id]
        head.due_at, head.leased_until = until, None
        head.reason, head.unfinished = (
            left.reason,
            head.unfinished if left.unfinished is None else left.unfinished,
        )

    def mark_failed(self, delivery_id: str, left: Left, deadline: Deadline) -> None:
        self.calls.come("mark_failed", delivery_id, left, deadline)
        head = self.heads[delivery_id]
        head.state, head.leased_until, head.reason = State.FAILED, None, left.reason


@dataclass
class FakeRecords:
    """The states of all records; see ingest.ports.Records."""

    calls: Calls
    states: dict[Key, Current] = field(default_factory=dict)
    versions: dict[Key, list[Version]] = field(default_factory=dict)
    late: list[Record] = field(default_factory=list)

    def read(self, keys: Sequence[Key], deadline: Deadline) -> Mapping[Key, Current]:
        self.calls.come("read", keys, deadline)
        return {key: self.states[key] for key in keys if key in self.states}

    def history(
        self,
        overtaken: Mapping[Key, Sequence[Record]],
        current: Mapping[Key, Current],
        delivery: Delivery,
        deadline: Deadline,
    ) -> Mapping[Key, History]:
        self.calls.come("history", overtaken, current, delivery, deadline)
        own = frozenset(record.receipt for record in self.late if record.receipt.startswith(delivery.id))
        return {key: History(tuple(reversed(self.versions[key])), own) for key in overtaken}

    def store(self, plans: Sequence[Plan], delivery: Delivery, deadline: Deadline) -> Sequence[WriteResult]:
        try:
            self.calls.come("store", plans, delivery, deadline)
        except StoreUnavailable as failure:
            return [failure] * len(plans)
        return [self.write(plan) for plan in plans]

    def write(self, plan: Plan) -> WriteResult:
        """Write a plan if its key is still as it was read."""
        state = self.states.get(plan.key)
        if state is not plan.read:
            return "lost"
        self.late.extend(change.record for change in plan.late)
        for change in plan.versions:
            record = change.record
            version = Version(change.version or 0, record.receipt, record.content_hash, change.changed)
            self.versions.setdefault(plan.key, []).append(version)
            state = Current(version, version.receipt, "2026-11-24", partial(dict, record.data))
        if state:
            self.states[plan.key] = state._replace(last_receipt=plan.last_receipt)
        return "stored"


@dataclass
class FakeMessages:
    """The queue that consumers read; see ingest.ports.Messages."""

    calls: Calls
    published: list[Message] = field(default_factory=list)

    def publish(self, messages: Sequence[Message], deadline: Deadline) -> Mapping[str, StoreUnavailable]:
        try:
            self.calls.come("publish", messages, deadline)
        except StoreUnavailable as failure:
            return {message.id: failure for message in messages}
        self.published.extend(messages)
        return {}


@dataclass
class FakeRecoveryQueue:
    """Where a delivery is saved while the inbox can't; see ingest.ports.RecoveryQueue."""

    calls: Calls
    enqueued: list[Delivery] = field(default_factory=list)
    handed_out: list[Turn] = field(default_factory=list)

    def enqueue(self, delivery: Delivery, deadline: Deadline) -> None:
        self.calls.come("enqueue", delivery, deadline)
        self.enqueued.append(delivery)

    def hand_out(self, turns: Sequence[Turn], deadline: Deadline) -> None:
        self.calls.come("hand_out", turns, deadline)
        self.handed_out.extend(turns)


class Fakes:
    """One fake for each port, and the calls that they share."""

    def __init__(self, away: Iterable[str] = ()) -> None:
        self.calls = Calls(away=set(away))
        self.inbox = FakeInbox(self.calls)
        self.records = FakeRecords(self.calls)
        self.messages = FakeMessages(self.calls)
        self.recovery = FakeRecoveryQueue(self.calls)

    @property
    def stores(self) -> Stores:
        """Give them as the work takes them."""
        return Stores(self.inbox, self.records, self.messages, self.recovery, WhenAwaited())
