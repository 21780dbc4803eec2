"""Compare, store, publish: every record into the table and, where it changed something, into the queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest.compare import compare
from ingest.ports import Stores
from models.change import Change, Plan
from models.deadline import Deadline
from models.delivery import Delivery
from models.failures import OutOfTime, StoreUnavailable
from models.message import message
from models.record import Current, History, Key, Record


@dataclass(slots=True)
class FanOut:
    """One delivery's records on their way into the table and the queue.

    Neither `read` nor `run` raises for what a store does.

    Attributes
    ----------
    records
        In order of receipt.
    current
        The states of their keys, once `read`; None where the store did not answer.
    changes
        What became of the records that are stored, by position in the delivery.
    unpublished
        Positions of stored records whose message is not sent yet.
    failures
        The failures of the records table and the records queue.
    """

    delivery: Delivery
    records: Sequence[Record]
    stores: Stores
    deadline: Deadline
    current: Mapping[Key, Current] | None = None
    changes: dict[int, Change] = field(default_factory=dict)
    unpublished: set[int] = field(default_factory=set)
    failures: list[StoreUnavailable] = field(default_factory=list)

    def read(self) -> None:
        """Read the current states."""
        keys = tuple(group_by_key(self.records))
        try:
            self.current = self.stores.records.read(keys, self.deadline) if keys else {}
        except StoreUnavailable as failure:
            self.failures.append(failure)

    def run(self) -> None:
        """Take every record as far as the stores and the time allow.

        If another delivery writes a key between reading and storing, the race is lost: the key is read again,
        and decided again.
        """
        if self.current is None:
            return
        pending, current = group_by_key(self.records), self.current
        lost_races = 0
        try:
            while True:
                plans = self._plan(pending, current)
                lost = self._store(plans, pending)
                if not pending:
                    return
                if lost:
                    lost_races += 1
                    if not self.deadline.backoff(lost_races):
                        raise OutOfTime("records table")
                current = self.stores.records.read(tuple(pending), self.deadline)
        except StoreUnavailable as failure:
            self.failures.append(failure)

    def _plan(self, pending: Mapping[Key, Sequence[Record]], current: Mapping[Key, Current]) -> list[Plan]:
        """Decide on every pending key. Raises StoreUnavailable where the history is needed and away."""
        overtaken = {
            key: records[0].receipt
            for key, records in pending.items()
            if key in current and records[0].receipt < current[key].version.receipt
        }
        histories = self.stores.records.history(overtaken, self.delivery, self.deadline) if overtaken else {}
        return [
            compare(key, current.get(key), histories.get(key) or _newest(current.get(key)), records)
            for key, records in pending.items()
        ]

    def _store(self, plans: Sequence[Plan], pending: dict[Key, list[Record]]) -> bool:
        """Write the plans and publish what is stored; take from `pending` what needs no further try.

        Returns
        -------
        bool
            Whether a race was lost.
        """
        writing = [plan for plan in plans if plan.has_writes]
        stored = [plan for plan in plans if not plan.has_writes]
        lost = False
        written = self.stores.records.store(writing, self.delivery, self.deadline) if writing else ()
        for plan, result in zip(writing, written, strict=True):
            if result == "stored":
                stored.append(plan)
            elif result == "lost":
                lost = True
            else:
                self.failures.append(result)
                del pending[plan.key]
        for plan in stored:
            self.changes.update((change.record.position, change) for change in plan.changes)
            pending[plan.key] = pending[plan.key][len(plan.changes) :]
            if not pending[plan.key]:
                del pending[plan.key]
        self._publish([change for plan in stored for change in plan.changes if change.publishes])
        return lost

    def _publish(self, changes: Sequence[Change]) -> None:
        if not changes:
            return
        messages = [message(change, self.delivery) for change in changes]
        failed = self.stores.messages.publish(messages, self.deadline)
        for change, sent in zip(changes, messages, strict=True):
            if sent.id in failed:
                self.unpublished.add(change.record.position)
        self.failures.extend(failed.values())


def group_by_key(records: Sequence[Record]) -> dict[Key, list[Record]]:
    """Group records by key, both in their order."""
    groups: dict[Key, list[Record]] = {}
    for record in records:
        groups.setdefault(record.key, []).append(record)
    return groups


def _newest(current: Current | None) -> History:
    return History((current.version,) if current else ())
