import gzip
import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ConnectTimeoutError
from tests.integration.receiving import Fault, KilledError, Receiver, aws_answer, aws_error
from tests.payloads import documented

from handlers import responses
from handlers.recovery import handler
from ingest import recover
from ingest.receive import finish
from models import outcome

CONTATO = {**documented("contato"), "id": "341"}
AWAY = ConnectTimeoutError(endpoint_url="https://aws.example")


def always(fault: Fault) -> Callable[[int], Fault]:
    """Answer every call so."""
    return lambda _: fault


def test_what_sqs_did_not_take_is_published_later(receiver: Receiver) -> None:
    """SQS away: 202 and open; when it is back, one run publishes, closes, and a second has nothing to do."""
    receiver.fail("sqs", "SendMessageBatch", always(AWAY))
    answer = receiver.post_records(CONTATO)
    receiver.heal("sqs", "SendMessageBatch")

    first, second = receiver.recover(), receiver.recover()

    assert answer.status == 202
    assert (first["recovered"], second["recovered"]) == ({"done": 1}, {})
    assert [message["id"] for message in receiver.messages()] == ["contato/341/1"]
    assert receiver.states() == ["done"]
    head = receiver.delivery(answer)
    assert head.keys().isdisjoint(("state_shard", "leased_until", "due_at", "reason", "unfinished"))


def test_a_message_of_recovery_names_what_changed(receiver: Receiver) -> None:
    """As the front door would have: the version was stored, and says it."""
    receiver.post_records(CONTATO)
    receiver.fail("sqs", "SendMessageBatch", always(AWAY))
    receiver.post_records({**CONTATO, "nome": "Ana Outra"})
    receiver.heal("sqs", "SendMessageBatch")

    assert receiver.recover()["recovered"] == {"done": 1}
    assert [message.get("changed") for message in receiver.messages()] == [None, "nome"]


def test_what_dynamodb_did_not_take_comes_in_through_the_queue(receiver: Receiver) -> None:
    """DynamoDB away: 202; when it is back, what the recovery queue has is kept, stored and published."""
    receiver.fail("dynamodb", "*", always(AWAY))
    answers = [receiver.post_records({**CONTATO, "id": str(number)}) for number in range(1, 6)]
    receiver.heal("dynamodb", "*")

    done = receiver.recover_from_queue()

    assert {answer.status for answer in answers} == {202}
    assert done == {"batchItemFailures": [], "recovered": {"done": 5}}
    assert {message["id"] for message in receiver.messages()} == {
        f"contato/{number}/1" for number in range(1, 6)
    }
    assert {receiver.delivery(answer)["state"]["S"] for answer in answers} == {"done"}
    assert receiver.messages(receiver.recovery) == []


def test_a_delivery_in_parts_is_recovered(receiver: Receiver) -> None:
    """A body that takes several items comes back byte for byte."""
    noise = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(150_000))
    receiver.fail("sqs", "SendMessageBatch", always(AWAY))
    answer = receiver.post_records({**CONTATO, "observacao": noise})
    receiver.heal("sqs", "SendMessageBatch")

    done = receiver.recover()

    assert "body_parts" in receiver.delivery(answer)
    assert done["recovered"] == {"done": 1}
    assert len(receiver.messages()) == 1


def test_the_front_door_is_left_alone(receiver: Receiver) -> None:
    """A delivery younger than the front door's own time-out is not taken."""
    receiver.fail("sqs", "SendMessageBatch", always(AWAY))
    receiver.post_records(CONTATO)
    receiver.heal("sqs", "SendMessageBatch")
    receiver.seconds -= 61 - 55

    assert receiver.recover()["recovered"] == {}


def test_attempts_are_spaced_and_end(receiver: Receiver) -> None:
    """A delivery that keeps failing rests longer each time, is given up, listed as failed, and kept."""
    receiver.fail("sqs", "SendMessageBatch", always(AWAY))
    answer = receiver.post_records(CONTATO)
    first, at_once = receiver.recover(), receiver.recover()
    attempts = []
    while receiver.states() == ["open"]:
        receiver.seconds += 2 * 60 * 60
        attempts.append(receiver.recover()["recovered"])
        assert len(attempts) < 20

    assert (first["recovered"], at_once["recovered"]) == ({"open": 1}, {})
    assert attempts[-1] == {"failed": 1}
    delivery = receiver.delivery(answer)
    assert delivery["attempts"]["N"] == str(recover.MAX_ATTEMPTS)
    assert delivery["state_shard"]["S"].startswith("failed#")
    assert delivery["reason"]["S"] == "records queue: ConnectTimeoutError"
    assert "expires_at" not in delivery
    assert json.loads(gzip.decompress(delivery["body"]["B"])) == [CONTATO]


