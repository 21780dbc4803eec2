"""Put deliveries aside that nobody need look at any more."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.bootstrap import Receiver
from models.deadline import Deadline
from models.outcome import State
from rubeus.operating.forecast import forecast
from rubeus.operating.replay import NO_SUCH
from rubeus.operating.states import put_aside
from rubeus.reading.deliveries import Deliveries, UnreadableBodyError
from rubeus.reading.summary import DeliverySummary, Dismissal

_SECONDS = 600
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Dismissed:
    """What a dismissal did to one delivery.

    Attributes
    ----------
    before
        None where there is no such delivery.
    left_alone
        Why it was not dismissed.
    unstored
        Positions (from 1) of the records of a failed one that are not stored.
    unsent
        Positions of those whose messages may not have been sent.
    """

    delivery_id: str
    before: DeliverySummary | None
    left_alone: str | None = None
    unstored: Sequence[int] = ()
    unsent: Sequence[int] = ()


def dismiss(
    deliveries: Deliveries, receiver: Receiver, delivery_id: str, dismissal: Dismissal, *, force: bool
) -> Dismissed:
    """Put a quarantined delivery aside; a replay brings it back. It expires when it would have.

    Parameters
    ----------
    force
        Also a failed one, although its sender was told 2xx and something of it is not done yet. It then is
        kept for as long as a quarantined one.

    Raises
    ------
    StoreUnavailable
        When it cannot be told what of a failed one is not done.
    """
    before = deliveries.get(delivery_id)
    if before is None:
        return Dismissed(delivery_id, None, NO_SUCH)
    if before.state not in (State.QUARANTINED, State.FAILED):
        return Dismissed(delivery_id, before, f"it is {before.state}")
    unstored: Sequence[int] = ()
    unsent: Sequence[int] = ()
    if before.state is State.FAILED:
        unstored, unsent = _not_done(deliveries, receiver, before)
        if not force:
            return Dismissed(delivery_id, before, "it is failed, and not done yet", unstored, unsent)
    days = receiver.settings.quarantine_retention_days
    expires_at = int(before.received_at.timestamp()) + days * _SECONDS_A_DAY
    refusal = put_aside(deliveries, before, dismissal, expires_at)
    return Dismissed(delivery_id, before, refusal, unstored, unsent)


def _not_done(
    deliveries: Deliveries, receiver: Receiver, failed: DeliverySummary
) -> tuple[Sequence[int], Sequence[int]]:
    """Give the positions of the records that are not stored, and not surely sent; none without a body."""
    try:
        delivery = deliveries.delivery(failed)
    except UnreadableBodyError:
        return (), ()
    if delivery is None:
        return (), ()
    rest = forecast(delivery, receiver.stores, Deadline.after(_SECONDS, receiver.clock))
    return [position + 1 for position in rest.unstored], [position + 1 for position in rest.unsent]
