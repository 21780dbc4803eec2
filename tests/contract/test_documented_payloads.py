import pytest
from pydantic import BaseModel
from tests.payloads import documented

from models.kind import KINDS, MODELS, infer
from models.validation import validate


@pytest.mark.parametrize("kind", KINDS)
def test_documented_record_is_accepted_without_an_unknown_field(kind: str) -> None:
    """Each documented record is accepted, and the models know every key in it, at every depth."""
    validation = validate(MODELS[kind], documented(kind))

    assert validation.problems == ()
    assert validation.unknown_fields == ()
    assert validation.view is not None


@pytest.mark.parametrize("kind", KINDS)
def test_documented_record_is_of_its_kind(kind: str) -> None:
    """The keys of each documented record tell its kind."""
    assert infer(documented(kind)).kind == kind


@pytest.mark.parametrize("kind", KINDS)
def test_models_type_what_is_documented_and_no_more(kind: str) -> None:
    """A model's fields are exactly the keys of the documented record."""
    assert set(MODELS[kind].model_fields) == documented(kind).keys()


@pytest.mark.parametrize(
    ("kind", "warned"),
    [
        ("contato", ["cpf"]),  # the documented CPF is made up: its check digits are wrong
        ("registro_processo", []),
        ("atividade", []),
        ("evento", []),
    ],
)
def test_documented_values_are_as_expected(kind: str, warned: list[str]) -> None:
    """What is documented gives no warning, except for its made-up CPF."""
    assert [each.field for each in validate(MODELS[kind], documented(kind)).warnings] == warned


@pytest.mark.parametrize("kind", KINDS)
def test_view_loses_nothing_that_is_there(kind: str) -> None:
    """Every documented field that has a value has a view that says something."""
    view = validate(MODELS[kind], documented(kind)).view
    assert view is not None

    _assert_shows(view, documented(kind))


def _assert_shows(view: BaseModel, sent: dict[str, object]) -> None:
    for name, value in sent.items():
        shown = getattr(view, name)
        if value is None:
            assert shown in (None, ())
        elif isinstance(value, dict) and isinstance(shown, BaseModel):
            _assert_shows(shown, value)
        else:
            assert shown not in (None, (), {}), name
