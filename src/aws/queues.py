"""The two queues: the records queue, which consumers read, and the recovery queue."""

import base64
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from aws.client import call_all
from aws.throttling import persist
from models.deadline import Deadline
from models.delivery import Delivery, Turn
from models.failures import TOO_BIG_TO_ENQUEUE, OutOfTime, StoreUnavailable
from models.message import Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef, SendMessageBatchRequestEntryTypeDef

RECORDS_QUEUE = "records queue"
RECOVERY_QUEUE = "recovery queue"

# Limits of SQS's API ("Amazon SQS message quotas", Developer Guide): a message with its attributes, and a
# whole batch, may have 1 MiB. A little is left for what else the service may count.
_MAX_BYTES = 1_048_576 - 2_048
_MAX_ENTRIES = 10

# What a text attribute must not hold: what SQS refuses (see models.message), and control characters.
_NOT_IN_AN_ATTRIBUTE = re.compile(r"[\x00-\x1f\ud800-\udfff\ufffe\uffff]")


class _Entry(NamedTuple):
    """A message as it is sent, and what it weighs."""

    message: Message
    body: str
    attributes: dict[str, str]
    size: int


class RecordsQueue:
    """Sends messages; see ingest.ports.Messages.

    Parameters
    ----------
    table
        Name of the records table, to which a message points that is too big to hold its record.
    """

    def __init__(self, sqs: "SQSClient", url: str, table: str, pool: Executor) -> None:
        self._sqs = sqs
        self._url = url
        self._table = table
        self._pool = pool

    def publish(self, messages: Sequence[Message], deadline: Deadline) -> Mapping[str, StoreUnavailable]:
        runs = _runs([self._entry(message) for message in messages])
        answers = call_all(
            self._pool, RECORDS_QUEUE, partial(self._send_run, deadline=deadline), runs, deadline
        )
        failures: dict[str, StoreUnavailable] = {}
        for run, answer in zip(runs, answers, strict=True):
            if isinstance(answer, StoreUnavailable):
                failures.update((entry.message.id, answer) for batch in run for entry in batch)
            else:
                failures.update(answer)
        return failures

    def _entry(self, message: Message) -> _Entry:
        attributes = {"id": message.id, **message.attributes, "changed": ",".join(message.changed)}
        attributes = {
            name: value
            for name, value in attributes.items()
            if value and not _NOT_IN_AN_ATTRIBUTE.search(value)
        }
        # Every attribute is sent with its name, its type ("String") and its value.
        weight = sum(len(name) + 6 + len(value.encode()) for name, value in attributes.items())
        body = message.event()
        size = len(body.encode()) + weight
        if size > _MAX_BYTES:
            body = message.event(self._table)
            size = len(body.encode()) + weight
        return _Entry(message, body, attributes, size)

    def _send_run(self, run: Sequence[Sequence[_Entry]], deadline: Deadline) -> dict[str, StoreUnavailable]:
        """Send batches one after the other, since neighbours share a group."""
        failures: dict[str, StoreUnavailable] = {}
        for batch in run:
            try:
                failures.update(self._send(batch, deadline))
            except StoreUnavailable as failure:
                failures.update((entry.message.id, failure) for entry in batch)
        return failures

    def _send(self, batch: Sequence[_Entry], deadline: Deadline) -> dict[str, StoreUnavailable]:
        """Send a batch, and again what failed in it; raises StoreUnavailable where a call itself fails."""
        failures: dict[str, StoreUnavailable] = {}
        left = dict(enumerate(batch))
        attempt = 0
        while left:
            if attempt and not deadline.backoff(attempt):
                out = OutOfTime(RECORDS_QUEUE)
                return {**failures, **{entry.message.id: out for entry in left.values()}}
            entries = [_request(number, entry) for number, entry in left.items()]
            send = partial(self._sqs.send_message_batch, QueueUrl=self._url, Entries=entries)
            answer = persist(RECORDS_QUEUE, deadline, send)
            refused = {
                int(each["Id"]): each["Code"] for each in answer.get("Failed", []) if each["SenderFault"]
            }
            failures |= {
                left[number].message.id: StoreUnavailable(RECORDS_QUEUE, refused[number])
                for number in refused
            }
            # Only what the answer calls sent is sent.
            settled = {*refused, *(int(each["Id"]) for each in answer.get("Successful", []))}
            left = {number: entry for number, entry in left.items() if number not in settled}
            attempt += 1
        return failures


