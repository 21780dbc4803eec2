"""What lies in a dead-letter queue: whose message, and how often it was received; never what it says."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from models.kind import FLUXO, KINDS
from models.record import Key

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MOST = 10
"""Messages that one receive gives at most; without hiding them, there is no way to those behind."""

_EVENT = re.compile(r"br\.com\.rubeus\.\w+\.(created|updated|late)")
_PROTOCOLO = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message in a dead-letter queue.

    Attributes
    ----------
    queue
        "records" or "recovery": that which it comes from.
    sent_at
        When it was put into the queue, as SQS says; aware, UTC.
    receives
        How often it was received, before this look.
    event
        "created", "updated" or "late", of a message about a record.
    key
        That record's. A message of the recovery queue has neither: it is about a whole delivery.
    delivery_id
        The protocolo. Without one it is no message of ours.
    """

    queue: str
    sent_at: datetime
    receives: int
    event: str | None
    key: Key | None
    delivery_id: str | None


def dead_letters(sqs: "SQSClient", queue: str, url: str) -> Iterator[DeadLetter]:
    """Give up to ten messages of a dead-letter queue, and leave them there for everybody to see.

    To receive is the one way to read a message, so each look adds one to its receive count. Nothing reads
    that of a dead-letter queue, which has no redrive policy of its own. Never for another queue.
    """
    answer = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=MOST,
        MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
        VisibilityTimeout=0,
        WaitTimeSeconds=1,  # so that all of SQS's servers are asked
    )
    for message in answer.get("Messages", []):
        attributes = message["Attributes"]
        sent_at = datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC)
        event, key, delivery_id = _about(message["Body"])
        receives = int(attributes["ApproximateReceiveCount"]) - 1
        yield DeadLetter(queue, sent_at, receives, event, key, delivery_id)


def _about(body: str) -> tuple[str | None, Key | None, str | None]:
    """Say whom a message is about: event, record, protocolo; as far as it looks like one of ours."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return None, None, None
    event = _EVENT.fullmatch(str(found.get("type")))
    kind, _, identifier = str(found.get("subject")).partition("/")
    key = Key(kind, identifier) if kind in (*KINDS, FLUXO) and identifier else None
    delivery_id = str(found.get("deliveryid", found.get("delivery_id")))
    return event and event[1], key, delivery_id if _PROTOCOLO.fullmatch(delivery_id) else None
