from decimal import Decimal
from typing import Any

import pytest
from tests.validated import issues, view, viewed

from models.atividade import Atividade
from models.evento import Evento
from models.identity import usable_id
from models.record import Reference
from models.registro_processo import RegistroProcesso
from models.shapes import Base

EMPTY = "vazio enviado de forma incomum"
SEVERAL = "vários ids num só texto"
ONLY_ID = "veio só o id, não um objeto"
UNUSUAL_ID = "id escrito de forma incomum"
NO_ID = "não é um id"

REFERENCES: dict[str, tuple[type[Base], str, object]] = {
    "contato of an atividade": (Atividade, "contato", None),
    "contato of an evento": (Evento, "contato", None),
    "registroProcesso": (Atividade, "registroProcesso", None),
    "contatosSecundarios": (Evento, "contatosSecundarios", ()),
    "contatos": (RegistroProcesso, "contatos", ()),
}
SINGLE = [(Atividade, "contato"), (Evento, "contato"), (Atividade, "registroProcesso")]
LISTS = [(RegistroProcesso, "contatos"), (Evento, "contatosSecundarios")]


def ids(record: Any) -> list[str]:
    """Give the ids that a record refers to, in order."""
    return [each.id for each in record.references]


@pytest.mark.parametrize(
    ("value", "identity"),
    [
        ("341", "341"),
        (" 341\n", "341"),
        (341, "341"),
        (Decimal("6.34e2"), "634"),
        (Decimal("9" * 60), "9" * 60),
        (-7, "-7"),
        ("nº 7", "nº 7"),
        ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("ç" * 100, "ç" * 100),
        ("ç" * 101, None),
        ("1" * 200, "1" * 200),
        ("1" * 201, None),
        pytest.param(10**5000, None, id="gigantic"),
        ("a\x00b", None),
        ("a\nb", None),
        ("a\x85b", None),
        ("a\ud800", None),
        (["1"], None),
        ({"id": "1"}, None),
        (True, None),
        (1.0, None),
    ],
)
def test_text_and_integers_are_ids(value: object, identity: str | None) -> None:
    """Unless over 200 bytes or of unusable characters; no other type is one."""
    assert usable_id(value) == identity


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", "  ", False, [], {}, 0, "0", "00", " 0 ", "0.0", "-0", Decimal("0.0"), Decimal("0e9")),
        *("null", "NULL", "undefined", "false", "true", "None", "nan"),
        *("{{contato.id}}", "${id}", "[[id]]", "#{id}", "{id}", "<id>", "%id%", "7{{x}}"),
    ],
)
def test_nothing_zero_and_templates_are_no_ids(value: object) -> None:
    """Neither a program's word for nothing, nor "no row", nor a template that nobody filled names anybody."""
    assert usable_id(value) is None


@pytest.mark.parametrize(
    "value", [Decimal("634.0"), Decimal("6.340e2"), Decimal("634.000"), "634.0", " 634.00 "]
)
def test_an_integral_float_is_its_integer(value: object) -> None:
    """As a record's own id and as a reference, with a warning."""
    assert usable_id(value) == "634"
    assert viewed(Evento, {"id": value})[1] == {"id": UNUSUAL_ID}
    assert viewed(Evento, {"id": value})[0].id == "634"
    assert ids(view(Evento, contatosSecundarios=[value, {"id": value}, "634"])) == ["634"]
    assert viewed(Atividade, {"registroProcesso": value})[1] == {"registroProcesso": UNUSUAL_ID}


@pytest.mark.parametrize("value", [Decimal("634.5"), Decimal("1e300"), Decimal("1e-999999999"), "634.5.0"])
def test_another_number_is_no_integer(value: object) -> None:
    """A fraction names nobody, and one that is too long neither."""
    assert usable_id(value) in (None, "634.5.0")
    assert ids(view(Evento, contatosSecundarios=[value])) == []


ABSENT = [
    {"id": None, "codigo": None},
    {"id": None, "codigo": ""},
    {"id": {"x": None}},
    {"id": [], "codigo": [None, {}]},
    {"id": "0", "codigo": "null", "principal": "0", "tipo": False},
    {"id": "undefined"},
    [None],
    [[]],
    {"0": None},
    {"0": {"id": None}, "2": []},
    False,
    "null",
    "0",
    0,
    Decimal("0.0"),
    "  ",
    "undefined",
]