class RecoveryQueue:
    """Keeps whole deliveries while the inbox can't, and hands out turns; see ingest.ports.RecoveryQueue.

    A message is a JSON object: a delivery, with its gzipped body in base64, or the fields of a turn.
    """

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url

    def enqueue(self, delivery: Delivery, deadline: Deadline) -> None:
        text = json.dumps(
            {
                "delivery_id": delivery.id,
                "received_at": delivery.received,
                "content_type": delivery.content_type,
                "path_kind": delivery.path_kind,
                "query": delivery.query,
                "content_encoding": delivery.content_encoding,
                "replay_of": delivery.replay_of,
                "body_gzip": base64.b64encode(gzip.compress(delivery.body, mtime=0)).decode(),
            }
        )
        if len(text) > _MAX_BYTES:
            raise StoreUnavailable(RECOVERY_QUEUE, TOO_BIG_TO_ENQUEUE)
        send = partial(self._sqs.send_message, QueueUrl=self._url, MessageBody=text)
        persist(RECOVERY_QUEUE, deadline, send)

    def hand_out(self, turns: Sequence[Turn], deadline: Deadline) -> None:
        refused: list[str] = []
        for start in range(0, len(turns), _MAX_ENTRIES):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(number), "MessageBody": json.dumps(turn._asdict())}
                for number, turn in enumerate(turns[start : start + _MAX_ENTRIES])
            ]
            send = partial(self._sqs.send_message_batch, QueueUrl=self._url, Entries=entries)
            answer = persist(RECOVERY_QUEUE, deadline, send)
            refused += [each["Code"] for each in answer.get("Failed", [])]
        if refused:
            raise StoreUnavailable(RECOVERY_QUEUE, refused[0])


def read_enqueued(text: str) -> Delivery | Turn:
    """Read a delivery, or a turn, from a message of the recovery queue.

    Raises
    ------
    Exception
        Whatever reading it raises, if it is none that `RecoveryQueue` sent.
    """
    message = json.loads(text)
    delivery_id = str(UUID(message["delivery_id"]))  # of a stranger's message nothing may come into the log
    if "body_gzip" not in message:
        return Turn(delivery_id, int(message["attempts"]))
    return Delivery(
        id=delivery_id,
        received_at=datetime.fromisoformat(message["received_at"]),
        body=gzip.decompress(base64.b64decode(message["body_gzip"], validate=True)),
        content_type=message["content_type"],
        path_kind=message["path_kind"],
        # A release before this one did not say these.
        query=message.get("query", ""),
        content_encoding=message.get("content_encoding", ""),
        replay_of=message.get("replay_of"),
    )


def _runs(entries: Sequence[_Entry]) -> list[list[list[_Entry]]]:
    """Pack entries into batches, and batches into runs: those that share a group must follow each other."""
    runs: list[list[list[_Entry]]] = []
    size = 0
    for entry in sorted(entries, key=lambda entry: entry.message.group):
        batch = runs[-1][-1] if runs else []
        size += entry.size
        if batch and len(batch) < _MAX_ENTRIES and size <= _MAX_BYTES:
            batch.append(entry)
            continue
        size = entry.size
        if batch and batch[-1].message.group == entry.message.group:
            runs[-1].append([entry])
        else:
            runs.append([[entry]])
    return runs


def _request(number: int, entry: _Entry) -> "SendMessageBatchRequestEntryTypeDef":
    attributes: dict[str, MessageAttributeValueTypeDef] = {
        name: {"DataType": "String", "StringValue": value} for name, value in entry.attributes.items()
    }
    return {
        "Id": str(number),
        "MessageBody": entry.body,
        "MessageGroupId": entry.message.group_id,
        "MessageDeduplicationId": entry.message.deduplication_id,
        "MessageAttributes": attributes,
    }
