import base64
import gzip
import json
from collections.abc import Callable

import pytest
from botocore.exceptions import EndpointConnectionError
from tests.integration.receiving import Fault, Receiver, aws_answer, aws_error, body_of
from tests.payloads import documented

from aws.item_codec import decode
from aws.queues import read_enqueued
from handlers import bootstrap
from ingest import receive as ingest_receive
from models.deadline import Deadline
from models.delivery import Delivery, receive_at

CONTATO = {"id": "341", "codigo": None, "nome": "Ana Exemplo", "cpf": None}
AWAY = EndpointConnectionError(endpoint_url="https://away.example")


def once(fault: Fault) -> Callable[[int], Fault]:
    """Fail the first call only."""
    return lambda number: fault if number == 0 else None


def dynamodb_is_away(receiver: Receiver) -> None:
    """Refuse every connection to DynamoDB."""
    receiver.fail("dynamodb", "*", lambda _: AWAY)


def test_dynamodb_away_hands_the_delivery_to_the_recovery_queue(receiver: Receiver) -> None:
    """202, and the queue holds all that recovery needs, the body byte for byte."""
    dynamodb_is_away(receiver)
    answer = receiver.post_records(CONTATO)

    assert answer.status == 202
    (kept,) = receiver.messages(receiver.recovery)
    assert kept["delivery_id"] == answer.body["protocolo"]
    assert json.loads(gzip.decompress(base64.b64decode(kept["body_gzip"]))) == [CONTATO]


def test_a_bad_body_is_kept_too_while_dynamodb_is_away(receiver: Receiver) -> None:
    """The sender reads what is wrong with it; the body waits in the recovery queue."""
    dynamodb_is_away(receiver)

    assert receiver.post("[").status == 400
    assert len(receiver.messages(receiver.recovery)) == 1


def test_sqs_away_leaves_the_delivery_open(receiver: Receiver) -> None:
    """202: the record is stored, its message is not sent, and the inbox says so."""
    receiver.fail("sqs", "*", lambda _: AWAY)
    answer = receiver.post_records(CONTATO)

    assert answer.status == 202
    assert "current" in receiver.items("contato#341")
    delivery = receiver.delivery(answer)
    assert delivery["state"]["S"] == "open"
    assert delivery["state_shard"]["S"].startswith("open#")
    assert "expires_at" not in delivery


def test_both_away_is_said_with_503(receiver: Receiver) -> None:
    """Nothing was promised: Retry-After, and the next delivery is taken as ever."""
    dynamodb_is_away(receiver)
    receiver.fail("sqs", "*", lambda _: AWAY)
    answer = receiver.post_records(CONTATO)

    assert answer.status == 503
    assert answer.headers["retry-after"] == "60"


def test_the_recovery_queue_takes_a_large_body_packed(receiver: Receiver) -> None:
    """Five megabytes that gzip makes small are kept byte for byte, and their mistake is told as ever."""
    dynamodb_is_away(receiver)
    body = bytes(range(256)) * 20_000

    answer = receiver.post(body)

    (message,) = receiver.clients.sqs.receive_message(QueueUrl=receiver.recovery)["Messages"]
    assert answer.status == 400
    kept = read_enqueued(message["Body"])
    assert isinstance(kept, Delivery)
    assert kept.body == body


def test_no_token_known_is_503_and_a_known_one_lasts(receiver: Receiver) -> None:
    """While Secrets Manager is away the value known last serves; without one nobody is let in."""
    away = [AWAY]
    receiver.fail("secretsmanager", "GetSecretValue", lambda _: away[0] if away else None)
    assert receiver.post("[]").status == 503
    away.clear()
    assert receiver.post("[]").status == 200
    away.append(AWAY)
    receiver.seconds += 1_000
    assert receiver.post("[]").status == 200


@pytest.mark.parametrize("secret", ["no json", "[]", '{"token": ""}', '{"token": 5}'])
def test_a_secret_without_a_token_is_503(receiver: Receiver, secret: str) -> None:
    """A broken secret lets nobody in, and is no crash."""
    receiver.clients.secretsmanager.put_secret_value(SecretId="rubeus-token", SecretString=secret)

    assert receiver.post("[]").status == 503


