"""Many deliveries at once: what an operation would do with them, then what it does, in another thread."""

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from handlers.bootstrap import Receiver
from models.outcome import State
from rubeus.operating.bulk import Failed, dismissable, one_by_one, replayable
from rubeus.operating.dismiss import Dismissed, dismiss
from rubeus.operating.replay import Replay, Replayed
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.failures import Failure
from rubeus.reading.rows import DeliveryRow
from rubeus.reading.selection import Selection
from rubeus.reading.summary import Dismissal

MAX_FORETOLD = 300
"""Of so many, the oldest, it is told what a replay would do: each takes some calls."""

_KEPT = 20

Phase = Literal["foretelling", "ready", "acting", "over"]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one delivery.

    Attributes
    ----------
    before, after
        Its states; None where they are not known.
    changed
        How many records changed.
    left_alone, failure
        Why it was not tried; what AWS did not do.
    """

    id: str
    before: State | None = None
    after: State | None = None
    changed: int = 0
    left_alone: Replayed | Dismissed | None = None
    failure: Failure | None = None


@dataclass
class Batch:
    """All deliveries that a list has, chosen once; what came later is in no batch.

    Attributes
    ----------
    query
        The filters of the list, as its URL has them.
    rows
        All of them, newest first.
    as_kind
        The kind under which a replay takes them.
    done, total
        Of what runs now: how far it came.
    changes
        How many records go from one verdict to another, or would; None: from nothing.
    error
        What ended all of it early.
    """

    selection: Selection
    query: str
    rows: Sequence[DeliveryRow] = ()
    as_kind: str | None = None
    phase: Phase = "foretelling"
    action: Literal["replay", "dismiss"] = "replay"
    done: int = 0
    total: int = 0
    lines: list[Line] = field(default_factory=list)
    changes: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    error: Exception | None = None
    is_stopped: bool = False
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def replayable(self) -> Sequence[str]:
        """Those that a replay may change, oldest first; one that is done has nothing left to do."""
        states = set(replayable(self.selection)) - {State.DONE}
        return [each.id for each in reversed(self.rows) if each.state in states]

    def dismissable(self, *, force: bool) -> Sequence[str]:
        """Give those that can be put aside, oldest first."""
        states = dismissable(force=force)
        return [each.id for each in reversed(self.rows) if each.state in states]

    def choose(self, deliveries: Deliveries, receiver: Callable[[], Receiver]) -> None:
        """Start to choose them, and to say what a replay would do."""

        def work() -> None:
            self.rows = list(deliveries.list(self.selection))
            self._foretell(deliveries, receiver)

        self._start(work, "ready")

    def foretell(self, deliveries: Deliveries, receiver: Callable[[], Receiver], as_kind: str | None) -> None:
        """Start to say what a replay under another kind would do; the replay then is under that one, too."""
        if self._enter("foretelling", "replay"):
            self.as_kind = as_kind
            self._start(lambda: self._foretell(deliveries, receiver), "ready")

    def replay(self, deliveries: Deliveries, receiver: Callable[[], Receiver]) -> None:
        """Start to run them again, unless something was started already."""
        ids, states = self.replayable, {each.id: each.state for each in self.rows}

        def work() -> None:
            operation = Replay(deliveries, receiver(), self.as_kind)

            def run(delivery_id: str) -> Replayed:
                now = deliveries.get(delivery_id)
                if now and now.state is not states[delivery_id]:  # somebody else was there meanwhile
                    return Replayed(delivery_id, now, now, f"it is {now.state}")
                return operation.run(delivery_id)

            self._take(one_by_one(self._going(ids), run))

        if ids and self._enter("acting", "replay"):
            self.total = len(ids)
            self._start(work, "over")

    def dismiss(
        self, deliveries: Deliveries, receiver: Callable[[], Receiver], dismissal: Dismissal, *, force: bool
    ) -> None:
        """Start to put them aside, unless something was started already."""
        ids = self.dismissable(force=force)

        def work() -> None:
            composed = receiver()
            self._take(
                one_by_one(
                    self._going(ids), lambda one: dismiss(deliveries, composed, one, dismissal, force=force)
                )
            )

        if ids and self._enter("acting", "dismiss"):
            self.total = len(ids)
            self._start(work, "over")

    def stop(self) -> None:
        """End it after the delivery that it is at."""
        self.is_stopped = True

    def _foretell(self, deliveries: Deliveries, receiver: Callable[[], Receiver]) -> None:
        ids = self.replayable[:MAX_FORETOLD]
        self.total = len(ids)
        if ids:
            self._take(one_by_one(self._going(ids), Replay(deliveries, receiver(), self.as_kind).foretell))

    def _enter(self, phase: Phase, action: Literal["replay", "dismiss"]) -> bool:
        """Begin anew, but for what runs, or is over."""
        with self._lock:
            if self.phase != "ready":
                return False
            self.phase, self.action, self.done, self.total = phase, action, 0, 0
            self.lines, self.changes, self.error, self.is_stopped = [], Counter(), None, False
        return True

    def _start(self, work: Callable[[], None], then: Phase) -> None:
        def run() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 (told to whoever looks)
                self.error = error
            finally:
                self.phase = then

        # Should the process end meanwhile, recovery finishes the delivery that is being replayed.
        threading.Thread(target=run, name="batch", daemon=True).start()

    def _going(self, ids: Sequence[str]) -> Iterator[str]:
        for each in ids:
            if self.is_stopped:
                return
            yield each

    def _take(self, results: Iterator[Replayed | Dismissed | Failed]) -> None:
        for each in results:
            self.lines.append(_line(each))
            if isinstance(each, Replayed):
                for old, new in each.changes:
                    self.changes[old["verdict"] if old else None, new["verdict"]] += 1
            self.done += 1


@dataclass
class Batches:
    """Those of this process, by their ids; of old ones the newest twenty are kept."""

    _batches: dict[str, Batch] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, batch: Batch) -> None:
        """Keep one, and forget the oldest that does nothing."""
        with self._lock:
            self._batches[batch.id] = batch
            idle = [each.id for each in self._batches.values() if each.phase in ("ready", "over")]
            for old in idle[: max(0, len(self._batches) - _KEPT)]:
                del self._batches[old]

    def get(self, batch_id: str) -> Batch | None:
        """Give one, if it is kept."""
        with self._lock:
            return self._batches.get(batch_id)


def _line(each: Replayed | Dismissed | Failed) -> Line:
    if isinstance(each, Failed):
        return Line(each.delivery_id, failure=each.failure)
    before = each.before.state if each.before else None
    if each.left_alone:
        return Line(each.delivery_id, before, before, left_alone=each)
    if isinstance(each, Dismissed):
        return Line(each.delivery_id, before, State.DISMISSED)
    return Line(each.delivery_id, before, each.after.state if each.after else None, len(each.changes))
