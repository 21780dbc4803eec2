import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from tests.e2e.operating import run

from rubeus.stack.emulator import emulator
from rubeus.stack.stores import create_stores, local_session
from rubeus.stack.template import read_template

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef


@dataclass(frozen=True)
class Queues:
    """The queues of a stack in which no consumer runs."""

    sqs: "SQSClient"
    ids: Mapping[str, str]
    aws_port: str

    def send(self, body: str, group: str) -> None:
        """Send a message to the records queue."""
        self.sqs.send_message(
            QueueUrl=self.ids["RecordsQueue"],
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=f"id-{body}",
            MessageAttributes={"kind": {"DataType": "String", "StringValue": group}},
        )

    def receive(self, queue: str, seconds: int = 0) -> list["MessageTypeDef"]:
        """Receive up to ten messages, which are out of sight then for so long."""
        answer = self.sqs.receive_message(
            QueueUrl=self.ids[queue],
            MaxNumberOfMessages=10,
            VisibilityTimeout=seconds,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def fail(self, queue: str) -> None:
        """Fail on all messages of a queue until they are in its dead-letter queue."""
        while self.receive(queue):
            pass

    def redrive(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> Mapping[str, int]:
        """Run `rubeus queue redrive`; gives how many messages it moved."""
        command = ["queue", "redrive", "--local", "--aws-port", self.aws_port, "--json"]
        assert run(*command, *arguments) == 0
        moved: Mapping[str, int] = json.loads(capsys.readouterr().out)["moved"]
        return moved


@pytest.fixture(scope="module")
def queues() -> Iterator[Queues]:
    """Run the emulator with the stores of template.yaml, and nothing else."""
    with emulator(0) as endpoint:
        ids = create_stores(read_template(), endpoint, None)
        sqs = local_session().client("sqs", endpoint_url=endpoint)
        yield Queues(sqs, ids, str(urlsplit(endpoint).port))
        sqs.close()


def by_group(messages: Sequence["MessageTypeDef"]) -> dict[str, list[str]]:
    """Give the bodies by message group, in order."""
    groups: dict[str, list[str]] = {}
    for message in messages:
        groups.setdefault(message["Attributes"]["MessageGroupId"], []).append(message["Body"])
    return groups


def test_messages_come_back_whole_and_in_order_however_often(
    queues: Queues, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twice within five minutes, although SQS would swallow what has the same deduplication id."""
    for body, group in (("a1", "a"), ("b1", "b"), ("a2", "a"), ("a3", "a")):
        queues.send(body, group)
    for _ in range(2):
        queues.fail("RecordsQueue")
        assert queues.redrive(capsys) == {"records": 4, "recovery": 0}
        assert queues.redrive(capsys, "--queue", "records") == {"records": 0}
        back = queues.receive("RecordsQueue")
        assert by_group(back) == {"a": ["a1", "a2", "a3"], "b": ["b1"]}
        assert back[0]["MessageAttributes"] == {"kind": {"DataType": "String", "StringValue": "a"}}


def test_more_than_a_batch_of_deliveries_comes_back(
    queues: Queues, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the standard queue too, and without a line that holds a body."""
    bodies = {f"entrega {number}" for number in range(23)}
    for body in bodies:
        queues.sqs.send_message(QueueUrl=queues.ids["RecoveryDeadLetterQueue"], MessageBody=body)

    assert run("queue", "redrive", "--queue=recovery", "--local", "--aws-port", queues.aws_port) == 0
    assert capsys.readouterr().out == "recovery: 23 moved\n"
    back: set[str] = set()
    while messages := queues.receive("RecoveryQueue", seconds=60):
        back |= {message["Body"] for message in messages}
    assert back == bodies


def test_dead_letters_are_shown_masked_and_stay(queues: Queues, capsys: pytest.CaptureFixture[str]) -> None:
    """Whose they are, how often they were received, and nothing that they say; a look counts as one."""
    protocolo = "01a20d0f-e4c3-7a02-883e-566a04cfdb0a"
    event = {"type": "br.com.rubeus.contato.updated", "subject": "contato/341", "deliveryid": protocolo}
    dead = queues.ids["RecordsDeadLetterQueue"], queues.ids["RecoveryDeadLetterQueue"]
    for url in dead:
        queues.sqs.purge_queue(QueueUrl=url)
    letters = (
        json.dumps({**event, "data": {"nome": "Zuleica"}}),
        '{"subject": "contato/Zuleica Segredo"}',
        "[",
    )
    for number, body in enumerate(letters):
        queues.sqs.send_message(
            QueueUrl=dead[0], MessageBody=body, MessageGroupId=str(number), MessageDeduplicationId=body[:9]
        )
    queues.sqs.send_message(
        QueueUrl=dead[1], MessageBody=json.dumps({"delivery_id": protocolo, "query": "Zuleica"})
    )
    command = ("queue", "dead-letters", "--local", "--aws-port", queues.aws_port)

    for look in range(6):
        assert run(*command, "--json") == 0
        out = capsys.readouterr().out
        assert "Zuleica" not in out
        found = json.loads(out)["messages"]
        assert [(each["queue"], each["event"], each["kind"], each["id"]) for each in found] == [
            ("records", "updated", "contato", "341"),
            ("records", None, "contato", "•••"),
            ("records", None, None, None),
            ("recovery", None, None, None),
        ]
        assert [each["delivery_id"] for each in found] == [protocolo, None, None, protocolo]
        assert {each["receives"] for each in found} == {look}
    assert run(*command, "--queue", "recovery") == 0
    told = capsys.readouterr().out
    assert f"received 6 times\n  a delivery that is not in the inbox\n  {protocolo}\n" in told
    assert f"  rubeus queue redrive --local --aws-port {queues.aws_port}\n" in told
    for url in dead:
        queues.sqs.purge_queue(QueueUrl=url)
    assert run(*command) == 0
    assert capsys.readouterr().out == "No dead letters.\n"
