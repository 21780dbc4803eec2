"""Run deliveries again, by the code of recovery, and say what that changed, or would."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from handlers.bootstrap import Receiver
from ingest.receive import receive
from ingest.recover import recover_each
from models.clock import moment
from models.deadline import Deadline
from models.delivery import Delivery, Turn, receive_at
from models.outcome import SavedIn, State, Verdict
from rubeus.errors import CommandError
from rubeus.operating.forecast import forecast
from rubeus.operating.states import EXPIRED, busy, reopen
from rubeus.reading.deliveries import Deliveries, UnreadableBodyError
from rubeus.reading.summary import DeliverySummary

NO_SUCH = "no such delivery"

_SECONDS = 3600  # this process has no end, and a delivery takes minutes at most
_SHOWN = ("verdict", "version", "problems")
_CLOSED = (State.DONE, State.QUARANTINED)

Outcome = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did to one delivery, or would do.

    Attributes
    ----------
    before, after
        None where there was no such delivery, or the inbox does not have it yet.
    left_alone
        Why it was not tried.
    surprises
        Positions of the records of which something else became than was foretold a moment before.
    """

    delivery_id: str
    before: DeliverySummary | None
    after: DeliverySummary | None
    left_alone: str | None = None
    surprises: Sequence[int] = ()

    @property
    def unfinished(self) -> bool:
        """Whether it was tried and is not closed."""
        return not self.left_alone and (self.after is None or self.after.state not in _CLOSED)

    @property
    def records(self) -> Sequence[tuple[Outcome | None, Outcome]]:
        """The outcomes of all records: before, if there was any, and after."""
        if self.after is None or self.after.state not in _CLOSED:
            return ()
        earlier = self.before.outcomes if self.before else {}
        return [(earlier.get(position), new) for position, new in self.after.outcomes.items()]

    @property
    def changes(self) -> Sequence[tuple[Outcome | None, Outcome]]:
        """Those of the records for which verdict, version or problems changed."""
        return [(old, new) for old, new in self.records if old is None or shown(old) != shown(new)]


@dataclass(frozen=True)
class Replay:
    """Runs deliveries again, each under its own time of receipt; may be repeated without harm.

    Should this process die, the schedule of recovery finishes the delivery that it had. Messages that may
    not have been sent are sent with the ids that they had. On AWS it needs what reading the deliveries needs,
    and what the recovery function may do in the tables and the records queue.

    Attributes
    ----------
    as_kind
        The kind under which to take them, in place of the one that the URL named; kept with the delivery.
    """

    deliveries: Deliveries
    receiver: Receiver
    as_kind: str | None = None

    def run(self, delivery_id: str) -> Replayed:
        """Open a delivery again and finish it at once."""
        foretold = self.foretell(delivery_id)
        before = foretold.before
        if before is None or foretold.left_alone:
            return foretold
        if refusal := reopen(self.deliveries, before, self._now(), self._recover_after(), self.as_kind):
            return replace(foretold, after=before, left_alone=refusal)
        stores, clock = self.receiver.stores, self.receiver.clock
        for _ in recover_each([Turn(delivery_id, 0)], stores, clock, self._deadline()):
            pass  # what became of it is read from the inbox, whoever finished it
        after = self.deliveries.get(delivery_id)
        if after is None:
            return Replayed(delivery_id, before, None, EXPIRED)
        return Replayed(delivery_id, before, after, surprises=_surprises(foretold, after))

    def foretell(self, delivery_id: str) -> Replayed:
        """Say what `run` would do, and write nothing."""
        before = self.deliveries.get(delivery_id)
        if before is None:
            return Replayed(delivery_id, None, None, NO_SUCH)
        refusal = busy(before, self._now(), self._recover_after()) or self._refusal(before)
        if refusal:
            return Replayed(delivery_id, before, before, refusal)
        delivery = self._delivery(before)
        if isinstance(delivery, str):
            return Replayed(delivery_id, before, before, delivery)
        if self.as_kind:
            delivery = delivery._replace(path_kind=self.as_kind)
        result = forecast(delivery, self.receiver.stores, self._deadline()).result
        return Replayed(delivery_id, before, before.concluded(result))

    def as_newest(self, delivery_id: str, *, dry_run: bool) -> Replayed:
        """Take a delivery's body as if it had come now: what it says becomes current.

        It is a new delivery, with an id of its own and `replay_of`.

        Raises
        ------
        CommandError
            When neither the inbox nor the recovery queue takes it.
        """
        old = self.deliveries.get(delivery_id)
        if old is None or old.state is State.OPEN:
            why = "it is not finished yet: replay it without --as-newest" if old else NO_SUCH
            return Replayed(delivery_id, None, None, why)
        delivery = self._delivery(old)
        if isinstance(delivery, str):
            return Replayed(delivery_id, None, None, delivery)
        new_id, received_at = receive_at(self.receiver.clock.time_ns(), os.urandom(8))
        again = delivery._replace(id=new_id, received_at=received_at, replay_of=old.id)
        if dry_run:
            result = forecast(again, self.receiver.stores, self._deadline()).result
            after = replace(old, id=new_id, received_at=received_at, replay_of=old.id).concluded(result)
            return Replayed(new_id, None, after)
        result = receive(again, self.receiver.stores, self._deadline())
        if result.saved_in is SavedIn.NOWHERE:
            # The operator may not do it, perhaps: AWS's own words say which action is missing.
            why = "; ".join(str(each.__cause__ or each) for each in result.failures)
            message = f"nothing was kept: {why}"
            raise CommandError(message)
        return Replayed(new_id, None, self.deliveries.get(new_id))

    def _delivery(self, summary: DeliverySummary) -> Delivery | str:
        """Read a delivery with its body, or say why that can't be."""
        try:
            return self.deliveries.delivery(summary) or EXPIRED
        except UnreadableBodyError as error:
            return str(error)

    def _refusal(self, delivery: DeliverySummary) -> str | None:
        """Say why a delivery can't be taken under another kind."""
        if not self.as_kind:
            return None
        if delivery.state not in (State.QUARANTINED, State.DISMISSED):
            return f"it is {delivery.state}: only what is quarantined is taken under another kind"
        stored = [
            f"{each['position']} ({each['kind']})"
            for each in delivery.outcomes.values()
            if each["verdict"] != Verdict.REJECTED and each["kind"] != self.as_kind
        ]
        return f"records of it are stored already: {', '.join(stored)}" if stored else None

    def _now(self) -> datetime:
        return moment(self.receiver.clock.time_ns())

    def _recover_after(self) -> timedelta:
        return timedelta(seconds=self.receiver.settings.recover_after_seconds)

    def _deadline(self) -> Deadline:
        return Deadline.after(_SECONDS, self.receiver.clock)


def shown(outcome: Outcome) -> dict[str, Any]:
    """Give what is told of a record's outcome."""
    return {name: outcome[name] for name in _SHOWN if name in outcome}


def _surprises(foretold: Replayed, after: DeliverySummary) -> Sequence[int]:
    expected = foretold.after.outcomes if foretold.after else {}
    return [
        position
        for position, outcome in after.outcomes.items()
        if position in expected and shown(expected[position]) != shown(outcome)
    ]
