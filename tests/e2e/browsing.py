"""A program that opens the inspector's pages as a browser does, header by header."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from tests.e2e.serving import Served

from rubeus.stack.environment import REGION
from rubeus.stack.stores import STACK


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

    def work_out(self, *paths: str) -> None:
        """Let pages be worked out whose content is, to the end."""
        for path in paths:
            self.post(path, {})
            while "data-progress" in self.get(path).text:
                pass
            assert "Calculado" in self.get(path).text


def ask(
    address: str, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None
) -> Page:
    """Send one request."""
    with closing(HTTPConnection(address, timeout=20)) as connection:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Page(response.status, told, response.read().decode())


@contextmanager
def inspecting(served: Served) -> Iterator[str]:
    """Run `rubeus inspect` for a running serve until the context ends, by Ctrl-C; gives its URL."""
    command = [sys.executable, "-m", "rubeus", *arguments(served), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 (our own)
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())["inspector_url"]
        finally:
            process.send_signal(signal.SIGINT)
    assert process.returncode == 0


@contextmanager
def inspecting_a_stack(served: Served) -> Iterator[str]:
    """Look at a running serve as at a stack in AWS, with credentials of the shell; gives the URL."""
    environment = os.environ | {
        "AWS_ENDPOINT_URL": served.where["aws_endpoint"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    command = ["inspect", "--stack", STACK, "--region", REGION, "--port", "0", "--json"]
    with subprocess.Popen(  # noqa: S603 (our own)
        [sys.executable, "-m", "rubeus", *command], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())["inspector_url"]
        finally:
            process.send_signal(signal.SIGINT)


def arguments(served: Served) -> list[str]:
    """Give what `rubeus inspect` needs for a running serve."""
    aws_port = served.where["aws_endpoint"].rpartition(":")[2]
    return ["inspect", "--local", "--aws-port", aws_port]


def settled(visitor: Visitor, path: str) -> Page:
    """Open a page once what it does in the background is done."""
    until = time.monotonic() + 20
    while "data-progress" in (page := visitor.get(path)).text:
        assert time.monotonic() < until, page.text
    return page
