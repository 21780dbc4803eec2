"""The two policies of docs/security.md: who looks and who operates may do what the tools call, no more."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.integration.permissions import CONTATO, EVERY_WRITE, needed
from tests.integration.receiving import Receiver

from handlers import bootstrap
from models.clock import moment
from models.outcome import State
from models.record import Key
from rubeus.operating.dismiss import dismiss
from rubeus.operating.redrive import redrive
from rubeus.operating.replay import Replay
from rubeus.operating.trace import leave
from rubeus.reading.dead_letters import dead_letters
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.queues import Queues
from rubeus.reading.records import Records
from rubeus.reading.selection import Selection
from rubeus.reading.summary import Dismissal
from rubeus.reading.timeline import timeline
from rubeus.reading.token import read_secret
from rubeus.reading.traces import Trace, traces
from rubeus.reading.triggers import triggers
from rubeus.stack.template import read_template

ROOT = Path(__file__).parents[2]
LOOK, OPERATE = (
    json.loads(block)["Statement"]
    for block in re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "security.md").read_text(), re.DOTALL)
)
RESOURCES = read_template()["Resources"]
SERVICES = {"TableName": "dynamodb", "QueueName": "sqs", "Name": "secretsmanager"}
PREFIXES = {"dynamodb": "table/", "sqs": "", "secretsmanager": "secret:"}

Calls = set[tuple[str, str]]


def arn(name: str) -> str:
    """Give the ARN of a resource of the stack `rubeus-webhook`, or of its index, as `needed` names it."""
    if name == "*":
        return name
    store, _, index = name.removeprefix("${").replace(".Arn}", "").partition("/index/")
    properties = RESOURCES[store]["Properties"]
    ((service, named),) = (
        (service, properties[each]["Fn::Sub"]) for each, service in SERVICES.items() if each in properties
    )
    physical = PREFIXES[service] + named.replace("${AWS::StackName}", "rubeus-webhook")
    ending = "-AbCdEf" if service == "secretsmanager" else f"/index/{index}" if index else ""
    return f"arn:aws:{service}:sa-east-1:ACCOUNT:{physical}{ending}"


def listed(value: Any) -> Sequence[str]:
    """Read what may be one text or a list of them."""
    return [value] if isinstance(value, str) else value


def allows(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    """Say whether a statement allows a call."""
    return any(
        fnmatchcase(action, each) and fnmatchcase(resource, pattern)
        for each, pattern in product(listed(statement["Action"]), listed(statement["Resource"]))
    )


def idle(statement: Mapping[str, Any], calls: Calls) -> Iterator[str]:
    """Name the actions and resources of a statement that no call needs."""
    used = [(action, resource) for action, resource in calls if allows(statement, action, resource)]
    yield from (each for each in listed(statement["Action"]) if each not in {action for action, _ in used})
    for pattern in listed(statement["Resource"]):
        if not any(fnmatchcase(resource, pattern) for _, resource in used):
            yield pattern


@contextmanager
def noting(*clients: Any) -> Iterator[tuple[Calls, list[str]]]:
    """Note what the calls of these clients need, and the partitions of what they put into the records."""
    calls: Calls = set()
    partitions: list[str] = []

    def note(event_name: str, params: Mapping[str, Any], **_: object) -> None:
        operation = event_name.rpartition(".")[2]
        calls.update((action, arn(name)) for action, name in needed(operation, params))
        if operation == "PutItem" and "pk" in params["Item"]:
            partitions.append(params["Item"]["pk"]["S"])

    for client in clients:
        client.meta.events.register_first("provide-client-params", note)
    yield calls, partitions


@pytest.fixture
def dead(receiver: Receiver) -> Mapping[str, str]:
    """Make the dead-letter queues with a message in each; URLs by the queues' names."""
    sqs = receiver.clients.sqs
    records = sqs.create_queue(
        QueueName="rubeus-records-dead-letter.fifo",
        Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"},
    )["QueueUrl"]
    recovery = sqs.create_queue(QueueName="rubeus-recovery-dead-letter")["QueueUrl"]
    sqs.send_message(QueueUrl=records, MessageBody="{}", MessageGroupId="contato/341")
    sqs.send_message(QueueUrl=recovery, MessageBody="{}")
    return {"records": records, "recovery": recovery}


