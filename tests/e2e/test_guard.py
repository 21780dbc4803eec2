import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest
from tests.e2e.serving import Served, contato, serving

TUNNEL = "abc.tunnel.example"
EXPOSED = "127.0.0.2"
PORTS = ("url", "aws_endpoint", "lambda_endpoint")
SCAN = {
    "X-Amz-Target": "DynamoDB_20120810.Scan",
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=any/20261125/sa-east-1/dynamodb/aws4_request",
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run a local stack that a tunnel and containers reach."""
    log = tmp_path_factory.mktemp("serve") / "log"
    with serving(log, "--allow-host", "Abc.Tunnel.Example", "--expose", EXPOSED) as running:
        assert running.post([contato("1", nome="Zuleica")])[0] == 200
        yield running


def ask(served: Served, port: str, method: str, headers: dict[str, str]) -> tuple[HTTPResponse, str]:
    """Send a request that would read something to one of the ports."""
    url = urlsplit(served.where[port])
    body = json.dumps({"TableName": served.where["records_table"]}) if method == "POST" else None
    with closing(HTTPConnection(url.netloc, timeout=20)) as connection:
        connection.request(method, url.path or "/", body, headers)
        response = connection.getresponse()
        return response, response.read().decode()


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS"])
@pytest.mark.parametrize(
    "header",
    [
        {"Host": "rebound.example:3000"},
        {"Host": "127.0.0.1.rebound.example"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_a_web_page_gets_nothing(guarded: Served, port: str, method: str, header: dict[str, str]) -> None:
    """Whatever it asks of whichever port: 403, a sentence that names the option, and no header for pages."""
    response, text = ask(guarded, port, method, SCAN | header)
    assert response.status == 403
    assert "--allow-host NAME" in text
    assert text.count("\n") == 1
    assert not [name for name in response.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize(
    "name", ["localhost", "LOCALHOST:1", "[::1]:3000", "host.docker.internal", TUNNEL, EXPOSED]
)
def test_names_of_this_machine_and_those_that_are_allowed_are_answered(
    guarded: Served, port: str, name: str
) -> None:
    """With any port: a tunnel or a container has its own."""
    response, _ = ask(guarded, port, "GET", {"Host": name})
    assert response.status != 403


def test_a_program_reads_without_a_header_for_pages(guarded: Served) -> None:
    """As an SDK asks; the emulator's `Access-Control-Allow-Origin: *` stays inside."""
    response, text = ask(guarded, "aws_endpoint", "POST", SCAN)
    assert response.status == 200
    assert "Zuleica" in text
    assert not [name for name in response.headers if name.lower().startswith("access-control-")]


def test_the_exposed_address_is_guarded_too(guarded: Served) -> None:
    """Containers reach it by its address; a page that reaches it gets nothing."""
    port = urlsplit(guarded.where["aws_endpoint"]).port
    for header, status in (("X-Any: 1", "200"), ("Origin: null", "403")):
        # Not from here: the tests' own process may reach 127.0.0.1 only.
        asked = ("curl", "-s", "-o", os.devnull, "-w", "%{http_code}", "-H", header)
        url = f"http://{EXPOSED}:{port}/_ministack/health"
        assert subprocess.run([*asked, url], capture_output=True, text=True, check=True).stdout == status  # noqa: S603 (our own)


def test_a_refused_request_is_a_line_like_any_other(guarded: Served) -> None:
    """So that who sets up a tunnel sees why nothing arrives."""
    before = guarded.log.read_text().count(" 403\n")
    ask(guarded, "url", "POST", {"Host": "another.example"})
    assert guarded.log.read_text().count(" 403\n") == before + 1
