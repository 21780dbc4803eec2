import pytest
from tests.validated import viewed

from models.atividade import Atividade
from models.contato import Contato
from models.evento import Evento
from models.registro_processo import RegistroProcesso
from models.shapes import Base

EMPTY = "vazio enviado de forma incomum"
QUIET: tuple[object, ...] = (None, "", [], {})
LOUD: tuple[object, ...] = (False, "null")

FIELDS: dict[str, tuple[type[Base], str, object]] = {
    "text": (Contato, "nome", None),
    "integer": (Contato, "anoFormacao", None),
    "number": (RegistroProcesso, "notaEnem", None),
    "day": (Contato, "dataNascimento", None),
    "moment": (RegistroProcesso, "criacao", None),
    "cpf": (Contato, "cpf", None),
    "object": (Contato, "estadoCivil", None),
    "list of objects": (Contato, "origens", ()),
    "list of texts": (Contato, "tagsRDStation", ()),
    "custom fields": (Contato, "camposPersonalizados", {}),
    "status": (RegistroProcesso, "status", None),
    "contatos": (RegistroProcesso, "contatos", ()),
    "contato": (Atividade, "contato", None),
    "registroProcesso": (Atividade, "registroProcesso", None),
    "contatosSecundarios": (Evento, "contatosSecundarios", ()),
}


@pytest.mark.parametrize(("model", "name", "nothing"), FIELDS.values(), ids=FIELDS)
def test_empties_of_php_mean_nothing(model: type[Base], name: str, nothing: object) -> None:
    """Null, "", [] and {} are nothing in any field; so are false and "null", with a warning."""
    for value in QUIET:
        view, warnings = viewed(model, {name: value})
        assert (getattr(view, name), warnings) == (nothing, {})
    for value in LOUD:
        view, warnings = viewed(model, {name: value})
        assert (getattr(view, name), warnings) == (nothing, {name: EMPTY})


@pytest.mark.parametrize(("model", "name", "nothing"), FIELDS.values(), ids=FIELDS)
def test_absent_field_reads_as_nothing(model: type[Base], name: str, nothing: object) -> None:
    """A documented field that is not sent reads like an empty one."""
    view, warnings = viewed(model, {})

    assert (getattr(view, name), warnings) == (nothing, {})


@pytest.mark.parametrize(
    ("value", "view", "warning"),
    [
        (
            {"perfil": "Aluno", "turno": None, "vazio": ""},
            {"perfil": "Aluno", "turno": None, "vazio": None},
            None,
        ),
        ({"idiomas": ["inglês", "libras"]}, {"idiomas": ("inglês", "libras")}, None),
        ({"idiomas": {"0": "inglês", "2": "libras"}}, {"idiomas": ("inglês", "libras")}, None),
        ({"": "x", "n": 7}, {"": "x", "n": "7"}, None),
        ({"a": False}, {"a": None}, EMPTY),
        ({"a": ["x", True, None]}, {"a": ("x",)}, "não é texto"),
        ({"a": {"b": "c"}}, {"a": ()}, "não é uma lista"),
        (["a"], {}, "não é um objeto"),
    ],
)
def test_custom_fields(value: object, view: object, warning: str | None) -> None:
    """Custom fields read as text, nothing or several texts; a warning is told without naming the free key."""
    contato, warnings = viewed(Contato, {"camposPersonalizados": value})

    assert contato.camposPersonalizados == view
    assert warnings == ({} if warning is None else {"camposPersonalizados": warning})


@pytest.mark.parametrize("value", ["Solteiro", 7, ["a"], [{"id": "7"}], True])
def test_other_shapes_than_an_object_are_a_warning(value: object) -> None:
    """A value where an object is expected is read as nothing, with a warning."""
    view, warnings = viewed(Contato, {"estadoCivil": value})

    assert view.estadoCivil is None
    assert warnings == {"estadoCivil": "não é um objeto"}


@pytest.mark.parametrize(
    ("value", "names", "warned"),
    [
        ([{"nome": "a"}, {"nome": "b"}], ["a", "b"], []),
        ({"0": {"nome": "a"}, "2": {"nome": "b"}}, ["a", "b"], []),
        ({"nome": "a"}, ["a"], ["origens"]),
        ([{"nome": "a"}, None, {"nome": "b"}, []], ["a", "b"], ["origens.1"]),
        ([{"nome": "a"}, "b", {"nome": True}], ["a", None], ["origens.1"]),
        ("a", [], ["origens"]),
    ],
)
def test_lists_of_objects(value: object, names: list[str | None], warned: list[str]) -> None:
    """A list, or a list turned object, reads as a tuple; bad elements are left out, the first is told."""
    view, warnings = viewed(Contato, {"origens": value})

    assert [each.nome for each in view.origens] == names
    assert list(warnings) == warned


def test_lone_value_reads_as_a_list_of_one() -> None:
    """A text where a list of texts is expected is that list's only element, with a warning."""
    view, warnings = viewed(Contato, {"tagsRDStation": "vip"})

    assert view.tagsRDStation == ("vip",)
    assert warnings == {"tagsRDStation": "não é uma lista"}
