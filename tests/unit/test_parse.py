import gzip
import json
from typing import Any

import pytest
from tests.fakes import deliver, delivery_of
from tests.payloads import DOCUMENTED

from ingest.parse import parse
from models.evento import Evento
from models.kind import KINDS
from models.outcome import Fault, Outcome, Verdict
from models.record import Key

ATIVIDADE_ALONE = ("vencimento", "duracao", "registroProcesso", "concluido")
ANA = {"id": "341", "codigo": None, "nome": "Ana Exemplo", "cpf": None}


def only(outcomes: tuple[Outcome, ...]) -> Any:
    """Give the one outcome as (kind, id, problems as (field, reason))."""
    (outcome,) = outcomes
    assert outcome.verdict is Verdict.REJECTED
    return outcome.kind, outcome.id, [(each.field, each.reason) for each in outcome.problems]


@pytest.mark.parametrize("kind", KINDS)
def test_documented_bodies_are_understood(kind: str) -> None:
    """Each documented body is one record of its kind, as it stands."""
    parsed = parse(delivery_of(DOCUMENTED[kind]))
    (record,) = parsed.records
    (outcome,) = parsed.outcomes

    assert record.key == Key(kind, str(record.data["id"]))
    assert record.text in DOCUMENTED[kind]
    assert (outcome.verdict, outcome.kind, outcome.id) == (Verdict.PENDING, *record.key)
    assert outcome.kind_reason.startswith(f"{kind}: tem ")


def test_a_contato_brings_what_the_table_indexes() -> None:
    """Its codigo, CPF and principal e-mail; another kind brings its contatos."""
    (contato,) = parse(
        deliver({**ANA, "codigo": " C 1 ", "cpf": "52998224725", "emails": {"principal": "ana@exemplo.br"}})
    ).records
    (atividade,) = parse(deliver({"id": 9, "vencimento": None, "contato": {"id": 341}})).records

    assert (contato.codigo, contato.cpf, contato.email) == ("C 1", "52998224725", "ana@exemplo.br")
    assert (atividade.codigo, atividade.cpf, atividade.email) == (None, None, None)
    assert [reference.id for reference in atividade.references] == ["341"]


def test_the_path_decides_the_kind() -> None:
    """What the URL says goes before what the fields suggest, and the reason says so."""
    parsed = parse(deliver({"id": "341", "nome": "Ana Exemplo"}, kind="contato"))

    assert parsed.records[0].key == Key("contato", "341")
    assert parsed.outcomes[0].kind_reason == "contato: a URL diz"
    assert parsed.outcomes[0].warnings == ()


def test_fields_of_another_kind_contradict_the_path() -> None:
    """One URL pasted into all triggers must not file a registro as a contato."""
    registro = {"id": "341", "processo": {"id": "1"}, "contatos": [], "status": "x"}

    assert only(parse(deliver(registro, kind="contato")).outcomes) == (
        "contato",
        None,
        [("", "a URL diz contato, os campos são de registro de processo")],
    )


def test_a_doubtful_path_is_a_warning() -> None:
    """The record is taken, and the sender is told what does not fit."""
    (outcome,) = parse(deliver({"id": "341"}, kind="evento")).outcomes

    assert outcome.verdict is Verdict.PENDING
    assert [each.reason for each in outcome.warnings] == ["a URL diz evento, mas nenhum campo confirma"]


@pytest.mark.parametrize("body", ["[[]]", "[{}]", "[null]", "[]", "{}", "null", " ", "[ { } ]"])
@pytest.mark.parametrize("kind", [None, "contato", "fluxo"])
def test_what_a_test_button_posts_is_no_record(body: str, kind: str | None) -> None:
    """PHP writes an empty record in several ways; each only shows that the connection works."""
    parsed = parse(delivery_of(body, kind=kind))

    assert (parsed.records, parsed.outcomes, parsed.problem) == ((), (), None)


