import json
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from tests.fakes import ManualClock
from tests.integration.receiving import Receiver, aws_answer, aws_error
from tests.payloads import documented

from handlers import bootstrap
from models.clock import moment
from models.failures import OutOfTime, StoreUnavailable
from models.outcome import State
from rubeus.errors import CommandError
from rubeus.operating.dismiss import dismiss
from rubeus.operating.replay import Replay
from rubeus.operating.states import reopen
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.selection import Selection
from rubeus.reading.summary import Dismissal
from rubeus.stack.target import aws_errors

CONTATO = {**documented("contato"), "id": "341"}
READS = {"GetItem", "BatchGetItem", "Query"}


@pytest.fixture
def inbox(receiver: Receiver) -> Deliveries:
    """Read what the receiver keeps."""
    return Deliveries(receiver.clients.dynamodb, "rubeus-deliveries", receiver)


def quarantined(receiver: Receiver, *records: object) -> str:
    """Post records to a URL whose kind does not exist; gives the protocolo."""
    return str(receiver.post(json.dumps(records), "contatos").body["protocolo"])


def test_what_came_between_the_forecast_and_the_replay_is_said(receiver: Receiver, inbox: Deliveries) -> None:
    """A newer state, stored a moment before this one, makes it late; its position is told."""
    protocolo = quarantined(receiver, {**CONTATO, "cidade": "Santos"})

    def meanwhile(number: int) -> None:
        if number == 0:
            receiver.post_records({**CONTATO, "cidade": "Recife"})

    receiver.fail("dynamodb", "UpdateItem", meanwhile)
    done = Replay(inbox, bootstrap.receiver(), "contato").run(protocolo)

    assert done.after
    assert done.after.outcomes[1]["verdict"] == "late"
    assert done.surprises == [1]


def test_a_forecast_only_reads_and_says_what_will_be(receiver: Receiver, inbox: Deliveries) -> None:
    """Also where the versions of one record outgrow a transaction, and the later build on the earlier."""
    receiver.post_records(CONTATO)
    receiver.messages()
    cidades = [{**CONTATO, "cidade": f"Cidade {number}"} for number in range(45)]
    protocolo = quarantined(receiver, *cidades, cidades[-1], cidades[0], "Ana")
    replay = Replay(inbox, bootstrap.receiver(), "contato")
    used: set[str] = set()
    for client in (receiver.clients.dynamodb, receiver.clients.sqs):
        client.meta.events.register("before-call", lambda model, **_: used.add(model.name))

    foretold = replay.foretell(protocolo)
    assert used <= READS
    assert foretold.after
    assert foretold.after.state is State.QUARANTINED
    assert [each.get("version") for each in foretold.after.outcomes.values()] == [*range(2, 47), 46, 47, None]
    assert receiver.messages() == []

    done = replay.run(protocolo)
    assert done.after
    assert done.after.outcomes == foretold.after.outcomes
    assert (done.surprises, done.unfinished) == ([], False)


def test_a_replay_that_does_not_get_on_is_told(receiver: Receiver, inbox: Deliveries) -> None:
    """The delivery stays open for the schedule, with the reason."""
    protocolo = quarantined(receiver, CONTATO)
    receiver.fail("sqs", "SendMessageBatch", lambda _: aws_error("AccessDenied", 403))

    done = Replay(inbox, bootstrap.receiver(), "contato").run(protocolo)
    assert done.unfinished
    assert done.after
    assert (done.after.state, done.after.reason) == (State.OPEN, "records queue: AccessDenied")


def test_recovery_finishes_under_the_kind_that_the_operator_named(
    receiver: Receiver, inbox: Deliveries
) -> None:
    """Where the operator's process died after it opened the delivery again."""
    protocolo = quarantined(receiver, CONTATO)
    found = inbox.get(protocolo)
    assert found
    assert reopen(inbox, found, moment(receiver.time_ns()), timedelta(seconds=60), "contato") is None

    assert receiver.recover()["recovered"] == {"done": 1}
    assert "current" in receiver.items("contato#341")
    assert [each.as_kind for each in inbox.find(Selection(state=State.DONE, kind="contato"))] == ["contato"]


