"""What comes to recovery by its queue."""

import json

import pytest
from botocore.exceptions import ConnectTimeoutError
from tests.integration.receiving import Receiver
from tests.payloads import documented

from handlers.recovery import handler

CONTATO = documented("contato")
AWAY = ConnectTimeoutError(endpoint_url="https://aws.example")


def test_only_the_messages_that_could_not_be_kept_come_back(receiver: Receiver) -> None:
    """A message that is none of ours stays in the queue, and takes no neighbour with it."""
    receiver.fail("dynamodb", "*", lambda _: AWAY)
    receiver.post_records(CONTATO)
    receiver.heal("dynamodb", "*")
    receiver.clients.sqs.send_message(QueueUrl=receiver.recovery, MessageBody='{"not": "ours"}')

    answer = receiver.recover_from_queue()

    assert len(answer["batchItemFailures"]) == 1
    assert receiver.states() == ["done"]
    assert receiver.messages(receiver.recovery)[0]["not"] == "ours"


@pytest.mark.parametrize(
    ("whose", "attempts"),
    [
        *((whose, 1) for whose in ("", "341", "Ana Exemplo", 341, None, {"nome": "Ana Exemplo"})),
        ("01a22e47-ca63-7676-9531-5bf083ce58df", "Ana Exemplo"),
    ],
)
def test_a_stranger_s_message_stays_and_is_not_told(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, whose: object, attempts: object
) -> None:
    """It names no delivery as we do, though it looks like a turn: the dead letters show it, no log does."""
    text = json.dumps({"delivery_id": whose, "attempts": attempts})
    receiver.clients.sqs.send_message(QueueUrl=receiver.recovery, MessageBody=text)

    answer = receiver.recover_from_queue()

    assert (len(answer["batchItemFailures"]), answer["recovered"]) == (1, {})
    assert "Ana" not in str([vars(record) for record in caplog.records])
    assert len(receiver.messages(receiver.recovery)) == 1


def test_a_message_of_an_older_release_is_read(receiver: Receiver) -> None:
    """It says less of a delivery."""
    receiver.fail("dynamodb", "*", lambda _: AWAY)
    receiver.post_records(CONTATO)
    receiver.heal("dynamodb", "*")
    (message,) = receiver.messages(receiver.recovery)
    for name in ("query", "content_encoding", "replay_of", "attributes"):
        del message[name]
    receiver.clients.sqs.send_message(QueueUrl=receiver.recovery, MessageBody=json.dumps(message))

    assert receiver.recover_from_queue() == {"batchItemFailures": [], "recovered": {"done": 1}}


def test_a_message_that_comes_twice_does_no_harm(receiver: Receiver) -> None:
    """A delivery that the inbox has already, finished, is neither opened nor published again."""
    receiver.fail("dynamodb", "*", lambda _: AWAY)
    receiver.post_records(CONTATO)
    receiver.heal("dynamodb", "*")
    (message,) = receiver.clients.sqs.receive_message(QueueUrl=receiver.recovery, VisibilityTimeout=0)[
        "Messages"
    ]
    event = {"Records": [{"messageId": "1", "body": message["Body"]}]}

    recover_once, again = receiver.recover_from_queue(), handler(event, receiver.context)

    assert recover_once["recovered"] == {"done": 1}
    assert again == {"batchItemFailures": [], "recovered": {}}
    assert len(receiver.messages()) == 1
