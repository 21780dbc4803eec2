import gzip
import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from hypothesis import example, given
from hypothesis import strategies as st

from ingest.body import Body, split
from ingest.element import UnreadableError
from models.exact_json import loads

CONTENT_TYPES = st.sampled_from(
    [
        "",
        "application/json",
        "application/json; charset=ISO-8859-1",
        "application/x-www-form-urlencoded; charset=windows-1252",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        'text/plain; charset="utf-16',
    ]
)
ENCODINGS = st.sampled_from(["", "gzip", "identity", "br", ",;"])
NAMES = st.lists(
    st.sampled_from(["a", "b", "0", "1", "[", "]", "[]", "[a]", "[0]", "[b]", "=", "&", "ç"]), max_size=5
).map("".join)
PIECES = [
    *(
        b"--x\r\n",
        b"--x--",
        b"\r\n",
        b"\r\n\r\n",
        b'Content-Disposition: form-data; name="a[b]"',
        b"; filename=f",
    ),
    *(
        b"a=1",
        b"&",
        b"%5B",
        b"%",
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"\\",
        b"\\ud800",
        b"\xff\xfe",
        b"\xe9",
        b"\x1f\x8b",
    ),
    *(b'{"id":"1"}', b",", b":", b"null", b"1e99999999999999999999", b"payload=", b" ", b"\x00"),
]
BODIES = st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join) | st.binary(max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=()), max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def split_or_refused(*post: Any, free_keys: bool = False) -> Body | None:
    """Split a body, or see that it is refused in words that fit a line; no other error may come."""
    try:
        return split(*post, free_keys=free_keys)
    except UnreadableError as error:
        reason = error.problem.reason
    assert 0 < len(reason) <= 78
    return None


def assert_storable(body: Body | None) -> None:
    """Assert that every element can be stored as text that says what its value says."""
    for position, element in enumerate(body.elements if body else ()):
        assert element.position == position
        assert element.has_unusable_number or loads(element.text.encode().decode()) == element.value


@given(
    BODIES,
    CONTENT_TYPES,
    ENCODINGS,
    st.sampled_from([{}, {"free_keys": True}]),
    st.sampled_from([bytes, gzip.compress]),
)
@example(b"--x\r\nContent-Disposition: form-data\r\n\r\n\xff\r\n--x--", "", "", {}, bytes)
def test_any_bytes_are_split_or_refused(
    body: bytes,
    content_type: str,
    content_encoding: str,
    path: dict[str, bool],
    send: Callable[[bytes], bytes],
) -> None:
    """Nothing else is raised, and what is taken can be stored."""
    assert_storable(split_or_refused(send(body), content_type, content_encoding, **path))


@given(JSON, st.sampled_from(["as it is", "in a text", "in a field"]))
def test_any_json_is_split_or_refused(value: object, how: str) -> None:
    """Also where it stands inside something else."""
    text = json.dumps(value)
    body = {"as it is": text, "in a text": json.dumps(text), "in a field": urlencode({"payload": text})}[how]

    assert_storable(split_or_refused(body.encode()))


@given(
    st.lists(st.tuples(NAMES, st.sampled_from(["", "1", "ç"])), max_size=8),
    st.sampled_from([split, partial(split, free_keys=True)]),
)
def test_no_value_of_a_form_is_lost(pairs: list[tuple[str, str]], split: Callable[..., Body]) -> None:
    """Every value that was sent is in the content, once, and the same form gives the same content."""
    body, form = urlencode(pairs).encode(), "application/x-www-form-urlencoded"
    found = split(body, form).elements

    assert split(body, form).elements == found
    assert Counter(leaf for each in found for leaf in leaves(each.value)) == Counter(
        value for _, value in pairs
    )


def leaves(value: object) -> list[object]:
    """Give all scalars in a JSON value."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    return [leaf for inner in value for leaf in leaves(inner)] if isinstance(value, list) else [value]
