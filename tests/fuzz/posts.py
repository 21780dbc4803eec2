"""Requests as API Gateway hands them over, and events that only a person could write."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from tests.fuzz.bodies import BODIES
from tests.fuzz.texts import ANY_TEXT, CANARY, CPF, EMAIL, TEXTS, mixed

TOKEN = "codigo-certo-1d0c9a"
PREVIOUS = "codigo-anterior-77e2"


@dataclass(frozen=True)
class Post:
    """A request, and what is known of it by how it was made.

    Attributes
    ----------
    body
        The bytes that were sent.
    refused
        Why nothing of it may be kept, as the status that says so; None where it has to be.
    """

    event: Mapping[str, Any]
    body: bytes
    refused: int | None


def _text(text: str, *, encoded: bool) -> tuple[dict[str, Any], bytes]:
    return {"body": text, "isBase64Encoded": encoded}, text.encode("utf-8", "surrogatepass")


def _base64(body: bytes) -> tuple[dict[str, Any], bytes]:
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}, body


_SENT: st.SearchStrategy[tuple[dict[str, Any], bytes]] = mixed(
    (3, BODIES.map(_base64)),
    (3, BODIES.map(lambda body: _text(body.decode("utf-8", "replace"), encoded=False))),
    (2, mixed((2, TEXTS), (1, ANY_TEXT)).map(lambda text: _text(text, encoded=False))),
    # What has an exclamation mark is no base64.
    (1, TEXTS.map(lambda text: _text(f"{text}!", encoded=True))),
    (1, st.sampled_from([({}, b""), ({"body": None}, b""), ({"body": "", "isBase64Encoded": True}, b"")])),
)

_SEGMENT = ANY_TEXT | st.sampled_from(
    [CANARY, EMAIL, CPF, f"../{CANARY}", "a/b", "%", "ção", "webhook", "\u202e"]
)
_ODD_SEGMENTS = _SEGMENT.filter(bool).map(lambda text: quote(text, safe="", errors="surrogatepass"))
_ROOTS = st.sampled_from(
    ["/webhook", "/prod/webhook", "webhook", "//webhook", "/%77ebhook", f"/{CANARY}/webhook"]
)
_RIGHT = st.sampled_from([TOKEN, PREVIOUS, TOKEN.replace("-", "%2D"), f"%63{TOKEN[1:]}"])
_WRONG = mixed(
    (1, _ODD_SEGMENTS),
    (1, st.sampled_from([TOKEN[:-1], f"{TOKEN}%00", f"{TOKEN}%20", TOKEN.upper(), "%C3%28"])),
    (1, st.sampled_from(["\ud800", CANARY, f"{CANARY}ç"])),
)
_KINDS = ["contato", "registro_processo", "atividade", "evento", "fluxo"]
_ENDS = mixed(
    (3, st.sampled_from(["", "/", "//"])),
    (5, st.sampled_from([f"/{kind}" for kind in _KINDS])),
    (1, st.sampled_from(["/Contato", "/contato/", "/%63ontato", "/contato%20"])),
    (1, _ODD_SEGMENTS.map("/{}".format)),
)

_KNOWN = st.builds("{}/{}{}".format, _ROOTS, _RIGHT, _ENDS).map(lambda path: (path, None))
_STRANGE = st.builds("{}/{}{}".format, _ROOTS, _WRONG, _ENDS).map(lambda path: (path, 401))
_NOWHERE = st.one_of(
    st.sampled_from(
        ["", "/", "/webhook", "/webhook/", "/webhook//contato", "/WEBHOOK/t", f"/webhook%2F{TOKEN}"]
    ),
    st.builds("/webhook/{}/contato/{}".format, _RIGHT, _ODD_SEGMENTS),
    st.builds("/webhoock/{}".format, _ODD_SEGMENTS.filter(lambda segment: segment != "webhook")),
).map(lambda path: (path, 404))
_PATHS = mixed((12, _KNOWN), (1, _STRANGE), (1, _NOWHERE))

_METHODS = mixed(
    (10, st.just("POST")),
    (1, st.sampled_from(["post", "GET", "HEAD", "put", "OPTIONS", "", None, CANARY, "PÖST"])),
)

_TYPES = st.sampled_from(
    [
        *(
            "application/json",
            "application/json; charset=utf-16",
            "text/plain",
            "",
            None,
            ";",
            CANARY,
            "\ud800",
        ),
        *(
            "application/x-www-form-urlencoded",
            "APPLICATION/X-WWW-FORM-URLENCODED ; charset=latin-1",
            "a" * 9_000,
        ),
    ]
)
_HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "Content-Type", "CONTENT-TYPE"]), _TYPES, max_size=2
).map(lambda headers: {**headers, "authorization": f"Bearer {CANARY}", "x-forwarded-for": None})
_ASIDE: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"rawQueryString": None, "queryStringParameters": None, "headers": None},
        {"rawQueryString": f"cpf={CPF}&email={EMAIL}", "queryStringParameters": {"cpf": CPF, "email": EMAIL}},
        {"cookies": [f"sessao={CANARY}"], "pathParameters": {"token": CANARY}},
    ]
)


@st.composite
def posts(draw: st.DrawFn) -> Post:
    """Give a request of which is known what has to become of it."""
    sent, body = draw(_SENT)
    path, refused = draw(_PATHS)
    method = draw(_METHODS)
    http = {"method": method, "path": path, "sourceIp": CANARY}
    event = {"version": "2.0", "rawPath": path, "headers": draw(_HEADERS), **sent, **draw(_ASIDE)}
    if draw(st.integers(0, 9)) == 0:
        event["rawPath"] = None
    if (method or "").upper() != "POST":
        refused = refused or 405
    return Post({**event, "requestContext": {"http": http, "accountId": CPF}}, body, refused)


_FIELDS = [
    *(
        ("body",),
        ("isBase64Encoded",),
        ("headers",),
        ("headers", "content-type"),
        ("rawPath",),
        ("rawQueryString",),
    ),
    *(("requestContext",), ("requestContext", "http"), ("requestContext", "http", "method"), ("version",)),
    *(("requestContext", "http", "path"), ("queryStringParameters",), ("pathParameters",)),
]
_GONE = object()


def _put(event: Any, field: tuple[str, ...], value: object) -> Any:
    """Give the event with another value in a field, or without the field, where it has room for one."""
    if not field:
        return value
    if not isinstance(event, Mapping):
        return event
    name, *below = field
    inner = _put(event.get(name), tuple(below), value)
    rest = {key: each for key, each in event.items() if key != name}
    return rest if inner is _GONE else {**rest, name: inner}


def _changed(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def change(post: Post, changes: list[tuple[tuple[str, ...], Any]]) -> Any:
        event: Any = post.event
        for field, value in changes:
            event = _put(event, field, value)
        return event

    changes = st.lists(st.tuples(st.sampled_from(_FIELDS), values), min_size=1, max_size=5)
    return st.builds(change, posts(), changes)


WITH_HOLES = _changed(st.sampled_from([None, _GONE]))
"""Events in which fields are null or missing."""

_ODD = st.sampled_from(
    [0, 1.5, True, "", "\ud800", CANARY, [], {}, [CANARY], {"nome": CANARY}, {"": {"a": CPF}}]
)
NO_EVENTS = _changed(_ODD | st.none()) | _ODD | st.none()
"""Events that have other types where API Gateway promises texts and objects, and things that are no event."""
