from decimal import Decimal
from typing import Any

import pytest
from tests.payloads import documented

from rubeus.reading.diff import ABSENT, Difference, differences
from rubeus.reading.html import as_text
from rubeus.reading.masking import MASK


def told(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, object, object]]:
    """Give path, before and after of all that differs."""
    return [(each.path, each.before, each.after) for each in differences(before, after)]


def test_fields_come_change_and_go() -> None:
    """Null is a value; what is not there is not."""
    before = {"id": "1", "nome": "Ana", "cpf": None, "gone": 1, "curso": {"id": "2", "codCurso": "ADM"}}
    after = {"id": "1", "nome": "Bia", "came": None, "cpf": "", "curso": {"id": "2", "codCurso": "ENG"}}
    assert told(before, after) == [
        ("nome", "Ana", "Bia"),
        ("came", ABSENT, None),
        ("cpf", None, ""),
        ("curso.codCurso", "ADM", "ENG"),
        ("gone", 1, ABSENT),
    ]


def test_lists_are_compared_by_the_ids_in_them() -> None:
    """Another order is no change; an id as text or number is one id."""
    before = {"contatos": [{"id": "635", "tipo": "Aluno"}, {"id": 636}, {"id": "637"}]}
    after = {"contatos": [{"id": "638"}, {"id": "637"}, {"id": "635", "tipo": "Pai"}]}
    assert told(before, after) == [
        ("contatos[638]", ABSENT, {"id": "638"}),
        ("contatos[635].tipo", "Aluno", "Pai"),
        ("contatos[636]", {"id": 636}, ABSENT),
    ]
    assert told({"contatos": [{"id": "1"}, {"id": "2"}]}, {"contatos": [{"id": "2"}, {"id": "1"}]}) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["a", "b", "b"], ["b", "c"], [("t", "a", ABSENT), ("t", "b", ABSENT), ("t", ABSENT, "c")]),
        (["a", "b"], ["b", "a"], [("t", ["a", "b"], ["b", "a"])]),
        ([{"id": "1"}, {"id": "1"}], [{"id": "1"}], [("t", {"id": "1"}, ABSENT)]),
        (["a"], None, [("t", ["a"], None)]),
        ([Decimal("1.0")], [1], []),
    ],
)
def test_other_lists_tell_what_came_and_went(before: object, after: object, expected: object) -> None:
    """Each element as often as it is there; order only where nothing else differs."""
    assert told({"t": before}, {"t": after}) == expected


def test_html_is_compared_as_text() -> None:
    """Blocks become lines, and nothing of a script would run anywhere."""
    (found,) = told(
        {"descricao": "Ligação"}, {"descricao": "<p>Nome: <b>Ana</b></p><ul><li>CPF &amp; RG</li></ul>"}
    )
    assert found == ("descricao", "Ligação", "Nome: Ana\n* CPF & RG")
    (listed,) = told({}, {"cursos": [{"id": "1", "nome": "<b>Letras</b>"}]})
    assert listed == ("cursos", ABSENT, [{"id": "1", "nome": "Letras"}])
    assert as_text("5 < 6 * 7 > 8") == "5 < 6 * 7 > 8"


def test_masked_differences_tell_where_and_not_what() -> None:
    """Open fields show their values, names that could be values go, too."""
    before = documented("registro_processo")
    after = {
        **before,
        "status": "Ganha",
        "observacaoPerda": "Ana Exemplo",
        "contatos": [{**before["contatos"][0], "codigo": "X"}, {"id": "39053344705"}],
        "camposPersonalizados": {"Ana Exemplo": "1"},
    }
    masked = [each.masked("registro_processo") for each in differences(before, after)]
    assert Difference("status", "status", "Perdida", "Ganha") in masked
    assert Difference("observacaoPerda", "observacaoPerda", None, MASK) in masked
    assert Difference("contatos[635].codigo", "contatos.codigo", MASK, MASK) in masked
    assert not [each for each in masked if "Ana" in str(each.path) or "3905" in each.path + str(each.after)]
