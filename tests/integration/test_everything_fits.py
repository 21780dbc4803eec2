"""Whatever is answered 2xx can be stored and closed, by AWS's limits (tests/integration/limits.py)."""

import json
import random
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes import lambda_context
from tests.integration.receiving import Answer, Fault, Receiver, aws_error
from tests.payloads import documented

from aws.item_codec import decode

CONTATO = documented("contato")
LONG = "\U0001f600" * 49  # an id may take 200 bytes


def deep(levels: int) -> Any:
    """Nest a scalar in so many objects."""
    value: Any = 1
    for _ in range(levels):
        value = {"x": value}
    return value


def text(length: int) -> str:
    """Give letters that hardly compress."""
    return "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyz0123456789ABCDEF", k=length))


BODIES = {
    "long ids and unknown names": [
        {
            **CONTATO,
            "id": f"{number:04}{text(190)[number % 9 :]}"[:195],
            "campo" + "\U0001f600" * 150 + str(number % 100): 1,
        }
        for number in range(40)
    ],
    "a thousand contatos with long ids, and much beside": [
        {
            "id": LONG,
            "processo": {"nome": text(120_000)},
            "contatos": [{"id": f"{number:04}{LONG[:48]}"} for number in range(1_000)],
        }
    ],
    "a name of 64 KB": [{**CONTATO, "a" * 65_536: 1}],
    "a long name further in": [{**CONTATO, "camposPersonalizados": {"é" * 32_768: 1}}],
    "large versions of one record": [
        {**CONTATO, "observacao": "é" * 150_000 + str(number)} for number in range(12)
    ],
    "no codigo and no e-mail, but text": [
        {**CONTATO, "codigo": "é" * 1_100, "emails": {"principal": f"{'é' * 1_100}@example.com"}}
    ],
    "many large records": [
        {**CONTATO, "id": str(number), "observacao": "é" * 50_000} for number in range(1, 46)
    ],
    "many warnings": [{**CONTATO, "telefones": {"secundarios": [[]] * 200}} for _ in range(300)],
    **{f"{levels} levels": [{**CONTATO, "x": deep(levels)}] for levels in (29, 30, 31, 32, 33)},
}
KINDS = {
    "a thousand contatos with long ids, and much beside": "registro_processo",
}


@pytest.mark.parametrize("name", BODIES)
def test_everything_that_is_accepted_can_be_finished(receiver: Receiver, name: str) -> None:
    """It is stored as sent, published, and closed with as much of the details as there is room for."""
    records = BODIES[name]
    kind = KINDS.get(name, "contato")
    receiver.context = lambda_context(300_000)  # how long it takes is for benchmarks
    answer = receiver.post(json.dumps(records, ensure_ascii=False).encode(), kind)

    assert answer.status == 200
    head = receiver.delivery(answer)
    assert head["state"] == {"S": "done"}
    last = {str(record["id"]): record for record in records}
    for identifier in (next(iter(last)), next(reversed(last))):
        current = receiver.items(f"{kind}#{identifier}")["current"]
        if "data_parts" not in current:
            assert decode(current) == last[identifier]


@pytest.mark.parametrize(("levels", "form"), [(30, "data"), (31, "data_json")])
def test_a_scalar_is_a_level_too(receiver: Receiver, levels: int, form: str) -> None:
    """Of DynamoDB's 32: `data`, thirty objects in it, and what they hold."""
    receiver.post_records({**CONTATO, "x": deep(levels)}, kind="contato")

    assert form in receiver.items("contato#341")["current"]


def refuse_native(receiver: Receiver, operation: str, sign: bytes) -> None:
    """Let AWS find invalid what has this in it, for reasons that we don't know, before it takes effect."""

    def refuse(event_name: str, params: Mapping[str, Any], **_: object) -> Any:
        if not event_name.endswith(operation) or sign not in params["body"]:
            return None
        return SimpleNamespace(status_code=400), {"Error": {"Code": "ValidationException", "Message": ""}}

    receiver.clients.dynamodb.meta.events.register_last("before-call", refuse)


