"""One POST, as Rubeus sends it."""

import http.client
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from rubeus.errors import CommandError

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, the location that a redirect names, text, and after how many seconds."""

    status: int
    location: str | None
    text: str
    seconds: float


class Client:
    """Posts to one URL and follows no redirect, as Rubeus; keeps its connection. For one thread.

    Raises OSError and http.client.HTTPException, when nobody answers or what answers is no HTTP.
    """

    def __init__(self, url: str, timeout: float = 60) -> None:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.netloc.rpartition("@")[2], timeout=timeout)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def post(self, body: bytes, content_type: str = JSON) -> Answer:
        """Post a body."""
        began = time.perf_counter()
        headers = {"Accept": "*/*", "Content-Type": content_type}
        try:
            self._connection.request("POST", self._target, body, headers)
            response = self._connection.getresponse()
            text = response.read().decode(errors="replace")
        except BaseException:
            self._connection.close()  # half an answer may be left on it
            raise
        return Answer(response.status, response.getheader("Location"), text, time.perf_counter() - began)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def check_url(url: str) -> None:
    """Refuse what can't be posted to.

    Raises
    ------
    CommandError
        When it is no URL of http or https.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        message = "that is no URL like https://…/webhook/…; `rubeus doctor` says what is wrong with it"
        raise CommandError(message)
