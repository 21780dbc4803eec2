import gzip
import json
import zlib
from codecs import BOM_UTF8

import pytest

from ingest.body import split
from ingest.element import UnreadableError
from models.limits import MAX_BODY_BYTES
from models.outcome import BodyProblem, Fault

TEXT = '[{"id": "1", "nome": "José"}]'
RECORD = '{"id": "1", "nome": "José"}'
COMPRESSED = "o corpo veio comprimido (gzip)"
AS_WINDOWS = "o corpo não veio em UTF-8, foi lido como Windows-1252"
IN_A_TEXT = "o JSON veio dentro de um texto"


def read(body: bytes, content_type: str = "", content_encoding: str = "") -> tuple[list[str], list[str]]:
    """Give the elements' texts and the warnings."""
    found = split(body, content_type, content_encoding)
    return [each.text for each in found.elements], [each.reason for each in found.warnings]


def refusal(body: bytes, content_type: str = "", content_encoding: str = "") -> tuple[Fault, str]:
    """Give why a body is refused."""
    with pytest.raises(UnreadableError) as error:
        split(body, content_type, content_encoding)
    return error.value.problem.fault, error.value.problem.reason


@pytest.mark.parametrize("content_encoding", ["gzip", "GZIP", " x-gzip ", "gzip, identity", "identity", ""])
def test_gzip_is_undone(content_encoding: str) -> None:
    """Where the header says it, and where only the body shows it; with a warning."""
    body = gzip.compress(BOM_UTF8 + TEXT.encode())

    assert read(body, content_encoding=content_encoding) == ([RECORD], [COMPRESSED])


def test_gzip_in_several_members_is_one_body() -> None:
    """As RFC 1952 has it."""
    assert read(gzip.compress(TEXT[:9].encode()) + gzip.compress(TEXT[9:].encode())) == (
        [RECORD],
        [COMPRESSED],
    )


def test_a_header_that_claims_gzip_is_not_believed() -> None:
    """A gateway may have undone it and kept the header."""
    warned = ["o cabeçalho diz gzip, mas o corpo não veio comprimido"]

    assert read(TEXT.encode(), content_encoding="gzip") == ([RECORD], warned)
    assert read(b"", content_encoding="gzip") == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(TEXT.encode())[:-9],
        gzip.compress(TEXT.encode())[:12],
        b"\x1f\x8b",
        b"\x1f\x8b\x08" + b"x" * 40,
        gzip.compress(TEXT.encode())[:-8] + bytes(8),
        gzip.compress(TEXT.encode()) + b"x",
    ],
    ids=["no checksum", "cut off", "magic only", "noise", "wrong checksum", "something behind"],
)
def test_broken_gzip_is_refused(body: bytes) -> None:
    """In words, never half read."""
    assert refusal(body) == (Fault.COMPRESSED, "O corpo veio comprimido (gzip), mas está danificado.")


def test_a_gzip_bomb_is_refused() -> None:
    """No more than the limit is ever decompressed; the limit itself is taken."""
    assert refusal(gzip.compress(bytes(50_000_000))) == (
        Fault.TOO_LARGE,
        "O corpo descomprimido passa de 6 MB.",
    )
    assert read(gzip.compress(b" " * MAX_BODY_BYTES)) == ([], [COMPRESSED])


@pytest.mark.parametrize(
    ("content_encoding", "reason"),
    [
        ("br", "O corpo veio comprimido (br); só gzip é lido."),
        ("Deflate", "O corpo veio comprimido (deflate); só gzip é lido."),
        ("zstd", "O corpo veio comprimido (zstd); só gzip é lido."),
        ("gzip, br", "O corpo veio comprimido (br); só gzip é lido."),
        ("52998224725", "O corpo veio comprimido; só gzip é lido."),
    ],
)
def test_other_compressions_are_named(content_encoding: str, reason: str) -> None:
    """By a name that we know: the header's own words are not repeated."""
    assert refusal(zlib.compress(TEXT.encode()), content_encoding=content_encoding) == (
        Fault.COMPRESSED,
        reason,
    )


def test_gzip_within_gzip_is_refused() -> None:
    """It is undone once."""
    assert refusal(gzip.compress(gzip.compress(TEXT.encode()))) == (
        Fault.COMPRESSED,
        "O corpo veio comprimido duas vezes (gzip).",
    )


