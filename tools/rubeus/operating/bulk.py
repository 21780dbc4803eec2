"""One operation on many deliveries, each alone: that one fails doesn't stop the others."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from models.outcome import State
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.failures import AWS_ERRORS, Failure, explain
from rubeus.reading.selection import NEED_ATTENTION, Selection

# With these, all others would fail alike.
_HOPELESS = ("denied", "login")

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Failed:
    """What AWS did not do for one delivery; nothing else of it is known."""

    delivery_id: str
    failure: Failure


def replayable(selection: Selection) -> Collection[State]:
    """Give the states in which those that are selected are run again: as chosen, or what needs attention."""
    return (selection.state,) if selection.state else NEED_ATTENTION


def dismissable(*, force: bool) -> Collection[State]:
    """Give the states in which deliveries are put aside; `force`: also those with something not done."""
    return (State.QUARANTINED, State.FAILED) if force else (State.QUARANTINED,)


def chosen(deliveries: Deliveries, selection: Selection, states: Collection[State]) -> Iterator[str]:
    """Give those that are selected, in one of these states, oldest first; each as it is by its turn."""
    for each in deliveries.find(selection, oldest_first=True):
        now = deliveries.get(each.id)
        if now and selection.holds(now) and now.state in states:
            yield each.id


def one_by_one(ids: Iterable[str], operation: Callable[[str], Done]) -> Iterator[Done | Failed]:
    """Do something with each delivery, when it is asked for.

    Raises
    ------
    Exception
        Of `AWS_ERRORS`, when a permission or credentials are missing: the others would fail alike.
    """
    for delivery_id in ids:
        try:
            done = operation(delivery_id)
        except AWS_ERRORS as error:
            failure = explain(error)
            if failure.cause in _HOPELESS:
                raise
            yield Failed(delivery_id, failure)
        else:
            yield done
