"""Which deliveries somebody means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from aws.delivery_items import OTHER, became
from models import clock
from models.kind import FLUXO, KINDS
from models.outcome import State, Verdict
from rubeus.reading.days import days
from rubeus.reading.summary import DeliverySummary

NEED_ATTENTION = (State.OPEN, State.QUARANTINED, State.FAILED)

# One that is just being written is no delivery yet, and in no list.
_LISTED = (*NEED_ATTENTION, State.DISMISSED, State.DONE)


@dataclass(frozen=True, slots=True)
class Selection:
    """Deliveries for which all that is given holds; by default those that need somebody's attention.

    Attributes
    ----------
    state
        What the inbox says of them. Those that are done are found by day only: without one, and without
        `since`, those of today.
    day
        YYYY-MM-DD: all that came in on this day in Brasília, in any state.
    since
        Aware: those that came in then or later.
    kind
        Those with a record of that kind; or, where no record has one, whose URL (or an operator) named it.
    problem
        Text within the words of their problems, upper or lower case.
    verdict
        Those with a record of which this became.
    """

    state: State | None = None
    day: str | None = None
    since: datetime | None = None
    kind: str | None = None
    problem: str | None = None
    verdict: Verdict | None = None

    @property
    def has_filters(self) -> bool:
        """Say whether anything is given."""
        return self != Selection()

    @property
    def states(self) -> Sequence[State]:
        """The states that they may be in."""
        if self.state:
            return (self.state,)
        return _LISTED if self.day else NEED_ATTENTION

    def days(self, now: datetime) -> Sequence[str]:
        """Give the days by which they are to be found; none: by their states, which only few are in."""
        if self.state not in (None, State.DONE):
            return []
        if self.day or self.state is None:
            return [self.day] if self.day else []
        return days(self.since or now, now)

    @property
    def times(self) -> tuple[datetime | None, datetime | None]:
        """Since when, and until when, they came in; aware, UTC."""
        if self.day is None:
            return self.since, None
        day = date.fromisoformat(self.day)
        first, after = (
            datetime.combine(each, time.min, clock.BRASILIA).astimezone(UTC)
            for each in (day, day + timedelta(days=1))
        )
        return max(first, self.since or first), after - timedelta(microseconds=1)

    @property
    def became(self) -> Sequence[str]:
        """All that the index of days may say became of the only record of one of them; none: anything."""
        if not (self.kind or self.verdict or self.problem):
            return ()
        # Of a record whose kind could not be told, the URL may name it.
        kinds = (self.kind, None) if self.kind else (*KINDS, FLUXO, None)
        verdicts = [
            each
            for each in Verdict
            if self.verdict in (None, each) and (self.problem is None or each is Verdict.REJECTED)
        ]
        return [OTHER, *(became(kind, verdict) for kind in kinds for verdict in verdicts)]

    def may_hold(self, entry: Mapping[str, Any]) -> bool:
        """Say whether a delivery may be one of them by what the index of days has of closed ones."""
        if "counts" not in entry:
            return True
        state, kinds, counts = entry["state"]["S"], entry["kinds"]["L"], entry["counts"]["M"]
        return (
            (self.state is None or self.state == state)
            # Of a delivery without kinds only its URL may name one.
            and (self.kind is None or not kinds or {"S": self.kind} in kinds)
            and (self.verdict is None or self.verdict in counts)
            # Of one that is done only a test's records may have been rejected.
            and (self.problem is None or state != State.DONE or Verdict.REJECTED in counts)
        )

    def holds(self, delivery: DeliverySummary) -> bool:
        """Say whether a delivery that was found is one of them, as it is now: an index is a moment behind."""
        kinds = {*delivery.kinds} - {None} or {delivery.path_kind, delivery.as_kind}
        return (
            delivery.state in self.states
            and (
                self.verdict is None
                or any(each["verdict"] == self.verdict for each in delivery.outcomes.values())
            )
            and (self.kind is None or self.kind in kinds)
            and (self.problem is None or self.problem.casefold() in "\n".join(delivery.problems).casefold())
        )
