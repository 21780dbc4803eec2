"""What would become of a delivery now: the receiver's own code, with stores that write nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from ingest.ports import Inbox, Records, Stores
from ingest.receive import finish
from models.change import Plan, WriteResult
from models.deadline import Deadline
from models.delivery import Delivery
from models.failures import StoreUnavailable
from models.message import Message
from models.outcome import Result, Verdict
from models.record import Current, History, Key, Record, Version

_SENT = (Verdict.NEW, Verdict.UPDATED, Verdict.LATE)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What would become of a delivery.

    Attributes
    ----------
    result
        As the receiver would give it.
    unstored
        Positions (from 0) of the records that would be written, because they are not.
    """

    result: Result
    unstored: Sequence[int]

    @property
    def unsent(self) -> Sequence[int]:
        """Positions of the records whose messages would be sent; some of them may have been."""
        return [each.position for each in self.result.outcomes if each.verdict in _SENT]


def forecast(delivery: Delivery, stores: Stores, deadline: Deadline) -> Forecast:
    """Run a delivery against the states that are stored now, and write nothing.

    Raises
    ------
    StoreUnavailable
        When these states cannot be read.
    """
    nothing = _Nothing(stores.records)
    # Of the inbox, `finish` asks nothing but to close; of the recovery queue, nothing at all.
    reading = stores._replace(inbox=cast("Inbox", nothing), records=nothing, messages=nothing)
    result = finish(delivery, 0, reading, deadline)
    if result.failures:
        raise result.failures[0]
    return Forecast(result, sorted(nothing.unstored))


@dataclass
class _Nothing:
    """Stores that say to have done what they were asked; later reads tell what would be there then."""

    records: Records
    states: dict[Key, Current] = field(default_factory=dict)
    unstored: list[int] = field(default_factory=list)

    def close(self, result: Result, parts: int, deadline: Deadline) -> None:
        pass

    def read(self, keys: Sequence[Key], deadline: Deadline) -> Mapping[Key, Current]:
        wanted = [key for key in keys if key not in self.states]
        found = self.records.read(wanted, deadline) if wanted else {}
        return {**found, **{key: self.states[key] for key in keys if key in self.states}}

    def history(
        self,
        overtaken: Mapping[Key, Sequence[Record]],
        current: Mapping[Key, Current],
        delivery: Delivery,
        deadline: Deadline,
    ) -> Mapping[Key, History]:
        return self.records.history(overtaken, current, delivery, deadline)

    def store(self, plans: Sequence[Plan], delivery: Delivery, deadline: Deadline) -> Sequence[WriteResult]:  # noqa: ARG002 (the port's)
        for plan in plans:
            self.unstored += [change.record.position for change in (*plan.versions, *plan.late)]
            if state := _afterwards(plan, delivery):
                self.states[plan.key] = state
        return ["stored"] * len(plans)

    def publish(self, messages: Sequence[Message], deadline: Deadline) -> Mapping[str, StoreUnavailable]:  # noqa: ARG002 (the port's)
        return {}


def _afterwards(plan: Plan, delivery: Delivery) -> Current | None:
    """Give the state that is current once a plan is written."""
    if not plan.versions:
        return plan.read and plan.read._replace(last_receipt=plan.last_receipt)
    change = plan.versions[-1]
    record = change.record
    assert change.version is not None  # noqa: S101 (it makes a version)
    version = Version(change.version, record.receipt, record.content_hash, change.changed)
    first = plan.read.first_received_at if plan.read else delivery.received
    return Current(version, plan.last_receipt, first, lambda: record.data)
