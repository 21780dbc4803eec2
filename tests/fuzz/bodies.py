"""The bytes of bodies: text in some encoding, damaged or not, bytes at random, and bodies too big."""

from collections.abc import Callable
from typing import TypeAlias

from hypothesis import strategies as st
from tests.fuzz.texts import CANARY, TEXTS, mixed

_ENCODINGS = mixed(
    (12, st.just("utf-8")),
    (2, st.just("utf-8-sig")),
    (1, st.sampled_from(["utf-16", "utf-16-le", "utf-32", "latin-1", "utf-7"])),
)
_ENCODED = st.builds(lambda text, encoding: text.encode(encoding, "replace"), TEXTS, _ENCODINGS)

_PIECES = [
    *(b'"', b"[", b"]", b"{", b"}", b",", b":", b"=", b"\\", b"\x00", b"\x1f", b"\xff", b"\xc3", b"\r\n"),
    *(b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xef\xbf\xbf", b"\xe2\x80\xa8", b"\\ud800", b"NaN", b"-Infinity"),
    *(b"null", b"1e999", b'"id":1,', b'"nome":{"0":[]},', b"e9", b"9" * 50),
]


def _cut(body: bytes, place: int, length: int, _: bytes) -> bytes:
    return body[:place] + body[place + length :]


def _end(body: bytes, place: int, *_: object) -> bytes:
    return body[:place]


def _repeat(body: bytes, place: int, length: int, _: bytes) -> bytes:
    return body[: place + length] + body[place:]


def _insert(body: bytes, place: int, _: int, piece: bytes) -> bytes:
    return body[:place] + piece + body[place:]


def _overwrite(body: bytes, place: int, _: int, piece: bytes) -> bytes:
    return body[:place] + piece + body[place + len(piece) :]


def _flip(body: bytes, place: int, length: int, _: bytes) -> bytes:
    return (
        body[:place] + bytes(each ^ 1 << length % 8 for each in body[place : place + 1]) + body[place + 1 :]
    )


_Edit: TypeAlias = tuple[Callable[[bytes, int, int, bytes], bytes], float, int, bytes]
_EDITS = st.tuples(
    st.sampled_from([_cut, _end, _repeat, _insert, _overwrite, _flip]),
    st.floats(0, 1),
    st.integers(1, 40),
    st.sampled_from(_PIECES),
)


def _edited(body: bytes, edits: list[_Edit]) -> bytes:
    for edit, place, length, piece in edits:
        body = edit(body, int(place * len(body)), length, piece)
    return body


_BIG = st.sampled_from(
    [
        b" " * 6_000_001,
        b"[" + b"0," * 10_000 + b"0]",
        b"[" + b'{"id":"1","nome":"%s"},' % CANARY.encode() * 300 + b"5]",
        b'[{"id":"1","nome":"' + CANARY.encode() * 20_000 + b'"}]',
        b'{"id":"1","nome":1,"%s":2' % (CANARY.encode() * 2_000) + b',"a":1' * 2_000 + b"}",
    ]
)

BODIES = mixed(
    (30, _ENCODED),
    (15, st.builds(_edited, _ENCODED, st.lists(_EDITS, min_size=1, max_size=4))),
    (4, st.binary(max_size=100)),
    (1, _BIG),
)
