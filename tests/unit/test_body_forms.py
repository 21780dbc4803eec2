import json
from urllib.parse import quote_plus

import pytest

from ingest.body import split
from ingest.element import MAX_FIELDS, UnreadableError
from models.exact_json import canonical
from models.outcome import Fault

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=----x"
NESTED = "nomes com colchetes no formulário foram aninhados"
IS_MULTIPART = "o corpo é um formulário multipart"
IN_A_FIELD = "o JSON veio dentro de um campo de formulário"


def multipart(*parts: tuple[str, str], end: str = "------x--\r\n", charset: str = "utf-8") -> bytes:
    """Write a multipart form, each part as the rest of its headers and its value."""
    written = (
        f"------x\r\nContent-Disposition: form-data; {rest}\r\n\r\n{value}\r\n" for rest, value in parts
    )
    return ("".join(written) + end).encode(charset)


def only(body: bytes, content_type: str = "", *, free_keys: bool = False) -> object:
    """Give the one element's value; its text says the same."""
    (element,) = split(body, content_type, free_keys=free_keys).elements
    assert json.loads(element.text) == element.value
    return element.value


def warnings(body: bytes, content_type: str = "", *, free_keys: bool = False) -> list[str]:
    """Give what is warned of about the body as a whole."""
    return [each.reason for each in split(body, content_type, free_keys=free_keys).warnings]


def refusal(body: bytes, content_type: str = "") -> tuple[Fault, str]:
    """Give why a body is refused."""
    with pytest.raises(UnreadableError) as error:
        split(body, content_type)
    return error.value.problem.fault, error.value.problem.reason


@pytest.mark.parametrize(
    ("body", "content_type", "value"),
    [
        (b"a=1&b=2&a=3&a=4", "", {"a": ["1", "3", "4"], "b": "2"}),
        (
            "nome=João da Silva&vazio=".encode(),
            f"{FORM}; charset=utf-8",
            {"nome": "João da Silva", "vazio": ""},
        ),
        (b"nome=Jo%C3%A3o+da+Silva&x", FORM, {"nome": "João da Silva", "x": ""}),
        (b'{"a=b": 1}', FORM, {"a=b": 1}),
    ],
)
def test_a_form_is_one_object(body: bytes, content_type: str, value: object) -> None:
    """Urlencoded pairs become texts, repeated names a list; JSON stays JSON whatever the header says."""
    assert only(body, content_type) == value
    assert warnings(body, content_type) == []


def test_no_form_without_its_alphabet() -> None:
    """Prose with an equals sign is no form unless the header says so."""
    assert refusal(b"a = b")[0] is Fault.NOT_JSON


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("emails[principal]=a&emails[outro]=b", {"emails": {"principal": "a", "outro": "b"}}),
        ("l[0][id]=1&l[0][x]=2&l[1][id]=3", {"l": [{"id": "1", "x": "2"}, {"id": "3"}]}),
        ("l[1][id]=3&l[0][id]=1", {"l": [{"id": "1"}, {"id": "3"}]}),
        ("l[0][id]=1&l[2][id]=3", {"l": {"0": {"id": "1"}, "2": {"id": "3"}}}),
        ("t[]=a&t[]=b", {"t": ["a", "b"]}),
        ("t[][id]=1&t[][id]=2", {"t": [{"id": "1"}, {"id": "2"}]}),
        ("a[b][]=1&a[b][]=2&a[c]=", {"a": {"b": ["1", "2"], "c": ""}}),
        ("a[b]=1&a[b]=2", {"a": {"b": ["1", "2"]}}),
        ("a[01]=x", {"a": {"01": "x"}}),
        ("a[ ]=x&a[ç.é]=y", {"a": {" ": "x", "ç.é": "y"}}),
    ],
)
@pytest.mark.parametrize("free_keys", [False, True])
def test_brackets_of_php_are_nested(form: str, value: object, free_keys: bool) -> None:  # noqa: FBT001 - a case
    """Written plain or percent-encoded, urlencoded or multipart, on every path; with a warning."""
    pairs = [pair.split("=") for pair in form.split("&")]
    encoded = "&".join(f"{quote_plus(name)}={quote_plus(inner)}" for name, inner in pairs).encode()
    parts = multipart(*((f'name="{name}"', inner) for name, inner in pairs))

    assert only(form.encode(), FORM, free_keys=free_keys) == value
    assert only(encoded, free_keys=free_keys) == value
    assert only(parts, MULTIPART, free_keys=free_keys) == value
    assert warnings(encoded, FORM, free_keys=free_keys) == [NESTED]
    assert warnings(parts, MULTIPART, free_keys=free_keys) == [IS_MULTIPART, NESTED]


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (b"a=1&a[b]=2", {"a": "1", "a[b]": "2"}),
        (b"a[b]=2&a=1", {"a": "1", "a[b]": "2"}),
        (b"a[b]=1&a[b][c]=2", {"a": {"b": "1"}, "a[b][c]": "2"}),
        (b"a[b][c]=2&a[b]=1", {"a": {"b": {"c": "2"}}, "a[b]": "1"}),
        (
            b"a[=1&b]=2&[c]=3&d[e]f=4&g[h=5&[]=6",
            {"a[": "1", "b]": "2", "[c]": "3", "d[e]f": "4", "g[h": "5", "[]": "6"},
        ),
    ],
)
def test_no_field_is_lost_to_another(form: bytes, value: object) -> None:
    """A name that contradicts another, or whose brackets don't match, stays whole."""
    assert only(form, FORM) == value


