"""What each function calls, and what its role allows: the same, no more, no less."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from tests.integration.permissions import CONTATO, EVERY_WRITE, needed
from tests.integration.receiving import KilledError, Receiver

from rubeus.stack.template import read_template

RESOURCES = read_template()["Resources"]
AWAY = EndpointConnectionError(endpoint_url="https://away.example")

# What Lambda itself does in a function's name: its log, and the poller of its queue.
BY_LAMBDA = {
    "WebhookRole": {("logs:CreateLogStream", "WebhookLogGroup"), ("logs:PutLogEvents", "WebhookLogGroup")},
    "RecoveryRole": {
        ("logs:CreateLogStream", "RecoveryLogGroup"),
        ("logs:PutLogEvents", "RecoveryLogGroup"),
        ("sqs:ReceiveMessage", "RecoveryQueue"),
        ("sqs:DeleteMessage", "RecoveryQueue"),
        ("sqs:GetQueueAttributes", "RecoveryQueue"),
    },
}

Grants = set[tuple[str, str]]


def granted(resources: Mapping[str, Any], role: str) -> Grants:
    """Read a role's permissions."""
    found: Grants = set()
    for statement in resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]:
        if "Fn::If" in statement:  # only with a customer's key: not the functions' own calls
            continue
        for resource in _as_list(statement["Resource"]):
            name = resource.get("Ref") or resource.get("Fn::Sub") or resource["Fn::GetAtt"][0]
            found.update((action, name) for action in _as_list(statement["Action"]))
    return found


def difference(resources: Mapping[str, Any], role: str, used: Grants) -> list[str]:
    """Say what is allowed and not needed, or needed and not allowed."""
    allowed = granted(resources, role)
    wanted = used | BY_LAMBDA[role]
    return [
        *(
            f"{role} allows {action} on {name}, and nothing needs it"
            for action, name in sorted(allowed - wanted)
        ),
        *(f"{role} lacks {action} on {name}" for action, name in sorted(wanted - allowed)),
    ]


@pytest.fixture
def used(receiver: Receiver) -> dict[str, Grants]:
    """Let both functions do all that they can do, and give what each needed."""
    found: dict[str, Grants] = {"WebhookRole": set(), "RecoveryRole": set()}
    running = ["WebhookRole"]

    def note(event_name: str, params: Mapping[str, Any], **_: object) -> None:
        operation = event_name.rpartition(".")[2]
        if operation != "ChangeMessageVisibility":  # which the test calls in place of waiting
            found[running[-1]].update(needed(operation, params))

    def recover() -> None:
        running.append("RecoveryRole")
        try:
            receiver.recover_from_queue()
            receiver.recover()
        finally:
            running.pop()

    for client in (receiver.clients.dynamodb, receiver.clients.sqs, receiver.clients.secretsmanager):
        client.meta.events.register_first("provide-client-params", note)
    for record in EVERY_WRITE:
        assert receiver.post_records(record).status == 200
    _be_overtaken(receiver)
    # The same, left to recovery, since the table takes no transaction, or DynamoDB nothing at all.
    for record in EVERY_WRITE:
        receiver.fail("dynamodb", "TransactWriteItems", lambda _: AWAY)
        assert receiver.post_records({**record, "id": f"9{record['id']}"}).status == 202
        receiver.heal("dynamodb", "TransactWriteItems")
        recover()
    receiver.fail("dynamodb", "TransactWriteItems", lambda _: AWAY)
    receiver.post_records({**CONTATO, "nome": "Ana Antes"})
    receiver.heal("dynamodb", "TransactWriteItems")
    for name in ("Ana Depois", "Ana Ainda Depois"):
        receiver.post_records({**CONTATO, "nome": name})
    recover()
    receiver.fail("dynamodb", "*", lambda _: AWAY)
    assert receiver.post_records({**EVERY_WRITE[-1], "id": "343"}).status == 202
    receiver.heal("dynamodb", "*")
    recover()
    # A run that died at the first of several: each gets an invocation of its own.
    receiver.fail("sqs", "SendMessageBatch", lambda _: AWAY)
    for identifier in ("351", "352", "353"):
        receiver.post_records({**CONTATO, "id": identifier})
    receiver.heal("sqs", "SendMessageBatch")
    receiver.fail("dynamodb", "BatchGetItem", _die)
    with pytest.raises(KilledError):
        recover()
    receiver.heal("dynamodb", "BatchGetItem")
    recover()
    return found


def _die(_: int) -> None:
    raise KilledError


def _be_overtaken(receiver: Receiver) -> None:
    """Let newer deliveries of the same record be stored first: the older one has to look at the history."""
    newer = [{**CONTATO, "nome": "Ana Mais Nova"}, {**CONTATO, "nome": "Ana Ainda Mais Nova"}]

    def race(_: int) -> None:
        coming, newer[:] = newer[:], []
        for record in coming:
            receiver.post_records(record)

    receiver.fail("dynamodb", "TransactWriteItems", race)
    receiver.post_records({**CONTATO, "nome": "Ana Nova"})
    receiver.heal("dynamodb", "TransactWriteItems")


def test_a_role_allows_what_its_function_does_and_no_more(used: dict[str, Grants]) -> None:
    """Every permission is needed by a call that was seen, and every call that was seen is allowed."""
    assert [each for role, grants in used.items() for each in difference(RESOURCES, role, grants)] == []


def test_a_permission_more_or_less_is_noticed(used: dict[str, Grants]) -> None:
    """Whichever action is taken out of a role, or put into one of its statements, the test above names it."""
    for role, grants in used.items():
        statements = RESOURCES[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        for number, statement in enumerate(statements):
            for action in _as_list(statement.get("Action", [])):
                less, more = copy.deepcopy(RESOURCES), copy.deepcopy(RESOURCES)
                actions = [each for each in _as_list(statement["Action"]) if each != action]
                _statements(less, role)[number]["Action"] = actions
                _statements(more, role)[number]["Action"] = [*actions, action, "dynamodb:Scan"]

                assert f"lacks {action} on" in "".join(difference(less, role, grants))
                assert "allows dynamodb:Scan on" in "".join(difference(more, role, grants))


def _statements(resources: Mapping[str, Any], role: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    return found


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