def test_a_new_delivery_of_an_old_body_is_kept_in_the_recovery_queue_too(
    receiver: Receiver, inbox: Deliveries
) -> None:
    """While the inbox takes nothing; what it repeats is not forgotten there."""
    old = str(receiver.post_records(CONTATO).body["protocolo"])
    receiver.fail("dynamodb", "PutItem", lambda _: aws_error("InternalServerError", 500))
    again = Replay(inbox, bootstrap.receiver()).as_newest(old, dry_run=False)
    receiver.heal("dynamodb", "PutItem")
    assert again.unfinished

    receiver.recover_from_queue()
    receiver.recover()
    taken = inbox.get(again.delivery_id)
    assert taken
    assert (taken.state, taken.replay_of) == (State.DONE, old)


def test_a_new_delivery_that_nothing_takes_is_an_error(receiver: Receiver, inbox: Deliveries) -> None:
    """Nothing is promised then."""
    old = str(receiver.post_records(CONTATO).body["protocolo"])
    receiver.fail("dynamodb", "PutItem", lambda _: aws_error("InternalServerError", 500))
    receiver.fail("sqs", "SendMessage", lambda _: aws_error("AccessDenied", 403))
    with pytest.raises(CommandError, match="nothing was kept"):
        Replay(inbox, bootstrap.receiver()).as_newest(old, dry_run=False)


def test_of_two_who_change_a_delivery_one_is_told(receiver: Receiver, inbox: Deliveries) -> None:
    """It was opened again by somebody, just when somebody else put it aside."""
    protocolo = quarantined(receiver, CONTATO)
    now = moment(receiver.time_ns())

    def meanwhile(number: int) -> None:
        found = inbox.get(protocolo)
        assert found
        if number == 0:  # that of the dismissal, not of the opening
            reopen(inbox, found, now, timedelta(seconds=60))

    receiver.fail("dynamodb", "TransactWriteItems", meanwhile)
    dismissal = Dismissal(now, "ana", "corrigido")
    told = dismiss(inbox, bootstrap.receiver(), protocolo, dismissal, force=True)
    assert told.left_alone == "it is open now"
    assert receiver.states() == ["open"]


def test_a_throttled_list_is_read_with_pauses_and_not_for_ever(receiver: Receiver, inbox: Deliveries) -> None:
    """Heads that DynamoDB leaves unread are asked for again after a while; then it is said."""
    protocolos = [quarantined(receiver, CONTATO) for _ in range(2)]
    clock = ManualClock(1_795_532_400.000_5)  # the half of a pause is drawn from its microseconds
    throttled = replace(inbox, clock=clock)
    keys = [{"delivery_id": {"S": each}, "part": {"S": "delivery"}} for each in protocolos]
    left = aws_answer({"Responses": {}, "UnprocessedKeys": {"rubeus-deliveries": {"Keys": keys}}})
    began = clock.seconds
    receiver.fail("dynamodb", "BatchGetItem", lambda number: left if number < 3 else None)
    assert [each.id for each in throttled.find(Selection())] == protocolos[::-1]
    assert clock.seconds > began

    receiver.heal("dynamodb", "BatchGetItem")
    receiver.fail("dynamodb", "BatchGetItem", lambda _: left)
    with pytest.raises(OutOfTime):
        list(throttled.find(Selection()))
    assert clock.seconds - began < 120


def test_what_aws_refuses_is_told_in_its_own_words(receiver: Receiver, inbox: Deliveries) -> None:
    """Which permission is missing, say; for a log the code alone would do."""
    receiver.fail("dynamodb", "BatchGetItem", lambda _: aws_error("AccessDeniedException"))
    with pytest.raises(StoreUnavailable):
        inbox.get("0199")
    with pytest.raises(CommandError, match="synthetic"), aws_errors():
        inbox.get("0199")


def test_only_so_much_of_a_head_is_read_as_a_list_needs(receiver: Receiver) -> None:
    """Not the body: a list of a hundred deliveries would weigh 20 MB."""
    quarantined(receiver, CONTATO)
    client = boto3.client("dynamodb")
    read: list[int] = []
    client.meta.events.register(
        "after-call.dynamodb.BatchGetItem",
        lambda parsed, **_: read.append(len(json.dumps(parsed, default=str))),
    )
    (found,) = Deliveries(client, "rubeus-deliveries", receiver).find(Selection())
    assert found.size > 1000
    assert read[0] < 1500
