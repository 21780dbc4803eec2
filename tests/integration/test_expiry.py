"""How long a delivery stays after its receipt."""

import json
from datetime import datetime
from typing import Any

import pytest
from tests.integration.receiving import Receiver

CONTATO = {"id": "341", "codigo": None, "nome": "Ana Exemplo", "cpf": None}
NOISE = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(150_000))


def days(receiver: Receiver) -> set[float]:
    """Give after how many days the items of the only delivery expire."""
    items: list[dict[str, Any]] = list(receiver.clients.dynamodb.scan(TableName="rubeus-deliveries")["Items"])
    (received,) = (
        datetime.fromisoformat(item["received_at"]["S"]) for item in items if "received_at" in item
    )
    seconds = int(received.timestamp())
    return {(int(item["expires_at"]["N"]) - seconds) / 86_400 for item in items}


@pytest.mark.parametrize("more", [{}, {"observacao": NOISE}], ids=["in one item", "in parts"])
def test_what_is_done_stays_for_its_days(receiver: Receiver, more: dict[str, str]) -> None:
    """RETENTION_DAYS, for every item of it."""
    receiver.post_records({**CONTATO, **more})

    assert days(receiver) == {30}


@pytest.mark.parametrize("more", ["", NOISE], ids=["in one item", "in parts"])
@pytest.mark.parametrize(
    "body", ["{nonsense%s", '[{"nome": "%s", "codigo": null, "cpf": null}]'], ids=["unreadable", "rejected"]
)
def test_what_somebody_has_to_look_at_stays_longer(receiver: Receiver, body: str, more: str) -> None:
    """QUARANTINE_RETENTION_DAYS: time to see it, to mend what it was, and to replay it."""
    receiver.post(body % more)

    assert days(receiver) == {90}


def test_one_rejected_record_keeps_its_whole_delivery_longer(receiver: Receiver) -> None:
    """The body holds it."""
    receiver.post(json.dumps([CONTATO, {"nome": "Sem id"}]))

    assert days(receiver) == {90}
