"""Deliveries that kill the process, and those that wait behind them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from tests.fakes import lambda_context
from tests.integration.receiving import KilledError, Receiver, aws_answer
from tests.payloads import documented

from handlers.recovery import handler
from ingest import receive, recover
from ingest.ports import Stores
from ingest.recover import due
from models.deadline import Deadline
from models.delivery import Delivery, OpenDelivery, Turn
from models.failures import OutOfTime
from models.outcome import Result

CONTATO = documented("contato")
AWAY = EndpointConnectionError(endpoint_url="https://away.example")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def leave_open(receiver: Receiver, *ids: str) -> list[str]:
    """Post a record each while SQS is away; gives the protocolos."""
    receiver.fail("sqs", "SendMessageBatch", lambda _: AWAY)
    answers = [receiver.post_records({**CONTATO, "id": each}, kind="contato") for each in ids]
    receiver.heal("sqs", "SendMessageBatch")
    return [answer.body["protocolo"] for answer in answers]


def poison(monkeypatch: pytest.MonkeyPatch, ids: list[str]) -> None:
    """Let an attempt at one of these deliveries kill the process."""
    finish = receive.finish

    def die(delivery: object, *rest: object) -> Result:
        if delivery.id in ids:  # type: ignore[attr-defined] # it is a Delivery
            raise KilledError
        return finish(delivery, *rest)  # type: ignore[arg-type] # whatever comes

    monkeypatch.setattr(recover, "finish", die)


def run(receiver: Receiver) -> None:
    """Run recovery once, whether or not it lives through that; five minutes pass."""
    receiver.seconds += 300
    with suppress(KilledError):
        handler({"source": "aws.events"}, receiver.context)


def states(receiver: Receiver) -> dict[str, str]:
    """Give the state of each delivery."""
    return {item["delivery_id"]["S"]: item["state"]["S"] for item in receiver.deliveries()}


@pytest.mark.parametrize("place", [0, 10, 20])
def test_nobody_waits_behind_the_poisoned(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """Among twenty that kill the process an ordinary one is done in the second run at the latest."""
    killers = [f"6{number:02d}" for number in range(20)]
    ids = leave_open(receiver, *killers[:place], "7", *killers[place:])
    ordinary = ids[place]
    poison(monkeypatch, [each for each in ids if each != ordinary])

    for _ in range(2):
        run(receiver)
        with suppress(KilledError):
            receiver.recover_from_queue()

    found = states(receiver)
    assert found.pop(ordinary) == "done"
    assert set(found.values()) == {"open"}


@pytest.mark.parametrize("place", [0, 10, 20])
def test_nobody_waits_behind_those_that_use_up_their_time(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """Twenty attempts that come back with nothing done, each when its time is over, fit into one run."""
    slow = [f"6{number:02d}" for number in range(20)]
    ordinary = leave_open(receiver, *slow[:place], "7", *slow[place:])[place]
    finish = receive.finish

    def use_up(delivery: Delivery, parts: int, stores: Stores, deadline: Deadline, *rest: Any) -> Result:
        if delivery.id == ordinary:
            return finish(delivery, parts, stores, deadline, *rest)
        receiver.seconds = deadline.at
        raise OutOfTime("records table")

    monkeypatch.setattr(recover, "finish", use_up)
    receiver.context = lambda_context(300_000)

    run(receiver)

    assert states(receiver)[ordinary] == "done"
    assert {item["attempts"]["N"] for item in receiver.deliveries()} == {"2"}


def test_a_turn_is_taken_once(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that killed its run comes again, and tries the delivery no more: the queue may forget it."""
    killers = leave_open(receiver, "61", "62", "63")
    poison(monkeypatch, killers)
    run(receiver)
    run(receiver)
    with pytest.raises(KilledError):
        receiver.recover_from_queue()
    attempts = [item["attempts"]["N"] for item in receiver.deliveries()]
    receiver.seconds += 1_800

    assert receiver.recover_from_queue() == {"batchItemFailures": [], "recovered": {}}
    assert [item["attempts"]["N"] for item in receiver.deliveries()] == attempts == ["2", "2", "2"]
    assert receiver.messages(receiver.recovery) == []


