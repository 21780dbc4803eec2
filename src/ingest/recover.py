"""Finish what the front door could not: the deliveries that the inbox still has open."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingest.ports import Stores
from ingest.receive import finish
from models.clock import Clock, moment
from models.deadline import Deadline
from models.delivery import OpenDelivery
from models.failures import StoreUnavailable
from models.outcome import Result, State

MAX_ATTEMPTS = 10
"""After so many, the front door's among them, a delivery is given up and waits for a person."""

LEASE = timedelta(seconds=360)
"""Longer than a run of recovery may take (300 s in template.yaml), so that two never work on one delivery."""

_SHARE_SECONDS = 60
_WORTH_STARTING_SECONDS = 5
_FIRST_BACKOFF = timedelta(minutes=5)
_LONGEST_BACKOFF = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of one attempt on an open delivery.

    Attributes
    ----------
    state
        What the inbox says now.
    result
        None where the attempt ended by an error, or was not made any more.
    error
        That error: a store's, or a defect of ours.
    """

    delivery_id: str
    attempts: int
    state: State
    result: Result | None = None
    error: Exception | None = None


def due(waiting: Iterable[OpenDelivery], now: datetime, after: timedelta) -> list[str]:
    """Choose the deliveries that recovery may take: old enough, and not put off; ids, oldest first."""
    return [
        delivery.id
        for delivery in sorted(waiting, key=lambda delivery: delivery.received_at)
        if delivery.received_at <= now - after and (delivery.due_at is None or delivery.due_at <= now)
    ]


def recover_each(ids: Iterable[str], stores: Stores, clock: Clock, deadline: Deadline) -> Iterator[Recovered]:
    """Take one delivery after the other, each for a share of the time, and finish it as the front door would.

    One that is closed meanwhile, or that another run holds, is passed over. Whatever an attempt ends by, the
    next delivery gets its own; those for which no time is left stay open.
    """
    for delivery_id in ids:
        if deadline.remaining() < _WORTH_STARTING_SECONDS:
            return
        try:
            attempts = stores.inbox.claim(delivery_id, _now(clock), LEASE)
        except StoreUnavailable as failure:
            yield Recovered(delivery_id, 0, State.OPEN, error=failure)
            continue
        if attempts is not None:
            recovered = _attempt(delivery_id, attempts, stores, deadline.at_most(_SHARE_SECONDS))
            yield recovered if recovered.state is not State.OPEN else _release(recovered, stores, _now(clock))


def _attempt(delivery_id: str, attempts: int, stores: Stores, deadline: Deadline) -> Recovered:
    if attempts > MAX_ATTEMPTS:
        # The attempts before could not even say how they ended: the delivery kills the process.
        return Recovered(delivery_id, attempts, State.OPEN)
    try:
        delivery, parts = stores.inbox.load(delivery_id, deadline)
        result = finish(delivery, parts, stores, deadline)
    except Exception as error:  # noqa: BLE001 - a delivery that trips a defect must not stop the next one
        return Recovered(delivery_id, attempts, State.OPEN, error=error)
    return Recovered(delivery_id, attempts, result.state if result.closed else State.OPEN, result)


def _release(recovered: Recovered, stores: Stores, now: datetime) -> Recovered:
    """Reschedule an unfinished delivery, or mark it failed; without the inbox, its lease runs out."""
    reason = _reason(recovered)
    try:
        if recovered.attempts < MAX_ATTEMPTS:
            stores.inbox.reschedule(recovered.delivery_id, now + backoff(recovered.attempts), reason)
            return recovered
        stores.inbox.mark_failed(recovered.delivery_id, reason)
    except StoreUnavailable as failure:
        return replace(recovered, error=recovered.error or failure)
    return replace(recovered, state=State.FAILED)


def backoff(attempts: int) -> timedelta:
    """Say how long a delivery rests after so many attempts: 5, 10, 20 … minutes, at most two hours."""
    doublings = max(0, attempts - 2)
    return min(_FIRST_BACKOFF * (1 << doublings), _LONGEST_BACKOFF)


def _now(clock: Clock) -> datetime:
    return moment(clock.time_ns())


def _reason(recovered: Recovered) -> str:
    """Say why it is not finished, in words that hold nothing of a payload."""
    if recovered.error:
        return type(recovered.error).__name__
    if recovered.result and recovered.result.failures:
        return str(recovered.result.failures[-1])
    return "the run ended before it could say why"