def quarantined(receiver: Receiver, record: object) -> str:
    """Post a record to a URL whose kind does not exist; gives the protocolo."""
    return str(receiver.post(json.dumps([record]), "contatos").body["protocolo"])


def test_who_looks_may_look_and_leave_a_trace(receiver: Receiver, dead: Mapping[str, str]) -> None:
    """Every call is allowed, and nothing is that no call needs, but to find the stack."""
    receiver.post_records(CONTATO, EVERY_WRITE[-1])
    protocolo = quarantined(receiver, CONTATO)
    dynamodb, sqs, cloudwatch = boto3.client("dynamodb"), boto3.client("sqs"), boto3.client("cloudwatch")
    records = Records(dynamodb, "rubeus-records", receiver)
    inbox = Deliveries(dynamodb, "rubeus-deliveries", receiver)
    now = moment(receiver.time_ns())
    urls = {
        "records": receiver.queue,
        "recovery": receiver.recovery,
        **{f"dead {n}": u for n, u in dead.items()},
    }

    with noting(dynamodb, sqs, cloudwatch) as (calls, partitions):
        assert records.get(Key("contato", "341"))
        assert timeline(records, "341").entries
        assert records.find("codigo", CONTATO["codigo"])
        assert records.find("cpf", CONTATO["cpf"])
        assert records.find("email", CONTATO["emails"]["principal"])
        assert [*triggers(records, now - timedelta(days=1))]
        found = inbox.get(protocolo)
        assert found
        assert inbox.delivery(found)
        assert [*inbox.list(Selection(state=State.DONE))]
        assert [*inbox.list(Selection())]
        assert Queues(sqs, cloudwatch, urls, receiver).status()
        leave(records, Trace(now, "arn", "records find", "ticket 812"))
        assert [*traces(records, f"{now:%Y-%m}")]

    assert [call for call in calls if not any(allows(each, *call) for each in LOOK)] == []
    (finds_the_stack,) = (each for each in LOOK if any("cloudformation" in it for it in each["Action"]))
    assert [it for each in LOOK if each is not finds_the_stack for it in idle(each, calls)] == []
    (conditions,) = (each["Condition"] for each in LOOK if "Condition" in each)
    (pattern,) = conditions["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert partitions
    assert all(fnmatchcase(each, pattern) for each in partitions)


def test_who_operates_may_operate(receiver: Receiver, dead: Mapping[str, str]) -> None:
    """With what who looks may: every call is allowed, and nothing more is that no call needs."""
    secretsmanager = boto3.client("secretsmanager")
    inbox = Deliveries(receiver.clients.dynamodb, "rubeus-deliveries", receiver)
    posted = [
        (quarantined(receiver, each), "evento" if "tipo" in each else "contato") for each in EVERY_WRITE
    ]
    corrected = quarantined(receiver, CONTATO)
    dismissal = Dismissal(moment(receiver.time_ns()), "arn", "corrected in Rubeus")

    with noting(receiver.clients.dynamodb, receiver.clients.sqs, secretsmanager) as (calls, _):
        for protocolo, kind in posted:
            done = Replay(inbox, bootstrap.receiver(), kind).run(protocolo)
            assert done.after
            assert done.after.state is State.DONE
        assert Replay(inbox, bootstrap.receiver()).as_newest(posted[0][0], dry_run=False).after
        assert not dismiss(inbox, bootstrap.receiver(), corrected, dismissal, force=False).left_alone
        assert len([*dead_letters(receiver.clients.sqs, "records", dead["records"])]) == 1
        assert redrive(receiver.clients.sqs, dead["records"], receiver.queue) == 1
        assert redrive(receiver.clients.sqs, dead["recovery"], receiver.recovery) == 1
        assert read_secret(secretsmanager, "rubeus-token")
    # moto loses the current version where another is put beside it: tests/e2e/test_policies.py rotates.
    changing = ("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage")
    calls.update((each, arn("TokenSecret")) for each in changing)

    assert [call for call in calls if not any(allows(each, *call) for each in (*LOOK, *OPERATE))] == []
    assert [it for each in OPERATE for it in idle(each, calls)] == []
