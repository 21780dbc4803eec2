import json
from hashlib import sha256
from typing import Any

import pytest
from tests.fakes import deliver, delivery_of

from ingest.parse import parse
from models.change import Change
from models.message import Message, message
from models.outcome import Verdict

ANA = {"id": "341", "codigo": None, "nome": "Ana Exemplo", "cpf": None}


def worded(
    *,
    body: str = json.dumps([ANA]),
    verdict: Verdict = Verdict.NEW,
    version: int | None = 1,
    changed: tuple[str, ...] = (),
    overtaken_by: str | None = None,
) -> Message:
    """Word the message for a delivery's only record."""
    delivery = delivery_of(body)
    (record,) = parse(delivery).records
    return message(Change(record, verdict, version, changed, overtaken_by=overtaken_by), delivery)


def read(event: str) -> dict[str, Any]:
    """Parse an event."""
    parsed: dict[str, Any] = json.loads(event)
    return parsed


def test_a_version_is_a_cloud_event() -> None:
    """All that CloudEvents 1.0 asks for, the facts to filter by, and the record."""
    delivery = deliver(ANA)

    assert read(worded(verdict=Verdict.UPDATED, version=3, changed=("cidade", "uf")).event()) == {
        "specversion": "1.0",
        "id": "contato/341/3",
        "source": "urn:rubeus:webhook",
        "type": "br.com.rubeus.contato.updated",
        "subject": "contato/341",
        "time": delivery.received,
        "dataschema": "urn:rubeus:contato:1",
        "deliveryid": delivery.id,
        "sequence": delivery.receipt(0),
        "version": 3,
        "changed": "cidade,uf",
        "datacontenttype": "application/json",
        "data": ANA,
    }


def test_a_late_record_is_named_by_its_receipt() -> None:
    """It has no version, and its id is the same however often it is sent; it sorts where it was received."""
    late = worded(verdict=Verdict.LATE, version=None, overtaken_by=deliver(ANA, second=9).receipt(0))
    event = read(late.event())

    assert event["sequence"] == deliver(ANA).receipt(0)
    assert event["id"] == f"contato/341/late/{deliver(ANA).receipt(0)}"
    assert event["type"] == "br.com.rubeus.contato.late"
    assert "version" not in event
    assert "changed" not in event
    assert late.item[1].startswith(f"late#{event['time']}#")


def test_the_record_is_as_sent() -> None:
    """Digits, escapes and the order of names stay."""
    text = '{"nome":"Ana \\u00e9", "id" : "341","numero":1.10,"cpf":null}'

    assert worded(body=f"[ {text} ]").event().endswith(f'"data": {text}}}')


def test_what_does_not_fit_is_referred_to() -> None:
    """Instead of `data`, the address of the table's item, each part quoted."""
    event = read(worded(body=json.dumps([{**ANA, "id": "a/b ç"}])).event("records"))

    assert event["dataref"] == "dynamodb://records/contato%23a%2Fb%20%C3%A7/version%230000000001"
    assert "data" not in event


@pytest.mark.parametrize("character", ["\ufffe", "\uffff"])
def test_characters_that_sqs_refuses_are_escaped(character: str) -> None:
    """Wherever they stand, the event says the same without them."""
    body = json.dumps(
        [{"id": "341", "nome": f"Ana {character}", "cpf": None, "uf": None, character: "chave"}],
        ensure_ascii=False,
    )
    event = worded(body=body, changed=(character,)).event()

    assert character not in event
    assert read(event)["data"] == json.loads(body)[0]
    assert read(event)["changed"] == character


@pytest.mark.parametrize(
    ("data", "group"),
    [
        (ANA, "contato/341"),
        ({"id": "9", "vencimento": "2026-11-24 08:00:00", "duracao": "5"}, "atividade/9"),
        ({"id": "9", "vencimento": None, "contato": {"id": 341}}, "contato/341"),
        (
            {
                "id": "9",
                "processo": None,
                "contatos": [{"id": "1", "principal": "0"}, {"id": "341", "principal": "1"}],
            },
            "contato/341",
        ),
        ({"id": "9", "processo": None, "contatos": [{"id": "1", "principal": "0"}]}, "registro_processo/9"),
    ],
)
def test_the_group_is_the_principal_contato(data: object, group: str) -> None:
    """One contato's story stays in order; what concerns nobody is its own group."""
    assert worded(body=json.dumps([data])).group_id == group


@pytest.mark.parametrize("identifier", ["a b", "ç", "x" * 150])
def test_odd_ids_are_hashed_for_sqs(identifier: str) -> None:
    """SQS takes up to 128 visible ASCII characters; consumers still read the id itself."""
    odd = worded(body=json.dumps([{**ANA, "id": identifier}]))

    assert odd.group_id == sha256(f"contato/{identifier}".encode()).hexdigest()
    receipt = deliver(ANA).receipt(0)
    assert odd.deduplication_id == sha256(f"contato/{identifier}/1/{receipt}".encode()).hexdigest()
    assert read(odd.event())["id"] == f"contato/{identifier}/1"


def test_plain_ids_are_taken_as_they_are() -> None:
    """Whoever looks into the queue reads which record it is."""
    plain = worded()

    assert plain.deduplication_id == f"contato/341/1/{deliver(ANA).receipt(0)}"
    assert plain.group_id == "contato/341"
