"""Stores of an emulator, processes of the real handlers before them, and a clock that does not wait."""

import itertools
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from unittest.mock import patch

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore import endpoint as botocore_endpoint
from tests.fakes import lambda_context
from tests.faults.injector import Died, Injector, ProcessClock, Rule

from aws import client
from handlers import bootstrap, recovery, webhook
from rubeus.stack.emulator import emulator
from rubeus.stack.environment import REGION
from rubeus.stack.template import read_template
from settings import Settings

TOKEN = "token-de-teste"
HOUR = 3600.0
_START = 1_795_532_400
_RESOURCES = read_template()["Resources"]
_TABLE = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")


@dataclass
class Process:
    """What Lambda would run one invocation in at a time: its own clients, threads and cached token."""

    clients: client.Clients
    injector: Injector
    clock: ProcessClock
    threads: int = 1
    receiver: bootstrap.Receiver | None = None


class Arrival(NamedTuple):
    """A request's arrival at the gateway: how many came before, and when, since the Unix epoch."""

    number: int
    milliseconds: int


@dataclass
class World:
    """One emulator with the stores of `names`, which `renew` replaces by fresh ones."""

    client: Callable[[str], Any]
    processes: list[Process] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    moment: float = 0.0
    ticks: Iterator[int] = field(default_factory=itertools.count)
    running: threading.local = field(default_factory=threading.local)
    stores: Iterator[int] = field(default_factory=itertools.count)
    arrivals: Iterator[int] = field(default_factory=itertools.count)
    door: threading.Lock = field(default_factory=threading.Lock)
    idle: list[Process] = field(default_factory=list)

    def time(self) -> float:
        """Give the time; it moves on by a millisecond whenever somebody looks, and by `moment`."""
        return _START + self.moment + next(self.ticks) / 1000

    def renew(self) -> None:
        """Make fresh stores, and let every process know them."""
        number = next(self.stores)
        for name in ("records", "deliveries"):
            if name in self.names:
                self.client("dynamodb").delete_table(TableName=self.names[name])
        for name, resource in (("records", "RecordsTable"), ("deliveries", "DeliveriesTable")):
            properties = {
                key: value for key, value in _RESOURCES[resource]["Properties"].items() if key in _TABLE
            }
            self.names[name] = f"faults-{number}-{name}"
            self.client("dynamodb").create_table(**properties, TableName=self.names[name])
        fifo = {
            "FifoQueue": "true",
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
        }
        sqs = self.client("sqs")
        for name in ("queue", "recovery"):
            if name in self.names:
                sqs.delete_queue(QueueUrl=self.names[name])
        self.names["queue"] = sqs.create_queue(QueueName=f"faults-{number}.fifo", Attributes=fifo)["QueueUrl"]
        self.names["recovery"] = sqs.create_queue(QueueName=f"faults-{number}-recovery")["QueueUrl"]
        os.environ.update(
            RECORDS_TABLE=self.names["records"],
            DELIVERIES_TABLE=self.names["deliveries"],
            RECORDS_QUEUE_URL=self.names["queue"],
            RECOVERY_QUEUE_URL=self.names["recovery"],
        )
        for process in self.processes:
            process.receiver = None

    @contextmanager
    def process(
        self, rules: list[Rule], *, cold: bool = False, threads: int = 1, skew: float = 0.0
    ) -> Iterator[LambdaContext]:
        """Run what is inside in a process that meets these faults; another one starts when it dies."""
        process = self.idle.pop() if self.idle else self.start()
        before = getattr(self.running, "process", None)
        self.running.process = process
        process.injector.begin(rules)
        lost, process.clock.skew = process.clock.lost, skew
        try:
            if cold or process.receiver is None or process.threads != threads:
                process.threads = threads
                settings = Settings.from_environment(os.environ)
                process.receiver = bootstrap.compose(settings, process.clients, process.clock, threads)
            yield lambda_context()
        finally:
            ended_early = process.injector.dead or process.clock.lost > lost
            if ended_early and process.receiver:
                # Calls that nobody waits for any more would go on in the next invocation.
                process.receiver.stores.pool.shutdown()
                process.receiver = None
            self.running.process = before
            self.idle.append(process)

    def settle(self) -> None:
        """Let the calls end that nobody waits for any more, since other processes moved the time on."""
        for process in self.processes:
            if process.receiver:
                process.receiver.stores.pool.shutdown()
                process.receiver = None

    def start(self) -> Process:
        """Start another process, as Lambda does when all that it has are busy."""
        clock = ProcessClock(self.time)
        clients, injector = client.connect(), Injector(clock)
        for each in (clients.dynamodb, clients.sqs, clients.secretsmanager):
            each.meta.events.register("before-send.*.*", injector)  # type: ignore[arg-type] # it may answer
        process = Process(clients, injector, clock)
        self.processes.append(process)
        return process

    def arrive(self) -> "Arrival":
        """Let a request arrive at the gateway: no other has its number, and none its millisecond."""
        with self.door:
            return Arrival(next(self.arrivals), round(self.time() * 1000))

    def post(
        self,
        body: bytes,
        rules: list[Rule],
        arrival: "Arrival",
        *,
        kind: str = "",
        token: str = TOKEN,
        cold: bool = False,
        threads: int = 1,
        skew: float = 0.0,
    ) -> tuple[int, dict[str, Any]] | None:
        """Post a body that arrived then; gives status and answer, or None where the process died."""
        path = f"/webhook/{token}" + (f"/{kind}" if kind else "")
        event = {
            "rawPath": path,
            "rawQueryString": f"post={arrival.number}",
            "headers": {"content-type": "application/json"},
            "requestContext": {"http": {"method": "POST", "path": path}, "timeEpoch": arrival.milliseconds},
            "body": body.decode(),
        }
        try:
            with self.process(rules, cold=cold, threads=threads, skew=skew) as context:
                answer = webhook.handler(event, context)
        except Died:
            return None
        return answer["statusCode"], json.loads(answer["body"])

    def recover(self, rules: list[Rule], skew: float = 0.0) -> None:
        """Run recovery as AWS does: for the messages of its queue, and by schedule."""
        sqs, url = self.client("sqs"), self.names["recovery"]
        seen: set[str] = set()
        while new := [
            each
            for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get(
                "Messages", []
            )
            if each["MessageId"] not in seen
        ]:
            for each in new:
                seen.add(each["MessageId"])
                record = {"messageId": each["MessageId"], "body": each["Body"]}
                answer = self._invoke({"Records": [record]}, rules, skew)
                if answer and not answer["batchItemFailures"]:
                    # Another run of recovery may have received it meanwhile, and deleted it.
                    with suppress(sqs.exceptions.ReceiptHandleIsInvalid):
                        sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        self._invoke({"source": "aws.events"}, rules, skew)

    def _invoke(self, event: Mapping[str, Any], rules: list[Rule], skew: float) -> dict[str, Any] | None:
        """Give what recovery answers; None where it died or could not even list the inbox."""
        try:
            with self.process(rules, skew=skew) as context:
                return recovery.handler(event, context)
        except (Died, Exception):  # noqa: BLE001 - Lambda would count it as an error, and the next run comes
            return None

    def current(self) -> bootstrap.Receiver:
        """Give the receiver of the process that this thread runs in; stands in for `bootstrap.receiver`."""
        receiver: bootstrap.Receiver = self.running.process.receiver
        return receiver


@contextmanager
def world() -> Iterator[World]:
    """Run the emulator, and put the handlers before it until the context ends."""
    with ExitStack() as context:
        url = context.enter_context(emulator(0))
        environment = {
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": url,
            "AWS_CONFIG_FILE": os.devnull,
            "TOKEN_SECRET": "faults-token",
            "RETENTION_DAYS": "30",
            "QUARANTINE_RETENTION_DAYS": "90",
            "RECOVER_AFTER_SECONDS": "60",
        }
        context.enter_context(patch.dict(os.environ, environment))
        clients: dict[str, Any] = {name: boto3.client(name) for name in ("dynamodb", "sqs", "secretsmanager")}
        clients["secretsmanager"].create_secret(
            Name="faults-token", SecretString=json.dumps({"token": TOKEN, "previous": ""})
        )
        result = World(clients.__getitem__)
        # Where botocore waits between its attempts.
        context.enter_context(patch.object(botocore_endpoint, "time", ProcessClock(result.time)))
        context.enter_context(patch.object(bootstrap, "receiver", result.current))
        yield result
