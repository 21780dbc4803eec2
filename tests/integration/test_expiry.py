"""Nothing stays without an end, and nothing ends that is still open."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from tests.integration.receiving import Receiver
from tests.payloads import documented

from aws.delivery_items import HEAD, key
from handlers import bootstrap
from handlers.recovery import handler as recovery
from models.clock import moment
from rubeus.operating.dismiss import dismiss
from rubeus.operating.replay import Replay
from rubeus.operating.states import reopen
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.summary import Dismissal

AWAY = EndpointConnectionError(endpoint_url="https://away.example")
CONTATO = documented("contato")
ALPHABET = [chr(code) for code in range(0x20, 0x7F) if chr(code) not in '"\\']


class DiedError(BaseException):
    """The process ends."""


def body(characters: int) -> str:
    """Give a body that hardly compresses."""
    noise = "".join(random.Random(5).choices(ALPHABET, k=characters))
    return json.dumps([{**CONTATO, "observacao": noise}])


def wrong(receiver: Receiver) -> list[str]:
    """List the items of the inbox that expire and must not, or don't and must."""
    items: list[dict[str, Any]] = []
    pages = receiver.clients.dynamodb.get_paginator("scan").paginate(TableName="rubeus-deliveries")
    for page in pages:
        items.extend(page["Items"])
    states = {
        item["delivery_id"]["S"]: item["state"]["S"] for item in items if item["part"]["S"] == "delivery"
    }
    return [
        f"{item['part']['S']} of a delivery that is {states.get(item['delivery_id']['S'], 'nowhere')}"
        for item in items
        if ("expires_at" in item) == (states.get(item["delivery_id"]["S"]) in ("open", "failed"))
    ]


@dataclass
class Death:
    """Ends the process at one of the calls to the deliveries table, before it has taken effect or after."""

    receiver: Receiver
    when: str
    at: int = -1
    calls: int = 0

    def __post_init__(self) -> None:
        """Come before, or after, every call."""
        event = "before-send" if self.when == "before" else "needs-retry"
        self.receiver.clients.dynamodb.meta.events.register_first(f"{event}.dynamodb.*", self.come)

    def come(self, request: Any = None, request_dict: Any = None, **_: object) -> None:
        sent = bytes(request.body if request else request_dict["body"])
        if b"rubeus-deliveries" not in sent:
            return
        self.calls += 1
        if self.calls - 1 == self.at:
            raise DiedError

    def of(self, run: Callable[[], object], at: int) -> int:
        """Run until it dies; gives the number of calls."""
        self.at, self.calls = at, 0
        with suppress(DiedError):
            run()
        return self.calls


@pytest.mark.parametrize("characters", [100, 700_000])
@pytest.mark.parametrize("when", ["before", "after"])
def test_whichever_step_dies(receiver: Receiver, characters: int, when: str) -> None:
    """At the front door and in recovery: no part of an open delivery expires, and all else does."""
    sent, death = body(characters), Death(receiver, when)

    def post() -> None:
        receiver.post(sent, "contato")

    def recover() -> None:
        receiver.seconds += 400
        recovery({}, receiver.context)

    for number in range(death.of(post, -1)):
        death.of(post, number)
        assert wrong(receiver) == []
        death.of(recover, number)
        assert wrong(receiver) == []
    for _ in range(3):
        receiver.seconds += 7200
        death.of(recover, -1)
    assert set(receiver.states()) == {"done"}
    assert wrong(receiver) == []


def test_a_body_that_no_transaction_takes_is_kept_and_ends(receiver: Receiver) -> None:
    """Over 3.4 MB gzipped: byte for byte, without an expiry until it is closed."""
    sent = body(4_600_000)
    receiver.fail("sqs", "SendMessageBatch", lambda _: AWAY)
    assert receiver.post(sent, "contato").status == 202
    receiver.heal("sqs", "SendMessageBatch")
    assert wrong(receiver) == []

    assert receiver.recover()["recovered"] == {"done": 1}
    assert wrong(receiver) == []


@pytest.mark.parametrize("characters", [100, 700_000])
@pytest.mark.parametrize("when", ["before", "after"])
def test_whichever_step_of_a_replay_dies(receiver: Receiver, characters: int, when: str) -> None:
    """Opened again, a delivery and the parts of its body are without an expiry together, or not at all."""
    protocolo = str(receiver.post(body(characters), "contato").body["protocolo"])
    inbox = Deliveries(receiver.clients.dynamodb, "rubeus-deliveries", receiver)
    death = Death(receiver, when)

    def replay() -> None:
        receiver.seconds += 7200
        Replay(inbox, bootstrap.receiver()).run(protocolo)

    for number in range(death.of(replay, -1)):
        death.of(replay, number)
        assert wrong(receiver) == []
    death.of(replay, -1)
    assert receiver.states() == ["done"]
    assert wrong(receiver) == []


def test_a_body_that_no_transaction_takes_is_opened_again_and_put_aside(receiver: Receiver) -> None:
    """Should the replay die at once, recovery keeps the parts before it does anything else."""
    protocolo = str(receiver.post(body(4_600_000), "contato").body["protocolo"])
    inbox = Deliveries(receiver.clients.dynamodb, "rubeus-deliveries", receiver)
    found = inbox.get(protocolo)
    assert found
    assert reopen(inbox, found, moment(receiver.time_ns()), timedelta(seconds=60)) is None

    receiver.fail("sqs", "SendMessageBatch", lambda _: AWAY)
    receiver.clients.dynamodb.update_item(
        TableName="rubeus-deliveries",
        Key=key(protocolo, HEAD),
        UpdateExpression="SET attempts = :nine",
        ExpressionAttributeValues={":nine": {"N": "9"}},
    )
    assert receiver.recover()["recovered"] == {"failed": 1}
    assert wrong(receiver) == []

    dismissal = Dismissal(moment(receiver.time_ns()), "ana", "corrigido")
    assert dismiss(inbox, bootstrap.receiver(), protocolo, dismissal, force=True).left_alone is None
    assert wrong(receiver) == []


def test_parts_of_a_body_whose_head_never_came_expire(receiver: Receiver) -> None:
    """Nothing was promised of them, so nobody else would look for them."""
    receiver.fail("dynamodb", "PutItem", lambda number: AWAY if number > 3 else None)

    assert receiver.post(body(4_600_000), "contato").status == 503
    assert receiver.clients.dynamodb.scan(TableName="rubeus-deliveries")["Count"] > 0
    assert wrong(receiver) == []


@pytest.mark.parametrize(("sent", "days"), [(CONTATO, 30), ("no record", 90)], ids=["done", "quarantined"])
def test_each_state_has_a_retention_of_its_own(receiver: Receiver, sent: object, days: int) -> None:
    """Whoever has to look into a quarantined body has as long for it as the settings say."""
    head = receiver.delivery(receiver.post_records(sent))
    received_at = datetime.fromisoformat(head["received_at"]["S"])

    assert int(head["expires_at"]["N"]) == int(received_at.timestamp()) + days * 86_400
