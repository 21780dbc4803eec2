from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.validated import viewed

from models.contato import Contato
from models.registro_processo import RegistroProcesso
from models.validation import Validation, validate


def contato(**data: object) -> tuple[Any, dict[str, str]]:
    """Give a contato's view and warnings."""
    return viewed(Contato, data)


@pytest.mark.parametrize(
    ("value", "view"),
    [("Lia", "Lia"), (535, "535"), (Decimal("1.50"), "1.50"), (" x ", " x "), ("\ud800", "\ud800")],
)
def test_text_and_numbers_read_as_text(value: object, view: str) -> None:
    """Text reads as it is; a number reads as its digits, none lost."""
    contato_, warnings = contato(nome=value)

    assert (contato_.nome, warnings) == (view, {})


@pytest.mark.parametrize("value", [True, ["a"], {"a": 1}, pytest.param(10**5000, id="gigantic")])
def test_what_is_not_text_is_a_warning(value: object) -> None:
    """A shape that is no text is accepted with a warning and read as nothing."""
    view, warnings = contato(nome=value)

    assert view.nome is None
    assert list(warnings) == ["nome"]


@pytest.mark.parametrize(
    ("value", "view"),
    [
        ("0", False), (0, False), (False, False), ("1", True), (1, True), (True, True),
        ("-1", True), (-1, True), (Decimal("1.0"), True), (None, None), ("", None), ([], None),
    ],
)  # fmt: skip
def test_flags(value: object, view: bool | None) -> None:  # noqa: FBT001 - the expected value
    """Flags as text, numbers or booleans read as bool; -1 is true, as it is in PHP and MySQL."""
    contato_, warnings = contato(aluno=value)

    assert (contato_.aluno, warnings) == (view, {})


@pytest.mark.parametrize("value", ["sim", "2", 2, Decimal("0.5"), ["1"], {"a": "1"}])
def test_other_flags(value: object) -> None:
    """Any other flag is read as nothing, with a warning."""
    assert contato(aluno=value)[0].aluno is None
    assert contato(aluno=value)[1] == {"aluno": "não é 0 nem 1"}


@pytest.mark.parametrize(
    ("value", "view", "offset"),
    [
        ("2019-02-06 11:06", datetime(2019, 2, 6, 13, 6, tzinfo=UTC), -2),  # daylight saving time, until 2019
        ("2019-02-06 11:06:59", datetime(2019, 2, 6, 13, 6, 59, tzinfo=UTC), -2),
        ("2024-02-06 11:06", datetime(2024, 2, 6, 14, 6, tzinfo=UTC), -3),
        ("2024-02-06", datetime(2024, 2, 6, 3, 0, tzinfo=UTC), -3),
        ("2024-02-06T11:06:00Z", datetime(2024, 2, 6, 11, 6, tzinfo=UTC), -3),
    ],
)
def test_moments_are_brasilia_time(value: str, view: datetime, offset: int) -> None:
    """A time without offset is Brasília's, summer time included; an offset is heeded."""
    registro, warnings = viewed(RegistroProcesso, {"criacao": value})

    assert registro.criacao == view
    assert registro.criacao.utcoffset() == timedelta(hours=offset)
    assert warnings == {}


@pytest.mark.parametrize("value", ["0000-00-00", "0000-00-00 00:00", "0000-00-00 00:00:00"])
def test_zero_dates_mean_nothing(value: str) -> None:
    """MySQL's zero date is nothing, without a warning."""
    assert viewed(RegistroProcesso, {"criacao": value}) == viewed(RegistroProcesso, {"criacao": None})
    assert contato(dataNascimento=value)[0].dataNascimento is None


@pytest.mark.parametrize(
    "value", ["06/02/2019 11:06", "2019-02-30 11:06", "0001-01-01T00:00+14:00", "x", 20190206]
)
def test_other_moments(value: object) -> None:
    """A time that can't be read is read as nothing, with a warning."""
    registro, warnings = viewed(RegistroProcesso, {"criacao": value})

    assert registro.criacao is None
    assert warnings == {"criacao": "data e hora em formato inesperado"}


def test_days() -> None:
    """A date reads as a date, also with a time behind it; one that can't be read is a warning."""
    assert contato(dataNascimento="1997-10-22")[0].dataNascimento == date(1997, 10, 22)
    assert contato(dataNascimento="1997-10-22 00:00:00")[0].dataNascimento == date(1997, 10, 22)
    assert contato(dataNascimento="22/10/1997")[0].dataNascimento is None
    assert contato(dataNascimento="22/10/1997")[1] == {"dataNascimento": "data em formato inesperado"}


@pytest.mark.parametrize(
    ("value", "view", "warning"),
    [
        ("760", Decimal(760), None),
        ("706.78", Decimal("706.78"), None),
        (706, Decimal(706), None),
        (Decimal("706.780"), Decimal("706.780"), None),
        ("706,78", Decimal("706.78"), "número com vírgula"),
        ("NaN", None, "não é um número"),
        ("nove", None, "não é um número"),
        (True, None, "não é um número"),
    ],
)
def test_nota_enem_is_exact(value: object, view: Decimal | None, warning: str | None) -> None:
    """A mark reads as an exact decimal."""
    registro, warnings = viewed(RegistroProcesso, {"notaEnem": value})

    assert registro.notaEnem == view
    assert warnings.get("notaEnem") == warning


@pytest.mark.parametrize(
    ("value", "view"), [("2015", 2015), (2015, 2015), ("dois mil", None), (Decimal("1.5"), None)]
)
def test_integers(value: object, view: int | None) -> None:
    """A whole number reads as int; anything else is a warning."""
    contato_, warnings = contato(anoFormacao=value)

    assert contato_.anoFormacao == view
    assert bool(warnings) is (view is None)


def test_all_warnings_are_told_at_once() -> None:
    """Each such field has a warning of its own, and the other fields read as usual."""
    view, warnings = contato(nome="Lia", aluno="talvez", emails={"principal": ["x"]}, cpf="1")

    assert view.nome == "Lia"
    assert sorted(warnings) == ["aluno", "cpf", "emails.principal"]


@pytest.mark.parametrize("build", [lambda: contato(nome=["x"]), lambda: contato(nome="Lia")])
def test_views_are_read_only(build: Callable[[], tuple[Any, Any]]) -> None:
    """A view can't be changed."""
    with pytest.raises(ValueError, match="frozen"):
        build()[0].nome = "outra"


def test_validation_of_an_ordinary_record_says_nothing_more() -> None:
    """Nothing to say is empty tuples."""
    view = validate(Contato, {"id": 341}).view

    assert view is not None
    assert validate(Contato, {"id": 341}) == Validation(view, (), (), ())
    assert view.id == "341"