def test_a_form_may_be_a_list_of_records() -> None:
    """PHP writes a list's form with positions in front; on the fluxo path it is one object."""
    body = b"0[id]=1&0[nome]=a&1[id]=2"

    assert [each.value for each in split(body).elements] == [{"id": "1", "nome": "a"}, {"id": "2"}]
    assert [each.position for each in split(body).elements] == [0, 1]
    assert only(body, free_keys=True) == {"0": {"id": "1", "nome": "a"}, "1": {"id": "2"}}


def test_the_same_fields_are_the_same_content() -> None:
    """However a form is written, and in whatever order its fields come."""
    bodies = [
        (b"id=1&e[p]=x&l[]=1&l[]=2", FORM),
        (b"l%5B1%5D=2&l%5B0%5D=1&e%5Bp%5D=%78&id=1", FORM),
        (
            multipart(('name="e[p]"', "x"), ('name="l[]"', "1"), ('name="l[]"', "2"), ('name="id"', "1")),
            MULTIPART,
        ),
    ]

    assert len({canonical(only(*body)) for body in bodies}) == 1


def test_a_form_has_limits() -> None:
    """Of fields and of nesting; the limits themselves are within."""
    many, deep = b"a=&" * MAX_FIELDS, b"a" + b"[b]" * 99

    assert only(many[:-1]) == {"a": [""] * MAX_FIELDS}
    assert refusal(many + b"a=") == (Fault.TOO_LARGE, "O formulário passa de 10.000 campos.")
    assert refusal(multipart(*[('name="a"', "")] * (MAX_FIELDS + 1)), MULTIPART)[0] is Fault.TOO_LARGE
    assert only(deep + b"=1")
    assert refusal(deep + b"[b]=1") == (Fault.TOO_DEEP, "O formulário tem mais de 100 níveis.")


@pytest.mark.parametrize("content_type", [MULTIPART, "multipart/form-data", "application/json", ""])
def test_a_multipart_form_is_known_by_its_body(content_type: str) -> None:
    """Also where the header lacks the boundary, as a program's hand-written one does, or says otherwise."""
    body = multipart(
        ('name="id"', "7"), ('name="nome"\r\nContent-Type: text/plain', "Zoé"), ("name=x", "a\r\nb")
    )

    assert only(body, content_type) == {"id": "7", "nome": "Zoé", "x": "a\r\nb"}
    assert warnings(body, content_type) == [IS_MULTIPART]


def test_an_empty_multipart_form_holds_nothing() -> None:
    """It is a test of the connection."""
    assert split(b"------x--\r\n", MULTIPART).elements == []
    assert split(b"", MULTIPART).elements == []