def test_while_every_attempt_comes_back_nothing_is_handed_out(receiver: Receiver) -> None:
    """However many are open: one run finishes them all."""
    leave_open(receiver, "1", "2", "3")

    run(receiver)

    assert receiver.messages(receiver.recovery) == []
    assert receiver.states() == ["done"] * 3


def test_without_the_recovery_queue_a_run_goes_on(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What can't be handed out is said in the log, and tried by the run itself."""
    killer, *others = leave_open(receiver, "61", "1", "2")
    poison(monkeypatch, [killer])
    run(receiver)
    receiver.fail("sqs", "SendMessageBatch", lambda number: AWAY if number < 3 else None)  # botocore's tries

    run(receiver)

    found = states(receiver)
    assert [found[each] for each in (killer, *others)] == ["open", "done", "done"]
    assert "not handed out" in caplog.text


def test_a_turn_that_the_queue_refuses_keeps_no_other_back(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Those of the next batches are handed out all the same."""
    killers = leave_open(receiver, *(f"6{number:02d}" for number in range(13)))
    poison(monkeypatch, killers)
    run(receiver)
    refused = aws_answer({"Failed": [{"Id": "0", "SenderFault": False, "Code": "InternalError"}]})
    receiver.fail("sqs", "SendMessageBatch", lambda number: None if number else refused)

    run(receiver)

    assert len(receiver.messages(receiver.recovery)) == 12  # moto takes what the answer calls refused
    assert "not handed out" in caplog.text


def test_a_new_one_goes_before_those_that_died_or_came_back(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However old those are, it is done in its first run."""
    killers = leave_open(receiver, *(f"6{number}" for number in range(4)))
    poison(monkeypatch, killers)
    for _ in range(6):
        run(receiver)
    (ordinary,) = leave_open(receiver, "7")

    run(receiver)

    assert states(receiver)[ordinary] == "done"


def test_the_order_of_a_run() -> None:
    """New and answered, given back, new and not answered, and of those with which a run died one."""
    old = NOW - 60 * MINUTE
    waiting = [
        OpenDelivery("died twice", old, old, attempts=3, leased_until=NOW - MINUTE),
        OpenDelivery("died", old, old, attempts=2, leased_until=NOW - 2 * MINUTE),
        OpenDelivery("unanswered", old, answered=False),
        OpenDelivery("given back", old, old, attempts=2),
        OpenDelivery("new", NOW - 3 * MINUTE),
        OpenDelivery("newer", NOW - 2 * MINUTE),
        OpenDelivery("held", old, NOW + MINUTE, attempts=2, leased_until=NOW + MINUTE),
    ]

    order = [turn.delivery_id for turn in due(waiting, NOW, MINUTE)]
    assert order == ["newer", "new", "given back", "unanswered", "died"]
    order = [turn.delivery_id for turn in due(waiting[2:], NOW, MINUTE)]  # its lease still runs
    assert order == ["newer", "new", "given back", "unanswered"]
    order = [turn.delivery_id for turn in due(waiting[2:-1], NOW, MINUTE)]
    assert order == ["new", "newer", "given back", "unanswered"]


def test_clocks_differ() -> None:
    """What is stamped in the future is taken all the same."""
    ahead = OpenDelivery("ahead", NOW + 10 * MINUTE)

    assert due([ahead, OpenDelivery("at the front door", NOW)], NOW, MINUTE) == [Turn("ahead", 1)]


def test_no_age_is_negative(receiver: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    """Received by a clock that is ahead, it is finished, and the oldest open one is of age 0."""
    receiver.seconds += 600
    leave_open(receiver, "7")
    receiver.seconds -= 700
    capsys.readouterr()

    assert receiver.recover()["recovered"] == {"done": 1}
    assert '"OldestOpenDelivery":[0' in capsys.readouterr().out.replace(" ", "")


def test_a_message_that_killed_its_run_is_left_to_the_schedule(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The inbox has it, so the queue may forget it: it kills no second run, and goes to no dead letters."""
    receiver.fail("dynamodb", "*", lambda _: AWAY)
    answer = receiver.post_records(CONTATO, kind="contato")
    receiver.heal("dynamodb", "*")
    poison(monkeypatch, [answer.body["protocolo"]])
    with pytest.raises(KilledError):
        receiver.recover_from_queue()
    receiver.seconds += 1_800

    assert receiver.recover_from_queue() == {"batchItemFailures": [], "recovered": {}}
    assert receiver.messages(receiver.recovery) == []