@pytest.mark.parametrize(
    ("elements", "is_test"),
    [
        ([{"teste": True}], True),
        ([{"teste": "x" * 1_000}], False),
        ([{"teste": True}, {"teste": True}], False),
        ([{"id": "980001", "nome": "Graduação em Administração"}], False),
    ],
)
def test_a_short_object_without_an_id_is_a_test(elements: list[object], is_test: bool) -> None:  # noqa: FBT001
    """It is rejected, but nobody has to look at it; what has an id may be a record that got lost."""
    parsed = parse(deliver(*elements))

    assert {outcome.is_test for outcome in parsed.outcomes} == {is_test}
    assert {outcome.is_of_no_kind for outcome in parsed.outcomes} == {True}


@pytest.mark.parametrize("kind", ["aluno", "Contato", "contatos", "contato "])
def test_an_unknown_kind_in_the_path_is_a_problem_of_the_whole(kind: str) -> None:
    """Nothing is guessed."""
    parsed = parse(deliver(ANA, kind=kind))

    assert parsed.problem
    assert parsed.problem.fault is Fault.UNKNOWN_KIND
    assert (parsed.records, parsed.outcomes) == ((), ())


def test_an_unreadable_body_has_no_records() -> None:
    """Only the problem, with its place."""
    parsed = parse(delivery_of('[{"id": 1},]'))

    assert parsed.problem
    assert (parsed.problem.fault, parsed.problem.column) == (Fault.NOT_JSON, 12)
    assert (parsed.records, parsed.outcomes) == ((), ())


@pytest.mark.parametrize(
    ("element", "kind", "identifier", "problems"),
    [
        ("5", None, None, [("", "não é um objeto")]),
        ("[[]]", None, None, [("", "não é um objeto")]),
        ('{"id": 1, "nome": "", "id": 2}', None, None, [("id", "aparece duas vezes")]),
        (
            '{"id": 1, "nome": 1e9999999999999999999}',
            None,
            None,
            [("", "tem um número com expoente grande demais")],
        ),
        ('{"id": 1}', None, None, [("", "não dá para saber o tipo deste registro")]),
        (
            json.dumps(dict.fromkeys([*Evento.model_fields, *ATIVIDADE_ALONE], "") | {"id": 1}),
            None,
            None,
            [("", "pode ser evento ou atividade")],
        ),
        ('{"nome": "", "cpf": "", "uf": ""}', "contato", None, [("id", "não veio")]),
    ],
)
def test_what_is_no_record_is_rejected_alone(
    element: str, kind: str | None, identifier: str | None, problems: list[tuple[str, str]]
) -> None:
    """With the field and the reason; its neighbours are records all the same."""
    neighbours = [f'{{"id": {number}, "nome": "", "cpf": "", "uf": ""}}' for number in (341, 2)]
    parsed = parse(delivery_of(f"[{neighbours[0]}, {element}, {neighbours[1]}]"))

    assert only(parsed.outcomes[1:2]) == (kind, identifier, problems)
    assert [record.position for record in parsed.records] == [0, 2]
    assert [outcome.position for outcome in parsed.outcomes] == [0, 1, 2]


def test_what_the_body_is_warned_of_is_told_of_each_record() -> None:
    """How it had to be read stands in front of the record's own warnings, on every path."""
    body = gzip.compress(json.dumps([{**ANA, "cpf": "1"}, {**ANA, "id": "2"}]).encode())
    delivery = delivery_of("")._replace(body=body, content_encoding="gzip")
    told = [
        [each.reason for each in outcome.warnings]
        for kind in ("contato", "fluxo")
        for outcome in parse(delivery._replace(path_kind=kind)).outcomes
    ]

    assert [warnings[0] for warnings in told] == ["o corpo veio comprimido (gzip)"] * 4
    assert [len(warnings) for warnings in told] == [2, 1, 1, 1]


