import pytest

from ingest.body import split

CONTENT = b'Content-Disposition: form-data; name="nome"'
PARTS = b"--x\r\n" + CONTENT + b"\r\n\r\nAna\r\n--x--\r\n"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"X=1", {"X": "1"}),
        (b"\r\n\r\n" + PARTS, {"nome": "Ana"}),
        (PARTS.replace(b'; name="nome"', b""), {"": "Ana"}),
    ],
    ids=["letter", "lines before", "no name"],
)
def test_a_form_at_its_edges(body: bytes, value: object) -> None:
    """What stands around it is no part of it."""
    (element,) = split(body).elements
    assert element.value == value


def test_an_empty_form_may_end_in_a_line_of_its_own() -> None:
    """As a text editor writes it."""
    assert split(b"--x--\n", "multipart/form-data").elements == []


def test_a_field_has_its_name_in_the_charset_too() -> None:
    """As its value."""
    (element,) = split(b"Jos%E9=1", "application/x-www-form-urlencoded; charset=latin1").elements
    assert element.value == {"José": "1"}


def test_the_text_of_a_form_is_not_escaped() -> None:
    """As JSON is not that Rubeus posts."""
    (element,) = split("nome=João".encode(), "application/x-www-form-urlencoded").elements
    assert element.text == '{"nome": "João"}'


def test_free_keys_of_a_multipart_form_may_be_positions() -> None:
    """Then they are one record's, else there are two."""
    parts = [PARTS[: -len(b"--x--\r\n")].replace(b"nome", b"%d[nome]" % number) for number in (0, 1)]
    body = b"".join(parts) + b"--x--\r\n"
    assert len(split(body).elements) == 2
    assert len(split(body, free_keys=True).elements) == 1