@pytest.mark.parametrize("charset", ["ISO-8859-1", "latin1", "windows-1252", '"Windows-1252"'])
def test_the_declared_charset_is_read(charset: str) -> None:
    """Where the body is no UTF-8; ISO-8859-1 as Windows-1252, since that is what its senders write."""
    body = '[{"id": "1", "nome": "José “Zé” €"}]'.encode("cp1252")

    assert read(body, f"application/json; charset={charset}") == (
        ['{"id": "1", "nome": "José “Zé” €"}'],
        [AS_WINDOWS],
    )


@pytest.mark.parametrize("charset", ["ISO-8859-1", "windows-1252", "utf-16", "us-ascii", "rot13", ""])
def test_utf8_comes_first(charset: str) -> None:
    """PHP declares ISO-8859-1 and sends UTF-8."""
    assert read(TEXT.encode(), f"application/json; charset={charset}") == ([RECORD], [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_is_known_by_its_mark(encoding: str) -> None:
    """Whatever is declared."""
    assert read(f"\ufeff{TEXT}".encode(encoding), "application/json; charset=utf-8") == (
        [RECORD],
        ["o corpo não veio em UTF-8, foi lido como UTF-16"],
    )


@pytest.mark.parametrize("charset", ["", "utf-8", "x-desconhecido", "unicode_escape", "zip", "us-ascii"])
def test_another_charset_is_refused(charset: str) -> None:
    """Undeclared or not one of the few that are read: with the position of the first byte."""
    body = TEXT.encode("latin-1")

    assert refusal(body, f"application/json; charset={charset}") == (Fault.NOT_UTF8, "O byte 26 não é UTF-8.")


def test_bytes_that_the_declared_charset_lacks_are_refused() -> None:
    """Nothing is guessed."""
    with pytest.raises(UnreadableError) as error:
        split(b'["\x81"]', "application/json; charset=windows-1252")
    assert error.value.problem == BodyProblem(Fault.NOT_UTF8, "O byte 3 não é UTF-8 nem Windows-1252.", 1, 3)


@pytest.mark.parametrize("inner", [TEXT, RECORD, f" {TEXT}\n", '{"0": {"id": "1", "nome": "José"}}'])
def test_json_in_a_text_is_taken_out(inner: str) -> None:
    """As it stands there, with a warning."""
    texts, warnings = read(json.dumps(inner).encode())

    assert [json.loads(text) for text in texts] == [{"id": "1", "nome": "José"}]
    assert texts[0] in inner
    assert warnings == [IN_A_TEXT]


def test_json_in_a_text_is_taken_out_once() -> None:
    """What is still a text then is a scalar; nothing in it is a connection test."""
    assert refusal(json.dumps(json.dumps(TEXT)).encode())[0] is Fault.SCALAR
    assert refusal(b'"teste"')[0] is Fault.SCALAR
    assert read(b'"[]"') == ([], [IN_A_TEXT])


def test_broken_json_in_a_text_is_refused_without_a_position() -> None:
    """A line and column in it would be none in the body; broken text itself has one."""
    with pytest.raises(UnreadableError) as inside:
        split(b'"[{\\"id\\": 1,}]"')
    with pytest.raises(UnreadableError) as outside:
        split(b'"[{]')

    assert (inside.value.problem.line, inside.value.problem.column) == (0, 0)
    assert inside.value.problem.reason.startswith("No texto: JSON inválido: vírgula")
    assert (outside.value.problem.line, outside.value.problem.column) == (1, 1)


def test_a_text_taken_out_can_be_stored() -> None:
    """A lone surrogate, which no UTF-8 can hold, stays the escape that it was."""
    texts, _ = read(b'"[{\\"nome\\": \\"\\ud800\\"}]"')

    assert texts == ['{"nome": "\\ud800"}']
    assert texts[0].isascii()


def test_layers_are_undone_together() -> None:
    """Each tells of itself."""
    body = gzip.compress(json.dumps(TEXT, ensure_ascii=False).encode("latin-1"))

    assert read(body, "application/json; charset=latin1", "gzip") == (
        [RECORD],
        [COMPRESSED, AS_WINDOWS, IN_A_TEXT],
    )
