"""Which deliveries an operator means."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from models.outcome import State
from rubeus.head import Head
from rubeus.inbox import Inbox
from rubeus.wording import problems

TO_LOOK_AT = (State.OPEN, State.QUARANTINED, State.FAILED)


@dataclass(frozen=True, slots=True)
class Selection:
    """Deliveries for which all that is given holds; by default those that somebody has to look at.

    Attributes
    ----------
    state
        What the inbox says of them.
    day
        YYYY-MM-DD: all that came in on this day in Brasília, in any state.
    since
        Aware: those that came in then or later.
    kind
        Those in which a record of that kind was rejected, or whose URL named it.
    problem
        Text within the words of their problems, upper or lower case.
    """

    state: State | None = None
    day: str | None = None
    since: datetime | None = None
    kind: str | None = None
    problem: str | None = None

    def find(self, inbox: Inbox) -> Iterator[Head]:
        """Give the deliveries, oldest first, as they are when they are asked for."""
        states = (self.state,) if self.state else TO_LOOK_AT
        return filter(self.holds, inbox.heads(inbox.ids(states, self.day, self.since)))

    def holds(self, head: Head) -> bool:
        """Say whether a delivery is one of them, now."""
        # The index of days has all states, and that of states is a moment behind.
        states = (self.state,) if self.state else tuple(State) if self.day else TO_LOOK_AT
        return head.state in states and self._has_kind(head) and self._has_problem(head)

    def _has_kind(self, head: Head) -> bool:
        kinds = {head.path_kind, *(each.get("kind") for each in head.rejected)}
        return self.kind is None or self.kind in kinds

    def _has_problem(self, head: Head) -> bool:
        return self.problem is None or self.problem.casefold() in "\n".join(problems(head)).casefold()
