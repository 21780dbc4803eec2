"""The real handler in front of moto's stores, and faults to put between them."""

import base64
import gzip
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from tests.fakes import lambda_context

from aws import client
from handlers.recovery import handler as recover
from handlers.webhook import handler

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

TOKEN = "token-de-teste"
PREVIOUS = "token-anterior"


class KilledError(BaseException):
    """The process ends."""


Fault: TypeAlias = AWSResponse | Exception | None


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


@dataclass
class Receiver:
    """The real handler in front of moto's stores, a look into them, and the clock of it all."""

    clients: client.Clients
    queue: str
    recovery: str
    seconds: float = 0.0
    context: LambdaContext = field(default_factory=lambda_context)
    interventions: dict[tuple[str, str], list[Callable[..., AWSResponse | None]]] = field(
        default_factory=dict
    )

    def post(
        self,
        body: str | bytes,
        kind: str = "",
        *,
        method: str = "POST",
        token: str = TOKEN,
        received_at: int | None = None,
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Post a body; `received_at` is the time that the gateway gives, in milliseconds since the epoch."""
        path = f"/webhook/{token}" + (f"/{kind}" if kind else "")
        event: dict[str, Any] = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"content-type": "application/json", **(headers or {})},
            "requestContext": {"http": {"method": method, "path": path}, "timeEpoch": received_at},
            "body": body if isinstance(body, str) else base64.b64encode(body).decode(),
            "isBase64Encoded": isinstance(body, bytes),
        }
        answer = handler(event, self.context)
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    def post_records(self, *records: object, kind: str = "") -> Answer:
        return self.post(json.dumps(records), kind)

    def time_ns(self) -> int:
        return time.time_ns() + round(self.seconds * 10**9)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def recover(self) -> dict[str, Any]:
        """Run recovery as its schedule does, so much later that open deliveries are old enough."""
        self.seconds += 61
        return recover({"source": "aws.events"}, self.context)

    def recover_from_queue(self) -> dict[str, Any]:
        """Run recovery as Lambda does for each message of its queue, and delete those that it took over.

        A run that dies keeps no other from its own.

        Returns
        -------
        dict
            What the runs answered, together.

        Raises
        ------
        BaseException
            What the last run that died has died of, after all runs.
        """
        failed: list[dict[str, str]] = []
        recovered: Counter[str] = Counter()
        death: BaseException | None = None
        for message in self._waiting_for_recovery():
            record = {"messageId": message["MessageId"], "body": message["Body"]}
            try:
                answer = recover({"Records": [record]}, self.context)
            except BaseException as error:  # noqa: BLE001 - raised below
                death = error
                continue
            failed += answer["batchItemFailures"]
            recovered.update(answer["recovered"])
            if not answer["batchItemFailures"]:
                self.clients.sqs.delete_message(
                    QueueUrl=self.recovery, ReceiptHandle=message["ReceiptHandle"]
                )
        if death:
            raise death
        return {"batchItemFailures": failed, "recovered": dict(recovered)}

    def _waiting_for_recovery(self) -> "list[MessageTypeDef]":
        """Receive all messages of the recovery queue, and let them be received again."""
        found: list[MessageTypeDef] = []
        while batch := self.clients.sqs.receive_message(QueueUrl=self.recovery, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            found += batch
        for each in found:
            self.clients.sqs.change_message_visibility(
                QueueUrl=self.recovery, ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0
            )
        return found

    def items(self, pk: str) -> dict[str, Any]:
        pages = self.clients.dynamodb.get_paginator("query").paginate(
            TableName="rubeus-records",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
        )
        return {item["sk"]["S"]: item for page in pages for item in page["Items"]}

    def deliveries(self) -> list[dict[str, Any]]:
        items = self.clients.dynamodb.scan(TableName="rubeus-deliveries")["Items"]
        return [item for item in items if item["part"]["S"] == "delivery"]

    def delivery(self, answer: Answer) -> dict[str, Any]:
        key = {"delivery_id": {"S": answer.body["protocolo"]}, "part": {"S": "delivery"}}
        return self.clients.dynamodb.get_item(TableName="rubeus-deliveries", Key=key)["Item"]

    def states(self) -> list[str]:
        return [item["state"]["S"] for item in self.deliveries()]

    def messages(self, url: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while batch := self.clients.sqs.receive_message(
            QueueUrl=url or self.queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in batch:
                found.append({**json.loads(message["Body"]), "attributes": message.get("MessageAttributes")})
                self.clients.sqs.delete_message(
                    QueueUrl=url or self.queue, ReceiptHandle=message["ReceiptHandle"]
                )
        return found

    def fail(self, service: str, operation: str, respond: Callable[[int], Fault]) -> None:
        """Answer calls of one operation by `respond(number of the call)`; None lets the call through."""
        calls = iter(range(1_000))

        def intervene(**_: object) -> AWSResponse | None:
            answer = respond(next(calls))
            if isinstance(answer, Exception):
                raise answer
            return answer

        target = getattr(self.clients, service)
        self.interventions.setdefault((service, operation), []).append(intervene)
        target.meta.events.register_first(f"before-send.{service}.{operation}", intervene)

    def heal(self, service: str, operation: str) -> None:
        """Let an operation that `fail` made fail work again."""
        target = getattr(self.clients, service)
        for intervene in self.interventions.pop((service, operation)):
            target.meta.events.unregister(f"before-send.{service}.{operation}", intervene)


def aws_answer(body: Mapping[str, object], status: int = 200) -> AWSResponse:
    """Word an answer of an AWS service with a JSON protocol."""

    class Raw:
        def stream(self, *_: object, **__: object) -> Iterator[bytes]:
            yield json.dumps(body).encode()

    return AWSResponse("https://aws.example", status, HTTPHeaders(), Raw())


def aws_error(code: str, status: int = 400, **more: object) -> AWSResponse:
    """Word an error of an AWS service with a JSON protocol."""
    return aws_answer({"__type": f"com.amazonaws#{code}", "message": "synthetic", **more}, status)


def body_of(delivery: Mapping[str, Any]) -> bytes:
    """Unpack the body that the inbox keeps."""
    return gzip.decompress(delivery["body"]["B"])
