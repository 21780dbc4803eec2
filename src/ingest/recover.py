"""Finish what the front door could not: the deliveries that the inbox still has open."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ingest.ports import Stores
from ingest.receive import finish
from models.clock import Clock, moment
from models.deadline import Deadline
from models.delivery import Left, OpenDelivery, Turn
from models.failures import StoreUnavailable
from models.outcome import Result, State

MAX_ATTEMPTS = 10
"""After so many, the front door's among them, a delivery is given up and waits for a person."""

LEASE = timedelta(seconds=360)
"""Longer than a run of recovery may take (300 s in template.yaml), so that two never work on one delivery."""

_LEAST_SHARE_SECONDS = 10
_WORTH_STARTING_SECONDS = 5
_RELEASE_SECONDS = 3
_FIRST_BACKOFF = timedelta(minutes=5)
_LONGEST_BACKOFF = timedelta(hours=2)


class Recovered(NamedTuple):
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


def due(waiting: Sequence[OpenDelivery], now: datetime, after: timedelta) -> list[Turn]:
    """Choose the deliveries that recovery may take, and their order.

    What was received in the future is old enough, too: clocks differ, and to take a delivery that the front
    door is still at does no harm.

    One that may kill the process must not hold up the others. So those come first that were answered and not
    tried since, then those that an attempt gave back, then those with which the front door died. One with
    which an attempt of recovery died comes last, and only one in a run. While an attempt has not come back,
    the order of age is turned round: what killed it may not be the only one, and stood among the oldest.
    """
    ready = [
        delivery
        for delivery in waiting
        if not now - after < delivery.received_at <= now
        and (delivery.due_at is None or delivery.due_at <= now)
    ]
    others = [delivery for delivery in ready if not delivery.leased_until]
    others.sort(key=lambda delivery: delivery.received_at, reverse=is_one_away(waiting))
    others.sort(key=_rank)
    died = sorted((each.leased_until, each.id, each) for each in ready if each.leased_until)
    chosen = [*others, *(delivery for _, _, delivery in died[:1])]
    return [Turn(delivery.id, delivery.attempts) for delivery in chosen]


def is_one_away(waiting: Sequence[OpenDelivery]) -> bool:
    """Tell whether an attempt has not come back: it is still at work, or its process died."""
    return any(delivery.leased_until for delivery in waiting)


def _rank(delivery: OpenDelivery) -> int:
    if delivery.attempts > 1:
        return 1
    return 0 if delivery.answered else 2


def recover_each(
    turns: Iterable[Turn], stores: Stores, clock: Clock, deadline: Deadline
) -> Iterator[Recovered]:
    """Take one delivery after the other, each for its share of the time, and finish it like the front door.

    One that is closed meanwhile, or that another run holds or has tried, is passed over. Whatever an attempt
    ends by, the next delivery gets its own; those for which no time is left stay open.
    """
    waiting = list(turns)
    for at, turn in enumerate(waiting):
        if deadline.remaining() < _WORTH_STARTING_SECONDS:
            return
        try:
            attempts = stores.inbox.claim(turn, _now(clock), LEASE, deadline)
        except StoreUnavailable as failure:
            yield Recovered(turn.delivery_id, 0, State.OPEN, error=failure)
            continue
        if attempts is not None:
            recovered = _attempt(turn.delivery_id, attempts, stores, _share(deadline, len(waiting) - at))
            if recovered.state is State.OPEN:
                recovered = _release(recovered, stores, _now(clock), deadline)
            yield recovered


def _share(deadline: Deadline, waiting: int) -> Deadline:
    """Give one of so many deliveries its part of the run, but ten seconds at least.

    That is enough to get on, and so little that those which use all of it up keep few others waiting.
    """
    remaining = deadline.remaining() - _RELEASE_SECONDS
    share = max(_LEAST_SHARE_SECONDS, remaining / waiting)
    return deadline.at_most(min(share, remaining))


def _attempt(delivery_id: str, attempts: int, stores: Stores, deadline: Deadline) -> Recovered:
    if attempts > MAX_ATTEMPTS:
        # The attempts before could not even say how they ended: the delivery kills the process.
        return Recovered(delivery_id, attempts, State.OPEN)
    try:
        delivery, parts, unfinished = stores.inbox.load(delivery_id, deadline)
        result = finish(delivery, parts, stores, deadline, unfinished)
    except Exception as error:  # noqa: BLE001 - a delivery that trips a defect must not stop the next one
        return Recovered(delivery_id, attempts, State.OPEN, error=error)
    return Recovered(delivery_id, attempts, result.state if result.closed else State.OPEN, result)


def _release(recovered: Recovered, stores: Stores, now: datetime, deadline: Deadline) -> Recovered:
    """Reschedule an unfinished delivery, or mark it failed; without the inbox, its lease runs out."""
    left = Left(_reason(recovered), recovered.result.unfinished if recovered.result else None)
    try:
        if recovered.attempts < MAX_ATTEMPTS:
            until = now + backoff(recovered.attempts)
            stores.inbox.reschedule(recovered.delivery_id, until, left, deadline)
            return recovered
        stores.inbox.mark_failed(recovered.delivery_id, left, deadline)
    except StoreUnavailable as failure:
        return recovered._replace(error=recovered.error or failure)
    return recovered._replace(state=State.FAILED)


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
