"""From the bytes of a body to its elements, each with its own text."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable
from typing import NamedTuple

from multipart import parse_options_header

from ingest import form, json_elements
from ingest.element import Element, UnreadableError, too_large
from ingest.encoding import decode, decompress
from models.limits import MAX_BODY_BYTES
from models.outcome import Fault
from models.validation import Issue


class Body(NamedTuple):
    """What a body holds.

    Attributes
    ----------
    elements
        In order; none for what a connection test may send.
    warnings
        Of the body as a whole: how it had to be read.
    """

    elements: list[Element]
    warnings: tuple[Issue, ...] = ()


def split(
    body: bytes, content_type: str = "", content_encoding: str = "", *, free_keys: bool = False
) -> Body:
    """Split a body into its elements.

    It is JSON whatever the content type says: an array, a bare object (one element), or an object whose keys
    are positions, as PHP writes a list with holes. Only what is no JSON may be a form, urlencoded or
    multipart. With a warning, gzip is undone, another charset is read where it is declared, and JSON is taken
    out of a JSON text or of a form's only field; each once.

    Parameters
    ----------
    body
        As sent; a byte-order mark and white space around it don't count.
    content_type, content_encoding
        As sent; what the body shows goes before what they say.
    free_keys
        The keys are the sender's own, so an object with positions as keys is one element, and JSON in a
        form's only field is that field's value.

    Raises
    ------
    UnreadableError
        If it can't be decompressed, decoded or parsed, is nested too deep, a scalar, a file, or too large.
    """
    if len(body) > MAX_BODY_BYTES:
        raise too_large()
    media_type, options = parse_options_header(content_type)
    body, *notes = decompress(body, content_encoding)
    charset = "utf-16" if body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else options.get("charset", "")
    boundary = form.boundary(body, media_type)
    if boundary is not None:
        notes.append("o corpo é um formulário multipart")
        elements = _form(form.multipart_pairs(body, boundary), charset, notes, free_keys=free_keys)
    else:
        text, note = decode(body, charset)
        notes.append(note)
        elements = _text(text, media_type, charset, notes, free_keys=free_keys)
    return Body(elements, tuple(Issue("", note) for note in dict.fromkeys(notes) if note))


def _text(
    text: str, media_type: str, charset: str, notes: list[str | None], *, free_keys: bool
) -> list[Element]:
    start = json_elements.skip_space(text, 0)
    if start == len(text):
        return []
    if text[start] not in '[{"':
        if form.is_urlencoded(text.strip(), media_type):
            return _form(form.urlencoded_pairs(text.strip()), charset, notes, free_keys=free_keys)
        if media_type == form.MULTIPART:
            reason = "O cabeçalho diz multipart, mas o corpo não é."
            raise UnreadableError(Fault.MULTIPART, reason)
    read = json_elements.read(text, free_keys=free_keys)
    if not isinstance(read, str):
        return read
    inside = read.strip()
    if inside in ("", "null"):
        return []
    if inside[0] not in "[{":
        raise json_elements.not_records(text, start)
    notes.append("o JSON veio dentro de um texto")
    return _inside(inside, "No texto", free_keys=free_keys)


def _form(
    raw: Iterable[tuple[bytes, bytes]], charset: str, notes: list[str | None], *, free_keys: bool
) -> list[Element]:
    pairs: list[tuple[str, str]] = []
    for raw_name, raw_value in raw:
        try:
            name, note_of_name = decode(raw_name, charset)
            value, note_of_value = decode(raw_value, charset)
        except UnreadableError as error:
            reason = "O formulário tem um campo que não está em UTF-8."
            raise UnreadableError(error.problem.fault, reason) from None
        pairs.append((name, value))
        notes += (note_of_name, note_of_value)
    if len(pairs) == 1 and not free_keys:
        ((_, only),) = pairs
        if only.lstrip().startswith(("[", "{")):
            notes.append("o JSON veio dentro de um campo de formulário")
            return _inside(only, "No campo", free_keys=free_keys)
    fields, nested = form.nest(pairs)
    notes.append("nomes com colchetes no formulário foram aninhados" if nested else None)
    return form.elements(fields, free_keys=free_keys)


def _inside(text: str, where: str, *, free_keys: bool) -> list[Element]:
    """Read JSON that stood inside something else; a position in it would be none in the body."""
    # A lone surrogate, which an escape outside can make, is written as the escape it was.
    text = text.encode("utf-8", "backslashreplace").decode()
    try:
        read = json_elements.read(text, free_keys=free_keys)
    except UnreadableError as error:
        raise UnreadableError(error.problem.fault, f"{where}: {error.problem.reason}") from None
    return read if isinstance(read, list) else []
