import base64

import pytest

from handlers.request import read_request


@pytest.mark.parametrize(
    ("path", "token", "kind"),
    [
        ("/webhook/t", "t", None),
        ("/webhook/t/", "t", None),
        ("/webhook/t/contato", "t", "contato"),
        ("/prod/webhook/t/contato", "t", "contato"),
        ("/webhook/a%2Fb", "a/b", None),
        ("/webhook", None, None),
        ("/webhook//contato", None, None),
        ("/webhook/t/contato/mais", None, None),
        ("/", None, None),
        ("", None, None),
    ],
)
def test_the_path_says_token_and_kind(path: str, token: str | None, kind: str | None) -> None:
    """A stage in front and a slash at the end don't count."""
    request = read_request({"rawPath": path})

    assert (request.token, request.kind) == (token, kind)


def test_the_body_is_the_bytes_as_sent() -> None:
    """Base64 is undone; what only claims to be base64 is kept as it is; no body is an empty one."""
    assert (
        read_request({"body": base64.b64encode(b"\xffa").decode(), "isBase64Encoded": True}).body == b"\xffa"
    )
    assert read_request({"body": "no base64!", "isBase64Encoded": True}).body == b"no base64!"
    assert read_request({"body": "é"}).body == "é".encode()
    assert read_request({"body": None}).body == b""
    assert read_request({"headers": {"Content-Type": "text/plain"}}).content_type == "text/plain"


def test_whatever_an_event_lacks_is_empty() -> None:
    """Nothing that a gateway or a person at the console sends makes it raise."""
    empty = read_request({})

    assert (empty.method, empty.token, empty.kind, empty.body, empty.content_type) == (
        "",
        None,
        None,
        b"",
        "",
    )
    assert read_request({"requestContext": None, "rawPath": None, "headers": None}) == empty
    assert read_request({"requestContext": {"http": None}, "headers": {"content-type": None}}) == empty
    assert (
        read_request({"requestContext": {"http": {"method": "post", "path": "/webhook/t"}}}).method == "POST"
    )


def test_a_lone_surrogate_in_a_body_does_not_raise() -> None:
    """It can't come over HTTP; as bytes it is no UTF-8, which is then said."""
    with pytest.raises(UnicodeDecodeError):
        read_request({"body": "a\ud800"}).body.decode()
