from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.payloads import documented
from tests.validated import issues, view

from models.atividade import Atividade
from models.contato import Contato
from models.evento import Evento
from models.kind import MODELS
from models.record import Reference
from models.registro_processo import RegistroProcesso
from models.shapes import Base
from models.validation import validate

NO_ID = "não é um id utilizável"
NO_REFERENCE = "não é um objeto com id"


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize(
    "value", [None, "", "null", False, [], 0, "0", "undefined", "{{id}}", Decimal("1.5"), {"id": "1"}]
)
def test_unusable_id_is_a_problem(model: type[Base], value: object) -> None:
    """A record of any kind without a usable id is rejected, at that field."""
    assert issues(model, id=value) == ({"id": NO_ID}, {})


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_missing_id_is_a_problem(model: type[Base]) -> None:
    """A record without any id is rejected, in Portuguese."""
    (problem,) = validate(model, {"camposPersonalizados": {}}).problems

    assert (problem.field, problem.reason) == ("id", "não veio")


@pytest.mark.parametrize(
    ("model", "name", "value", "problem"),
    [
        (Atividade, "contato", [1, 2], {"contato": NO_REFERENCE}),
        (Atividade, "contato", True, {"contato": NO_REFERENCE}),
        (Evento, "contato", {"codigo": "COD1"}, {"contato.id": "não veio"}),
        (Evento, "contato", {"id": None, "codigo": "COD1"}, {"contato.id": NO_ID}),
        (Evento, "contato", {"id": "{{contato.id}}"}, {"contato.id": NO_ID}),
        (Evento, "contato", {"id": {"x": "1"}}, {"contato.id": NO_ID}),
        (RegistroProcesso, "contatos", [{"id": "1"}, {"id": "0", "tipo": "Mãe"}], {"contatos.1.id": NO_ID}),
        (RegistroProcesso, "contatos", {"0": {"id": "1"}, "3": {"tipo": "x"}}, {"contatos.1.id": "não veio"}),
        (RegistroProcesso, "contatos", [["634"]], {"contatos.0": NO_REFERENCE}),
        (Evento, "contatosSecundarios", [["634"]], {"contatosSecundarios.0": NO_REFERENCE}),
        (Evento, "contatosSecundarios", ["634", {"codigo": "1"}], {"contatosSecundarios.1.id": "não veio"}),
        (Atividade, "registroProcesso", [150], {"registroProcesso": NO_REFERENCE}),
        (Atividade, "registroProcesso", True, {"registroProcesso": NO_REFERENCE}),
        (Atividade, "registroProcesso", {"nome": "x"}, {"registroProcesso.id": "não veio"}),
    ],
)
def test_meaningless_reference_is_a_problem(
    model: type[Base], name: str, value: object, problem: dict[str, str]
) -> None:
    """A list, `true`, or an object that says something but has no usable id rejects the record, and where."""
    assert issues(model, **{name: value})[0] == problem


def test_warnings_are_told_beside_problems() -> None:
    """A rejected record still says which of its values are odd."""
    problems, warnings = issues(RegistroProcesso, contatos=[True], criacao="ontem")

    assert problems == {"contatos.0": NO_REFERENCE}
    assert list(warnings) == ["criacao"]


def test_contato_refers_to_nobody() -> None:
    """A contato concerns no other."""
    assert view(Contato).references == ()


def test_references_of_a_registro() -> None:
    """A registro's contatos come in order, with their tipo as role, the principal flag as sent."""
    contatos = [{"id": 635, "principal": "0"}, {"id": "7", "principal": "1", "tipo": "Aluno"}, {"id": " 8 "}]

    assert view(RegistroProcesso, contatos=contatos).references == (
        Reference("635", None, principal=False),
        Reference("7", "Aluno", principal=True),
        Reference("8", None, principal=False),
    )


def test_repeated_contato_is_one_reference() -> None:
    """A contato that is sent several times counts once; its mention as principal goes before the others."""
    contatos = [
        {"id": "1", "tipo": "Responsável", "principal": "0"},
        {"id": "2", "tipo": "Mãe", "principal": "0"},
        {"id": 1, "tipo": "Aluno", "principal": "1"},
        {"id": "2", "tipo": "Tutora", "principal": "0"},
    ]

    assert view(RegistroProcesso, contatos=contatos).references == (
        Reference("1", "Aluno", principal=True),
        Reference("2", "Mãe", principal=False),
    )


def test_references_of_an_atividade() -> None:
    """An atividade's contato is its principal one; there may be none."""
    assert view(Atividade, contato={"id": "635"}).references == (Reference("635", "contato", principal=True),)
    assert view(Atividade, contato=[]).references == ()


@pytest.mark.parametrize("secondary", [["634", 633], [{"id": 634}, {"id": "633"}], {"0": "634", "4": "633"}])
def test_references_of_an_evento(secondary: object) -> None:
    """An evento's contato comes first, then the secondary ones, whether bare ids or objects, none twice."""
    evento = view(Evento, contato={"id": "633", "codigo": "COD1"}, contatosSecundarios=secondary)

    assert evento.references == (
        Reference("633", "contato", principal=True),
        Reference("634", "secundario", principal=False),
    )


