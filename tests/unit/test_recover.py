from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.fakes import Fakes, Head, ManualClock, deadline, deliver

from ingest.recover import LEASE, MAX_ATTEMPTS, Recovered, backoff, due, recover_each
from models.clock import moment
from models.deadline import Deadline
from models.delivery import Delivery, OpenDelivery, Turn
from models.failures import StoreUnavailable
from models.outcome import State

MINUTE = timedelta(minutes=1)
FIRST, SECOND = (
    deliver({"id": str(number), "codigo": None, "nome": "Ana Exemplo", "cpf": None}, second=number)
    for number in (1, 2)
)


class Killed(BaseException):
    """The process ends."""


def holding(*deliveries: Delivery, attempts: int = 1, away: tuple[str, ...] = ()) -> Fakes:
    """Give stores whose inbox has these deliveries open."""
    fakes = Fakes(away=away)
    fakes.inbox.heads = {each.id: Head(each, attempts=attempts) for each in deliveries}
    return fakes


def recover(fakes: Fakes, clock: ManualClock | None = None, until: Deadline | None = None) -> list[Recovered]:
    """Let recovery take all that the inbox has, with five minutes for it unless told otherwise."""
    clock = clock or ManualClock()
    turns = [Turn(delivery_id, head.attempts) for delivery_id, head in fakes.inbox.heads.items()]
    return list(recover_each(turns, fakes.stores, clock, until or deadline(300, clock)))


def at_delivery(delivery: Delivery, happens: Callable[[], object]) -> Callable[..., None]:
    """Give what lets something happen at the calls for this delivery only."""

    def first(delivery_id: str, *_: object) -> None:
        if delivery_id == delivery.id:
            happens()

    return first


def now(clock: ManualClock) -> datetime:
    """Give the time."""
    return moment(clock.time_ns())


def test_due_is_what_is_old_enough_and_not_put_off() -> None:
    """Oldest first; what was received just then, or rests after an attempt, waits."""
    noon = FIRST.received_at
    waiting = [
        OpenDelivery("just now", noon - MINUTE + timedelta(microseconds=1)),
        OpenDelivery("a minute old", noon - MINUTE),
        OpenDelivery("resting", noon - 9 * MINUTE, noon + timedelta(microseconds=1)),
        OpenDelivery("rested", noon - 8 * MINUTE, noon),
    ]

    assert due(waiting, noon, MINUTE) == [Turn("rested", 1), Turn("a minute old", 1)]


def test_each_is_claimed_finished_and_closed_before_the_next() -> None:
    """Under a lease that outlasts any run of recovery, and counted as an attempt before it is loaded."""
    fakes = holding(FIRST, SECOND)
    clock = ManualClock()
    leases: list[object] = []
    fakes.calls.first["claim"] = lambda _, *lease: leases.append(lease[:2])

    done = recover(fakes, clock)

    assert [(each.delivery_id, each.attempts, each.state) for each in done] == [
        (FIRST.id, 2, State.DONE),
        (SECOND.id, 2, State.DONE),
    ]
    assert fakes.calls.names == ["claim", "load", "read", "store", "publish", "close"] * 2
    assert leases == [(now(clock), LEASE)] * 2
    assert [message.id for message in fakes.messages.published] == ["contato/1/1", "contato/2/1"]


@pytest.mark.parametrize(
    "head", [Head(FIRST, State.DONE), Head(FIRST, due_at=FIRST.received_at + 60 * MINUTE)]
)
def test_what_is_closed_or_not_due_is_passed_over(head: Head) -> None:
    """Nothing of it is read, and nothing is said about it."""
    fakes = holding(FIRST, SECOND)
    fakes.inbox.heads[FIRST.id] = head

    assert [each.delivery_id for each in recover(fakes)] == [SECOND.id]
    assert fakes.calls.names[:3] == ["claim", "claim", "load"]


