import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import ANY, Stubber
from tests.integration.receiving import Receiver
from tests.payloads import documented

from models.clock import BRASILIA, day, moment
from models.record import Key
from rubeus.reading.answers import tell
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.drift import drift
from rubeus.reading.queues import published
from rubeus.reading.records import Records
from rubeus.reading.triggers import triggers
from rubeus.reading.why import Wanted, explain

AWAY = ConnectTimeoutError(endpoint_url="https://aws.example")
CONTATO = {**documented("contato"), "id": "635"}
NOON = 1_795_532_400_000  # in milliseconds since the epoch


@pytest.fixture
def records(receiver: Receiver) -> Records:
    """Give what reads the records, at the receiver's time, which is near to the gateway's."""
    receiver.seconds = NOON / 1000 - moment(receiver.time_ns()).timestamp()
    return Records(boto3.client("dynamodb"), "rubeus-records", receiver)


@pytest.fixture
def deliveries(records: Records, receiver: Receiver) -> Deliveries:
    """Give what reads the deliveries."""
    return Deliveries(records.dynamodb, "rubeus-deliveries", receiver)


def test_whatever_is_no_index_is_read_consistently(
    receiver: Receiver, records: Records, deliveries: Deliveries
) -> None:
    """Whoever has just seen the answer to a post finds what it says; an emulator would show it anyway."""
    calls: list[dict[str, Any]] = []
    events = records.dynamodb.meta.events
    events.register("provide-client-params.dynamodb.*", lambda params, **_: calls.append(params))
    protocolo = receiver.post_records({**CONTATO, "id": ""}, CONTATO).body["protocolo"]
    records.get(Key("contato", "635"))
    records.get(Key("contato", "635"), moment(receiver.time_ns()))
    records.history(Key("contato", "635"))
    records.find("codigo", "COD156")
    found = deliveries.get(protocolo)
    assert found
    assert deliveries.delivery(found)
    asked = [each for call in calls for each in call.get("RequestItems", {None: call}).values()]
    assert len(asked) == 7
    assert [each for each in asked if "IndexName" not in each and not each.get("ConsistentRead")] == []


def test_a_codigo_is_found_without_the_blanks_that_it_was_sent_with(
    receiver: Receiver, records: Records, deliveries: Deliveries
) -> None:
    """Those around it are nobody's to know; those in it are part of it. What was refused is found so, too."""
    receiver.post_records({**CONTATO, "codigo": " COD 9\t"})
    receiver.post_records({**CONTATO, "id": "", "codigo": "COD 8 "})
    assert [each.key.id for each in records.find("codigo", " COD 9")] == ["635"]
    assert records.find("codigo", "COD9") == []
    (refused,) = explain(records, deliveries, Wanted.identity("codigo", "COD 8")).findings
    assert refused.case == "rejected"


def test_those_who_share_a_codigo_come_in_the_order_of_their_ids(
    receiver: Receiver, records: Records
) -> None:
    """As numbers have it."""
    receiver.post_records(*({**CONTATO, "id": each} for each in ("100", "9", "10")))
    assert [each.key.id for each in records.find("codigo", "COD156")] == ["9", "10", "100"]


def test_a_record_that_moves_in_its_index_meanwhile_is_given_once(
    receiver: Receiver, records: Records
) -> None:
    """Met twice it would be asked for twice, which BatchGetItem refuses."""
    receiver.post_records(CONTATO)
    twice = [Key("contato", "635")] * 2
    assert [each.key.id for each in records.current(twice)] == ["635"]


def test_a_day_of_many_pages_is_counted_whole(deliveries: Deliveries) -> None:
    """DynamoDB counts a megabyte at a time."""
    asked = {"TableName": ANY, "IndexName": "by_day", "KeyConditions": ANY, "Select": "COUNT"}
    place = {"delivery_id": {"S": "1"}}
    with Stubber(deliveries.dynamodb) as stub:
        stub.add_response("query", {"Count": 5, "LastEvaluatedKey": place}, asked)
        stub.add_response("query", {"Count": 2}, {**asked, "ExclusiveStartKey": place})
        assert deliveries.count("2026-11-24") == 7