def test_a_poison_delivery_blocks_no_other(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect that one delivery trips leaves that one open, and is logged without its message."""
    receiver.fail("sqs", "SendMessageBatch", always(AWAY))
    poison, sound = (receiver.post_records({**CONTATO, "id": identifier}) for identifier in ("666", "7"))
    receiver.heal("sqs", "SendMessageBatch")

    def trip(delivery: object, *rest: object) -> outcome.Result:
        if delivery.id == poison.body["protocolo"]:  # type: ignore[attr-defined]
            raise ValueError("CPF 125.478.545-77")
        return finish(delivery, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(recover, "finish", trip)

    assert receiver.recover()["recovered"] == {"open": 1, "done": 1}
    assert receiver.delivery(sound)["state"]["S"] == "done"
    assert receiver.delivery(poison)["reason"]["S"] == "ValueError"
    (defect,) = (vars(record) for record in caplog.records if record.message == "defect")
    assert defect["error"] == "ValueError"
    assert "125.478" not in str(defect)


def test_a_delivery_that_kills_the_process_is_given_up(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attempts that never come back are counted too, since they are counted when they begin."""

    def die(*_: object) -> outcome.Result:
        raise KilledError

    receiver.fail("sqs", "SendMessageBatch", always(AWAY))
    receiver.post_records(CONTATO)
    monkeypatch.setattr(recover, "finish", die)
    for _ in range(recover.MAX_ATTEMPTS - 1):
        receiver.seconds += recover.LEASE.total_seconds()
        with pytest.raises(KilledError):
            receiver.recover()
    receiver.seconds += recover.LEASE.total_seconds()

    assert receiver.recover()["recovered"] == {"failed": 1}


def test_two_runs_never_work_on_the_same_delivery(receiver: Receiver) -> None:
    """While one run has a delivery, another passes it over."""
    receiver.fail("sqs", "SendMessageBatch", always(AWAY))
    receiver.post_records(CONTATO)
    receiver.heal("sqs", "SendMessageBatch")
    meanwhile = []

    def second_run(call: int) -> Fault:
        if call == 0:
            meanwhile.append(handler({}, receiver.context)["recovered"])
        return None

    receiver.fail("sqs", "SendMessageBatch", second_run)

    assert receiver.recover()["recovered"] == {"done": 1}
    assert meanwhile == [{}]


def test_a_rejected_body_that_could_not_be_closed_is_quarantined_by_recovery(receiver: Receiver) -> None:
    """What the front door could not note, recovery does: the body is listed as quarantined."""
    receiver.fail("dynamodb", "UpdateItem", always(AWAY))
    answer = receiver.post("{nonsense")
    receiver.heal("dynamodb", "UpdateItem")

    assert answer.status == 400
    assert receiver.recover()["recovered"] == {"quarantined": 1}
    assert receiver.delivery(answer)["problem"]["S"].startswith("JSON inválido")


def test_a_repeated_keep_is_no_failure(receiver: Receiver) -> None:
    """Where the first call took effect but its answer was lost, the second is refused: it is kept."""
    attempts = [aws_error("InternalServerError", 500), aws_error("ConditionalCheckFailedException")]
    receiver.fail("dynamodb", "PutItem", attempts.__getitem__)

    assert receiver.post_records(CONTATO).status == 200


def test_a_lost_lease_does_not_reopen_what_another_closed(receiver: Receiver) -> None:
    """A run gives nothing back that another, whose clock is ahead, has taken over and closed meanwhile."""
    receiver.fail("sqs", "SendMessageBatch", always(AWAY))
    answer = receiver.post_records(CONTATO)
    calls = []

    def slow(call: int) -> Fault:
        calls.append(call)
        if call == 0:
            now = receiver.seconds
            receiver.seconds += recover.LEASE.total_seconds()
            receiver.heal("sqs", "SendMessageBatch")
            assert receiver.recover()["recovered"] == {"done": 1}
            receiver.seconds = now
            receiver.fail("sqs", "SendMessageBatch", always(AWAY))
        return AWAY

    receiver.heal("sqs", "SendMessageBatch")
    receiver.fail("sqs", "SendMessageBatch", slow)

    receiver.recover()

    delivery = receiver.delivery(answer)
    assert delivery["state"]["S"] == "done"
    assert not {"due_at", "reason"} & delivery.keys()


def test_too_big_for_the_queue_is_told_apart(receiver: Receiver) -> None:
    """DynamoDB away and a body that SQS can't take: 503 that says to send less at a time."""
    noise = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(700_000))
    receiver.fail("dynamodb", "*", always(AWAY))

    answer = receiver.post_records({**CONTATO, "observacao": noise})

    assert answer.status == 503
    assert answer.headers["retry-after"] == "60"
    assert "grande demais" in answer.body["o_que_fazer"][0]
    assert answer.text != responses.unavailable()["body"]


def test_an_inbox_that_cannot_be_listed_ends_the_run(receiver: Receiver) -> None:
    """The run fails, which Lambda counts; the schedule comes again."""
    receiver.fail("dynamodb", "Query", always(aws_answer({}, 500)))

    with pytest.raises(Exception, match="deliveries table"):
        receiver.recover()