def test_what_the_service_refuses_is_written_once_more_as_bytes(receiver: Receiver) -> None:
    """One record's native form is refused: it is packed, and its neighbours stay as they are."""
    refuse_native(receiver, "TransactWriteItems", b"Recusada")
    records = [
        {**CONTATO, "id": str(number), "nome": "Recusada" if number == 3 else "Ana"}
        for number in range(1, 10)
    ]

    assert receiver.post_records(*records, kind="contato").status == 200
    forms = [
        next(name for name in receiver.items(f"contato#{number}")["current"] if name.startswith("data"))
        for number in range(1, 10)
    ]
    assert forms == ["data_gzip" if number == 3 else "data" for number in range(1, 10)]


def test_a_head_that_the_service_refuses_is_closed_without_its_details(receiver: Receiver) -> None:
    """State and counts are written all the same."""
    refuse_native(receiver, "UpdateItem", b"kind_reason")
    head = receiver.delivery(receiver.post_records(CONTATO, kind="contato"))

    assert head["state"] == {"S": "done"}
    assert head["counts"] == {"M": {"new": {"N": "1"}}}
    assert "outcome" not in head


def test_the_list_of_a_day_says_what_became_of_each(receiver: Receiver) -> None:
    """By the index alone: state, status, kinds, counts, size, time; and nothing personal."""
    answers = [
        receiver.post_records(CONTATO, {**CONTATO, "id": "2"}, kind="contato"),
        receiver.post_records({**CONTATO, "id": []}, CONTATO, kind="contato"),
        receiver.post_records({**CONTATO, "id": []}, kind="contato"),
        receiver.post("{", kind="contato"),
        receiver.post("[]"),
        receiver.post_records(CONTATO, kind="aluno"),
    ]
    heads = by_day(receiver, answers[0])

    assert [heads[answer.body["protocolo"]]["status"] for answer in answers] == [
        {"N": str(answer.status)} for answer in answers
    ]
    assert [answer.status for answer in answers] == [200, 207, 422, 400, 200, 404]
    first = heads[answers[0].body["protocolo"]]
    assert first["kinds"] == {"L": [{"S": "contato"}]}
    assert first["counts"] == {"M": {"new": {"N": "2"}}}
    assert first.keys() == {
        *("delivery_id", "part", "day", "received_at"),
        *("state", "status", "kinds", "counts", "became", "size", "milliseconds"),
    }
    became = [heads[answer.body["protocolo"]]["became"]["S"] for answer in answers]
    assert became == ["other", "other", "contato/rejected", "other", "other", "other"]


def test_recovery_leaves_what_the_sender_was_told(receiver: Receiver) -> None:
    """Answered 202 and finished later: the list says both."""

    def be_away(_: int) -> Fault:
        receiver.seconds += 2
        return aws_error("InternalError", 500)

    receiver.fail("sqs", "SendMessageBatch", be_away)
    answer = receiver.post_records(CONTATO, kind="contato")
    receiver.heal("sqs", "SendMessageBatch")
    before = by_day(receiver, answer)[answer.body["protocolo"]]
    receiver.recover()
    after = by_day(receiver, answer)[answer.body["protocolo"]]

    assert (before["state"], before["status"], after["state"]) == ({"S": "open"}, {"N": "202"}, {"S": "done"})
    # botocore tries three times; it pauses for up to one second, then for up to two.
    assert 6_000 <= int(before["milliseconds"]["N"]) < 9_100
    assert (after["status"], after["milliseconds"]) == (before["status"], before["milliseconds"])
    assert after["counts"] == {"M": {"new": {"N": "1"}}}


def by_day(receiver: Receiver, answer: Answer) -> dict[str, dict[str, Any]]:
    """Query the index for the day of a delivery; by protocolo."""
    found = receiver.clients.dynamodb.query(
        TableName="rubeus-deliveries",
        IndexName="by_day",
        KeyConditionExpression="#day = :day",
        ExpressionAttributeNames={"#day": "day"},
        ExpressionAttributeValues={":day": receiver.delivery(answer)["day"]},
    )["Items"]
    return {item["delivery_id"]["S"]: dict(item) for item in found}