def test_drift_counts_since_when_and_tells_the_most_frequent_first(
    receiver: Receiver, deliveries: Deliveries
) -> None:
    """Of three deliveries: the first and the last that had it, and what to do about each oddity."""
    for number, odd in enumerate(({"canhoto": "talvez"}, {"cep": "1"}, {"cep": "", "cidade": "null"})):
        receiver.post(
            json.dumps([{**CONTATO, "cpf": "52998224725", **odd}]), received_at=NOON + number * 60_000
        )
    found = {each.field: each for each in _drift(receiver, deliveries)}
    assert next(iter(found)) == "contato.cep"
    cep = found["contato.cep"]
    assert (cep.deliveries, round((cep.last - cep.first).total_seconds())) == (2, 60)
    assert "avise quem mantém" in cep.advice
    assert found["contato.canhoto"].advice.startswith("está guardado como veio; confira")
    assert "nada a fazer" in found["contato.cidade"].advice


def test_a_trigger_says_when_it_came_last(receiver: Receiver, records: Records) -> None:
    """The newest of its records."""
    receiver.post(json.dumps([CONTATO]), received_at=NOON)
    receiver.post(json.dumps([{**CONTATO, "id": "7"}]), received_at=NOON + 60_000)
    (created, *_) = triggers(records, moment(receiver.time_ns()) - timedelta(days=1))
    newest = records.get(Key("contato", "7"))
    assert newest
    assert (created.records, created.last) == (2, newest.received_at)


def test_why_tells_only_of_the_one_that_is_asked_about(
    receiver: Receiver, records: Records, deliveries: Deliveries
) -> None:
    """Not of its neighbours in a refused delivery, nor of another kind's record with its id; newest first."""
    receiver.post(json.dumps([CONTATO]), received_at=NOON)
    receiver.post(json.dumps([CONTATO]), received_at=NOON + 1_000)
    receiver.post(json.dumps([{**CONTATO, "id": "7"}, {**CONTATO, "id": "", "codigo": "X"}]))
    receiver.fail("dynamodb", "TransactWriteItems", lambda _: AWAY)
    receiver.post(json.dumps([{**documented("atividade"), "id": "635"}]), received_at=NOON + 2_000)
    receiver.seconds += 2  # the front door may still be at what came less than a minute ago
    receiver.recover()
    receiver.heal("dynamodb", "TransactWriteItems")
    assert _cases(records, deliveries, Key("contato", "635")) == ["repeated", "stored"]
    (waiting,) = explain(records, deliveries, Wanted(Key("atividade", "635"))).findings
    assert waiting.due_at
    assert waiting.due_at > waiting.at
    assert f"{waiting.due_at.astimezone(BRASILIA):%H:%M:%S}" in tell(waiting).advice
    assert _cases(records, deliveries, Key("contato", "7")) == ["stored"]


def test_what_was_published_has_the_ids_that_consumers_read(
    receiver: Receiver, records: Records, deliveries: Deliveries
) -> None:
    """A version by its number, a late state by its receipt; what was repeated or refused has no message."""
    for after, cidade in ((0, "Natal"), (2_000, "Santos"), (1_000, "Recife"), (3_000, "Santos")):
        receiver.post(
            json.dumps([{**CONTATO, "id": ""}, {**CONTATO, "cidade": cidade}]), received_at=NOON + after
        )
    (late,) = (each for each in records.history(Key("contato", "635")) if each.version is None)
    sent = published(deliveries, day(moment(receiver.time_ns())))
    assert [each.message_id for each in sent] == [
        "contato/635/2", f"contato/635/late/{late.receipt}", "contato/635/1",
    ]  # fmt: skip
    assert late.receipt.endswith("#00001")


def _drift(receiver: Receiver, deliveries: Deliveries) -> Sequence[Any]:
    return drift(deliveries, deliveries.since(moment(receiver.time_ns()) - timedelta(days=1)))


def _cases(records: Records, deliveries: Deliveries, key: Key) -> Sequence[str]:
    return [each.case for each in explain(records, deliveries, Wanted(key)).findings]
