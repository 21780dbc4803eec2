"""Which deliveries somebody means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models import clock
from models.outcome import State
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
        Those in which a record of that kind was rejected, or whose URL (or an operator) named it.
    problem
        Text within the words of their problems, upper or lower case.
    """

    state: State | None = None
    day: str | None = None
    since: datetime | None = None
    kind: str | None = None
    problem: str | None = None

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
        """Give the days by which they are to be found; none: by their states."""
        if self.day or self.state is not State.DONE:
            return [self.day] if self.day else []
        today = now.astimezone(clock.BRASILIA).date()
        first = (self.since or now).astimezone(clock.BRASILIA).date()
        return [(first + timedelta(days=number)).isoformat() for number in range((today - first).days + 1)]

    def holds(self, delivery: DeliverySummary) -> bool:
        """Say whether a delivery that was found is one of them, as it is now: an index is a moment behind."""
        kinds = {delivery.path_kind, delivery.as_kind, *(each.get("kind") for each in delivery.rejected)}
        return (
            delivery.state in self.states
            and (self.kind is None or self.kind in kinds)
            and (self.problem is None or self.problem.casefold() in "\n".join(delivery.problems).casefold())
        )