def test_a_bad_reference_rejects_and_still_says_which_record() -> None:
    """The kind, the id and the path of the field are there for the person who corrects it."""
    kind, identifier, problems = only(
        parse(deliver({"id": "9", "vencimento": None, "contato": {"id": "", "codigo": "C1"}})).outcomes
    )

    assert (kind, identifier) == ("atividade", "9")
    assert [field for field, _ in problems] == ["contato.id"]


def test_a_name_that_comes_twice_is_taken_with_a_warning() -> None:
    """The record says so, because only its text holds both."""
    parsed = parse(delivery_of('[{"id": 1, "nome": "Ana", "nome": "Bia", "cpf": null, "uf": null}]'))

    assert parsed.records[0].repeats_a_name
    assert [each.reason for each in parsed.outcomes[0].warnings] == [
        "um nome aparece duas vezes no mesmo objeto"
    ]


def test_odd_values_warn_and_unknown_names_are_noted() -> None:
    """Neither rejects a record."""
    (outcome,) = parse(deliver({**ANA, "cpf": "1", "novidade": 1})).outcomes

    assert outcome.verdict is Verdict.PENDING
    assert [each.field for each in outcome.warnings] == ["cpf"]
    assert outcome.unknown_fields == ("novidade",)


def test_a_fluxo_is_an_event_under_its_protocolo() -> None:
    """Whatever id the body has; several in one delivery are told apart by their place."""
    alone = deliver({"qualquer": "coisa"}, kind="fluxo")
    several = deliver({"id": " 7 "}, {"id": None}, {}, kind="fluxo")

    assert [record.key for record in parse(alone).records] == [Key("fluxo", alone.id)]
    assert [record.key.id for record in parse(several).records] == [
        f"{several.id}-{place}" for place in (1, 2, 3)
    ]
    assert parse(several).records[0].group == "fluxo/7"
    assert [(each.verdict, each.kind, each.id, each.kind_reason) for each in parse(several).outcomes] == [
        (Verdict.PENDING, *record.key, "fluxo: a URL diz") for record in parse(several).records
    ]
    assert [each.position for each in parse(several).outcomes] == [0, 1, 2]


def test_a_fluxo_that_fires_twice_has_one_fingerprint() -> None:
    """The queue drops the second within minutes; another query or content is another event."""
    twice = [parse(deliver({"nome": "Ana"}, kind="fluxo", second=second)).records[0] for second in (0, 1)]
    (other,) = parse(deliver({"nome": "Ana"}, kind="fluxo")._replace(query="etapa=Inscrito")).records
    (bia,) = parse(deliver({"nome": "Bia"}, kind="fluxo")).records
    fingerprints = [record.fluxo.fingerprint for record in (*twice, other, bia) if record.fluxo]

    assert fingerprints[0] == fingerprints[1]
    assert len(set(fingerprints)) == 3
    assert other.fluxo
    assert other.fluxo.query == "etapa=Inscrito"
    assert twice[0].key != twice[1].key
    assert twice[0].group == f"fluxo/{fingerprints[0]}"


def test_a_fluxo_takes_any_object_and_nothing_else() -> None:
    """A form and an object with numbers for names are one record each; a number is none."""
    form = parse(delivery_of("nome=Ana&cidade=Recife", kind="fluxo"))
    numbered = parse(delivery_of('{"0": {"a": 1}, "1": {"a": 2}}', kind="fluxo"))

    assert form.records[0].data == {"nome": "Ana", "cidade": "Recife"}
    assert len(numbered.records) == 1
    assert only(parse(delivery_of("[1]", kind="fluxo")).outcomes) == (
        "fluxo",
        None,
        [("", "não é um objeto")],
    )


def test_equal_content_has_an_equal_hash() -> None:
    """However it is written."""
    one, same, other = parse(
        delivery_of(
            '[{"id":"1","cpf":"","uf":"","nome":"Ana"}, {"nome": "\\u0041na", "uf":"","cpf":"", "id": "1"},'
            ' {"id":1,"nome":"Ana","cpf":"","uf":""}]'
        )
    ).records

    assert one.content_hash == same.content_hash != other.content_hash
