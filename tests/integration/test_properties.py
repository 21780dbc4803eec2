import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.receiving import Receiver

from aws.item_codec import decode
from models.exact_json import canonical, loads

STATUSES = {200, 207, 400, 404, 413, 422}
KINDS = st.sampled_from(["", "contato", "registro_processo", "atividade", "evento", "fluxo", "aluno"])
TEXT = st.text(st.characters(exclude_categories=[]), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4)
)
NAMES = st.sampled_from(
    ["nome", "cpf", "emails", "contato", "contatos", "processo", "tipo", "vencimento", "notaEnem"]
)
RECORDS = st.dictionaries(NAMES | TEXT, JSON, max_size=6).flatmap(
    lambda record: st.integers(1, 3).map(lambda number: record | {"id": str(number)})
)
QUICKLY = settings(
    max_examples=60,
    # The stores live through all examples: a receiver has to cope with what is there already.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@QUICKLY
@given(body=JSON.map(json.dumps) | st.binary(max_size=60) | st.text(max_size=40), kind=KINDS)
def test_no_body_is_a_server_error(receiver: Receiver, body: str | bytes, kind: str) -> None:
    """Whatever is posted is answered by the table, never by a 5xx."""
    assert receiver.post(body, kind).status in STATUSES


@QUICKLY
@given(records=st.lists(RECORDS, min_size=1, max_size=3), kind=KINDS, ascii_only=st.booleans())
def test_what_was_accepted_comes_back_value_for_value(
    receiver: Receiver, records: list[dict[str, Any]], kind: str, *, ascii_only: bool
) -> None:
    """The last state of every accepted record is in the table, and in its message, as it was sent."""
    try:
        body: str | bytes = json.dumps(records, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        body = json.dumps(records)
    receiver.messages()
    answer = receiver.post(body, kind)
    delivery = receiver.delivery(answer)
    outcome = [each["M"] for each in delivery.get("outcome", {}).get("L", [])]
    accepted = [each for each in outcome if each["verdict"]["S"] != "rejected"]
    messages = {message["subject"]: message["data"] for message in receiver.messages()}

    last = {f"{each['kind']['S']}/{each['id']['S']}": each for each in accepted}
    for subject, each in last.items():
        sent = canonical(loads(json.dumps(records[int(each["position"]["N"]) - 1])))
        item = receiver.items(subject.replace("/", "#"))["current"]
        assert canonical(decode(item)) == sent
        dropped = kind == "fluxo" and subject not in messages  # a second one of equal content
        if each["verdict"]["S"] in ("new", "updated") and not dropped:
            # What json.loads made a float of compares by value.
            assert canonical(json.loads(json.dumps(messages[subject]), parse_float=Decimal)) == sent


@pytest.mark.parametrize("number", ["1.10", "-0.0", "1E+2", "123456789012345678901234567890.5", "0.1e-20"])
def test_no_digit_changes_on_the_way(receiver: Receiver, number: str) -> None:
    """A number is the same number in the table, and the same text in the message."""
    text = f'{{"id":"1","codigo":null,"cpf":null,"nome":{number}}}'
    receiver.post(text)

    assert decode(receiver.items("contato#1")["current"])["nome"] == Decimal(number)
    received = receiver.clients.sqs.receive_message(QueueUrl=receiver.queue)["Messages"]
    assert received[0]["Body"].endswith(f'"data": {text}}}')
