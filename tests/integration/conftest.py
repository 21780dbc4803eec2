import json
import os
from collections.abc import Iterator
from functools import cache
from threading import RLock
from typing import Any

import boto3
import pytest
from botocore import endpoint
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from tests.integration.limits import Limits
from tests.integration.receiving import PREVIOUS, TOKEN, Receiver

from aws import client
from handlers import bootstrap
from rubeus.stack.template import read_template
from settings import Settings

KEYS = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")


@pytest.fixture(autouse=True)
def one_call_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one call at a time into moto, whose transactions copy tables that other threads write."""
    process, lock = BotocoreStubber.process_request, RLock()

    def process_alone(self: BotocoreStubber, request: Any) -> Any:
        with lock:
            return process(self, request)

    monkeypatch.setattr(BotocoreStubber, "process_request", process_alone)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Give the receiver on fresh stores; nothing in it sleeps."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "sa-east-1",
        "RECORDS_TABLE": "rubeus-records",
        "DELIVERIES_TABLE": "rubeus-deliveries",
        "TOKEN_SECRET": "rubeus-token",
        "RETENTION_DAYS": "30",
        "QUARANTINE_RETENTION_DAYS": "90",
        "RECOVER_AFTER_SECONDS": "60",
    }.items():
        monkeypatch.setenv(name, value)
    resources = read_template()["Resources"]
    with mock_aws():
        dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
        for name, table in (("RecordsTable", "rubeus-records"), ("DeliveriesTable", "rubeus-deliveries")):
            properties = resources[name]["Properties"]
            known = {key: properties[key] for key in KEYS if key in properties}
            dynamodb.create_table(**known | {"TableName": table})
        queue = sqs.create_queue(QueueName="rubeus-records.fifo", Attributes={"FifoQueue": "true"})[
            "QueueUrl"
        ]
        recovery_queue = sqs.create_queue(QueueName="rubeus-recovery")["QueueUrl"]
        boto3.client("secretsmanager").create_secret(
            Name="rubeus-token", SecretString=json.dumps({"token": TOKEN, "previous": PREVIOUS})
        )
        monkeypatch.setenv("RECORDS_QUEUE_URL", queue)
        monkeypatch.setenv("RECOVERY_QUEUE_URL", recovery_queue)
        clients = client.connect()
        limits = Limits()
        for each in (clients.dynamodb, clients.sqs):
            each.meta.events.register_first("before-send.*.*", limits)
        result = Receiver(clients, queue, recovery_queue)
        monkeypatch.setattr(bootstrap, "receiver", cache(lambda: _compose(clients, result)))
        monkeypatch.setattr(endpoint, "time", result)  # where botocore waits between its attempts
        yield result
        bootstrap.receiver().stores.pool.shutdown()


def _compose(clients: client.Clients, clock: Receiver) -> bootstrap.Receiver:
    return bootstrap.compose(Settings.from_environment(os.environ), clients, clock, client.CONCURRENT_CALLS)
