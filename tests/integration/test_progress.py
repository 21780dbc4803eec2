"""What an attempt has done, the next one does not do again."""

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from tests.fakes import lambda_context
from tests.integration.receiving import Fault, Receiver, aws_error
from tests.payloads import documented

from models.record import MAX_LINKS

AWAY = EndpointConnectionError(endpoint_url="https://away.example")
CONTATO = documented("contato")


def registros(count: int, contatos: int = 1) -> list[dict[str, Any]]:
    """Give registros that are linked to so many contatos each."""
    return [
        {
            "id": str(number),
            "processo": {"id": "1"},
            "contatos": [{"id": str(1000 * number + each)} for each in range(contatos)],
        }
        for number in range(1, count + 1)
    ]


def calls(receiver: Receiver) -> list[str]:
    """Note the operations from now on, in their order."""
    seen: list[str] = []

    def note(event_name: str, **_: object) -> None:
        seen.append(event_name.rpartition(".")[2])

    for client in (receiver.clients.dynamodb, receiver.clients.sqs):
        client.meta.events.register_first("before-send.*.*", note)
    return seen


def leave_unpublished(receiver: Receiver, records: list[dict[str, Any]], kind: str) -> None:
    """Store them while SQS is away."""
    receiver.fail("sqs", "SendMessageBatch", lambda _: AWAY)
    assert receiver.post_records(*records, kind=kind).status == 202
    receiver.heal("sqs", "SendMessageBatch")


def test_what_is_stored_costs_recovery_few_calls_before_the_first_message(receiver: Receiver) -> None:
    """Links that went with the state are not written again: 120 linked registros take two reads."""
    leave_unpublished(receiver, registros(120), "registro_processo")
    seen = calls(receiver)

    assert receiver.recover()["recovered"] == {"done": 1}
    assert len(seen[: seen.index("SendMessageBatch")]) < 20
    assert "TransactWriteItems" not in seen
    assert len(receiver.messages()) == 120


def test_what_was_overtaken_costs_recovery_few_calls_too(receiver: Receiver) -> None:
    """A newer state of each came in between: the versions before are read a hundred at a time."""
    records = [{**CONTATO, "id": str(number), "nome": "Ana Antes"} for number in range(1, 61)]
    leave_unpublished(receiver, records, "contato")
    assert receiver.post_records(*[{**each, "nome": "Ana"} for each in records], kind="contato").status == 200
    seen = calls(receiver)

    assert receiver.recover()["recovered"] == {"done": 1}
    assert len(seen[: seen.index("SendMessageBatch")]) < 20
    assert len(receiver.messages()) == 120


