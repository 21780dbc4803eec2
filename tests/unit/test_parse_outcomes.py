import json

from tests.fakes import deliver, delivery_of

from ingest.parse import parse
from models.outcome import Fault, Verdict

EVENTO = {"id": "9", "tipo": {"id": "1"}, "contatosSecundarios": [], "contato": {"id": "1"}}


def test_what_was_rejected_says_why_its_kind_was_taken() -> None:
    """By the URL, or by nothing, where it is not even an object."""
    for data in ({"id": "", "nome": "Ana Exemplo"}, EVENTO):
        (outcome,) = parse(deliver(data, kind="contato")).outcomes
        assert (outcome.verdict, outcome.kind_reason) == (Verdict.REJECTED, "contato: a URL diz")
    (outcome,) = parse(delivery_of("[5]")).outcomes
    assert outcome.kind_reason == ""


def test_a_test_has_a_thousand_characters_at_most() -> None:
    """What is longer was meant."""
    around = len(json.dumps({"x": ""}))
    for characters, is_test in ((1_000, True), (1_001, False)):
        (outcome,) = parse(delivery_of(json.dumps({"x": "a" * (characters - around)}))).outcomes
        assert outcome.is_test is is_test


def test_a_fluxo_in_which_a_name_comes_twice_is_warned_of() -> None:
    """As every record."""
    (outcome,) = parse(delivery_of('{"nome": "Ana", "nome": "Bia"}', kind="fluxo")).outcomes
    assert [(each.field, each.reason) for each in outcome.warnings] == [
        ("", "um nome aparece duas vezes no mesmo objeto")
    ]


def test_the_headers_say_how_the_body_is_read() -> None:
    """Its charset, and its compression."""
    body = json.dumps([{"id": "1", "nome": "José"}], ensure_ascii=False).encode("latin-1")
    delivery = delivery_of("", kind="contato")._replace(
        body=body, content_type="application/json; charset=latin1"
    )

    assert parse(delivery).records[0].data["nome"] == "José"
    compressed = parse(delivery._replace(content_encoding="br")).problem
    assert compressed
    assert compressed.fault is Fault.COMPRESSED
