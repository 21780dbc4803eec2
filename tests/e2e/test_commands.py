import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.e2e.browsing import Visitor
from tests.e2e.serving import Served, contato, rubeus, serving, versions

ADDRESS = r"http://127\.0\.0\.1:\d+/\?chave=\S+"


def is_open(url: str) -> bool:
    """Say whether something listens at a URL's host and port."""
    with socket.socket() as probe:
        return probe.connect_ex((urlsplit(url).hostname or "", urlsplit(url).port or 0)) == 0


@pytest.mark.parametrize("first_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_is_stored_outlives_a_stop_with_data(first_signal: int, tmp_path: Path) -> None:
    """The next run on the same folder has the same token, records and messages; nothing is left running.

    `rubeus url` gives the URL of that run, whose port is another.
    """
    data = f"--data={tmp_path / 'data'}"
    with serving(tmp_path / "log", data, "--token", "um-token") as first:
        first.post([contato("1")])
        first.messages("contato/0")
        first.post([contato("2")])
        status, rest = first.stop(first_signal)
    if first_signal != signal.SIGKILL:
        assert (status, rest) == (0, "")
        assert "Traceback" not in first.log.read_text()
        assert not is_open(first.where["aws_endpoint"])
    with serving(tmp_path / "log", data) as second:
        assert second.where["url"].endswith("/webhook/um-token")
        aws_port = str(urlsplit(second.where["aws_endpoint"]).port)
        assert rubeus("url", "--local", "--aws-port", aws_port).stdout == f"{second.where['url']}\n"
        assert versions(second.items("contato#1")) == [1]
        assert [message["id"] for message in second.messages("contato/2")] == ["contato/2/1"]
        assert not second.messages("contato/1")


def test_a_taken_port_is_said_in_one_line(served: Served) -> None:
    """The command ends with 1 and one line on standard error, which names the option."""
    for option, where in (("--port", "url"), ("--aws-port", "aws_endpoint")):
        port = str(urlsplit(served.where[where]).port)
        done = rubeus("serve", "--port=0", option, port)
        assert (done.returncode, done.stdout) == (1, "")
        told = f"rubeus serve: port {port} is not free; choose another with {option}, or 0 for any free one\n"
        assert done.stderr == told


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    """Nothing is started that would lose at its end what it was asked to keep."""
    (tmp_path / "file").touch()
    done = rubeus("serve", "--port=0", "--aws-port=0", f"--data={tmp_path / 'file'}")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert str(tmp_path / "file") in done.stderr


def test_the_demo_shows_everything_in_80_columns() -> None:
    """It ends with 0 and shows answers, versions, links and messages."""
    done = rubeus("demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    for shown in (
        "Status da requisição",
        "Retorno",
        "version#0000000002",
        "changed: cidade, profissao",
        "link#registro_processo#150",
        "contato/341/2",
    ):
        assert shown in done.stdout
    assert re.fullmatch(ADDRESS, done.stdout.splitlines()[-1])


def test_in_a_terminal_the_demo_can_be_looked_at_until_enter() -> None:
    """It ends with the address of its pages, which show what was posted; Enter ends it."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "rubeus", "demo"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs) as process:  # noqa: S603 (our own words)
        os.close(theirs)
        shown = ""
        while not (found := re.search(f"{ADDRESS}\r\n", shown)):
            shown += os.read(ours, 4096).decode(errors="replace")
        visitor = Visitor(found[0].strip())
        assert "contato 341" in visitor.get("/entregas").text
        assert process.poll() is None
        os.write(ours, b"\n")
        assert process.wait() == 0
    os.close(ours)
