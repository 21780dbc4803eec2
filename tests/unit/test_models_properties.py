from copy import deepcopy
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.payloads import documented

from models.identity import usable_id
from models.kind import KINDS, MODELS
from models.validation import Validation, validate

# Whatever JSON can hold.
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**300, -(10**30), Decimal("634.0"), Decimal("1e400"), Decimal("1e-999999999")])
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        [
            *(
                "",
                "null",
                "0",
                "undefined",
                "{{id}}",
                "634",
                "634,633",
                "2|3",
                "634.0",
                ",",
                "\ud800",
                "9" * 5000,
            ),
            *("0000-00-00", "2019-02-06 11:06", "0001-01-01T00:00+14:00", "a@b", "a@b/c@d", "3232-1111/2222"),
        ]
    )
    | st.text(st.characters(exclude_categories=()))
)
KEYS = st.sampled_from(["id", "nome", "codigo", "principal", "0", "", "\ud800"]) | st.text(
    st.characters(exclude_categories=()), max_size=5
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def assert_sound(validation: Validation, data: dict[str, Any]) -> None:
    """Assert what holds for every validation."""
    assert (validation.view is None) is bool(validation.problems)
    for issue in (*validation.problems, *validation.warnings):
        assert 0 < len(issue.reason) <= 60
        assert all(part.isdecimal() or part in DOCUMENTED_NAMES for part in issue.field.split(".") if part)
    assert list(validation.unknown_fields) == sorted(set(validation.unknown_fields))
    if validation.view is not None:
        assert all(reference.id for reference in validation.view.references)
        assert validation.view.id == usable_id(data["id"])
        cpf = getattr(validation.view, "cpf", None)
        assert cpf is None or (cpf.isascii() and cpf.isdigit() and len(cpf) == 11)


def names_in(value: object) -> set[str]:
    """Give all keys in a JSON value."""
    if isinstance(value, dict):
        return set(value).union(*map(names_in, value.values()))
    return set().union(*map(names_in, value)) if isinstance(value, list) else set()


DOCUMENTED_NAMES = set().union(*(names_in(documented(kind)) for kind in KINDS))


@given(st.sampled_from(KINDS), st.data())
def test_any_json_object_is_validated(kind: str, draw: st.DataObject) -> None:
    """Whatever an object holds, under documented names or others, it is validated, and it is not changed."""
    names = st.sampled_from(sorted(MODELS[kind].model_fields)) | KEYS
    data = draw.draw(st.dictionaries(names, JSON, max_size=8))
    data |= draw.draw(st.sampled_from([{}, {"id": "1"}]))
    before = deepcopy(data)

    assert_sound(validate(MODELS[kind], data), data)
    assert data == before


@given(st.sampled_from(KINDS), st.data())
def test_documented_record_with_anything_anywhere_is_validated(kind: str, draw: st.DataObject) -> None:
    """Whatever stands in the place of some documented values, the record is validated and not changed."""
    data = documented(kind)
    for _ in range(draw.draw(st.integers(1, 4))):
        place: Any = data
        while True:
            key = draw.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
            if not (isinstance(place[key], dict | list) and place[key] and draw.draw(st.booleans())):
                break
            place = place[key]
        place[key] = draw.draw(JSON)
    before = deepcopy(data)

    assert_sound(validate(MODELS[kind], data), data)
    assert data == before
