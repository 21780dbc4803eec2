"""Reads that decide something are consistent: an emulator's always are, AWS's only if asked for."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ConnectTimeoutError
from tests.integration.receiving import Receiver

CONTATO = {"id": "341", "codigo": None, "nome": "Ana Exemplo", "cpf": None}
AWAY = ConnectTimeoutError(endpoint_url="https://aws.example")
NOISE = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(250_000))


def test_whatever_is_read_to_decide_by_is_read_consistently(receiver: Receiver) -> None:
    """At the front door and in recovery: current states, contents, histories, heads and bodies."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def note(event_name: str, request: AWSPreparedRequest, **_: object) -> None:
        assert isinstance(request.body, bytes)
        calls.append((event_name.rpartition(".")[2], json.loads(request.body)))

    receiver.clients.dynamodb.meta.events.register_first("before-send.dynamodb.*", note)
    receiver.post_records({**CONTATO, "observacao": NOISE})
    receiver.post_records({**CONTATO, "observacao": NOISE, "cidade": "Olinda"})
    # An older state that comes only later, after two newer ones, is compared with the history.
    receiver.fail("dynamodb", "*", lambda _: AWAY)
    receiver.post_records({**CONTATO, "cidade": "Recife"})
    receiver.heal("dynamodb", "*")
    receiver.post_records({**CONTATO, "cidade": "Natal"})
    receiver.post_records({**CONTATO, "cidade": "Manaus"})
    receiver.recover_from_queue()
    receiver.fail("sqs", "SendMessageBatch", lambda _: AWAY)
    receiver.post_records({**CONTATO, "id": "342", "observacao": NOISE})
    receiver.heal("sqs", "SendMessageBatch")
    receiver.recover()

    reads = [read for operation, sent in calls for read in _reads(operation, sent)]
    assert {what for what, _ in reads} == {"current", "content", "version", "late", "delivery", "body"}
    assert [what for what, consistent in reads if not consistent] == []


def _reads(operation: str, sent: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Give what a call reads, by sort key, and whether consistently; indexes can't be, and decide nothing."""
    match operation:
        case "BatchGetItem":
            for asked in sent["RequestItems"].values():
                for key in asked["Keys"]:
                    yield _what(key), asked.get("ConsistentRead", False)
        case "GetItem":
            yield _what(sent["Key"]), sent.get("ConsistentRead", False)
        case "Query" if "IndexName" not in sent:
            prefix = sent["ExpressionAttributeValues"][":prefix"]["S"]
            yield prefix.partition("#")[0], sent.get("ConsistentRead", False)
        case "Scan":
            yield "everything", False


def _what(key: dict[str, Any]) -> str:
    sort_key: str = (key["sk"] if "sk" in key else key["part"])["S"]
    return sort_key.partition("#")[0]
