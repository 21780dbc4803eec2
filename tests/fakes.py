"""In-memory stores behind the ports, and deliveries to put through them."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from typing import Any

from ingest.parse import parse
from ingest.ports import Stores
from models.change import Plan, WriteResult
from models.deadline import Deadline
from models.delivery import Delivery, receive_at
from models.failures import StoreUnavailable
from models.message import Message
from models.outcome import Result
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
class Memory:
    """All stores in one, with the calls in the order in which they came.

    Attributes
    ----------
    away
        Names of the calls that fail.
    rivals
        For each coming call of `store`, the plan that another delivery writes just before it.
    """

    calls: list[str] = field(default_factory=list)
    clock: ManualClock = field(default_factory=ManualClock)
    seconds_of_store: float = 0
    away: set[str] = field(default_factory=set)
    rivals: list[Plan] = field(default_factory=list)
    states: dict[Key, Current] = field(default_factory=dict)
    versions: dict[Key, list[Version]] = field(default_factory=dict)
    late: list[Record] = field(default_factory=list)
    published: list[Message] = field(default_factory=list)
    closed: list[Result] = field(default_factory=list)
    enqueued: list[Delivery] = field(default_factory=list)

    @property
    def stores(self) -> Stores:
        return Stores(inbox=self, records=self, messages=self, recovery=self, pool=WhenAwaited())

    def save(self, delivery: Delivery, deadline: Deadline) -> int:  # noqa: ARG002 - the port's
        self._call("save")
        return 0

    def close(self, result: Result, parts: int) -> None:  # noqa: ARG002 - the port's
        self._call("close")
        self.closed.append(result)

    def read(self, keys: Sequence[Key], deadline: Deadline) -> Mapping[Key, Current]:  # noqa: ARG002 - the port's
        self._call("read")
        return {key: self.states[key] for key in keys if key in self.states}

    def history(
        self,
        since: Mapping[Key, str],
        delivery: Delivery,
        deadline: Deadline,  # noqa: ARG002 - the port's
    ) -> Mapping[Key, History]:
        self._call("history")
        own = frozenset(record.receipt for record in self.late if record.receipt.startswith(delivery.id))
        return {key: History(tuple(reversed(self.versions[key])), own) for key in since}

    def store(self, plans: Sequence[Plan], delivery: Delivery, deadline: Deadline) -> Sequence[WriteResult]:  # noqa: ARG002 - the port's
        self.calls.append("store")
        self.clock.seconds += self.seconds_of_store
        if self.rivals:
            self.write(self.rivals.pop(0))
        if "store" in self.away:
            return [StoreUnavailable("store", "Away")] * len(plans)
        return [self.write(plan) for plan in plans]

    def write(self, plan: Plan) -> WriteResult:
        """Write a plan if its key is still as it was read."""
        state = self.states.get(plan.key)
        if state is not plan.read:
            return "lost"
        self.late.extend(change.record for change in plan.late)
        for change in plan.versions:
            version = Version(
                change.version or 0, change.record.receipt, change.record.content_hash, change.changed
            )
            self.versions.setdefault(plan.key, []).append(version)
            data = change.record.data
            state = Current(version, version.receipt, "2026-11-24", lambda data=data: data)
        if state:
            self.states[plan.key] = replace(state, last_receipt=plan.last_receipt)
        return "stored"

    def publish(self, messages: Sequence[Message], deadline: Deadline) -> Mapping[str, StoreUnavailable]:  # noqa: ARG002 - the port's
        self.calls.append("publish")
        if "publish" in self.away:
            return {message.id: StoreUnavailable("publish", "Away") for message in messages}
        self.published.extend(messages)
        return {}

    def enqueue(self, delivery: Delivery) -> None:
        self._call("enqueue")
        self.enqueued.append(delivery)

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name in self.away:
            raise StoreUnavailable(name, "Away")
