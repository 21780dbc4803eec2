"""What is compared stores the same: every variant over HTTP against the emulator."""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from benchmarks.payloads import TOKEN, contato
from benchmarks.processes import Worker, checkout

from aws.item_codec import decode
from rubeus.stack.emulator import emulator
from rubeus.stack.stores import create_stores, local_session
from rubeus.stack.template import read_template

RECEIVER = "handlers.webhook"
FLOOR = "benchmarks.variants.floor"
BASELINES = ["benchmarks.variants.loop", "benchmarks.variants.batched"]
RECORDS = 12  # more than a batch of messages holds

# What no two deliveries have in common.
OWN = {
    "delivery_id",
    "received_at",
    "first_received_at",
    "receipt",
    "last_receipt",
    "state_shard",
    "expires_at",
}


@dataclass
class Stored:
    """All that is in the stores after some deliveries, without what each delivery has of its own."""

    records: dict[tuple[str, str], dict[str, Any]]
    deliveries: list[dict[str, Any]]
    messages: list[dict[str, Any]]

    def contents(self) -> dict[str, Any]:
        """Give the newest content of every record."""
        return {pk: decode(item) for (pk, sk), item in self.records.items() if sk == "current"}


def store(module: str, jobs: list[str]) -> Stored:
    """Let a variant take a delivery of the same contatos for each job, in stores of its own."""
    with emulator(0) as endpoint:
        ids = create_stores(read_template(), endpoint, TOKEN)
        names = {
            "RECORDS_TABLE": ids["RecordsTable"],
            "DELIVERIES_TABLE": ids["DeliveriesTable"],
            "TOKEN_SECRET": ids["TokenSecret"],
            "RECORDS_QUEUE_URL": ids["RecordsQueue"],
            "RECOVERY_QUEUE_URL": ids["RecoveryQueue"],
        }
        with Worker(checkout(), module, url=endpoint, **names) as worker:
            for job in jobs:
                assert worker.deliver([(1, RECORDS, job)])["status"] == 200
        dynamodb = local_session().client("dynamodb", endpoint_url=endpoint)
        sqs = local_session().client("sqs", endpoint_url=endpoint)
        records = dynamodb.scan(TableName=ids["RecordsTable"])["Items"]
        deliveries = dynamodb.scan(TableName=ids["DeliveriesTable"])["Items"]
        messages = []
        while batch := sqs.receive_message(
            QueueUrl=ids["RecordsQueue"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in batch:
                body = json.loads(message["Body"])
                attributes = message.get("MessageAttributes", {})
                messages.append(
                    {"body": body, "attributes": {n: v["StringValue"] for n, v in attributes.items()}}
                )
                sqs.delete_message(QueueUrl=ids["RecordsQueue"], ReceiptHandle=message["ReceiptHandle"])
    return Stored(
        {(item["pk"]["S"], item["sk"]["S"]): without_own(item) for item in records},
        [
            without_own(item) | {"body": gzip.decompress(item["body"]["B"])}
            for item in sorted(deliveries, key=by_id)
        ],
        messages,
    )


def by_id(item: dict[str, Any]) -> str:
    """Sort deliveries by their time."""
    return str(item["delivery_id"]["S"])


def without_own(item: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is the delivery's own."""
    return {name: value for name, value in item.items() if name not in OWN}


def sent(job: str) -> dict[str, Any]:
    """Give what was sent, by partition key."""
    return {f"contato#{number}": json.loads(contato(number, job)) for number in range(1, RECORDS + 1)}


@pytest.fixture(scope="module")
def receiver() -> Stored:
    """Give what the receiver stores: new, updated and repeated records."""
    return store(RECEIVER, ["A", "B", "B"])


@pytest.mark.parametrize("module", BASELINES)
def test_baselines_store_and_send_the_same_records(module: str, receiver: Stored) -> None:
    """The newest state of every record, and each delivery's records in messages; they know no repeats."""
    stored = store(module, ["A", "B"])

    assert stored.contents() == receiver.contents() == sent("B")
    assert by_text(message["body"]["data"] for message in stored.messages) == by_text(
        message["body"]["data"] for message in receiver.messages
    )


def test_the_floor_stores_and_sends_what_the_receiver_does(receiver: Stored) -> None:
    """Every attribute of every item, and every message."""
    floor = store(FLOOR, ["A", "B", "B"])

    assert floor.records == receiver.records
    assert list(map(without_time_taken, floor.deliveries)) == list(
        map(without_time_taken, receiver.deliveries)
    )
    assert by_text(map(without_time, floor.messages)) == by_text(map(without_time, receiver.messages))


def without_time_taken(head: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out how long the delivery took."""
    return {name: value for name, value in head.items() if name != "milliseconds"}


def without_time(message: dict[str, Any]) -> dict[str, Any]:
    """Leave out when it came, and with which delivery."""
    parts = {name: without_own(part) for name, part in message.items()}
    for part in parts.values():
        assert part.pop("time")
        assert part.pop("deliveryid")
        assert part.pop("sequence")
    return parts


def by_text(values: Iterator[Any]) -> list[str]:
    """Bring values into an order."""
    return sorted(json.dumps(value, sort_keys=True) for value in values)