@pytest.mark.parametrize("value", ["conteúdo", ""])
def test_a_file_is_refused(value: str) -> None:
    """In words; an empty file, which a browser sends where none was chosen, is an empty field."""
    file = ('name="f"; filename="a.txt"', value)

    assert refusal(multipart(('name="id"', "7"), file), MULTIPART) == (
        Fault.MULTIPART,
        "O corpo é um formulário multipart com arquivo.",
    )
    assert only(multipart(('name="f"; filename=""', "")), MULTIPART) == {"f": ""}


@pytest.mark.parametrize(
    "body",
    [
        multipart(('name="id"', "7"), end=""),
        multipart(('name="id"', "7"), end="------y--"),
        multipart(('name="id"', "7")).replace(b"\r\n", b"\n"),
        multipart(('name="id"', "7")).replace(b"form-data", b"attachment"),
        b"------x\r\n",
        b"isto n\xe3o \xe9",
        b"isto",
    ],
)
def test_a_broken_multipart_form_is_refused(body: bytes) -> None:
    """Above all one that is cut off: its last field may be half of what it was."""
    fault, reason = refusal(body, MULTIPART)

    assert fault in (Fault.MULTIPART, Fault.NOT_UTF8)
    assert "multipart" in reason or "UTF-8" in reason


@pytest.mark.parametrize("name", ["payload", "data", "", "a[b]"])
@pytest.mark.parametrize("text", ['[{"id": "1", "nome": "Zoé & Cia"}]', ' {"id": 1} '])
def test_json_in_the_only_field_is_taken_out(name: str, text: str) -> None:
    """Urlencoded or multipart, with a warning; on the fluxo path the field is the sender's own."""
    encoded = f"{quote_plus(name)}={quote_plus(text)}".encode()
    record = json.loads(text)
    expected = record[0] if isinstance(record, list) else record

    assert only(encoded, FORM) == expected
    assert warnings(encoded, FORM) == [IN_A_FIELD]
    assert only(multipart((f'name="{name}"', text)), MULTIPART) == expected
    assert only(encoded, FORM, free_keys=True) != expected
    assert warnings(encoded, FORM, free_keys=True) in ([], [NESTED])


@pytest.mark.parametrize("body", [b"payload=%5B1&id=2", b"payload=x", b"payload=7"])
def test_other_fields_stay_fields(body: bytes) -> None:
    """JSON beside another field is that field's text, and what is no list or object too."""
    assert isinstance(only(body), dict)
    assert warnings(body) == []


def test_broken_json_in_the_only_field_is_refused_without_a_position() -> None:
    """A line and column in it would be none in the body."""
    with pytest.raises(UnreadableError) as error:
        split(b"payload=%5B%7B%22id%22")

    problem = error.value.problem
    assert (problem.fault, problem.line, problem.column) == (Fault.NOT_JSON, 0, 0)
    assert problem.reason.startswith("No campo: JSON inválido: ")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"id=1&nome=Jos%E9", f"{FORM}; charset=ISO-8859-1"),
        ("id=1&nome=José".encode("latin-1"), f'{FORM}; charset="windows-1252"'),
        (
            multipart(('name="id"', "1"), ('name="nome"', "José"), charset="latin-1"),
            f"{MULTIPART}; charset=latin1",
        ),
    ],
)
def test_a_form_is_read_in_its_charset(body: bytes, content_type: str) -> None:
    """Where it is declared and the field is no UTF-8; undeclared, it is refused."""
    assert only(body, content_type) == {"id": "1", "nome": "José"}
    assert "o corpo não veio em UTF-8, foi lido como Windows-1252" in warnings(body, content_type)
    assert refusal(body, content_type.split("; charset", maxsplit=1)[0])[0] is Fault.NOT_UTF8


def test_a_form_is_utf8_whatever_is_declared() -> None:
    """PHP declares ISO-8859-1 and sends UTF-8."""
    assert only(b"nome=Jos%C3%A9", f"{FORM}; charset=ISO-8859-1") == {"nome": "José"}
    assert warnings(b"nome=Jos%C3%A9", f"{FORM}; charset=ISO-8859-1") == []