def test_empty_mentions_are_left_out() -> None:
    """An empty among the contatos mentions nobody, with a warning."""
    assert issues(RegistroProcesso, contatos=[None, {"id": "1"}]) == (
        {},
        {"contatos.0": "posição vazia na lista"},
    )
    assert [each.id for each in view(RegistroProcesso, contatos=[None, {"id": "1"}]).references] == ["1"]


def test_lone_contato_is_a_list_of_one() -> None:
    """A contato outside a list is parsed, with a warning."""
    assert issues(RegistroProcesso, contatos={"id": "7"}) == ({}, {"contatos": "não é uma lista"})
    assert view(RegistroProcesso, contatos={"id": "7"}).references == (Reference("7", None, principal=False),)


@pytest.mark.parametrize("status", ["Perdida", {"id": None, "nome": "Perdida"}])
def test_status_reads_alike_as_text_and_as_object(status: object) -> None:
    """Both forms of a registro's status read as an object with a nome, without a warning."""
    assert view(RegistroProcesso, status=status).status.nome == "Perdida"
    assert issues(RegistroProcesso, status=status) == ({}, {})


@pytest.mark.parametrize("value", ["150", 150, {"id": "150", "nome": "x"}])
def test_registro_of_an_atividade_reads_alike_as_id_and_as_object(value: object) -> None:
    """Both forms of an atividade's registroProcesso read as an object with an id, without a warning."""
    assert view(Atividade, registroProcesso=value).registroProcesso.id == "150"
    assert issues(Atividade, registroProcesso=value) == ({}, {})


@pytest.mark.parametrize(
    ("emails", "address"),
    [
        ({"principal": " Lia@Exemplo.INVALID "}, "lia@exemplo.invalid"),
        ({"principal": "Lia <Lia@Exemplo.invalid>; rui@exemplo.invalid"}, "lia@exemplo.invalid"),
        ({"principal": " "}, None),
        ({"principal": "não tem"}, None),
        ({"principal": None}, None),
        ([], None),
    ],
)
def test_principal_email_reads_in_lower_case(emails: object, address: str | None) -> None:
    """The address to search by is one address in lower case, or None."""
    assert view(Contato, emails=emails).email_principal == address


@pytest.mark.parametrize(
    ("kind", "change", "unknown"),
    [
        ("contato", lambda data: data.update(cep="1", apelido="x"), ("apelido", "cep")),
        ("contato", lambda data: data["emails"].update(novo=1), ("emails.novo",)),
        (
            "contato",
            lambda data: data["deficiencias"][0]["tipos"][0].update(cid="x"),
            ("deficiencias.tipos.cid",),
        ),
        ("contato", lambda data: data["camposPersonalizados"].update(qualquer={"a": 1}), ()),
        ("contato", lambda data: data.update({"": 1}), ("",)),
        ("contato", lambda data: data.update(novo={"dentro": {"mais": 1}}), ("novo",)),
        (
            "registro_processo",
            lambda data: [each.update(apelido="x") for each in data["contatos"]],
            ("contatos.apelido",),
        ),
        (
            "registro_processo",
            lambda data: data.update(contatos={"0": {"id": "1", "x": 1}, "2": {"id": "2", "y": 1}}),
            ("contatos.x", "contatos.y"),
        ),
        ("registro_processo", lambda data: data.update(status={"id": "1", "cor": "x"}), ("status.cor",)),
        ("registro_processo", lambda data: data.update(contatos=[1], etapa="x"), ("etapa",)),
        ("atividade", lambda data: data.update(contato="635,636", etapa="x"), ("etapa",)),
        ("atividade", lambda data: data["contato"].update(tipo="x"), ("contato.tipo",)),
        (
            "evento",
            lambda data: data.update(contatosSecundarios=[{"id": 1, "z": 1}, "2"]),
            ("contatosSecundarios.z",),
        ),
        ("evento", lambda data: data["tipo"].update({"0": 1}), ("tipo.0",)),
    ],
)
def test_unknown_fields_are_told_at_every_depth(
    kind: str, change: Callable[[dict[str, Any]], object], unknown: tuple[str, ...]
) -> None:
    """Each key that no model knows is told once, by its path, beside warnings too."""
    data = documented(kind)
    change(data)

    assert validate(MODELS[kind], data).unknown_fields == unknown


def test_unknown_fields_are_kept_in_the_view() -> None:
    """A key that no model knows is kept as sent."""
    assert view(Contato, cep=["36000-000"]).model_extra == {"cep": ["36000-000"]}


def test_key_with_a_lone_surrogate_is_a_warning() -> None:
    """A key that is not Unicode is told as a warning that does not repeat it, and the rest reads as usual."""
    data = {"nome": "Lia", "estadoCivil": {"nome": "x", "\ud800": 1}, "\udfff": [{"\ud800": 1}]}

    assert view(Contato, **data).nome == "Lia"
    assert set(issues(Contato, **data)[1].values()) == {"tem uma chave com caracteres inválidos"}


def test_bad_key_behind_another_warning_rejects_nothing() -> None:
    """A key that is not Unicode is no problem either where another warning hides it at first."""
    assert issues(RegistroProcesso, contatos={"id": "7", "\ud800": 1}) == (
        {},
        {"contatos": "não é uma lista"},
    )


def test_a_million_bad_elements_are_one_issue() -> None:
    """A list tells only of its first problem, so that no body can fill the memory with issues."""
    assert issues(RegistroProcesso, contatos=[True] * 1_000_000) == ({"contatos.0": NO_REFERENCE}, {})
