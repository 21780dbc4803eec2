"""What makes AWS run the recovery function: a schedule, and the messages of the recovery queue."""

import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from rubeus.stack.environment import REGION
from rubeus.stack.event import ACCOUNT_ID
from rubeus.stack.stores import local_session

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

POLL_SECONDS = 1
STOP_SECONDS = 5

Invoke = Callable[[Mapping[str, Any]], Any]


@contextmanager
def recovery(invoke: Invoke, endpoint: str, queue_url: str, seconds: float) -> Iterator[None]:
    """Invoke the recovery function, on schedule and for messages, for as long as the context lasts.

    A failure is a line on standard error, and the next turn comes all the same.

    Parameters
    ----------
    invoke
        Gives the function's answer to an event.
    endpoint
        URL of the emulator.
    queue_url
        The recovery queue.
    seconds
        Time from one scheduled invocation to the next.
    """
    sqs = local_session().client("sqs", endpoint_url=endpoint)
    end = threading.Event()

    def schedule() -> None:
        invoke(_scheduled())

    def queue() -> None:
        for message in _receive(sqs, queue_url):
            attempt(partial(_hand_over, message, sqs, queue_url, invoke))

    def attempt(turn: Callable[[], None]) -> None:
        try:
            turn()
        except Exception as error:  # noqa: BLE001 (whatever it is, AWS would come back)
            if not end.is_set():
                print(f"rubeus: recovery: {' '.join(str(error).split())}", file=sys.stderr)

    def run() -> None:
        due = time.monotonic() + seconds
        while not end.wait(min(POLL_SECONDS, seconds)):
            attempt(queue)
            if time.monotonic() >= due:
                due = time.monotonic() + seconds
                attempt(schedule)

    # A run that takes longer than STOP_SECONDS ends with the worker, as does this daemon's wait for it.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join(STOP_SECONDS)
        sqs.close()


def _scheduled() -> dict[str, Any]:
    """Make the event of an EventBridge schedule."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/rubeus-local-recovery"],
        "detail": {},
    }


def _receive(sqs: "SQSClient", queue_url: str) -> "Sequence[MessageTypeDef]":
    """Receive up to 10 messages."""
    answer = sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )
    return answer.get("Messages", [])


def _hand_over(message: "MessageTypeDef", sqs: "SQSClient", queue_url: str, invoke: Invoke) -> None:
    """Hand over a message as Lambda's event source mapping does, and delete it if that succeeds."""
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{queue_url.rpartition('/')[2]}"
    answer = invoke({"Records": [_record(message, arn)]})
    if not (answer or {}).get("batchItemFailures"):
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])


def _record(message: "MessageTypeDef", queue_arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }
