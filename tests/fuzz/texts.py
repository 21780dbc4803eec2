"""Text of all shapes, most of it JSON or nearly, with canaries where there are values."""

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import TypeVar, get_args
from urllib.parse import quote_plus

from hypothesis import strategies as st
from tests.payloads import DOCUMENTED

from models.kind import MODELS
from models.shapes import Part

T = TypeVar("T")

CANARY = "canario-5f3a91c07be2"
CPF = "73182946055"
CPF_AS_WRITTEN = "731.829.460-55"
EMAIL = f"{CANARY}@exemplo.invalid"


def mixed(*choices: tuple[int, st.SearchStrategy[T]]) -> st.SearchStrategy[T]:
    """Choose among strategies by weight, which `one_of` does not know."""
    numbers = [number for number, (weight, _) in enumerate(choices) for _ in range(weight)]
    return st.sampled_from(numbers).flatmap(lambda number: choices[number][1])


ANY_TEXT = mixed(
    (3, st.text(st.characters(exclude_categories=[]), max_size=12)),
    (1, st.text("a1 \ud800\udfff\ufffe\uffff\x00\x1f\x85\u2028\u0130ß", max_size=6)),
)

_CANARIES = [f'"{CANARY}"', f'"{CPF}"', f'"{EMAIL}"', CPF, f'"{CPF_AS_WRITTEN}"', f'"<p>{CANARY}</p>"']
_NUMBERS = [
    *("0", "-0", "-0.0", "1", "1e400", "-1E-400", "1e999999999999999999", "0e0", "9" * 40, "9" * 41),
    *("1E+99999999999999999999", "-1e-99999999999999999999", "-" + "9" * 5_000, "0." + "1" * 400),
]
_OF_PHP = [
    *("null", "true", "false", '""', '"null"', '"0"', '"-1"', '"1,5"', "[]", "{}", "[null]", '[""]', "[[]]"),
    *('"0000-00-00"', '"0000-00-00 00:00:00"', '"2019-02-31 25:61"', '"2019-02-06 11:06"', '"20190206"'),
    *('"0001-01-01T00:00:00+23:59"', '"9999-12-31T23:59:59-23:59"', '{"0":null}', '{"2":{"id":"1"}}'),
]
_TEXTS = [
    *(
        r'"\ud800"',
        r'"\udc00\ud83d"',
        r'"\ud83d\ude00"',
        r'"\u0000"',
        r'"\uffff"',
        '"\u2028"',
        '"\x7f"',
        '" "',
    ),
    *('"\u00a0"', '"\ufeff"', f'"{"ç" * 101}"'),
]
_WRONG = [
    "01",
    "1.",
    "-",
    "NaN",
    "-NaN",
    "Infinity",
    "-Infinity",
    r'"\x"',
    r'"\u12"',
    '"\t"',
    "'a'",
    "id",
    "]",
    "",
]
_SCALARS = mixed(
    (2, st.sampled_from(_CANARIES)),
    (2, st.sampled_from([*_NUMBERS, *_OF_PHP, *_TEXTS])),
    (1, st.builds(json.dumps, ANY_TEXT)),
    (1, st.integers().map(str)),
)


def _names(model: type[Part]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        for part in _parts(field.annotation):
            yield from _names(part)


def _parts(annotation: object) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


_KEYS = st.sampled_from(
    [
        *sorted({json.dumps(name) for model in MODELS.values() for name in _names(model)}),
        *(f'"{CANARY}"', f'"{CPF}"', '"id"', '"0"', '"1"', '"-1"', '""', r'"\ud800"', r'"\u0069d"'),
    ]
)


def _object(members: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{key}:{value}" for key, value in members) + "}"


def _array(elements: list[str]) -> str:
    return f"[{','.join(elements)}]"


def _containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(inner, max_size=4).map(_array) | st.lists(st.tuples(_KEYS, inner), max_size=5).map(
        _object
    )


_ANYTHING = st.recursive(_SCALARS, _containers, max_leaves=12)
_RECORD = st.builds(
    lambda identity, members: _object([('"id"', identity), *members]),
    mixed((5, st.sampled_from(['"1"', "1", '" 2 "', *_CANARIES])), (1, _SCALARS)),
    st.lists(st.tuples(_KEYS, _ANYTHING), max_size=5),
)
_LISTS = st.lists(mixed((5, _RECORD), (1, _ANYTHING)), max_size=4).map(_array)
_WITH_HOLES = st.lists(
    st.tuples(st.sampled_from(['"0"', '"2"', '"999999"', '"x"']), _RECORD), max_size=3
).map(_object)

# A text or a number; with a colon behind it, it is a name.
_LEAF = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|\bnull\b|\b\d+\b')


def _filled(text: str, instead: dict[int, str]) -> str:
    """Put a canary in the place of every value, or what is to stand there instead."""
    places = count()

    def fill(match: re.Match[str]) -> str:
        if match[2]:
            return match[0]
        place = next(places)
        return instead.get(place, _CANARIES[place % len(_CANARIES)])

    return _LEAF.sub(fill, text)


_DOCUMENTED = st.builds(
    _filled,
    st.sampled_from(sorted(DOCUMENTED.values())),
    st.dictionaries(st.integers(0, 60), mixed((12, _ANYTHING), (1, st.sampled_from(_WRONG))), max_size=4),
)

_DEPTHS = st.sampled_from([1, 33, 97, 98, 99, 100, 101, 990, 5_000, 50_000, 100_000])
_DEEP = st.one_of(
    st.builds(lambda depth: "[" * depth + f'"{CANARY}"' + "]" * depth, _DEPTHS),
    st.builds(lambda depth: '{"id":' * depth + "1" + "}" * depth, _DEPTHS),
    st.builds(lambda depth: f'[{{"id":"1","nome":{"[" * depth}{CPF}{"]" * depth}}}]', _DEPTHS),
    st.builds(lambda depth: '[{"id":"1","camposPersonalizados":' + '{"a":[' * depth, _DEPTHS),
)

_PIECES = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    " ",
    "\n",
    '"id"',
    '"id":1',
    '"nome"',
    '{"id":"1"}',
    "=",
    "&",
    "%FF",
]
_SOUP = st.lists(st.sampled_from([*_PIECES, *_CANARIES, *_NUMBERS, *_TEXTS, *_WRONG]), max_size=12).map(
    "".join
)

_FORM = st.lists(
    st.builds(
        "{}={}".format, *[st.sampled_from(["id", "nome", CANARY, "a[]", "%FF", "", "%"]) | ANY_TEXT] * 2
    ),
    max_size=5,
).map("&".join)
_ENCODED_FORM = _FORM.map(lambda text: quote_plus(text, safe="=&%", errors="replace"))

TEXTS = mixed(
    (6, _DOCUMENTED),
    (4, _LISTS),
    (2, _RECORD),
    (2, _WITH_HOLES),
    (1, _ANYTHING),
    (2, _DEEP),
    (2, _SOUP),
    (1, _FORM),
    (1, _ENCODED_FORM),
    (1, ANY_TEXT),
)