@pytest.mark.parametrize(("model", "name", "nothing"), REFERENCES.values(), ids=REFERENCES)
@pytest.mark.parametrize("value", ABSENT, ids=str)
def test_an_absent_reference_rejects_nobody(
    model: type[Base], name: str, nothing: object, value: object
) -> None:
    """What is made of nothing, however deep, makes no link; one warning says so."""
    record, warnings = viewed(model, {name: value})

    assert (getattr(record, name), record.references) == (nothing, ())
    assert len(warnings) == 1
    assert next(iter(warnings)).split(".")[0] == name


@pytest.mark.parametrize(("model", "name"), LISTS)
@pytest.mark.parametrize("nothing", [None, [], {}, "", 0, "0", {"id": None, "codigo": None}, [None], False])
def test_an_empty_position_is_left_out(model: type[Base], name: str, nothing: object) -> None:
    """The others in the list are links all the same."""
    value = [{"id": "635", "codigo": None}, nothing, {"id": "636"}]

    assert ids(view(model, **{name: value})) == ["635", "636"]
    assert set(issues(model, **{name: value})[1]) == {f"{name}.1"}


@pytest.mark.parametrize(("model", "name"), SINGLE)
@pytest.mark.parametrize(
    "value", ["Ligação", "nº 7", "-7", -7, Decimal("1.5"), "{{contato.id}}", "6 3", "1;2", "²"]
)
def test_other_text_is_no_reference(model: type[Base], name: str, value: object) -> None:
    """Such as the title that the API gives in `contato`: a warning, no link, no rejection."""
    record, warnings = viewed(model, {name: value})

    assert getattr(record, name) is None
    assert warnings == {name: NO_ID}


@pytest.mark.parametrize(("model", "name"), LISTS)
def test_other_text_in_a_list_is_left_out(model: type[Base], name: str) -> None:
    """The others are links."""
    assert ids(view(model, **{name: ["Ana", "7"]})) == ["7"]
    assert issues(model, **{name: ["Ana", "7"]}) == ({}, {f"{name}.0": NO_ID})
    assert ids(view(model, **{name: "Ana"})) == []


@pytest.mark.parametrize("value", ["635", 635, " 635 "])
def test_bare_digits_are_a_reference(value: object) -> None:
    """With a warning where Rubeus documents an object; none where it documents the id alone."""
    assert ids(view(Atividade, contato=value)) == ["635"]
    assert issues(Atividade, contato=value) == ({}, {"contato": ONLY_ID})
    assert ids(view(RegistroProcesso, contatos=[value, 636])) == ["635", "636"]
    assert issues(RegistroProcesso, contatos=[value, 636]) == ({}, {"contatos.0": ONLY_ID})
    assert viewed(Atividade, {"registroProcesso": value})[0].registroProcesso.id == "635"
    assert (
        issues(Atividade, registroProcesso=value) == issues(Evento, contatosSecundarios=[value]) == ({}, {})
    )


@pytest.mark.parametrize(
    "value", ["634,633", "634|633", " 634 , 633 ", ",634,,633,", "634,0,633", "634.0|633"]
)
def test_a_text_of_several_ids_is_several_references(value: str) -> None:
    """In a list's place, in a list, and in one reference's place, where the first is the principal one."""
    assert ids(view(RegistroProcesso, contatos=value)) == ["634", "633"]
    assert ids(view(Evento, contatosSecundarios=value)) == ["634", "633"]
    assert ids(view(Evento, contatosSecundarios=["1", value, "2"])) == ["1", "634", "633", "2"]
    assert issues(Evento, contatosSecundarios=["1", value, "2"]) == ({}, {"contatosSecundarios": SEVERAL})
    assert view(Atividade, contato=value).references == (
        Reference("634", "contato", principal=True),
        Reference("633", "contato", principal=False),
    )
    assert issues(Atividade, contato=value) == ({}, {"contato": SEVERAL})
    assert viewed(Atividade, {"registroProcesso": value})[0].registroProcesso.id == "634"


def test_one_id_beside_a_separator_is_one() -> None:
    """A list that lost all but one is that one."""
    assert ids(view(Evento, contatosSecundarios="634,")) == ["634"]
    assert issues(Atividade, registroProcesso="634,") == ({}, {"registroProcesso": UNUSUAL_ID})
    assert ids(view(Atividade, contato=",")) == []


def test_a_text_of_ids_without_end_is_none() -> None:
    """A text that makes a million references is no list of ids."""
    assert issues(Evento, contatosSecundarios="1," * 1_000_000) == (
        {},
        {"contatosSecundarios": "não é uma lista"},
    )


def test_the_others_of_several_contatos_come_from_ids_only() -> None:
    """A sender's key of our own field's name makes no link."""
    assert ids(view(Evento, contato={"id": "1", "others": ["2"]})) == ["1"]
