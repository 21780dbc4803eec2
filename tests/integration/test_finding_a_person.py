"""docs/security.md, "Finding and deleting a person": what its steps find, and what they don't."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.integration.permissions import CONTATO, NOISE
from tests.integration.receiving import Receiver
from tests.payloads import documented

from aws.delivery_items import HEAD
from models.clock import day, moment
from models.kind import FLUXO, KINDS
from models.record import Key
from rubeus.export.collecting import Collection
from rubeus.reading.deliveries import Deliveries
from rubeus.reading.records import Records
from rubeus.reading.why import Wanted, candidates, unfinished

NOON = 1_795_532_400_000  # in milliseconds since the epoch
ATIVIDADE = {**documented("atividade"), "id": "21", "contato": {"id": "341"}}
EVENTO = {**documented("evento"), "id": "31", "contato": {"id": "341"}, "contatosSecundarios": []}


@pytest.fixture
def protocolos(receiver: Receiver) -> Mapping[str, str]:
    """Let a person come in all the ways there are; the protocolos by what they brought."""
    receiver.seconds = NOON / 1000 - moment(receiver.time_ns()).timestamp()

    def post(record: Mapping[str, Any], after: int, kind: str = "") -> str:
        answer = receiver.post(json.dumps([record]), kind, received_at=NOON + after)
        return str(answer.body["protocolo"])

    return {
        "version": post(CONTATO, 0),
        "newest": post({**CONTATO, "observacao": NOISE}, 2_000),
        "late": post({**CONTATO, "cidade": "Santos"}, 1_000),
        "early repeat": post({**CONTATO, "observacao": NOISE}, 3_000),
        "last repeat": post({**CONTATO, "observacao": NOISE}, 4_000),
        "linked": post(registro("150", "341"), 5_000),
        "linked before": post(registro("151", "341"), 6_000),
        "linked to another": post(registro("151", "700"), 7_000),
        "atividade": post(ATIVIDADE, 8_000),
        "evento": post(EVENTO, 9_000),
        "flow": post({"id": "341", "cpf": CONTATO["cpf"]}, 10_000, FLUXO),
        "rejected": post({**CONTATO, "id": "", "codigo": "COD9"}, 11_000, "contato"),
    }


def registro(number: str, contato: str) -> Mapping[str, Any]:
    """Make one that names a contato."""
    return {**documented("registro_processo"), "id": number, "contatos": [{"id": contato, "principal": "1"}]}


def partitions(receiver: Receiver, contato: str) -> Iterator[str]:
    """Give the contato's partition of the records table, and those that its links name."""
    yield f"contato#{contato}"
    yield from (sk.removeprefix("link#") for sk in receiver.items(f"contato#{contato}") if sk[:5] == "link#")


def named(receiver: Receiver, found: list[str]) -> set[str]:
    """Give the deliveries that the items of partitions name."""
    items = [item for each in found for item in receiver.items(each).values()]
    last = {item["last_receipt"]["S"].partition("#")[0] for item in items if "last_receipt" in item}
    return last | {item["delivery_id"]["S"] for item in items if "delivery_id" in item}


def test_a_persons_partition_holds_versions_late_states_pieces_and_links(
    receiver: Receiver, protocolos: Mapping[str, str]
) -> None:
    """The links lead to what concerns the person now; what concerned them before is not among it."""
    assert protocolos
    prefixes = {sk.partition("#")[0] for sk in receiver.items("contato#341")}
    assert prefixes == {"current", "version", "late", "content", "link"}
    assert set(partitions(receiver, "341")) == {
        "contato#341", "registro_processo#150", "atividade#21", "evento#31",
    }  # fmt: skip


def test_the_items_name_all_deliveries_but_those_that_the_page_says(
    receiver: Receiver, protocolos: Mapping[str, str]
) -> None:
    """By `delivery_id` and `last_receipt`; each is a partition of the deliveries table."""
    found = named(receiver, [*partitions(receiver, "341")])
    missing = {"early repeat", "linked before", "linked to another", "flow", "rejected"}
    assert found == {protocolo for name, protocolo in protocolos.items() if name not in missing}
    for protocolo in found:
        kept = receiver.clients.dynamodb.query(
            TableName="rubeus-deliveries",
            KeyConditionExpression="delivery_id = :id",
            ExpressionAttributeValues={":id": {"S": protocolo}},
        )["Items"]
        assert HEAD in {item["part"]["S"] for item in kept}


def test_an_export_of_all_versions_has_the_states_that_no_link_leads_to(
    receiver: Receiver, protocolos: Mapping[str, str]
) -> None:
    """A registro that names somebody else now, and what a flow posted."""
    records = Records(receiver.clients.dynamodb, "rubeus-records", receiver)
    states = [
        state for kind in (*KINDS, FLUXO) for state in Collection(records, kind, all_versions=True).states()
    ]
    linked = set(partitions(receiver, "341"))
    elsewhere = {
        state.key
        for state in states
        if str(state.key) not in linked and '"341"' in json.dumps(state.data, default=str)
    }
    assert elsewhere == {Key("registro_processo", "151"), Key(FLUXO, protocolos["flow"])}
    assert [*records.keys_of_day(FLUXO, day(moment(receiver.time_ns())))] == [Key(FLUXO, protocolos["flow"])]


def test_what_was_refused_is_found_by_why(receiver: Receiver, protocolos: Mapping[str, str]) -> None:
    """It made no item of the records table; its body is looked through."""
    inbox = Deliveries(receiver.clients.dynamodb, "rubeus-deliveries", receiver)
    found = unfinished(inbox, candidates(inbox), Wanted.identity("codigo", "COD9"))
    assert [each and each.delivery_id for each in found] == [protocolos["rejected"]]
