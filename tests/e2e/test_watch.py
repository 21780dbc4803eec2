import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.e2e.serving import Served, contato, serving


@contextmanager
def watching(served: Served, stdout: int = subprocess.PIPE) -> Iterator["subprocess.Popen[str]"]:
    """Run `rubeus watch` until the context ends, into a pipe or what is given; it has looked once by then."""
    port = str(urlsplit(served.where["aws_endpoint"]).port)
    command = [sys.executable, "-m", "rubeus", "watch", "--local", "--aws-port", port]
    with subprocess.Popen(  # noqa: S603 (the tests' own words)
        command, stdout=stdout, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr
            assert process.stderr.readline().endswith("  connected\n")
            yield process
        finally:
            process.kill()


def test_each_delivery_is_a_line_as_it_comes(served: Served) -> None:
    """What came before is not told, what comes is told once, in JSON, with what became of it."""
    served.post([contato("1")])
    with watching(served) as process:
        served.post([contato("2"), contato("3")])
        served.post([{"id": "4", "assunto": "x"}])
        assert process.stdout
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]

    assert [(each["state"], each["counts"]) for each in lines] == [
        ("done", {"new": 2}),
        ("quarantined", {"rejected": 1}),
    ]


def test_a_terminal_gets_words(served: Served) -> None:
    """When, which, what of it needs somebody, which kinds, and what became of them."""
    ours, theirs = os.openpty()
    with watching(served, theirs), os.fdopen(ours) as terminal:
        os.close(theirs)
        served.post([contato("5"), {"id": "", "codigo": "X", "emails": None, "telefones": None}])
        words = terminal.readline().split()

    assert words[2:] == ["quarantined", "contato", "1", "new,", "1", "rejected"]


def test_that_nobody_answers_is_told_at_once_and_that_somebody_does_again(tmp_path: Path) -> None:
    """Once each; what comes after that is told as before."""
    with ExitStack() as context:
        with serving(tmp_path / "log") as first:
            process = context.enter_context(watching(first))
            assert process.stdout
            assert process.stderr
            first.stop(signal.SIGKILL)
            killed = time.monotonic()
            assert "  not connected: " in process.stderr.readline()
            assert time.monotonic() - killed < 15  # all that boto3 would try takes half a minute
        aws_port = str(urlsplit(first.where["aws_endpoint"]).port)
        second = context.enter_context(serving(tmp_path / "log", "--aws-port", aws_port))
        assert process.stderr.readline().endswith("  connected\n")
        second.post([contato("2")])
        assert json.loads(process.stdout.readline())["counts"] == {"new": 1}
