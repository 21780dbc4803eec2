import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from tests.browser.synthetic import bodies
from tests.fuzz.texts import TEXTS
from tests.payloads import DOCUMENTED

from ingest.body import split
from ingest.element import POSITION
from ingest.parse import parse
from models.delivery import Delivery
from models.identity import is_absent
from models.kind import FLUXO, KINDS
from rubeus.reading.invention import is_cpf
from rubeus.reading.masking import MASK, masked_record, masked_value
from rubeus.reading.synthetic import MAX_BYTES, NoSampleError, synthetic

AT = datetime(2026, 11, 30, tzinfo=UTC)
SAYS_NOTHING = re.compile(
    r"[\W_]*|[-+0.,e ]*|\s*true\s*|0000-00-00([ T]00:00(:00)?)?|pessoa|example|com|example\.com",
    re.IGNORECASE,
)
PEOPLE = [(path or None, json.dumps(body)) for path, body in bodies()]


def delivery(body: str, path_kind: str | None = None) -> Delivery:
    """Make a delivery of a body."""
    return Delivery("01a2131b-0000-7000-8000-000000000001", AT, body.encode(), path_kind=path_kind)


def masked_values(true: Delivery) -> set[str]:
    """Give all that the page of a delivery would cover, and that tells something."""
    elements = split(true.body, free_keys=true.path_kind == FLUXO).elements
    kinds = [each.kind for each in parse(true).outcomes] or [None] * len(elements)
    found: list[str] = []
    for kind, element in zip(kinds, elements, strict=True):
        value: object = json.loads(element.text, parse_int=str, parse_float=str)  # numbers as written
        record = isinstance(value, dict)
        shown = masked_record(kind or "", value) if record else masked_value(kind or "", "-", value)  # type: ignore[arg-type]  # a record
        found += _covered(value, shown)
    return {
        each for each in found if len(each) > 2 and not is_absent(each) and not SAYS_NOTHING.fullmatch(each)
    }


def _covered(value: object, masked: object) -> Iterator[str]:
    if isinstance(value, dict) and isinstance(masked, dict):
        for (name, one), (shown, other) in zip(value.items(), masked.items(), strict=True):
            if shown.startswith(MASK) and not POSITION.fullmatch(name):
                yield name
            yield from _covered(one, other)
    elif isinstance(value, list) and isinstance(masked, list):
        for one, other in zip(value, masked, strict=True):
            yield from _covered(one, other)
    elif masked == MASK:
        yield str(value)


def texts(value: object) -> Iterator[str]:
    """Give all texts, numbers and odd names of a document."""
    if isinstance(value, dict):
        for name, each in value.items():
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,40}", name):
                yield name
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value


def judged(one: Delivery) -> object:
    """Give what the receiver thinks of it."""
    parsed = parse(one)
    return parsed.problem and parsed.problem.fault, [
        (each.verdict, each.kind, each.problems, each.warnings, each.id is None) for each in parsed.outcomes
    ]


def check(true: Delivery, made: Delivery) -> None:
    """Demand that nothing covered is left, and that the receiver thinks the same."""
    assert judged(made) == judged(true)
    left = [*texts(json.loads(made.body, parse_int=str, parse_float=str))]
    assert not [each for each in masked_values(true) if any(each in text for text in left)]


@pytest.mark.parametrize(("kind", "body"), [*((None, each) for each in DOCUMENTED.values()), *PEOPLE])
def test_a_sample_tells_nobody_and_is_taken_alike(kind: str | None, body: str) -> None:
    """Of what Rubeus documents, and of a day of every verdict."""
    true = delivery(body, kind)
    check(true, synthetic(true))


@settings(max_examples=300)
@example(text='[{"id":"1","aluno":"0. "}]', kind=None)
@example(text='[{"id":"1","dataNascimento":"0000-00-00 Zuleica"}]', kind=None)
@example(text='[{"id":"1","processo":{"id":"2"},"contatos":[],"":{"status":"Zuleica Souza"}}]', kind=None)
@example(text='[[{"id":"341"}]]', kind=FLUXO)
@given(text=TEXTS, kind=st.sampled_from([None, None, None, *KINDS, FLUXO, "aluno"]))
def test_whatever_was_sent_no_true_value_is_left(text: str, kind: str | None) -> None:
    """A body either gives a sample of which both holds, or is refused."""
    true = delivery(text.encode("utf-8", "replace").decode(), kind)
    try:
        made = synthetic(true)
    except NoSampleError as refusal:
        event(str(refusal))
        return
    event("made")
    check(true, made)


