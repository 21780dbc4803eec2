"""Move messages from a dead-letter queue back to where they came from."""

from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rubeus.errors import CommandError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# So long others do not see what is being moved, and what a failed redrive leaves.
VISIBILITY_SECONDS = 60
# From one second on SQS asks all of its servers, so that no answer means no message.
_WAIT_SECONDS = 1


class RedriveError(CommandError):
    """A queue could not be read or written; its cause says why, `moved` how many were moved before."""

    def __init__(self, moved: int, error: Exception) -> None:
        self.moved = moved
        super().__init__(
            f"{moved} moved, then: {error}; the rest is safe in the dead-letter queue,"
            f" and can be moved from {VISIBILITY_SECONDS} seconds from now on"
        )


def redrive(sqs: "SQSClient", source: str, destination: str) -> int:
    """Move every message from a dead-letter queue to another queue; may be repeated.

    SQS's own StartMessageMoveTask is not used: the emulator has none. On AWS this needs `sqs:ReceiveMessage`
    and `sqs:DeleteMessage` on the dead-letter queue, and `sqs:SendMessage` on the other.

    Parameters
    ----------
    source, destination
        URLs of the queues.

    Returns
    -------
    int
        How many were moved.

    Raises
    ------
    RedriveError
        When a queue cannot be read or written; then nothing is lost, and what was moved stays moved.
    """
    sent: set[str] = set()
    try:
        for message in _received(sqs, source):
            if message["MessageId"] in sent:
                # It failed again already: its consumer is quick, and this must end.
                break
            answer = sqs.send_message(QueueUrl=destination, **_copy(message))
            sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
            sent.add(answer["MessageId"])
    except (ClientError, BotoCoreError) as error:
        raise RedriveError(len(sent), error) from error
    return len(sent)


def _received(sqs: "SQSClient", queue: str) -> Iterator["MessageTypeDef"]:
    """Receive until there is no more; a group's next messages come when its earlier ones are deleted."""
    while messages := sqs.receive_message(
        QueueUrl=queue,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
        VisibilityTimeout=VISIBILITY_SECONDS,
        WaitTimeSeconds=_WAIT_SECONDS,
    ).get("Messages"):
        yield from messages


def _copy(message: "MessageTypeDef") -> dict[str, Any]:
    """Make a message to send of one that was received."""
    copy: dict[str, Any] = {
        "MessageBody": message["Body"],
        "MessageAttributes": message.get("MessageAttributes", {}),
    }
    attributes = message["Attributes"]
    if "MessageGroupId" in attributes:
        copy["MessageGroupId"] = attributes["MessageGroupId"]
    if "MessageDeduplicationId" in attributes:
        # With its own, SQS would swallow what was sent within the last five minutes. A message sent has a new
        # MessageId, so this one is another at each redrive, and the same where one is repeated.
        ids = f"{attributes['MessageDeduplicationId']}/{message['MessageId']}"
        copy["MessageDeduplicationId"] = sha256(ids.encode()).hexdigest()
    return copy