def test_the_pauses_double_up_to_two_hours() -> None:
    """From five minutes on; the front door's attempt is the first."""
    pauses = [backoff(attempts) // MINUTE for attempts in range(2, MAX_ATTEMPTS)]

    assert pauses == [5, 10, 20, 40, 80, 120, 120, 120]


def test_an_unfinished_one_is_put_off_and_says_why() -> None:
    """It stays open and unclaimed, for as long as its attempts ask."""
    fakes = holding(FIRST, attempts=3, away=("publish",))
    clock = ManualClock()
    (recovered,) = recover(fakes, clock)

    assert (recovered.attempts, recovered.state, recovered.error) == (4, State.OPEN, None)
    assert recovered.result
    assert fakes.inbox.heads[FIRST.id] == Head(
        FIRST, attempts=4, due_at=now(clock) + backoff(4), reason="publish: Away", unfinished=(0,)
    )


def test_all_attempts_used_up_is_failed() -> None:
    """The last one is made; only then does the delivery wait for a person."""
    fakes = holding(FIRST, attempts=MAX_ATTEMPTS - 1, away=("publish",))
    (recovered,) = recover(fakes)

    assert (recovered.attempts, recovered.state) == (MAX_ATTEMPTS, State.FAILED)
    assert "publish" in fakes.calls.names
    assert (fakes.inbox.heads[FIRST.id].state, fakes.inbox.heads[FIRST.id].reason) == (
        State.FAILED,
        "publish: Away",
    )


def test_the_last_attempt_can_succeed() -> None:
    """Ten attempts are ten attempts."""
    (recovered,) = recover(holding(FIRST, attempts=MAX_ATTEMPTS - 1))

    assert (recovered.attempts, recovered.state) == (MAX_ATTEMPTS, State.DONE)


def test_a_killer_is_given_up_without_being_tried_again() -> None:
    """Attempts that ended with the process count too; what used all of them up is not even loaded."""
    fakes = holding(FIRST)
    clock = ManualClock()

    def die(*_: object) -> None:
        raise Killed

    fakes.calls.first["load"] = die
    for _ in range(MAX_ATTEMPTS - 1):
        with pytest.raises(Killed):
            recover(fakes, clock)
        clock.sleep(LEASE.total_seconds())
    (recovered,) = recover(fakes, clock)

    assert (recovered.attempts, recovered.state) == (MAX_ATTEMPTS + 1, State.FAILED)
    assert fakes.calls.names == ["claim", "load"] * (MAX_ATTEMPTS - 1) + ["claim", "mark_failed"]
    assert fakes.inbox.heads[FIRST.id].reason == "the run ended before it could say why"


def test_a_delivery_that_trips_a_defect_does_not_stop_the_next() -> None:
    """It is put off with the error's name alone, whose message may quote a record."""
    fakes = holding(FIRST, SECOND)
    defect = ValueError("CPF 529.982.247-25")

    def trip() -> None:
        raise defect

    fakes.calls.first["load"] = at_delivery(FIRST, trip)
    recovered = recover(fakes)

    assert [(each.state, each.error) for each in recovered] == [(State.OPEN, defect), (State.DONE, None)]
    assert fakes.inbox.heads[FIRST.id].reason == "ValueError"


def test_a_delivery_that_could_not_be_claimed_does_not_stop_the_next() -> None:
    """It is not worked on, no attempt is counted, and the failure of the store is told."""
    fakes = holding(FIRST, SECOND)
    failure = StoreUnavailable("deliveries table", "Away")

    def refuse() -> None:
        raise failure

    fakes.calls.first["claim"] = at_delivery(FIRST, refuse)

    assert [(each.attempts, each.state, each.error) for each in recover(fakes)] == [
        (0, State.OPEN, failure),
        (2, State.DONE, None),
    ]
    assert fakes.calls.names[:3] == ["claim", "claim", "load"]


@pytest.mark.parametrize(("attempts", "call"), [(1, "reschedule"), (MAX_ATTEMPTS - 1, "mark_failed")])
def test_without_the_inbox_at_the_end_the_lease_runs_out(attempts: int, call: str) -> None:
    """The delivery stays open and claimed, and the failure is told."""
    fakes = holding(FIRST, attempts=attempts, away=("publish", call))
    clock = ManualClock()
    (recovered,) = recover(fakes, clock)

    assert (recovered.state, str(recovered.error)) == (State.OPEN, f"{call}: Away")
    head = fakes.inbox.heads[FIRST.id]
    assert (head.state, head.leased_until) == (State.OPEN, now(clock) + LEASE)


def test_one_that_could_not_be_closed_stays_open() -> None:
    """All is stored and published, but the inbox does not know."""
    fakes = holding(FIRST, away=("close",))
    (recovered,) = recover(fakes)

    assert recovered.state is State.OPEN
    assert recovered.result
    assert recovered.result.state is State.DONE
    assert fakes.inbox.heads[FIRST.id].reason == "close: Away"


def test_no_delivery_is_begun_without_time_for_it() -> None:
    """What the run has no time for is not even claimed: no attempt is wasted on it."""
    fakes = holding(FIRST, SECOND)
    clock = ManualClock()
    fakes.calls.first["close"] = lambda *_: clock.sleep(296)

    assert [each.delivery_id for each in recover(fakes, clock)] == [FIRST.id]
    assert fakes.inbox.heads[SECOND.id] == Head(SECOND)


def test_no_delivery_takes_more_than_its_share() -> None:
    """A slow one gets its part of the run, ten seconds at least, so that the next one gets its own."""
    fakes = holding(FIRST, SECOND)
    clock = ManualClock()
    shares: list[float] = []

    def be_slow(_: str, until: Deadline) -> None:
        shares.append(until.remaining())
        clock.sleep(until.remaining())

    fakes.calls.first["load"] = be_slow
    recovered = recover(fakes, clock, deadline(103, clock))

    assert shares == pytest.approx([50, 50])
    assert [each.state for each in recovered] == [State.OPEN, State.OPEN]


def test_a_record_is_finished_as_what_the_path_says() -> None:
    """The kind in the URL comes back with the delivery; without it this record would be a contato."""
    fakes = holding(deliver({"id": "9", "descricao": "Ana Exemplo"}, kind="evento"))
    recover(fakes)

    assert [message.id for message in fakes.messages.published] == ["evento/9/1"]
