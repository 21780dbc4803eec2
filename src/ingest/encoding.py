"""The layers around a body's text: compression and charset."""

import gzip
import zlib
from codecs import BOM_UTF8
from io import BytesIO

from ingest.element import UnreadableError, too_large
from models.limits import MAX_BODY_BYTES
from models.outcome import Fault

_GZIP = b"\x1f\x8b"
_GZIP_NAMES = frozenset({"gzip", "x-gzip"})
_OTHER_NAMES = frozenset({"br", "compress", "deflate", "zstd"})  # the only ones that an answer repeats

# Who says ISO-8859-1 mostly writes Windows-1252, and the web reads it so (WHATWG Encoding Standard).
_CODECS = dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252"), "cp1252")
_CODECS |= {"iso-8859-15": "iso8859-15", "utf-16": "utf-16"}
_NAMES = {"cp1252": "Windows-1252", "iso8859-15": "ISO-8859-15", "utf-16": "UTF-16"}


def decompress(body: bytes, content_encoding: str) -> tuple[bytes, str | None]:
    """Undo gzip, whether the header says it or only the body shows it.

    Returns
    -------
    tuple
        The bytes inside, and what is to be warned of.

    Raises
    ------
    UnreadableError
        If it is compressed otherwise or twice, corrupt, or over the limit when decompressed.
    """
    names = [name for each in content_encoding.lower().split(",") if (name := each.strip())]
    other = next((name for name in names if name not in (*_GZIP_NAMES, "identity")), None)
    if other is not None:
        named = f" ({other})" if other in _OTHER_NAMES else ""
        raise UnreadableError(Fault.COMPRESSED, f"O corpo veio comprimido{named}; só gzip é lido.")
    if not body.startswith(_GZIP):
        claimed = bool(body) and not _GZIP_NAMES.isdisjoint(names)
        return body, "o cabeçalho diz gzip, mas o corpo não veio comprimido" if claimed else None
    try:
        with gzip.GzipFile(fileobj=BytesIO(body)) as file:
            inside = file.read(MAX_BODY_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        reason = "O corpo veio comprimido (gzip), mas está danificado."
        raise UnreadableError(Fault.COMPRESSED, reason) from None
    if len(inside) > MAX_BODY_BYTES:
        raise too_large("O corpo descomprimido")
    if inside.startswith(_GZIP):
        raise UnreadableError(Fault.COMPRESSED, "O corpo veio comprimido duas vezes (gzip).")
    return inside, "o corpo veio comprimido (gzip)"


def decode(raw: bytes, charset: str) -> tuple[str, str | None]:
    """Read text: UTF-8 first, whatever is declared, since PHP declares ISO-8859-1 and sends UTF-8.

    Parameters
    ----------
    charset
        As declared, or empty.

    Returns
    -------
    tuple
        The text without a byte-order mark, and what is to be warned of.

    Raises
    ------
    UnreadableError
        If it is neither UTF-8 nor what is declared; with the position in bytes.
    """
    try:
        return raw.removeprefix(BOM_UTF8).decode(), None
    except UnicodeDecodeError as error:
        at = error.start + 1
    codec = _CODECS.get(charset.strip().lower())
    if codec is None:
        raise UnreadableError(Fault.NOT_UTF8, f"O byte {at} não é UTF-8.", 1, at)
    try:
        return raw.decode(codec), f"o corpo não veio em UTF-8, foi lido como {_NAMES[codec]}"
    except UnicodeDecodeError as error:
        at = error.start + 1
        raise UnreadableError(
            Fault.NOT_UTF8, f"O byte {at} não é UTF-8 nem {_NAMES[codec]}.", 1, at
        ) from None
