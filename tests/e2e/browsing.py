"""A program that opens the inspector's pages as a browser does, header by header."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class Page:
    """An answer; names of headers are lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


class Visitor:
    """Asks for pages with the cookie that the printed URL gives."""

    def __init__(self, inspector_url: str) -> None:
        self.entrance = urlsplit(inspector_url)
        self.origin = f"http://{self.entrance.netloc}"
        answer = ask(self.entrance.netloc, "GET", f"/?{self.entrance.query}")
        assert answer.status == 303, answer.text
        self.cookie = answer.headers["set-cookie"].partition(";")[0]

    def get(self, path: str, **headers: str) -> Page:
        """Open a page."""
        return ask(self.entrance.netloc, "GET", path, headers={"Cookie": self.cookie, **headers})

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> Page:
        """Send a form, as the page itself does."""
        own = {
            "Cookie": self.cookie,
            "Origin": self.origin,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return ask(self.entrance.netloc, "POST", path, urlencode(form), {**own, **headers})


def ask(
    address: str, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None
) -> Page:
    """Send one request."""
    with closing(HTTPConnection(address, timeout=20)) as connection:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Page(response.status, told, response.read().decode())
