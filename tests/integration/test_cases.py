"""What real senders were seen to send (tests/cases): the answer, both tables, the queue."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.integration.receiving import Answer, Receiver, body_of

CASES = Path(__file__).parents[1] / "cases"
LISTED = json.loads((CASES / "cases.json").read_text())


@dataclass(frozen=True)
class Expected:
    """What must come of a case.

    Attributes
    ----------
    summary
        `resumo` of the answer; None where it has none.
    state
        What the inbox says of the delivery.
    said
        Texts that the answer holds.
    items
        For partition keys, the sort keys that stand there afterwards; "fluxo" stands for the answer's own.
    messages
        How many came into the queue by this post alone.
    """

    status: int
    summary: Mapping[str, int] | None = None
    state: str = "done"
    said: tuple[str, ...] = ()
    items: Mapping[str, set[str]] = field(default_factory=dict)
    messages: int = 0


STATE = {"current", "version#0000000001"}
NEW = {"novos": 1}
NO_KIND = "não dá para saber o tipo"
REFUSED: dict[str, Any] = {"status": 422, "state": "quarantined", "items": {"contato#980001": STATE}}
EXPECTED = {
    "k1_fluxo_no_url_principal": Expected(
        **REFUSED, said=("não dá para saber o tipo", "/contato,", "/fluxo.")
    ),
    "k1_id_e_nome": Expected(**REFUSED, said=("não dá para saber o tipo", "/contato,", "/fluxo.")),
    "k1_registro_na_url_contato": Expected(
        **REFUSED, said=("a URL diz contato, os campos são de registro de processo",)
    ),
    "k1_evento_com_chaves_da_api": Expected(
        200, NEW, said=("evento novo",), items={"evento#980011": STATE}, messages=1
    ),
    "k2_evento_contato_nulo": Expected(
        200, NEW, said=("contato: ",), items={"evento#980021": STATE}, messages=1
    ),
    "k2_registro_um_contato_nulo": Expected(
        200, NEW, said=("contatos",), items={"contato#635": {"link#registro_processo#980023"}}, messages=1
    ),
    # The queue drops the second of two equal posts for five minutes; the table has both.
    "k3_fluxo_segunda_vez": Expected(200, NEW, items={"fluxo": STATE}, messages=0),
    "k3_fluxo_outra_url": Expected(200, NEW, items={"fluxo": STATE}, messages=1),
    "k4_cpf_sem_zero": Expected(200, NEW, said=("cpf: ",), items={"contato#980041": STATE}, messages=1),
    "k4_cpf_zeros": Expected(200, NEW, said=("cpf: ",), items={"contato#980042": STATE}, messages=1),
    "k4_id_zero": Expected(422, state="quarantined", items={"contato#0": set()}),
    "k4_secundarios_group_concat": Expected(
        200,
        NEW,
        said=("contatosSecundarios: ",),
        items={
            "contato#634": {"link#evento#980046"},
            "contato#633": {"link#evento#980046"},
            "contato#635": {"link#evento#980046"},
        },
        messages=1,
    ),
    "k5_form_colchetes": Expected(200, NEW, said=("colchetes",), items={"contato#980051": STATE}, messages=1),
    "k5_multipart": Expected(200, NEW, said=("multipart",), items={"fluxo": STATE}, messages=1),
    "k5_gzip": Expected(422, state="quarantined", said=(NO_KIND, "comprimido")),
    "k5_json_em_texto": Expected(422, state="quarantined", said=(NO_KIND, "dentro de um texto")),
    "k6_testar_lista_de_lista": Expected(200, said=("Conexão confirmada. Nenhum registro no corpo.",)),
    "k6_testar_teste": Expected(422, said=("A conexão funciona, mas o que veio não é um registro",)),
}


def post(receiver: Receiver, case: Mapping[str, Any], name: str, path: str) -> Answer:
    """Post a file as the case says."""
    kind, _, query = path.removeprefix("/").partition("?")
    headers = {"content-type": case["content_type"], **case["headers"]}
    return receiver.post((CASES / name).read_bytes(), kind, query=query, headers=headers)


def before(receiver: Receiver, case: Mapping[str, Any]) -> None:
    """Post what must be there already: a file, to the path that stands behind "posted to"."""
    for each in case["before"]:
        name, _, path = each.partition(" posted to ")
        name = case["file"] if name == "the same body" else name
        assert post(receiver, {"content_type": "application/json", "headers": {}}, name, path).status == 200


def test_every_case_is_expected_here() -> None:
    """All but the chunked one, which is the local stack's (tests/e2e/test_local_stack.py)."""
    assert {case["name"] for case in LISTED} == {*EXPECTED, "k7_chunked"}


@pytest.mark.parametrize(
    "case", [case for case in LISTED if case["name"] in EXPECTED], ids=lambda case: case["name"]
)
def test_a_case_gives_what_it_expects(receiver: Receiver, case: Mapping[str, Any]) -> None:
    """The answer, what the tables hold, and what the queue got; the body is kept byte for byte."""
    expected = EXPECTED[case["name"]]
    before(receiver, case)
    state_before = receiver.items("contato#980001")

    answer = post(receiver, case, case["file"], case["path"])

    delivery = receiver.delivery(answer)
    assert (answer.status, answer.body.get("resumo"), delivery["state"]["S"]) == (
        expected.status,
        expected.summary,
        expected.state,
    )
    assert [text for text in expected.said if text not in answer.text.replace("\\n", " ")] == []
    for pk, keys in expected.items.items():
        key = f"fluxo#{answer.body['protocolo']}" if pk == "fluxo" else pk
        assert set(receiver.items(key)) == keys
    assert len(receiver.messages()) == len(case["before"]) + expected.messages
    assert receiver.items("contato#980001") == state_before
    assert body_of(delivery) == (CASES / case["file"]).read_bytes()


def test_a_cpf_that_lost_its_zero_is_found(receiver: Receiver) -> None:
    """And a placeholder finds nobody."""
    for case in LISTED:
        if case["name"].startswith("k4_cpf"):
            post(receiver, case, case["file"], case["path"])

    assert receiver.items("contato#980041")["current"]["cpf"]["S"] == "01234567890"
    assert "cpf" not in receiver.items("contato#980042")["current"]