@pytest.mark.parametrize("secret", ["no json", '{"token": ""}'])
def test_a_secret_that_breaks_locks_nobody_out(
    receiver: Receiver, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A slip in a rotation leaves the token known last in force, and a line in the log."""
    assert receiver.post("[]").status == 200
    receiver.clients.secretsmanager.put_secret_value(SecretId="rubeus-token", SecretString=secret)
    receiver.seconds += 1_000

    assert receiver.post("[]").status == 200
    assert receiver.post("[]", token="errado").status == 401
    assert "token not renewed" in caplog.text


def test_what_sqs_failed_to_take_is_sent_again(receiver: Receiver) -> None:
    """A partial failure of a batch costs one more call, and no message."""
    failed = {"Id": "0", "Code": "InternalError", "SenderFault": False}
    receiver.fail("sqs", "SendMessageBatch", once(aws_answer({"Successful": [], "Failed": [failed]})))

    assert receiver.post_records(CONTATO).status == 200
    assert [message["id"] for message in receiver.messages()] == ["contato/341/1"]


def test_what_sqs_refuses_stays_open(receiver: Receiver) -> None:
    """A message that SQS calls our fault is not repeated; the delivery stays open."""
    failed = {"Id": "0", "Code": "InvalidMessageContents", "SenderFault": True}
    receiver.fail("sqs", "SendMessageBatch", once(aws_answer({"Successful": [], "Failed": [failed]})))

    assert receiver.post_records(CONTATO).status == 202
    assert receiver.states() == ["open"]


def test_keys_left_unprocessed_are_read_again(receiver: Receiver) -> None:
    """A throttled read is completed before anything is decided."""
    receiver.post_records(CONTATO)
    key = {"pk": {"S": "contato#341"}, "sk": {"S": "current"}}
    left = {"rubeus-records": {"Keys": [key], "ConsistentRead": True}}
    receiver.fail("dynamodb", "BatchGetItem", once(aws_answer({"Responses": {}, "UnprocessedKeys": left})))

    assert receiver.post_records(CONTATO).body["resumo"] == {"repetidos": 1}


def test_items_left_unprocessed_are_written_again(receiver: Receiver) -> None:
    """Pieces of a body that a throttled batch left out are in the table before its head is."""
    seen: list[dict[str, object]] = []
    client = receiver.clients.dynamodb
    client.meta.events.register_first(
        "before-call.dynamodb.BatchWriteItem", lambda params, **_: seen.append(json.loads(params["body"]))
    )

    def leave_all(number: int) -> Fault:
        return aws_answer({"UnprocessedItems": seen[0]["RequestItems"]}) if number == 0 else None

    receiver.fail("dynamodb", "BatchWriteItem", leave_all)
    noise = "".join(f"{number * 7919 % 1_000_003:x}" for number in range(200_000))
    answer = receiver.post_records({**CONTATO, "x": noise})

    assert answer.status == 200
    found = client.scan(TableName="rubeus-deliveries")["Items"]
    parts = [item for item in found if item["part"]["S"].startswith("body#")]
    assert len(parts) == int(receiver.delivery(answer)["body_parts"]["N"])


@pytest.mark.parametrize("code", ["ConditionalCheckFailed", "TransactionConflict", "ThrottlingError"])
def test_a_cancelled_transaction_is_tried_again(receiver: Receiver, code: str) -> None:
    """Whether it lost a race or was throttled: all records are stored in the end, once."""
    reasons = [{"Code": code}, {"Code": "None"}, {"Code": "None"}, {"Code": "None"}]
    cancelled = aws_error("TransactionCanceledException", CancellationReasons=reasons)
    receiver.fail("dynamodb", "TransactWriteItems", once(cancelled))
    answer = receiver.post_records(CONTATO, {**CONTATO, "id": "342"})

    assert answer.body["resumo"] == {"novos": 2}
    assert len(receiver.messages()) == 2


def test_a_plan_that_dynamodb_refuses_harms_no_other(receiver: Receiver) -> None:
    """Each record of a refused transaction is tried alone; the one refused again as bytes stays pending."""

    def refuse(number: int) -> Fault:
        return aws_error("ValidationException") if number in (0, 1, 3) else None

    receiver.fail("dynamodb", "TransactWriteItems", refuse)
    answer = receiver.post_records(CONTATO, {**CONTATO, "id": "342"})

    assert answer.status == 202
    assert answer.body["resumo"] == {"novos": 1, "na_fila": 1}
    assert receiver.states() == ["open"]


def test_another_reason_to_cancel_leaves_the_delivery_open(receiver: Receiver) -> None:
    """What can't be helped by trying again is left to recovery."""
    reasons = [{"Code": "ItemCollectionSizeLimitExceeded"}, {"Code": "None"}]
    cancelled = aws_error("TransactionCanceledException", CancellationReasons=reasons)
    receiver.fail("dynamodb", "TransactWriteItems", once(cancelled))

    assert receiver.post_records(CONTATO).status == 202


def test_a_lost_race_never_overwrites(receiver: Receiver) -> None:
    """Another delivery writes between reading and storing: both states are versions, none is lost."""
    other = [True]

    def race(_: int) -> Fault:
        if other:
            other.clear()
            assert receiver.post_records({**CONTATO, "cidade": "Olinda"}).status == 200
        return None

    receiver.fail("dynamodb", "TransactWriteItems", race)
    answer = receiver.post_records({**CONTATO, "cidade": "Recife"})

    assert answer.status == 200
    # The first one was received earlier and stored later.
    assert answer.body["resumo"] == {"atrasados": 1}
    items = receiver.items("contato#341")
    assert items["current"]["version"]["N"] == "1"
    assert [sk for sk in items if sk.startswith("late#")]
    types = sorted(message["type"].rpartition(".")[2] for message in receiver.messages())
    assert types == ["created", "late"]


def _deliver(body: object, nanoseconds: int) -> Delivery:
    identifier, received_at = receive_at(nanoseconds, bytes(8))
    return Delivery(identifier, received_at, json.dumps(body).encode())


def _receive(delivery: Delivery, receiver: Receiver) -> str:
    stores = bootstrap.receiver().stores
    result = ingest_receive.receive(delivery, stores, Deadline.after(29, receiver))
    return ",".join(outcome.verdict for outcome in result.outcomes)


def test_receipt_decides_and_not_the_order_of_storing(receiver: Receiver) -> None:
    """A repeat moves the state's receipt on, so that an older one stored after it is late."""
    first, older, repeat = (
        _deliver([{**CONTATO, "cidade": cidade}], 10**18 + number * 10**9)
        for number, cidade in enumerate(("Recife", "Olinda", "Recife"))
    )

    assert [_receive(each, receiver) for each in (first, repeat, older)] == ["new", "repeated", "late"]
    assert receiver.items("contato#341")["current"]["version"]["N"] == "1"


def test_a_race_lost_to_an_older_delivery_is_decided_again(receiver: Receiver) -> None:
    """What was written between reading and storing stays as a version, and the next number has no gap."""
    older, newer = (
        _deliver([{**CONTATO, "cidade": cidade}], 10**18 + number * 10**9)
        for number, cidade in enumerate(("Olinda", "Recife"))
    )
    other = [older]

    def race(_: int) -> Fault:
        if other:
            assert _receive(other.pop(), receiver) == "new"
        return None

    receiver.fail("dynamodb", "TransactWriteItems", race)

    assert _receive(newer, receiver) == "updated"
    items = receiver.items("contato#341")
    assert set(items) == {"current", "version#0000000001", "version#0000000002"}
    assert decode(items["version#0000000001"])["cidade"] == "Olinda"
    assert decode(items["current"])["cidade"] == "Recife"
    assert [message["version"] for message in receiver.messages()] == [1, 2]


def test_an_older_delivery_processed_later_leaves_the_current_state_alone(receiver: Receiver) -> None:
    """Its record is kept beside the versions and announced as late, without a version."""
    older, newer = (
        _deliver([{**CONTATO, "cidade": cidade}], 10**18 + number * 10**9)
        for number, cidade in enumerate(("Olinda", "Recife"))
    )
    _receive(newer, receiver)
    before = receiver.items("contato#341")

    assert _receive(older, receiver) == "late"
    after = receiver.items("contato#341")
    (late,) = after.keys() - before.keys()
    assert late.startswith(f"late#{older.received}#")
    assert decode(after[late])["cidade"] == "Olinda"
    assert {sk: after[sk] for sk in before} == before
    message = receiver.messages()[-1]
    assert message["type"] == "br.com.rubeus.contato.late"
    assert "version" not in message
    assert message["data"]["cidade"] == "Olinda"


def test_a_delivery_run_again_publishes_what_it_made(receiver: Receiver) -> None:
    """As recovery will: the same delivery again, after newer states too, only repeats its message."""
    first, second = (
        _deliver([{**CONTATO, "cidade": cidade}], 10**18 + number * 10**9)
        for number, cidade in enumerate(("Recife", "Olinda"))
    )
    for each in (first, second, first, second):
        _receive(each, receiver)

    items = receiver.items("contato#341")
    assert set(items) == {"current", "version#0000000001", "version#0000000002"}
    assert {message["id"] for message in receiver.messages()} == {"contato/341/1", "contato/341/2"}


def test_time_that_runs_short_leaves_the_rest_open(receiver: Receiver) -> None:
    """The function stops in time, and what is kept is answered 202."""
    reasons = [{"Code": "ThrottlingError"}, {"Code": "None"}]

    def throttle(_: int) -> Fault:
        receiver.seconds += 28
        return aws_error("TransactionCanceledException", CancellationReasons=reasons)

    receiver.fail("dynamodb", "TransactWriteItems", throttle)

    assert receiver.post_records(CONTATO).status == 202
    assert receiver.states() == ["open"]


def test_a_close_that_fails_is_made_up_for_by_recovery(receiver: Receiver) -> None:
    """All is stored and published, which the answer says; the delivery is only still open."""
    receiver.fail("dynamodb", "UpdateItem", lambda _: AWAY)

    assert receiver.post_records(CONTATO).status == 200
    assert receiver.states() == ["open"]
    assert body_of(receiver.deliveries()[0]) == json.dumps([CONTATO]).encode()


def test_a_defect_is_answered_and_not_raised(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of ours is 503 to the sender, and neither it nor the log quotes its message."""

    def fail(*_: object) -> None:
        raise RuntimeError(CONTATO["nome"])

    monkeypatch.setattr("handlers.webhook.receive", fail)

    assert receiver.post_records(CONTATO).status == 503


def test_a_report_that_fails_does_not_change_the_answer(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stored is answered as stored."""

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("handlers.telemetry.delivery", fail)

    assert receiver.post_records(CONTATO).status == 200


def test_a_missing_setting_is_503(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function without its environment promises nothing."""
    assert receiver.post("[]").status == 200
    monkeypatch.delenv("RECORDS_TABLE")
    built = bootstrap.receiver()
    bootstrap.receiver.cache_clear()

    assert receiver.post("[]").status == 503
    built.stores.pool.shutdown()
    monkeypatch.setenv("RECORDS_TABLE", "rubeus-records")


def _eventos(*contatos: list[str]) -> list[Delivery]:
    """Give deliveries of one evento, a second apart, each with other secondary contatos."""
    return [
        _deliver([documented("evento") | {"descricao": str(number), "contatosSecundarios": each}], at)
        for number, each in enumerate(contatos)
        for at in [10**18 + number * 10**9]
    ]


MANY = [str(number) for number in range(1_000, 1_350)]


def _linked(receiver: Receiver) -> list[str]:
    """Say which of MANY are linked to the evento."""
    return [contato for contato in MANY if receiver.items(f"contato#{contato}")]


def test_links_past_a_transaction_stay_the_newer_states(receiver: Receiver) -> None:
    """An older state that loses its race deletes none of the links of the newer one."""
    first, older, newer = _eventos(MANY, [], MANY)
    _receive(first, receiver)
    other = [newer]

    def race(_: int) -> Fault:
        if other:
            assert _receive(other.pop(), receiver) == "updated"
        return None

    receiver.fail("dynamodb", "TransactWriteItems", race)

    assert _receive(older, receiver) == "late"
    assert _linked(receiver) == MANY


def test_links_past_a_transaction_give_way_to_a_newer_state(receiver: Receiver) -> None:
    """Overtaken between its transaction and the rest of its links, a state leaves none that nobody names."""
    first, newer = _eventos(MANY, [])
    calls: list[int] = []

    def race(number: int) -> Fault:
        calls.append(number)
        if len(calls) == 2:
            assert _receive(newer, receiver) == "updated"
        return None

    receiver.fail("dynamodb", "TransactWriteItems", race)

    assert _receive(first, receiver) == "new"
    assert _linked(receiver) == []


@pytest.mark.parametrize(("before", "after"), [([], MANY), (MANY, [])], ids=["added", "removed"])
def test_links_past_a_transaction_are_finished_by_running_again(
    receiver: Receiver, before: list[str], after: list[str]
) -> None:
    """Dying after its transaction leaves a delivery open; run again, as recovery will, it writes the rest."""
    first, second = _eventos(before, after)
    _receive(first, receiver)
    receiver.fail("dynamodb", "TransactWriteItems", lambda number: AWAY if number in (1, 2, 3) else None)

    assert _receive(second, receiver) == "pending"
    assert _receive(second, receiver) == "updated"
    assert _linked(receiver) == after
