"""Compare, store, publish: every record into the table and, where it changed something, into the queue."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.compare import compare
from ingest.ports import Stores
from models.change import Change, Plan
from models.deadline import Deadline
from models.delivery import Delivery
from models.failures import OutOfTime, StoreUnavailable
from models.message import message
from models.record import Current, History, Key, Record

# A batch is published before the next one is stored, and is all of the tables that is in memory at a time.
# It keeps sixteen concurrent transactions of a hundred items busy.
_BATCH_RECORDS = 1_000
_BATCH_ITEMS = 4_000


@dataclass(slots=True)
class FanOut:
    """One delivery's records on their way into the table and the queue, batch after batch.

    Neither `read` nor `run` raises for what a store does.

    Attributes
    ----------
    records
        In order of receipt.
    unfinished
        Positions that may not be finished; what is stored of the others is published. None: all.
    current
        The states of the first batch's keys, once `read`; None where the store did not answer.
    changes
        What became of the records that are stored, by position in the delivery.
    unpublished
        Positions of stored records whose message is not sent yet.
    failures
        The failures of the records table and the records queue.
    histories
        Of the keys that were overtaken, as far as they were read.
    queue_failure
        Why no message goes out any more.
    """

    delivery: Delivery
    records: Sequence[Record]
    stores: Stores
    deadline: Deadline
    unfinished: Collection[int] | None = None
    current: Mapping[Key, Current] | None = None
    changes: dict[int, Change] = field(default_factory=dict)
    unpublished: set[int] = field(default_factory=set)
    failures: list[StoreUnavailable] = field(default_factory=list)
    histories: dict[Key, History] = field(default_factory=dict)
    queue_failure: StoreUnavailable | None = None

    def read(self) -> None:
        """Read the current states of the first batch."""
        try:
            self.current = self._read(next(_batches(self.records), ()))
        except StoreUnavailable as failure:
            self.failures.append(failure)

    def run(self) -> None:
        """Take every record as far as the stores and the time allow."""
        if self.current is None:
            return
        current: Mapping[Key, Current] | None = self.current
        try:
            for batch in _batches(self.records):
                self._take(group_by_key(batch), self._read(batch) if current is None else current)
                current = None
        except StoreUnavailable as failure:
            self.failures.append(failure)

    def _read(self, records: Sequence[Record]) -> Mapping[Key, Current]:
        keys = tuple(group_by_key(records))
        return self.stores.records.read(keys, self.deadline) if keys else {}

    def _take(self, pending: dict[Key, list[Record]], current: Mapping[Key, Current]) -> None:
        """Compare, store and publish a batch.

        If another delivery writes a key between reading and storing, the race is lost: the key is read again,
        and decided again.
        """
        lost_races = 0
        while True:
            lost = self._store(self._plan(pending, current), pending)
            if not pending:
                return
            if lost:
                lost_races += 1
                if not self.deadline.backoff(lost_races):
                    raise OutOfTime("records table")
            current = self.stores.records.read(tuple(pending), self.deadline)

    def _plan(self, pending: Mapping[Key, Sequence[Record]], current: Mapping[Key, Current]) -> list[Plan]:
        """Decide on every pending key. Raises StoreUnavailable where the history is needed and away."""
        unknown = {
            key: records
            for key, records in pending.items()
            if key in current
            and records[0].receipt < current[key].version.receipt
            and not self._knows_history(current[key], key)
        }
        if unknown:
            histories = self.stores.records.history(unknown, current, self.delivery, self.deadline)
            self.histories.update(histories)
        return [
            compare(key, current.get(key), self._history(current.get(key), key), records)
            for key, records in pending.items()
        ]

    def _knows_history(self, current: Current, key: Key) -> bool:
        """Tell whether no newer version was made since the history was read."""
        return key in self.histories and self.histories[key].versions[0].number == current.version.number

    def _history(self, current: Current | None, key: Key) -> History:
        if current is None:
            return History(())
        return self.histories[key] if self._knows_history(current, key) else History((current.version,))

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
        self._publish([change for plan in stored for change in plan.changes if self._is_unsent(change)])
        return lost

    def _is_unsent(self, change: Change) -> bool:
        """Tell whether its message is not known to be sent: then it is sent, perhaps once more."""
        known = (
            change.stored and self.unfinished is not None and change.record.position not in self.unfinished
        )
        return change.publishes and not known

    def _publish(self, changes: Sequence[Change]) -> None:
        if not changes:
            return
        if self.queue_failure:
            self.unpublished.update(change.record.position for change in changes)
            return
        changes = sorted(changes, key=lambda change: change.record.position)
        messages = [message(change, self.delivery) for change in changes]
        failed = self.stores.messages.publish(messages, self.deadline)
        for change, sent in zip(changes, messages, strict=True):
            if sent.id in failed:
                self.unpublished.add(change.record.position)
        self.failures.extend(failed.values())
        if len(failed) == len(messages):
            # The queue is away. The time is better spent on storing, and recovery sends all of them.
            self.queue_failure = self.failures[-1]


def group_by_key(records: Sequence[Record]) -> dict[Key, list[Record]]:
    """Group records by key, both in their order."""
    groups: dict[Key, list[Record]] = {}
    for record in records:
        groups.setdefault(record.key, []).append(record)
    return groups


def _batches(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """Cut the records where a batch has enough of them, or of items to be written."""
    start = items = 0
    for at, record in enumerate(records):
        weight = 2 + len(record.linked)
        if at > start and (at - start >= _BATCH_RECORDS or items + weight > _BATCH_ITEMS):
            yield records[start:at]
            start, items = at, 0
        items += weight
    if records:
        yield records[start:]