def test_the_same_shapes_come_out() -> None:
    """Digits for digits, letters for letters; addresses, dates and CPFs are some; links stay."""
    ana = {
        "id": "341",
        "codigo": "COD341",
        "nome": "Ána de Souza",
        "cpf": "529.982.247-25",
        "dataNascimento": "1997-10-22",
        "emails": {"principal": "Ana@Segredo.test", "secundarios": ["ana@segredo.test"]},
        "telefones": {"principal": "(11) 98765-4321", "secundarios": None},
        "aluno": "1",
        "canhoto": "1",
    }
    evento = {
        "id": 930,
        "tipo": {"id": "36", "codigo": None, "nome": "Entrou na etapa Inscrito"},
        "descricao": "Ana, CPF 52998224725",
        "contato": {"id": 341, "codigo": "COD341"},
        "contatosSecundarios": ["341", "341,930"],
    }
    first, second = json.loads(synthetic(delivery(json.dumps([ana, evento]))).body)

    assert re.fullmatch(r"[^a]{2}[^\W\d]a? de [A-Z][a-z]{4}|\S+ \S\S [A-Z][a-z]{4}", first["nome"])
    assert re.fullmatch(r"\d{3}\.\d{3}\.\d{3}-\d\d", first["cpf"])
    assert is_cpf(re.sub(r"\D", "", first["cpf"]))
    assert datetime.fromisoformat(first["dataNascimento"]).isoformat()[:10] != ana["dataNascimento"]
    assert re.fullmatch(r"pessoa\d+@example\.com", first["emails"]["principal"])
    assert first["emails"]["secundarios"] == [first["emails"]["principal"]]
    assert re.fullmatch(r"\(\d\d\) \d{5}-\d{4}", first["telefones"]["principal"])
    assert (first["aluno"], first["canhoto"]) == ("1", "0")
    assert first["id"] == str(second["contato"]["id"]) == second["contatosSecundarios"][0] != "341"
    assert second["contatosSecundarios"][1] == f"{first['id']},{second['id']}"
    assert first["codigo"] == second["contato"]["codigo"] != ana["codigo"]
    assert re.sub(r"\D", "", second["descricao"]) == re.sub(r"\D", "", first["cpf"])
    assert second["tipo"]["nome"] == "Entrou na etapa Inscrito"
    assert isinstance(second["id"], int)


@pytest.mark.parametrize(
    ("cpf", "warning"),
    [
        ("52998224725", None),
        ("52998224726", "dígito verificador do CPF não confere"),
        ("11111111111", "CPF de preenchimento"),
        ("1234567899", "não tem os 11 dígitos de um CPF"),
        ("192", "não tem os 11 dígitos de um CPF"),
        (1234567890, "CPF sem os zeros à esquerda"),
    ],
)
def test_a_cpf_is_as_right_as_it_was(cpf: object, warning: str | None) -> None:
    """Right, wrong, a filler, one whose zeros went: the same warning, and another number."""
    true = delivery(json.dumps([{"id": "1", "codigo": "A", "nome": "Ana", "cpf": cpf, "emails": None}]))
    made = synthetic(true)
    check(true, made)
    assert json.loads(made.body)[0]["cpf"] != cpf
    said = [each.reason for each in parse(made).outcomes[0].warnings]
    assert said == ([warning] if warning else [])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('[{"id": "1"', "no JSON"),
        ("a=1&b=2", "no JSON"),
        (json.dumps([{"id": "1", "nome": "A" * MAX_BYTES}]), "over 100 kB"),
    ],
)
def test_what_cannot_be_told_is_refused(body: str, why: str) -> None:
    """A broken body has no fields to tell what is covered by."""
    with pytest.raises(NoSampleError, match=why):
        synthetic(delivery(body))


def test_the_end_of_the_url_and_its_query_are_invented_too() -> None:
    """A kind that is none, and values of the query, are the sender's words."""
    body = json.dumps({"nome": "Zuleica"})
    made = synthetic(delivery(body, FLUXO)._replace(query="quem=Zuleica+Segredo&n=77"))
    assert re.fullmatch(r"quem=[A-Z][a-z]{6}\+[A-Z][a-z]{6}&n=[0-9]{2}", made.query)
    assert "Zuleica" not in made.query
    odd = synthetic(delivery(body, "zuleica"))
    assert odd.path_kind != "zuleica"
    assert len(odd.path_kind or "") == len("zuleica")
