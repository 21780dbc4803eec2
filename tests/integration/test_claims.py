"""Two runs of recovery at the same time."""

import json
from datetime import timedelta

from botocore.exceptions import ConnectTimeoutError
from tests.integration.receiving import Fault, Receiver

from handlers import bootstrap
from handlers.recovery import handler
from ingest.recover import LEASE
from models.clock import moment
from models.deadline import Deadline
from models.delivery import Turn
from rubeus.operating.replay import Replay
from rubeus.reading.deliveries import Deliveries
from rubeus.stack.template import read_template

CONTATO = {"id": "341", "codigo": None, "nome": "Ana Exemplo", "cpf": None}
AWAY = ConnectTimeoutError(endpoint_url="https://aws.example")
TIMEOUT = int(read_template()["Resources"]["RecoveryFunction"]["Properties"]["Timeout"])


def test_a_run_is_alone_with_its_delivery_until_lambda_ends_it(receiver: Receiver) -> None:
    """Neither by schedule nor by the message that SQS gives again does another run work on it meanwhile."""
    receiver.fail("dynamodb", "*", lambda _: AWAY)
    receiver.post_records(CONTATO)
    receiver.heal("dynamodb", "*")
    (message,) = receiver.clients.sqs.receive_message(QueueUrl=receiver.recovery)["Messages"]
    again = {"Records": [{"messageId": "1", "body": message["Body"]}]}
    meanwhile: list[dict[str, int]] = []

    def take_all_the_time(call: int) -> Fault:
        if call == 0:
            receiver.seconds += TIMEOUT - 1
            meanwhile.extend(handler(event, receiver.context)["recovered"] for event in ({}, again))
        return None

    receiver.fail("sqs", "SendMessageBatch", take_all_the_time)
    handler(again, receiver.context)

    assert meanwhile == [{}, {}]


def test_a_delivery_whose_run_was_ended_is_taken_again(receiver: Receiver) -> None:
    """When the lease has run out, and not before."""
    receiver.fail("sqs", "SendMessageBatch", lambda _: AWAY)
    answer = receiver.post_records(CONTATO)
    receiver.heal("sqs", "SendMessageBatch")
    inbox, now = bootstrap.receiver().stores.inbox, moment(receiver.time_ns())
    times = (now, now + LEASE - timedelta(seconds=1), now + LEASE)
    again = Turn(answer.body["protocolo"], attempts=2)

    deadline = Deadline.after(60, receiver)
    first = inbox.claim(again._replace(attempts=1), now, LEASE, deadline)
    claims = [inbox.claim(again, each, LEASE, deadline) for each in times]

    assert first == 2
    assert claims == [None, None, 3]


def test_a_turn_of_before_a_replay_is_not_taken_before_its_time(receiver: Receiver) -> None:
    """A replay counts attempts from none, so an old turn may have the right number again."""
    receiver.fail("sqs", "SendMessageBatch", lambda _: AWAY)
    protocolo = receiver.post_records(CONTATO).body["protocolo"]
    receiver.seconds += 400
    inbox = Deliveries(receiver.clients.dynamodb, "rubeus-deliveries", receiver)
    replayed = Replay(inbox, bootstrap.receiver()).run(protocolo).after
    old = {"messageId": "1", "body": json.dumps(Turn(protocolo, attempts=1)._asdict())}

    answer = handler({"Records": [old]}, receiver.context)

    assert answer == {"batchItemFailures": [], "recovered": {}}
    assert inbox.get(protocolo) == replayed
