from decimal import Decimal

import pytest

from ingest.body import split
from ingest.element import UnreadableError
from models.limits import MAX_BODY_BYTES
from models.outcome import Fault


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (b'\xef\xbb\xbf [ {"id":"1"} ,\n{"a":1.10} ] ', ['{"id":"1"}', '{"a":1.10}']),
        (b'{"id": "1"}', ['{"id": "1"}']),
        (b'{"0":{"id":1},"2": {"id":3}}', ['{"id":1}', '{"id":3}']),
        (b'[1, "a", null, [2]]', ["1", '"a"', "null", "[2]"]),
        (b"[]", []),
        (b" null ", []),
        (b"", []),
        (b'""', []),
        (b'" null "', []),
    ],
)
def test_elements_are_cut_out_as_they_stand(body: bytes, texts: list[str]) -> None:
    """An array, a bare object, a list with holes: each element's text is untouched."""
    elements = split(body).elements

    assert [element.text for element in elements] == texts
    assert [element.position for element in elements] == list(range(len(texts)))


@pytest.mark.parametrize(
    ("body", "fault", "line", "column"),
    [
        (b"[1,]", Fault.NOT_JSON, 1, 4),
        (b"[1 2]", Fault.NOT_JSON, 1, 4),
        (b'[{"id": 1}]\n x', Fault.NOT_JSON, 2, 2),
        (b"[]x", Fault.NOT_JSON, 1, 3),
        (b"[{}]x", Fault.NOT_JSON, 1, 5),
        (b'[{"a": "NaN", "b": NaN}]', Fault.NOT_JSON, 1, 20),
        (b"[-Infinity]", Fault.NOT_JSON, 1, 2),
        (b'[{"id": "1",', Fault.NOT_JSON, 1, 13),
        (b"[", Fault.NOT_JSON, 1, 2),
        (b'{"a": "\n"}', Fault.NOT_JSON, 1, 8),
        (b"abc\xff", Fault.NOT_UTF8, 1, 4),
        (b"5", Fault.SCALAR, 1, 1),
        (b'"text"', Fault.SCALAR, 1, 1),
        (b"\n 5\n", Fault.SCALAR, 2, 2),
        (b'"X"', Fault.SCALAR, 1, 1),
        (b"[" * 100_000, Fault.TOO_DEEP, 1, 101),
        (b'["[", ' + b"[" * 101 + b"]" * 102, Fault.TOO_DEEP, 1, 107),
        (b'\n[[{"a": 1}],\n' + b"[" * 101 + b"]" * 102, Fault.TOO_DEEP, 3, 101),
        (b"[" + b'{"a":' * 101 + b"1" + b"}" * 101 + b"]", Fault.TOO_DEEP, 1, 502),
        (b"[" * 101 + b"],[[]]" + b"]" * 100, Fault.TOO_DEEP, 1, 105),
        (b" " * (MAX_BODY_BYTES + 1), Fault.TOO_LARGE, 0, 0),
        (b"[" + b"1," * 10_000 + b"1]", Fault.TOO_LARGE, 0, 0),
    ],
    ids=lambda value: "body" if isinstance(value, bytes) else None,
)
def test_what_cannot_be_read_says_where(body: bytes, fault: Fault, line: int, column: int) -> None:
    """A body that is no list of records is refused as a whole, with the position."""
    with pytest.raises(UnreadableError) as error:
        split(body)

    problem = error.value.problem
    assert (problem.fault, problem.line, problem.column) == (fault, line, column)


@pytest.mark.parametrize(
    "body", [b"[1, ]", b'[{"a": 1,}]', b'[{"a": [1,]}]', b'{"a": 1 , }', b'[{"id": 1},\n]']
)
def test_a_trailing_comma_is_named(body: bytes) -> None:
    """The commonest slip of hand-written JSON is told with what to do about it."""
    with pytest.raises(UnreadableError) as error:
        split(body)

    assert error.value.problem.reason == "JSON inválido: vírgula antes do fim da lista ou do objeto."
    assert "vírgula" in error.value.problem.advice[0]


def test_deep_but_not_too_deep() -> None:
    """A hundred levels are taken; brackets in texts and beside each other don't count."""
    deep = "[" * 100 + "]" * 100

    assert [each.text for each in split(f"[{deep}]".encode()).elements] == [deep]
    assert len(split(("[" + '{"a": "[[[["},' * 150 + "[[],[],[]]]").encode()).elements) == 151
    assert len(split(b"[[" + b'[{"a": "{"}],' * 150 + b"[]]]").elements) == 1


def test_odd_elements_are_marked() -> None:
    """Repeated names, a repeated id of the element itself, and a number beyond decimal arithmetic."""
    names, own_id, inner_id, number = split(
        b'[{"a":1,"a":2},{"id":1,"id":2},{"x":{"id":1,"id":2}},{"a":1e9999999999999999999}]'
    ).elements

    assert (names.repeats_a_name, names.repeats_its_id) == (True, False)
    assert (own_id.repeats_a_name, own_id.repeats_its_id) == (True, True)
    assert (inner_id.repeats_a_name, inner_id.repeats_its_id) == (True, False)
    assert number.has_unusable_number


def test_numbers_are_exact() -> None:
    """Neither a long integer nor a fraction becomes a float."""
    (element,) = split(b"[[" + b"9" * 5_000 + b", 1.10, 7]]").elements

    assert element.value == [Decimal("9" * 5_000), Decimal("1.10"), 7]


def test_free_keys_may_be_positions() -> None:
    """On the fluxo path an object with numbers for keys is one record."""
    assert len(split(b'{"0": {"a": 1}, "1": {"a": 2}}', free_keys=True).elements) == 1
    assert len(split(rb'"{\"0\": {\"a\": 1}, \"1\": {\"a\": 2}}"', free_keys=True).elements) == 1


def test_a_lone_surrogate_is_taken_as_sent() -> None:
    """JSON may hold one as an escape; the text keeps it escaped."""
    (element,) = split(b'[{"nome": "a\\ud800"}]').elements

    assert (element.text, element.value) == ('{"nome": "a\\ud800"}', {"nome": "a\ud800"})


def test_the_limits_themselves_are_within() -> None:
    """Ten thousand elements, and as many bytes as there may be."""
    assert len(split(b"[" + b"1," * 9_999 + b"1]").elements) == 10_000
    assert split(b"[" + b" " * (MAX_BODY_BYTES - 2) + b"]").elements == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[1,,2]", "JSON inválido: esperava um valor."),
        (b"[}", "JSON inválido: esperava um valor."),
        (b"[NaN]", "JSON inválido: esperava um valor."),
        (b'{"a" 1}', "JSON inválido: esperava dois-pontos."),
        (b"[1 2]", "JSON inválido: esperava vírgula ou o fim da lista ou do objeto."),
        (b"[1]x", "JSON inválido: sobra texto depois do fim."),
        (rb'["\x"]', "JSON inválido: sequência inválida."),
        (b"5", "O corpo precisa ser uma lista ou um objeto."),
        (b"[" * 102 + b"]" * 102, "O JSON tem mais de 100 níveis."),
        (b"[" + b"1," * 10_000 + b"1]", "A lista passa de 10.000 registros."),
    ],
    ids=["place", "bracket", "nan", "colon", "comma", "rest", "escape", "scalar", "depth", "length"],
)
def test_what_is_wrong_is_told(body: bytes, reason: str) -> None:
    """In words; advice is given of a trailing comma alone."""
    with pytest.raises(UnreadableError) as error:
        split(body)

    assert (error.value.problem.reason, error.value.problem.advice) == (reason, ())
