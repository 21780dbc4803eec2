import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.e2e.serving import Served, contato, python, serving

ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@contextmanager
def terminal(*arguments: str, **environment: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run `rubeus serve` as somebody at a terminal does; gives its process and URL, its help already read."""
    command = [sys.executable, "-m", "rubeus", "serve", "--port=0", "--aws-port=0", *arguments]
    with subprocess.Popen(  # noqa: S603 (our own words)
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment
    ) as process:
        assert process.stdout is not None
        try:
            told = "".join(iter(process.stdout.readline, "Each request is a line here:\n"))
            found = re.search(r"http://\S+/webhook/\S+", told)
            assert found
            yield process, found[0]
        finally:
            process.terminate()


def post(url: str, body: object, **headers: str) -> int:
    """Post to a URL; an iterable as the body goes out in chunks."""
    where = urlsplit(url)
    connection = HTTPConnection(where.netloc, timeout=30)
    connection.request("POST", where.path, body, headers)  # type: ignore[arg-type] # any that it takes
    status = connection.getresponse().status
    connection.close()
    return status


def test_three_posts_are_three_lines_of_80_columns() -> None:
    """One with a length, one chunked, one bad; nothing else is said, before or after."""
    records = json.dumps([contato("1"), contato("2"), {"id": ""}]).encode()
    with terminal() as (process, url):
        typed = {"Content-Type": "application/json"}
        statuses = (
            post(url, json.dumps([contato("1")]), **typed),
            post(url, iter([records[:9], records[9:]]), **typed),
            post(f"{url}x", b"[]", **typed),
        )
        assert statuses == (200, 207, 401)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=40)
    first, second, third = out.splitlines()
    assert re.fullmatch(rf"\d\d:\d\d:\d\d 200 contato novo v1 {ID}", first)
    assert re.fullmatch(rf"\d\d:\d\d:\d\d 207 1 novo, 1 repetido, 1 recusado {ID}", second)
    assert re.fullmatch(r"\d\d:\d\d:\d\d 401", third)
    assert max(map(len, out.splitlines())) <= 80
    assert (process.returncode, err) == (0, "")


def test_with_json_standard_output_has_its_one_line(served: Served) -> None:
    """The lines of the requests go to standard error."""
    served.post([contato("1")])
    assert re.search(rf"^\d\d:\d\d:\d\d 200 contato novo v1 {ID}$", served.log.read_text(), re.MULTILINE)


def test_a_malformed_request_is_a_line_too(served: Served) -> None:
    """What the gateway refuses by itself is seen as well."""
    before = served.log.read_text().count(" 400\n")
    chunked = {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    assert post(served.where["url"], b"no chunk\r\n", **chunked) == 400
    assert served.log.read_text().count(" 400\n") == before + 1


def test_verbose_adds_the_functions_lines_to_a_file(tmp_path: Path) -> None:
    """They are JSON, and neither on standard output nor on standard error."""
    file = tmp_path / "functions.log"
    file.write_text("{}\n")
    with terminal("--verbose", str(file)) as (process, url):
        post(url, json.dumps([contato("1")]))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=40)
    assert len(out.splitlines()) == 1
    assert err == ""
    first, *more = [json.loads(line) for line in file.read_text().splitlines()]
    assert first == {}
    assert [line for line in more if line.get("status") == 200]


def test_a_file_for_verbose_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    """Before anything is started."""
    done = python("-m", "rubeus", "serve", "--port=0", "--aws-port=0", "--verbose", str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "--verbose" in done.stderr


def test_the_receiver_goes_on_when_nobody_reads_its_lines() -> None:
    """Standard output is closed, as by `| head`: posts are answered all the same."""
    with terminal() as (process, url):
        assert process.stdout is not None
        process.stdout.close()
        assert [post(url, json.dumps([contato(each)])) for each in "12"] == [200, 200]
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_nothing_of_the_callers_disturbs_it(tmp_path: Path) -> None:
    """Proxies, AWS and Python settings that lead nowhere: it serves, and a command reaches it."""
    (tmp_path / "handlers.py").write_text("raise SystemExit('the wrong one')")
    broken = tmp_path / "config"
    broken.write_text("[not closed")
    hostile = {
        **dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
        "AWS_PROFILE": "nobodys",
        "AWS_CONFIG_FILE": str(broken),
        "AWS_SHARED_CREDENTIALS_FILE": str(broken),
        "AWS_CA_BUNDLE": str(tmp_path / "missing"),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9",
        "AWS_RETRY_MODE": "none such",
        "AUTH": "true",
        "USE_SSL": "1",
        "PYTHONWARNINGS": "error",
        "POWERTOOLS_LOG_LEVEL": "none such",
    }
    with serving(tmp_path / "log", **hostile) as served:
        assert served.post([contato("1")])[0] == 200
        port = str(urlsplit(served.where["aws_endpoint"]).port)
        listing = ("deliveries", "list", "--day", "2026-11-24", "--local", "--aws-port", port)
        done = python("-m", "rubeus", *listing, env=os.environ | hostile)
        assert (done.returncode, done.stderr) == (0, "")
        assert "Traceback" not in served.log.read_text()


def test_the_demo_ends_quietly_when_its_reader_has_seen_enough() -> None:
    """`rubeus demo | head -3` shows three lines, and no error after them."""
    command = [sys.executable, "-m", "rubeus", "demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 (the same)
        assert process.stdout is not None
        assert process.stderr is not None
        assert [process.stdout.readline()[:6] for _ in range(3)] == ["Rubeus", "runs o", "Lambda"]
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (0, "")
