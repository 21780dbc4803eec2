from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.exact_json import canonical, changed_fields, loads


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1, "b": [true, null]}', '{"b":[true,null],"a":1}'),
        ("1.0", "1"),
        ("0.10", "1e-1"),
        ("1E2", "100"),
        ("-0.0", "0"),
        ("-12.50", "-125e-1"),
        ("1e39", "1" + "0" * 39),
        ("1e60", "1" + "0" * 60),
        ("-" + "9" * 40, "-" + "9" * 40 + ".0"),
        ('"\\u00e9"', '"é"'),
    ],
)
def test_the_same_by_value_is_the_same(one: str, other: str) -> None:
    """Order of names, white space, escapes and the way a number is written don't count."""
    assert canonical(loads(one)) == canonical(loads(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("true", "1"),
        ("null", '""'),
        ('"1"', "1"),
        ("0.1", "0.10000000000000000001"),
        ("9007199254740993", "9007199254740992"),
        ("1e400", "1e401"),
        ("[1, 2]", "[2, 1]"),
        ('{"a": null}', "{}"),
        ('"é"', '"e\u0301"'),
        ('"\\ud800"', '"\\ud801"'),
    ],
)
def test_another_value_is_another(one: str, other: str) -> None:
    """No float lies in between, and no text is normalised."""
    assert canonical(loads(one)) != canonical(loads(other))


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@given(JSON)
def test_what_stands_beside_a_value_does_not_change_its_form(value: object) -> None:
    """Integers of over 64 bits and lone surrogates are written by another encoder than all else."""
    assert canonical([value, 2**70]) == b"[" + canonical(value) + b",%d]" % 2**70
    assert canonical([value, "\ud800"]) == b"[" + canonical(value) + b',"\xed\xa0\x80"]'


def test_numbers_are_read_as_written() -> None:
    """Digits beyond a float's, and beyond what int() takes, are all there."""
    assert loads("[0.10, 7, " + "9" * 5_000 + "]") == [Decimal("0.10"), 7, Decimal("9" * 5_000)]


def test_only_json_has_a_canonical_form() -> None:
    """Anything else is a mistake of ours."""
    with pytest.raises(TypeError):
        canonical({1j})


def test_changed_fields_are_those_that_differ_by_value() -> None:
    """What changed, appeared (with null too) or went, sorted; not what is only written otherwise."""
    before = {"a": 1, "b": Decimal("1.0"), "went": 0, "c": {"x": [1]}}
    after = {"c": {"x": [2]}, "b": 1, "a": True, "appeared": None}

    assert changed_fields(before, after) == ("a", "appeared", "c", "went")


def test_changed_fields_have_an_end() -> None:
    """Past four thousand characters of names an ellipsis stands for the rest."""
    fields = changed_fields({}, {f"{number:04d}{'k' * 96}": 1 for number in range(50)})

    assert (len(fields), fields[-1]) == (41, "…")
    assert changed_fields({}, {"k" * 4_001: 1}) == ("…",)


def test_changed_fields_can_be_stored() -> None:
    """A lone surrogate in a name is a question mark."""
    assert changed_fields({}, {"a\ud800": 1}) == ("a?",)