def test_a_batch_is_published_before_the_next_is_stored(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first messages are out while later records are not even read."""
    monkeypatch.setattr("ingest.fan_out._BATCH_RECORDS", 10)
    seen = calls(receiver)
    records = [{**CONTATO, "id": str(number)} for number in range(1, 31)]

    assert receiver.post_records(*records, kind="contato").status == 200
    middle = [each for each in seen if each in ("TransactWriteItems", "SendMessageBatch")]
    assert middle == ["TransactWriteItems", "SendMessageBatch"] * 3


def test_what_was_sent_is_not_sent_again(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQS deduplicates for five minutes only, so the delivery remembers what is not sent."""
    monkeypatch.setattr("ingest.fan_out._BATCH_RECORDS", 10)
    receiver.fail("sqs", "SendMessageBatch", lambda number: AWAY if number >= 2 else None)
    records = [{**CONTATO, "id": str(number)} for number in range(1, 31)]
    answer = receiver.post_records(*records, kind="contato")
    receiver.heal("sqs", "SendMessageBatch")
    sent = receiver.messages()
    entries: list[str] = []
    receiver.clients.sqs.meta.events.register_first(
        "provide-client-params.sqs.SendMessageBatch",
        lambda params, **_: entries.extend(
            each["MessageAttributes"]["id"]["StringValue"] for each in params["Entries"]
        ),
    )

    assert receiver.delivery(answer)["unfinished"] == {"S": "20-29"}
    assert receiver.recover()["recovered"] == {"done": 1}
    assert len(sent) == 20
    assert sorted(entries) == sorted(f"contato/{number}/1" for number in range(21, 31))
    assert "unfinished" not in receiver.delivery(answer)


def test_what_was_sent_and_is_stored_anew_is_sent(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record was deleted before recovery came to the others: who hears of states hears of this one."""
    monkeypatch.setattr("ingest.fan_out._BATCH_RECORDS", 1)
    receiver.fail("sqs", "SendMessageBatch", lambda number: AWAY if number else None)
    receiver.post_records(*({**CONTATO, "id": each} for each in ("1", "2")), kind="contato")
    receiver.heal("sqs", "SendMessageBatch")
    assert [message["id"] for message in receiver.messages()] == ["contato/1/1"]
    for sort_key in receiver.items("contato#1"):
        key = {"pk": {"S": "contato#1"}, "sk": {"S": sort_key}}
        receiver.clients.dynamodb.delete_item(TableName="rubeus-records", Key=key)

    assert receiver.recover()["recovered"] == {"done": 1}
    assert {message["id"] for message in receiver.messages()} == {"contato/1/1", "contato/2/1"}


def test_messages_of_one_person_follow_the_order_of_the_delivery(receiver: Receiver) -> None:
    """Records of different kinds of key, one contato: their messages come in the order sent."""
    records = [
        {**registros(8)[number % 8], "contatos": [{"id": "1", "principal": "1"}], "notaEnem": str(number)}
        for number in range(24)
    ]
    assert receiver.post_records(*records, kind="registro_processo").status == 200

    assert [message["data"]["notaEnem"] for message in receiver.messages()] == [
        str(number) for number in range(24)
    ]


def test_links_that_a_crash_left_out_are_completed(receiver: Receiver) -> None:
    """The current item says that it lacks some, and no more once they are all there."""
    (registro,) = registros(1, contatos=250)
    receiver.fail("dynamodb", "TransactWriteItems", lambda number: AWAY if number else None)
    assert receiver.post_records(registro, kind="registro_processo").status == 202
    receiver.heal("dynamodb", "TransactWriteItems")
    before = receiver.items("registro_processo#1")["current"]

    assert receiver.recover()["recovered"] == {"done": 1}
    after = receiver.items("registro_processo#1")["current"]
    assert ("links_pending" in before, "links_pending" in after) == (True, False)
    assert all(receiver.items(f"contato#{1000 + contato}") for contato in range(250))


def test_links_of_many_records_follow_together(receiver: Receiver) -> None:
    """What a transaction has no room for shares transactions: three registros with 105 contatos, one more."""
    seen = calls(receiver)

    assert receiver.post_records(*registros(3, contatos=105), kind="registro_processo").status == 200
    assert seen.count("TransactWriteItems") == 4
    assert all(receiver.items(f"contato#{3000 + contato}") for contato in range(105))


def test_what_a_state_no_longer_names_does_not_grow(receiver: Receiver) -> None:
    """Once the links are complete, the current item names its own contatos only."""
    for hundreds in (0, 1, 2):
        (registro,) = registros(1, contatos=150)
        registro["contatos"] = [{"id": str(1000 * hundreds + each)} for each in range(1, 151)]
        assert receiver.post_records(registro, kind="registro_processo").status == 200

    assert len(receiver.items("registro_processo#1")["current"]["contatos"]["L"]) == 150
    assert not receiver.items("contato#1001")
    assert receiver.items("contato#2150")


def test_a_thousand_contatos_are_linked_and_more_are_told(receiver: Receiver) -> None:
    """The record is stored whole, with a warning; a principal contato is linked wherever it stands."""
    (registro,) = registros(1, contatos=22_000)
    registro["contatos"][-1]["principal"] = "1"
    answer = receiver.post_records(registro, kind="registro_processo")

    assert answer.status == 200
    assert len(receiver.items("registro_processo#1")["current"]["contatos"]["L"]) == MAX_LINKS
    assert receiver.items("contato#22999")
    assert not receiver.items("contato#2500")
    (outcome,) = receiver.delivery(answer)["outcome"]["L"]
    warnings = [each["M"]["reason"]["S"] for each in outcome["M"]["warnings"]["L"]]
    assert "mais de 1.000 contatos: os demais ficam sem vínculo" in warnings


def test_the_history_is_read_once(receiver: Receiver) -> None:
    """A hundred late states of one record take three plans, and still one reading of its versions."""
    receiver.fail("dynamodb", "TransactWriteItems", lambda _: AWAY)
    old = [{**CONTATO, "nome": f"Ana {number}"} for number in range(100)]
    assert receiver.post_records(*old, kind="contato").status == 202
    receiver.heal("dynamodb", "TransactWriteItems")
    for name in ("Bia", "Bia Depois", "Bia Agora"):
        receiver.post_records({**CONTATO, "nome": name}, kind="contato")
    seen = calls(receiver)

    assert receiver.recover()["recovered"] == {"done": 1}
    assert seen.count("TransactWriteItems") == 3
    assert seen.count("Query") <= 8 + 1  # the shards of the open deliveries, and the versions
    assert len([sk for sk in receiver.items("contato#341") if sk.startswith("late#")]) == 100


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("dynamodb", "BatchGetItem", "ThrottlingException"),
        ("dynamodb", "TransactWriteItems", "ProvisionedThroughputExceededException"),
        ("dynamodb", "PutItem", "RequestLimitExceeded"),
        ("dynamodb", "UpdateItem", "ThrottlingException"),
        ("sqs", "SendMessageBatch", "RequestThrottled"),
    ],
)
def test_throttling_is_sat_out(receiver: Receiver, service: str, operation: str, code: str) -> None:
    """A busy service is asked again until there is no time left, not three times."""

    def throttle(number: int) -> Fault:
        return aws_error(code) if number < 20 else None

    receiver.fail(service, operation, throttle)

    assert receiver.post_records(CONTATO, kind="contato").status == 200
    assert receiver.states() == ["done"]


def test_throttling_of_the_recovery_queue_and_of_recovery_is_sat_out(receiver: Receiver) -> None:
    """The same where the inbox is away, and where recovery lists and reads."""
    receiver.fail("dynamodb", "*", lambda _: AWAY)
    receiver.fail("sqs", "SendMessage", lambda number: aws_error("RequestThrottled") if number < 9 else None)
    assert receiver.post_records(CONTATO, kind="contato").status == 202
    receiver.heal("dynamodb", "*")
    receiver.fail("dynamodb", "TransactWriteItems", lambda _: AWAY)
    assert receiver.recover_from_queue()["recovered"] == {"open": 1}
    receiver.heal("dynamodb", "TransactWriteItems")
    for operation in ("Query", "BatchGetItem"):
        receiver.fail(
            "dynamodb", operation, lambda number: aws_error("ThrottlingException") if number < 9 else None
        )
    receiver.seconds += 3600
    receiver.context = lambda_context(300_000)

    assert receiver.recover()["recovered"] == {"done": 1}


def test_throttling_ends_with_the_time(receiver: Receiver) -> None:
    """Then the delivery is answered 202: no call begins after 27.5 s, and botocore pauses for 3 s at most.

    On Lambda nobody waits for these (`aws.client.call_all`); here the time passes in them.
    """
    receiver.fail("dynamodb", "TransactWriteItems", lambda _: aws_error("ThrottlingException"))
    started = receiver.seconds

    assert receiver.post_records(CONTATO, kind="contato").status == 202
    assert 20 < receiver.seconds - started < 27.5 + 3
    assert json.dumps(receiver.states()) == '["open"]'
