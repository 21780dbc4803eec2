from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.payloads import documented
from tests.validated import remarks, view

from models.atividade import Atividade
from models.base import Base, Reference, validate
from models.contato import Contato
from models.evento import Evento
from models.kind import MODELS
from models.registro_processo import RegistroProcesso

NO_ID = "não é um id utilizável"
NO_OBJECT = "não é um objeto com id"


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("value", [None, "", "null", False, [], Decimal("1.5"), {"id": "1"}])
def test_unusable_id_is_a_problem(model: type[Base], value: object) -> None:
    """A record of any kind without a usable id is rejected, at that field."""
    assert remarks(model, id=value) == ({"id": NO_ID}, {})


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_missing_id_is_a_problem(model: type[Base]) -> None:
    """A record without any id is rejected, in Portuguese."""
    (problem,) = validate(model, {"camposPersonalizados": {}}).problems

    assert (problem.field, problem.reason) == ("id", "não veio")


@pytest.mark.parametrize(
    ("model", "name", "value", "problem"),
    [
        (Atividade, "contato", [1, 2], {"contato": NO_OBJECT}),
        (Atividade, "contato", 635, {"contato": NO_OBJECT}),
        (Evento, "contato", {"codigo": "COD1"}, {"contato.id": "não veio"}),
        (Evento, "contato", {"id": None}, {"contato.id": NO_ID}),
        (RegistroProcesso, "contatos", [635, 636], {"contatos.0": NO_OBJECT}),
        (RegistroProcesso, "contatos", 635, {"contatos.0": NO_OBJECT}),
        (RegistroProcesso, "contatos", [{"id": "1"}, {"id": ""}], {"contatos.1.id": NO_ID}),
        (RegistroProcesso, "contatos", {"0": {"id": "1"}, "3": {"id": []}}, {"contatos.1.id": NO_ID}),
        (Evento, "contatosSecundarios", [["634"]], {"contatosSecundarios.0.id": NO_ID}),
        (Evento, "contatosSecundarios", ["634", {"codigo": "1"}], {"contatosSecundarios.1.id": "não veio"}),
        (Atividade, "registroProcesso", [150], {"registroProcesso.id": NO_ID}),
        (Atividade, "registroProcesso", True, {"registroProcesso.id": NO_ID}),
        (Atividade, "registroProcesso", {"nome": "x"}, {"registroProcesso.id": "não veio"}),
    ],
)
def test_reference_to_nobody_is_a_problem(
    model: type[Base], name: str, value: object, problem: dict[str, str]
) -> None:
    """A reference of a meaningless shape, or without a usable id, rejects the record and says where."""
    assert remarks(model, **{name: value})[0] == problem


def test_oddities_are_told_beside_problems() -> None:
    """A rejected record still says which of its values are odd."""
    problems, warnings = remarks(RegistroProcesso, contatos=[1], criacao="ontem")

    assert problems == {"contatos.0": NO_OBJECT}
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
    assert remarks(RegistroProcesso, contatos=[None, {"id": "1"}]) == (
        {},
        {"contatos.0": "posição vazia na lista"},
    )
    assert [each.id for each in view(RegistroProcesso, contatos=[None, {"id": "1"}]).references] == ["1"]


def test_lone_contato_is_a_list_of_one() -> None:
    """A contato outside a list is parsed, with a warning."""
    assert remarks(RegistroProcesso, contatos={"id": "7"}) == ({}, {"contatos": "não é uma lista"})
    assert view(RegistroProcesso, contatos={"id": "7"}).references == (Reference("7", None, principal=False),)


@pytest.mark.parametrize("status", ["Perdida", {"id": None, "nome": "Perdida"}])
def test_status_reads_alike_as_text_and_as_object(status: object) -> None:
    """Both forms of a registro's status read as an object with a nome, without a warning."""
    assert view(RegistroProcesso, status=status).status.nome == "Perdida"
    assert remarks(RegistroProcesso, status=status) == ({}, {})


@pytest.mark.parametrize("value", ["150", 150, {"id": "150", "nome": "x"}])
def test_registro_of_an_atividade_reads_alike_as_id_and_as_object(value: object) -> None:
    """Both forms of an atividade's registroProcesso read as an object with an id, without a warning."""
    assert view(Atividade, registroProcesso=value).registroProcesso.id == "150"
    assert remarks(Atividade, registroProcesso=value) == ({}, {})


@pytest.mark.parametrize(
    ("emails", "address"),
    [
        ({"principal": " Lia@Exemplo.INVALID "}, "lia@exemplo.invalid"),
        ({"principal": " "}, None),
        ({"principal": None}, None),
        ([], None),
    ],
)
def test_principal_email_reads_in_lower_case(emails: object, address: str | None) -> None:
    """The address to search by is lower case, or None."""
    assert view(Contato, emails=emails).email_principal == address


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (None, None),
        ("<p>Iniciou a inscrição</p>", "Iniciou a inscrição"),
        ("<p>Um</p><p>Dois<br/>Três</p>", "Um\nDois\nTrês"),
        ("<ul><li>a</li>\n <li>b</li></ul>", "a\nb"),
        ("A &amp; B &ccedil; &#233; &lt;x&gt;", "A & B ç é <x>"),
        ("<b>Nome:</b>\n   <i>Lia</i>  Souza", "Nome: Lia Souza"),
        ("<table><tr><td>CPF</td><td>—</td></tr></table>", "CPF\n—"),
        ("<style>p{}</style>a<script>alert(1)</script>b", "ab"),
        ("a<!-- não -->b<![if x]>c<![qualquer]>d<!DOCTYPE html>", "abcd"),
        ("2 < 3 e <", "2 < 3 e <"),
        ("<p></p>", ""),
    ],
)
def test_descricao_as_text(html: str | None, text: str | None) -> None:
    """An evento's HTML reads as text: a line for each block, entities decoded, no script, no comment."""
    assert view(Evento, descricao=html).descricao_texto == text


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
    """Each key that no model knows is told once, by its path, of rejected records too."""
    data = documented(kind)
    change(data)

    assert validate(MODELS[kind], data).unknown_fields == unknown


def test_unknown_fields_are_kept_in_the_view() -> None:
    """A key that no model knows is kept as sent."""
    assert view(Contato, cep=["36000-000"]).model_extra == {"cep": ["36000-000"]}


def test_key_with_a_lone_surrogate_is_an_oddity() -> None:
    """A key that is not Unicode is told as a warning that does not repeat it, and the rest reads as usual."""
    data = {"nome": "Lia", "estadoCivil": {"nome": "x", "\ud800": 1}, "\udfff": [{"\ud800": 1}]}

    assert view(Contato, **data).nome == "Lia"
    assert set(remarks(Contato, **data)[1].values()) == {"tem uma chave com caracteres inválidos"}


def test_bad_key_behind_another_oddity_rejects_nothing() -> None:
    """A key that is not Unicode is no problem either where another oddity hides it at first."""
    assert remarks(RegistroProcesso, contatos={"id": "7", "\ud800": 1}) == (
        {},
        {"contatos": "não é uma lista"},
    )


def test_a_million_bad_elements_are_told_in_one_remark() -> None:
    """A list tells only of its first problem, so that no body can fill the memory with remarks."""
    assert remarks(RegistroProcesso, contatos=[1] * 1_000_000) == ({"contatos.0": NO_OBJECT}, {})
